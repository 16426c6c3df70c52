//! A rule's own examples as questions: which component reads them, in which form, and how they are laid over valid files.

use super::mutant::{Body, DROP_IN, Mutant};
use super::mutate::replace;
use super::random::Random;
use super::seeds::COMPONENTS;
use super::tree::{Tree, quoted};
use plimsoll::check::{Constraint, Example as Of, example};

/// An example of a rule.
#[derive(Debug)]
pub struct Example {
    /// The component that reads it.
    pub component: &'static str,
    /// Whether it breaks the rule.
    pub breaks: bool,
    body: Body,
    /// The main file of a drop-in, or the file beside flags.
    main: Option<String>,
    name: String,
}

/// Kinds of configuration files.
const KINDS: [(&str, &str); 3] = [
    ("kind: KubeletConfiguration", "kubelet"),
    ("kind: KubeProxyConfiguration", "kube-proxy"),
    ("kind: KubeSchedulerConfiguration", "kube-scheduler"),
];

impl Example {
    /// The examples of a rule, those that break it first.
    pub fn all(rule: &Constraint) -> Vec<Self> {
        let of = |example: &Of, breaks| Self::of(rule, example, breaks);
        of(&rule.fails, true).into_iter().chain(of(&rule.passes, false)).collect()
    }

    /// One for every component of an example.
    fn of(rule: &Constraint, of: &Of, breaks: bool) -> Vec<Self> {
        let samples = example::samples(rule, of);
        let own = |name: &str, sample: &example::Sample| {
            let kind = KINDS.iter().find(|(kind, _)| sample.text.contains(kind)).map(|(_, component)| *component);
            sample.component == name || sample.path.starts_with(name) || kind == Some(name)
        };
        COMPONENTS
            .iter()
            .filter_map(|(component, head)| {
                let files: Vec<_> = samples.iter().filter(|s| own(component, s)).collect();
                Self::joined(component, head, &files, breaks)
            })
            .collect()
    }

    /// What one component reads: its drop-in, its flags beside a file, its flags or its file.
    fn joined(component: &'static str, head: &str, files: &[&example::Sample], breaks: bool) -> Option<Self> {
        let (mut body, mut main, mut name) = (None, None, DROP_IN.to_string());
        for sample in files {
            let flags = flags(&sample.text);
            if sample.path.contains(".d/") {
                name = sample.path.rsplit('/').next().unwrap_or(DROP_IN).to_string();
                body = Some(file(&sample.text));
            } else if flags.is_empty() {
                main = Some(sample.text.clone());
            } else {
                body = Some(Body::Flags(flags));
            }
        }
        let (body, main) = match (body, main) {
            (Some(Body::Flags(flags)), Some(beside)) => {
                let config = format!("--config={component}.yaml");
                (Body::Flags([config].into_iter().chain(flags).collect()), Some(beside))
            }
            (Some(Body::Flags(flags)), None) => (Body::Flags(flags), None),
            (Some(drop_in), main) => (drop_in, Some(main.unwrap_or_else(|| head.to_string()))),
            (None, Some(text)) => (file(&text), None),
            (None, None) => return None,
        };
        // The file that etcd's flags name is one of the host.
        let of_host = matches!(&body, Body::Flags(flags) if flags.iter().any(|f| f.starts_with("--config-file")));
        (!of_host).then_some(Self { component, breaks, body, main, name })
    }

    /// `file`, `flags` or `drop-in`.
    pub fn form(&self) -> &'static str {
        match (&self.body, &self.main) {
            (Body::Flags(_), _) => "flags",
            (_, Some(_)) => "drop-in",
            _ => "file",
        }
    }

    /// Lays it over a valid file; or, `alone`, adds to it some of what that file states besides.
    pub fn lay(&self, mutant: &mut Mutant, alone: bool, random: &mut Random) {
        if self.main.is_some() {
            mutant.main.clone_from(&self.main);
            mutant.name.clone_from(&self.name);
        }
        match (&mut mutant.body, &self.body) {
            (Body::File(tree), Body::File(own)) if alone => *tree = beside(own, tree, random),
            (Body::File(tree), Body::File(own)) => tree.lay(own),
            (Body::Flags(flags), Body::Flags(own)) => {
                if alone {
                    flags.retain(|_| random.percent(30));
                }
                for flag in own {
                    let (name, value) = flag.split_once('=').unwrap_or((flag, "true"));
                    replace(flags, name.trim_start_matches('-'), value);
                }
            }
            (body, Body::Text(text)) => *body = Body::Text(longer(text, body, random)),
            (body, own) => *body = own.clone(),
        }
    }
}

/// The flags of a text: one a line, or those of a unit's command.
fn flags(text: &str) -> Vec<String> {
    let lines = || text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    if let Some(command) = lines().find_map(|l| l.strip_prefix("ExecStart=")) {
        let words = command.split_whitespace().filter(|w| w.starts_with("--") && !w.starts_with("--config="));
        return words.map(ToString::to_string).collect();
    }
    if lines().next().is_none_or(|l| !l.starts_with("--")) {
        return Vec::new();
    }
    lines().filter(|l| l.starts_with("--")).map(ToString::to_string).collect()
}

/// What a tree would not keep, as a key that stands twice, stays a text.
fn file(text: &str) -> Body {
    match Tree::read(text).filter(|t| t.text().lines().count() >= text.lines().count()) {
        Some(tree) => Body::File(tree),
        None => Body::Text(text.to_string()),
    }
}

/// What an example leaves to be said by another file.
fn others<'t>(tree: &'t Tree, stated: impl Fn(&str) -> bool + 't) -> impl Iterator<Item = &'t (String, Tree)> {
    let members = if let Tree::Map(members) = tree { members.as_slice() } else { &[] };
    members.iter().filter(move |(key, _)| !["apiVersion", "kind"].contains(&key.as_str()) && !stated(key))
}

fn beside(own: &Tree, valid: &Tree, random: &mut Random) -> Tree {
    let Tree::Map(mut members) = own.clone() else { return own.clone() };
    let stated: Vec<String> = members.iter().map(|(key, _)| key.clone()).collect();
    members.extend(others(valid, |key| stated.iter().any(|s| s == key)).filter(|_| random.percent(20)).cloned());
    Tree::Map(members)
}

fn longer(text: &str, valid: &Body, random: &mut Random) -> String {
    let Body::File(tree) = valid else { return text.to_string() };
    let more = others(tree, |key| text.contains(key) || text.contains(&quoted(key)));
    let more: Vec<_> = more.filter(|_| random.percent(20)).cloned().collect();
    // Something else than lines of a map stays as it is.
    if more.is_empty() || text.lines().any(|l| l.starts_with(['{', '-', '.', ' '])) {
        return text.to_string();
    }
    format!("{}\n{}", text.trim_end(), Tree::Map(more).text())
}
