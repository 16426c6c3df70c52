//! Findings as a person reads them in a terminal.

use super::{Finding, Role, Severity, Sources, plain};
use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

/// Draws findings, in the order given, with the lines they point at.
#[must_use]
pub fn human(findings: &[Finding], sources: &Sources, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.term_width(110);
    let mut out = String::new();
    for finding in findings {
        out.push_str(&renderer.render(&groups(finding, sources)));
        out.push_str("\n\n");
    }
    out
}

/// `3 errors, 1 warning in prod.toml`, or nothing when there is nothing to count.
#[must_use]
pub fn summary(findings: &[Finding], input: &str) -> Option<String> {
    let count = |severity, word: &str| {
        let n = findings.iter().filter(|f| f.severity == severity).count();
        (n > 0).then(|| format!("{n} {word}{}", if n == 1 || word == "advice" { "" } else { "s" }))
    };
    let parts: Vec<_> =
        [count(Severity::Error, "error"), count(Severity::Warning, "warning"), count(Severity::Advice, "advice")]
            .into_iter()
            .flatten()
            .collect();
    (!parts.is_empty()).then(|| format!("{} in {input}", parts.join(", ")))
}

fn groups<'a>(finding: &'a Finding, sources: &'a Sources) -> Vec<Group<'a>> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Advice => Level::INFO.with_name("advice"),
    };
    let mut main = Group::with_title(level.primary_title(plain(&finding.message)).id(finding.id));
    let mut paths: Vec<&str> = finding.labels.iter().map(|l| l.path.as_str()).collect();
    paths.dedup();
    for path in paths {
        let text = sources.text(path);
        if text.is_empty() {
            continue;
        }
        let mut snippet = Snippet::source(text).path(plain(path));
        for label in finding.labels.iter().filter(|l| l.path == path) {
            let kind = match label.role {
                Role::Fault => AnnotationKind::Primary,
                Role::Clash => AnnotationKind::Context,
            };
            let end = label.span.end.min(text.len());
            let span = label.span.start.min(end)..end;
            snippet = snippet.annotation(kind.span(span).label(plain(&label.text)));
        }
        main = main.element(snippet);
    }
    for note in &finding.notes {
        main = main.element(Level::NOTE.message(plain(note)));
    }
    for help in &finding.helps {
        main = main.element(Level::HELP.message(plain(help)));
    }
    let mut groups = vec![main];
    for fix in finding.fixes.iter().filter(|f| !sources.text(&f.path).is_empty()) {
        let patch = Patch::new(fix.span.clone(), plain(&fix.replacement));
        let snippet = Snippet::source(sources.text(&fix.path)).path(plain(&fix.path)).patch(patch);
        groups.push(Group::with_title(Level::HELP.secondary_title(plain(&fix.title))).element(snippet));
    }
    groups
}
