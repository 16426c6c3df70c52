//! The generated reference: pages of the catalogue, the rules and the platforms. A test holds `docs/reference/` to these.

use super::fields::changes;
use super::tunable::{spans, state};
use super::{show, type_of, when};
use crate::catalog::{self, Part, Role, Tunable, versions};
use crate::facts::typed;
use crate::quantity::Minor;
use crate::rules::rules;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Longest default shown in a table: scheduler profiles and the like are read with `explain`.
const DEFAULT_WIDTH: usize = 80;

/// Every page by file name.
#[must_use]
pub fn reference() -> BTreeMap<String, String> {
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    for component in catalog::components() {
        out.insert(format!("{component}.md"), component_page(component));
    }
    out.insert("feature-gates.md".into(), gates_page());
    let text = "Plugins that kube-scheduler itself has, and whether its default profile enables them. Others need a scheduler that is built \
                with them.";
    out.insert("scheduler-plugins.md".into(), parts_page("Scheduler plugins", text, catalog::plugins()));
    let text =
        "Controllers of kube-controller-manager, and whether they run when `--controllers` says nothing of them.";
    out.insert("controllers.md".into(), parts_page("Controllers", text, catalog::controllers()));
    out.insert("changes.md".into(), changes_page());
    out.insert("behaviours.md".into(), behaviours_page());
    out.insert("platforms.md".into(), platforms_page());
    out.insert("rules.md".into(), rules_page());
    out.insert("check-rules.md".into(), super::registry::page());
    out
}

/// How every page begins.
pub(super) fn head(title: &str, text: &str) -> String {
    format!("# {title}\n\n<!-- Generated: `UPDATE=1 cargo test --test reference` writes this page. -->\n\n{text}\n")
}

/// Text inside a table's cell.
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ").replace('<', "&lt;")
}

fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{}`", text.replace('|', "\\|")) }
}

fn component_page(component: &str) -> String {
    let rows: Vec<&Tunable> = catalog::rows().iter().filter(|t| t.component() == component).collect();
    let versions = versions();
    let (of, oldest, newest) = match component {
        "etcd" => ("etcd", versions.etcd_oldest, versions.etcd_newest),
        _ => ("Kubernetes", versions.oldest, versions.newest),
    };
    let of_host = component != "etcd" && rows.iter().all(|t| t.since().is_some_and(|s| s < oldest));
    let text = if of_host {
        format!("Settings of {component} on the nodes, as far as a plan depends on them. Defaults are its own.")
    } else {
        format!(
            "Settings of {component} in {of} {oldest} to {newest}. Defaults are upstream's; where one changed, each is shown with the first \
         minor that has it. *What a change costs* is the least that puts a new value in place. `plimsoll explain NAME` says more of each."
        )
    };
    let mut out = head(component, &text);
    let settings: Vec<&&Tunable> = rows.iter().filter(|t| t.role == Role::Setting).collect();
    let described = settings.iter().filter(|t| t.facts.is_some());
    out.push_str("\n| tunable | type | default | exists | a change costs | what it does |\n| --- | --- | --- | --- | --- | --- |\n");
    for t in described {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} | {} | {} |",
            t.path(),
            cell(&kind(t)),
            defaults(t),
            when(t),
            t.change(),
            cell(t.facts.map_or("", |f| f.summary))
        );
    }
    let bare: Vec<&&&Tunable> = settings.iter().filter(|t| t.facts.is_none()).collect();
    if !bare.is_empty() {
        out.push_str("\n## Carried\n\nAs upstream has them; nothing else is recorded of these.\n\n| tunable | type | default | exists |\n| --- | --- | --- | --- |\n");
        for t in bare {
            let _ = writeln!(out, "| `{}` | {} | {} | {} |", t.path(), cell(&kind(t)), defaults(t), when(t));
        }
    }
    let aliases: Vec<_> = rows
        .iter()
        .filter_map(|t| match t.role {
            Role::Alias(field) => Some((t, field)),
            _ => None,
        })
        .collect();
    if !aliases.is_empty() {
        out.push_str("\n## Flags that write a field\n\n| flag | field | exists |\n| --- | --- | --- |\n");
        for (t, field) in aliases {
            let _ = writeln!(
                out,
                "| `--{}` | `{}` | {} |",
                t.path(),
                field.split_once('/').map_or(field, |(_, f)| f),
                when(t)
            );
        }
    }
    let noted: Vec<&&&Tunable> = settings.iter().filter(|t| !t.notes().is_empty()).collect();
    if !noted.is_empty() {
        out.push_str("\n## Notes\n\n");
        for t in noted {
            let _ = writeln!(out, "* `{}`: {}", t.path(), t.notes().join(" ").replace('<', "&lt;"));
        }
    }
    out
}

/// Type, range and words.
fn kind(t: &Tunable) -> String {
    let mut out = type_of(t).split(" (").next().unwrap_or_default().to_string();
    let range = typed::range(t);
    if !range.is_empty() {
        let _ = write!(out, ", {range}");
    }
    if let Some(unit) = t.unit {
        let _ = write!(out, ", in {unit}");
    }
    let newest = t.until().unwrap_or(if t.component() == "etcd" { versions().etcd_newest } else { versions().newest });
    if let Some(words) = t.words_in(newest) {
        let words: Vec<String> = words.iter().map(|w| code(&show(w))).collect();
        let _ = write!(out, ": {}", words.join(", "));
    }
    out
}

fn defaults(t: &Tunable) -> String {
    let short = |text: String| -> String {
        if text.chars().count() > DEFAULT_WIDTH {
            text.chars().take(DEFAULT_WIDTH - 1).chain(['…']).collect()
        } else {
            text
        }
    };
    let steps = t.steps();
    let several = steps.len() > 1;
    let text = steps.into_iter().map(|(minor, value)| {
        let value = value.map_or_else(|| "unset".to_string(), |v| code(&short(show(&v))));
        if several { format!("{minor}: {value}") } else { value }
    });
    text.collect::<Vec<_>>().join("; ")
}

fn gates_page() -> String {
    let text = "Every feature gate of the components, with what it was when. A component that is given a gate it does not know does not \
                start, nor with a locked gate set to another value.";
    let mut out = head("Feature gates", text);
    out.push_str("\n| gate | stages | exists | known to |\n| --- | --- | --- | --- |\n");
    for gate in catalog::gates() {
        let stages: Vec<String> = gate.spans.iter().map(|s| format!("{}: {}", s.since, state(&s.state))).collect();
        let exists = spans(gate.spans.iter().map(|s| (s.since, s.until)), false);
        let components = gate.spans.last().map_or(&[][..], |s| s.state.components);
        let known = if components.len() == 5 { "all".to_string() } else { components.join(", ") };
        let _ = writeln!(out, "| `{}` | {} | {exists} | {known} |", gate.name, stages.join("; "));
    }
    out
}

fn parts_page(title: &str, text: &str, parts: &[Part]) -> String {
    let mut out = head(title, text);
    out.push_str("\n| name | by default | exists |\n| --- | --- | --- |\n");
    for part in parts {
        let on = |on: bool| if on { "on" } else { "off" };
        let steps: Vec<String> = match part.spans {
            [only] => vec![on(only.default).to_string()],
            several => several.iter().map(|s| format!("{}: {}", s.since, on(s.default))).collect(),
        };
        let exists = spans(part.spans.iter().map(|s| (s.since, s.until)), false);
        let _ = writeln!(out, "| `{}` | {} | {exists} |", part.name, steps.join("; "));
    }
    out
}

fn changes_page() -> String {
    let versions = versions();
    let text =
        "What each minor added, removed and changed, as `plimsoll fields --changed-since` tells it. Newest first.";
    let mut out = head("Changes by minor", text);
    for (title, etcd, oldest, newest) in [
        ("Kubernetes", false, versions.oldest, versions.newest),
        ("etcd", true, versions.etcd_oldest, versions.etcd_newest),
    ] {
        let list = catalog::changes(oldest, newest, etcd);
        for minor in (oldest.1 + 1..=newest.1).rev() {
            let of: Vec<_> = list.iter().filter(|c| c.minor == Minor(newest.0, minor)).cloned().collect();
            let text = changes(&of);
            let body = text.split_once('\n').map_or("", |(_, body)| body);
            let _ = writeln!(out, "\n## {title} {}.{minor}\n\n```text\n{body}```", newest.0);
        }
    }
    out
}

fn behaviours_page() -> String {
    let text = "What upstream's code does from some minor on where it is no field and no default, and limits that upstream names. Rules ask \
                for these by id.";
    let mut out = head("Behaviours and limits", text);
    out.push_str("\n| id | from | to | value | what | source |\n| --- | --- | --- | --- | --- | --- |\n");
    for it in catalog::behaviours() {
        let (since, until) = it.span();
        let minor = |m: Option<Minor>| m.map_or_else(String::new, |m| m.to_string());
        let value = it.value.map_or_else(String::new, |v| v.to_string());
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {value} | {} | {} |",
            it.id,
            minor(since),
            minor(until),
            cell(&it.summary),
            cell(&it.source)
        );
    }
    out
}

fn platforms_page() -> String {
    let text = "What a user may set on each platform; `*` stands for all that begin so. A pin on anything else is planned as pinned, with a \
                warning, or refused where the platform runs the component.";
    let mut out = head("Platforms", text);
    for (name, platform) in catalog::platforms() {
        let (may, not): (Vec<_>, Vec<_>) =
            (platform.settable_patterns().collect(), platform.closed_patterns().collect());
        let list = |list: Vec<&str>| list.into_iter().map(code).collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            out,
            "\n## {name}\n\n{}\n\n* settable: {}",
            platform.settable_note.replace('<', "&lt;"),
            list(may)
        );
        if !not.is_empty() {
            let _ = writeln!(out, "* not settable: {}", list(not));
        }
        let _ = writeln!(out, "* source: {}", platform.settable_source);
    }
    out
}

fn rules_page() -> String {
    let text = "Every reason that limits or fixes a value, by id. `plimsoll explain --rule ID` prints one.";
    let mut out = head("Rules", text);
    out.push_str("\n| rule | why | source |\n| --- | --- | --- |\n");
    for (id, rule) in rules() {
        let _ = writeln!(out, "| `{id}` | {} | {} |", cell(rule.why), cell(rule.source));
    }
    out
}
