//! Command lines of services: `ExecStart=` of a unit and its drop-ins, with the environment that they and their files set.

use super::expand::Entries;
use super::flags::{self, Word};
use super::ini::{self, Piece, Setting, Text};
use super::read::MOST;
use super::shell::{self, Line};
use super::{Layer, Reading, etcd, precedence, program, unit};
use crate::diag::{Finding, Place};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes of a command line: what the kernel takes of arguments and environment where the stack has its usual size (execve(2)).
const LONGEST: usize = 2 << 20;

/// A file of a node: its path and its text.
pub type File<'t> = (&'t str, &'t str);

/// A value of a variable, and the file it is from.
type Variables<'t> = BTreeMap<String, (Text, &'t str)>;

/// The command lines that the files of one node come to. Files of the environment that no unit reads count where there is no
/// unit of their component.
///
/// # Errors
/// A command line that is longer than the kernel takes one, or has more words than any.
pub fn commands(files: &[File<'_>]) -> Result<Vec<Reading>, Box<Finding>> {
    let mut units: BTreeMap<&str, Vec<File<'_>>> = BTreeMap::new();
    let mut environments = Vec::new();
    for (path, text) in files {
        if ini::looks_like(text) {
            let unit = unit::unit(path).unwrap_or(path);
            if unit.ends_with(".service") || text.contains("ExecStart") {
                units.entry(unit).or_default().push((path, text));
            }
        } else if looks_like_environment(text) {
            environments.push((*path, *text));
        }
    }
    let mut out: Vec<Reading> = Vec::new();
    for (unit, files) in units {
        out.extend(service(unit, precedence::ordered(files, |f| f.0), &environments)?);
    }
    for (path, text) in environments {
        let known = |component: &str| out.iter().any(|r| r.component == component);
        let more: Vec<Reading> = alone(path, text)?.into_iter().filter(|r| !known(r.component)).collect();
        out.extend(more);
    }
    Ok(out)
}

/// The paths of the files of the environment that a unit or a drop-in of one names.
#[must_use]
pub fn environment_files(text: &str) -> Vec<String> {
    let service = ini::settings(text).into_iter().filter(|s| s.section == "Service" && s.key == "EnvironmentFile");
    service.map(|s| s.value.text.trim_start_matches('-').to_string()).collect()
}

/// The words of a command line, which variables make longer than any file is.
fn bounded(path: &str, words: impl Iterator<Item = Word<'static>>) -> Result<Vec<Word<'static>>, Box<Finding>> {
    let (mut out, mut bytes) = (Vec::new(), 0);
    for word in words {
        bytes += word.text.len();
        if out.len() == MOST || bytes > LONGEST {
            let what = format!("a command line of more than {MOST} words or {} MiB", LONGEST >> 20);
            let finding =
                Finding::error("current-unparsable", format!("cannot read the current file `{path}`: {what}"));
            return Err(Box::new(finding.at(&Place::new(&Arc::from(path), 0..0), "")));
        }
        out.push(word);
    }
    Ok(out)
}

/// Whether the first line that says something sets a variable.
#[must_use]
pub fn looks_like_environment(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with(['#', ';']));
    let variable =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    lines
        .next()
        .is_some_and(|l| l.trim_start_matches("export ").split_once('=').is_some_and(|(name, _)| variable(name)))
}

/// What a file of the environment sets.
fn environment(text: &str) -> Vec<(String, Text)> {
    let settings = ini::settings(text).into_iter();
    settings.map(|s| (s.key.trim_start_matches("export ").to_string(), unquoted(&s.value))).collect()
}

/// A value without the quotes around it.
fn unquoted(value: &Text) -> Text {
    let quote = value.text.chars().next().filter(|c| matches!(c, '"' | '\''));
    match quote.filter(|q| value.text.len() > 1 && value.text.ends_with(*q)) {
        Some(_) => value.part(1, value.text.len() - 1),
        None => value.clone(),
    }
}

/// What a unit and its drop-ins say of the service.
#[derive(Default)]
struct Service<'t> {
    variables: Variables<'t>,
    files: Vec<String>,
    start: Option<(Text, &'t str)>,
}

fn service(unit: &str, files: Vec<File<'_>>, environments: &[File<'_>]) -> Result<Option<Reading>, Box<Finding>> {
    let mut found = Service::default();
    for (path, text) in &files {
        for setting in ini::settings(text).into_iter().filter(|s| s.section == "Service") {
            found.add(setting, path);
        }
    }
    // What files set wins over what units set, and a later file over an earlier one.
    for wanted in &found.files {
        for (path, text) in environments.iter().filter(|(path, _)| path.ends_with(wanted.as_str())) {
            found.variables.extend(environment(text).into_iter().map(|(name, value)| (name, (value, *path))));
        }
    }
    let (words, path) = match &found.start {
        Some((start, path)) => {
            let mut pieces = ini::words(start).into_iter();
            let Some(first) = pieces.next() else { return Ok(None) };
            let program = first.text.trim_start_matches(['-', '@', ':', '+', '!', '|']).to_string();
            let mut words = bounded(path, pieces.flat_map(|piece| found.expanded(&piece, path)))?;
            words.insert(
                0,
                Word { text: Cow::Owned(program), at: first.at, from: Some(Arc::from(*path)), mixed: false },
            );
            (words, *path)
        }
        // Without the unit itself, its variables are its command line.
        None => {
            let Some((path, _)) = files.first() else { return Ok(None) };
            let mut words = bounded(path, found.all())?;
            words.insert(0, Word::new(unit.trim_end_matches(".service"), 0..0));
            (words, *path)
        }
    };
    let words = match shell::line(&words, None) {
        Line::Plain => words,
        Line::Read(words) => words,
        Line::Script(component, script) => {
            let unread = vec![shell::unread(path, component, &script)];
            return Ok(Some(Reading { unread, ..Reading::new(path, "kubeadm", Entries::new()) }));
        }
    };
    let Some((component, from)) = program::started(&words) else { return Ok(None) };
    let mut read = flags::reading(path, component, &words[from..]);
    if component.starts_with("etcd") {
        let variables: Vec<_> = found.variables.iter().map(|(name, value)| variable(name, value)).collect();
        etcd::environment(&variables, &mut read);
    }
    Ok(Some(reading(read)))
}

/// A command line, with the files of those flags only that are from another one.
fn reading(read: Reading) -> Reading {
    let mut out = Reading { layer: Layer::Flags, ..read };
    let other = |from: &Arc<str>| **from != *out.path;
    for entry in out.stated.values_mut() {
        entry.from = entry.from.take().filter(other);
    }
    for flag in &mut out.flags {
        flag.from = flag.from.take().filter(other);
    }
    out
}

fn variable<'v>(name: &'v str, (value, path): &'v (Text, &str)) -> (Word<'v>, Word<'v>) {
    let from: Option<Arc<str>> = Some(Arc::from(*path));
    let at = value.whole();
    (
        Word { text: Cow::Borrowed(name), at: at.clone(), from: from.clone(), mixed: false },
        Word { text: Cow::Borrowed(&value.text), at, from, mixed: false },
    )
}

impl<'t> Service<'t> {
    fn add(&mut self, setting: Setting, path: &'t str) {
        let value = setting.value;
        match setting.key.as_str() {
            "Environment" if value.text.is_empty() => self.variables.clear(),
            "Environment" => {
                for (from, to) in ini::ranges(&value) {
                    let part = unquoted(&value.part(from, to));
                    if let Some(equals) = part.text.find('=') {
                        let own = unquoted(&part.part(equals + 1, part.text.len()));
                        self.variables.insert(part.text[..equals].to_string(), (own, path));
                    }
                }
            }
            "EnvironmentFile" if value.text.is_empty() => self.files.clear(),
            "EnvironmentFile" => {
                // Of one that is named twice the later reading stands.
                let file = value.text.trim_start_matches('-').to_string();
                self.files.retain(|other| *other != file);
                self.files.push(file);
            }
            "ExecStart" if value.text.is_empty() => self.start = None,
            "ExecStart" => self.start = Some((value, path)),
            _ => {}
        }
    }

    /// A word with its variables: `$NAME` alone comes to any number of words, `${NAME}` to a part of one. Quotes around it are
    /// off by then, so that they keep nothing together (src/basic/env-util.c replace_env_argv).
    fn expanded(&self, piece: &Piece, path: &'t str) -> Vec<Word<'static>> {
        if let Some(name) = piece.text.strip_prefix('$').filter(|rest| !rest.starts_with(['{', '$'])) {
            return match self.variables.get(name) {
                Some((value, from)) => words(value, from),
                // Any number of words; where it stands for a value, that is not known.
                None => vec![open(name, piece, path)],
            };
        }
        let (mut text, mut place, mut mixed) = (String::new(), (piece.at.clone(), path), false);
        let mut rest = piece.text.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else { break };
            text.push_str(before);
            match self.variables.get(name) {
                Some((value, from)) => {
                    mixed = !(before.is_empty() && after.is_empty() && text.is_empty());
                    text.push_str(&value.text);
                    if !mixed {
                        place = (value.whole(), from);
                    }
                }
                // Not empty: a file that is not among these, or systemd itself, may set it.
                None => text.push_str(&format!("${{{name}}}")),
            }
            rest = after;
            if text.len() > LONGEST {
                break;
            }
        }
        text.push_str(&rest.replace("$$", "$"));
        vec![Word { text: Cow::Owned(text), at: place.0, from: Some(Arc::from(place.1)), mixed }]
    }

    fn all(&self) -> impl Iterator<Item = Word<'static>> {
        let values = self.variables.values().filter(|(value, _)| value.text.trim_start().starts_with('-'));
        values.flat_map(|(value, from)| words(value, from))
    }
}

/// A word that is a variable of which nobody knows the value here.
fn open(name: &str, piece: &Piece, path: &str) -> Word<'static> {
    let text = if name.is_empty() { String::new() } else { format!("${{{name}}}") };
    Word { text: Cow::Owned(text), at: piece.at.clone(), from: Some(Arc::from(path)), mixed: true }
}

fn words(value: &Text, from: &str) -> Vec<Word<'static>> {
    let from: Arc<str> = Arc::from(from);
    let pieces = ini::words(value).into_iter();
    pieces.map(|p| Word { text: Cow::Owned(p.text), at: p.at, from: Some(Arc::clone(&from)), mixed: false }).collect()
}

/// Variables by which packages hand flags to a component, without its unit.
const VARIABLES: [(&str, &str); 6] = [
    ("KUBELET_", "kubelet"),
    ("KUBE_PROXY_", "kube-proxy"),
    ("KUBE_SCHEDULER_", "kube-scheduler"),
    ("KUBE_CONTROLLER_MANAGER_", "kube-controller-manager"),
    ("KUBE_APISERVER_", "kube-apiserver"),
    ("KUBE_API_", "kube-apiserver"),
];

/// What a file of the environment comes to by itself.
fn alone(path: &str, text: &str) -> Result<Vec<Reading>, Box<Finding>> {
    let set = environment(text);
    let mut out: Vec<Reading> = Vec::new();
    for (prefix, component) in VARIABLES {
        let own =
            set.iter().filter(|(name, value)| name.starts_with(prefix) && value.text.trim_start().starts_with('-'));
        let all = bounded(path, own.flat_map(|(_, value)| words(value, path)))?;
        if !all.is_empty() {
            out.push(reading(flags::reading(path, component, &all)));
        }
    }
    let of_etcd: Vec<(String, (Text, &str))> = set
        .into_iter()
        .filter(|(name, _)| name.starts_with("ETCD_"))
        .map(|(name, value)| (name, (value, path)))
        .collect();
    let variables: Vec<_> = of_etcd.iter().map(|(name, value)| variable(name, value)).collect();
    let mut read = Reading::new(path, "etcd", Entries::new());
    etcd::environment(&variables, &mut read);
    if !read.stated.is_empty() {
        out.push(reading(read));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const UNIT: &str = "[Service]\nExecStart=/usr/bin/kubelet\n";
    const DROP_IN: &str = "[Service]\nEnvironment=\"KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml\"\nEnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env\nEnvironmentFile=-/etc/default/kubelet\nExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS\n";
    const FLAGS: &str = "KUBELET_KUBEADM_ARGS=\"--max-pods=110 --node-labels=a=b\"\n";
    const EXTRA: &str =
        "# x\nKUBELET_EXTRA_ARGS=--max-pods=250 --eviction-hard=memory.available<1Gi,nodefs.available<5%\n";

    #[test]
    fn the_command_line_of_kubeadm_is_put_together_over_four_files() {
        let files = [
            ("n/usr/lib/systemd/system/kubelet.service", UNIT),
            ("n/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf", DROP_IN),
            ("n/var/lib/kubelet/kubeadm-flags.env", FLAGS),
            ("n/etc/default/kubelet", EXTRA),
        ];
        let found = commands(&files).unwrap();
        assert_eq!(found.len(), 1);
        let stated = &found[0].stated;
        let max = &stated["kubelet/maxPods"];
        assert_eq!(max.value, json!(250));
        assert_eq!(max.from.as_deref(), Some("n/etc/default/kubelet"));
        assert_eq!((&EXTRA[max.key.clone()], &EXTRA[max.node.span.clone()]), ("--max-pods", "250"));
        assert_eq!(stated["kubelet/evictionHard.nodefs.available"].value, json!("5%"));
        let labels = &stated["kubelet/node-labels.a"];
        assert_eq!((&FLAGS[labels.node.span.clone()], &labels.value), ("a=b", &json!("b")));
        assert_eq!(stated["kubelet/config"].from, None);
        assert_eq!(&DROP_IN[stated["kubelet/config"].node.span.clone()], "/var/lib/kubelet/config.yaml");
    }

    #[test]
    fn quotes_around_a_variable_keep_its_words_apart() {
        let unit = "[Service]\nEnvironment=\"ARGS=--max-pods=50 --v=2\"\nExecStart=/usr/bin/kubelet \"$ARGS\" \"$ARGS --v=9\"\n";
        let found = commands(&[("etc/systemd/system/kubelet.service", unit)]).unwrap();
        assert_eq!(found[0].stated["kubelet/maxPods"].value, json!(50));
        let names: Vec<&str> = found[0].flags.iter().map(|f| f.name.as_str()).collect();
        // No variable is called `ARGS --v=9`, so that word is none.
        assert_eq!(names, ["max-pods", "v"]);
    }

    #[test]
    fn files_of_the_environment_count_alone() {
        let found = commands(&[("kubelet", EXTRA)]).unwrap();
        assert_eq!(found[0].stated["kubelet/maxPods"].value, json!(250));
        let found = commands(&[("etcd.env", "ETCD_HEARTBEAT_INTERVAL=250\nETCD_NAME=a\n")]).unwrap();
        assert_eq!(found[0].stated["etcd/heartbeat-interval"].value, json!(250));
    }
}
