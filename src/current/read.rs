//! Recognises a file by what is in it, and by its name only where content cannot tell.

use super::embed::Offsets;
use super::expand::{self, Entries};
use super::{Layer, command, etcd, flags, flow, ini, kubeadm, object, pod, sysctl, tables, unit, yaml};
use crate::diag::{Finding, Place, Severity};
use crate::yaml::{Node, Value};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// The configuration of one component, as one file states it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The file, as the user names it.
    pub path: String,
    /// The component.
    pub component: &'static str,
    /// Values by tunable, fields that the catalogue does not know included.
    pub stated: Entries,
    /// Whether the file holds this and nothing else.
    pub verbatim: bool,
    /// Keys that stand twice in one map: the key, its first place, and the one that counts.
    pub twice: Vec<(String, Range<usize>, Range<usize>)>,
    /// The configuration object as written, where it is one; none of flags.
    pub document: Option<Node>,
    /// What kind of source it is.
    pub layer: Layer,
    /// Names that are set to null, which in a drop-in file takes them back.
    pub nulls: Vec<String>,
    /// Versions that the file says.
    pub said: Vec<Said>,
    /// Documents after the first one, where only the first is read.
    pub further: Vec<Range<usize>>,
    /// The flags of a command line as they are typed, in order.
    pub flags: Vec<flags::Flag>,
    /// Tunables that are given a text which is not known here, such as a variable that a unit's missing file sets.
    pub open: BTreeSet<String>,
    /// That a command line of it cannot be read.
    pub unread: Vec<Finding>,
    /// An empty document before the only one that says something.
    pub ahead: Option<Range<usize>>,
    /// Whether kubeadm was told it: what runs was made from it once, and says itself what it has.
    pub told: bool,
}

/// A version that a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Of what: `kubernetes`, `etcd`, or `containerd` for the version of its configuration.
    pub of: &'static str,
    /// As written.
    pub version: String,
    /// Where it stands.
    pub at: Range<usize>,
}

impl Reading {
    /// What a file states of a component.
    #[must_use]
    pub fn new(path: &str, component: &'static str, stated: Entries) -> Self {
        Self { path: path.to_string(), component, stated, ..Self::default() }
    }
}

/// Kinds of configuration objects and their components.
const KINDS: [(&str, &str); 3] = [
    ("KubeletConfiguration", "kubelet"),
    ("KubeProxyConfiguration", "kube-proxy"),
    ("KubeSchedulerConfiguration", "kube-scheduler"),
];
/// Kinds of kubeadm's own.
const KUBEADM: [&str; 3] = ["ClusterConfiguration", "InitConfiguration", "JoinConfiguration"];
/// Kinds whose containers may be the control plane's.
const PODS: [&str; 3] = ["Pod", "DaemonSet", "Deployment"];

/// What a text is.
enum Format {
    Flags,
    Sections,
    Environment,
    Sysctl,
    Modules,
    Toml,
    Yaml,
}

fn format(path: &str, text: &str) -> Format {
    if flags::looks_like(text) {
        Format::Flags
    } else if ini::looks_like(text) {
        Format::Sections
    } else if tables::looks_like(text, path.ends_with(".toml")) {
        Format::Toml
    } else if command::looks_like_environment(text) {
        Format::Environment
    } else if sysctl::looks_like(text) {
        Format::Sysctl
    } else if sysctl::is_modules(path, text) {
        Format::Modules
    } else {
        Format::Yaml
    }
}

/// Kinds of objects that are read here; lists of them end so too.
const KINDS_READ: [&str; 14] = [
    "KubeletConfiguration",
    "KubeProxyConfiguration",
    "KubeSchedulerConfiguration",
    "ClusterConfiguration",
    "InitConfiguration",
    "JoinConfiguration",
    "ConfigMap",
    "Pod",
    "DaemonSet",
    "Deployment",
    "EC2NodeClass",
    "Node",
    "PriorityLevelConfiguration",
    "FlowSchema",
];

/// Whether a text could be something that is read here. What could not is left alone in a folder, whatever it is.
#[must_use]
pub fn could_be_read(path: &str, text: &str) -> bool {
    match format(path, text) {
        Format::Yaml => {
            let object = text.contains("kind") && KINDS_READ.iter().any(|kind| text.contains(kind));
            let answer = text.contains("kubeletconfig") || text.contains("gitVersion");
            is_drop_in(path) || object || answer || etcd::could_be(text)
        }
        _ => true,
    }
}

/// Whether a path lies in a drop-in directory of the kubelet, by the directory's name.
#[must_use]
pub fn is_drop_in(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let conf = parts.next().is_some_and(|file| file.ends_with(".conf"));
    conf && parts.any(|folder| folder.starts_with("kubelet") && folder.ends_with(".d") && !folder.contains(".service"))
}

/// Reads a file. A file of no kind known here gives an empty list.
///
/// # Errors
/// Where and why the file cannot be read, and that a key stands twice in one map.
pub fn read(path: &str, text: &str) -> Result<Vec<Reading>, Box<Finding>> {
    if matches!(format(path, text), Format::Yaml) {
        yaml::strict(path, text)?;
    }
    let readings = read_as_upstream(path, text)?;
    // What would be compared as though it were not there stops who compares.
    match readings.iter().flat_map(|r| &r.unread).next() {
        Some(finding) => Err(Box::new(Finding { severity: Severity::Error, ..finding.clone() })),
        None => Ok(readings),
    }
}

/// Reads a file as upstream does: of two equal keys the last one counts. A file of the environment and the command line of a
/// unit are read together ([`super::commands`]).
///
/// # Errors
/// Where and why the file cannot be read.
pub fn read_as_upstream(path: &str, text: &str) -> Result<Vec<Reading>, Box<Finding>> {
    let readings = of_any_size(path, text)?;
    let long = |r: &Reading| r.stated.values().any(|entry| entry.node.items().len() > LONGEST);
    let many = |r: &Reading| r.stated.len() > MOST || r.flags.len() > MOST;
    let what = match readings.iter().find(|r| many(r) || long(r)) {
        None => return Ok(readings),
        Some(reading) if many(reading) => format!("it states more than {MOST} settings"),
        Some(_) => format!("a list of it has more than {LONGEST} elements"),
    };
    let finding = Finding::error("current-unparsable", format!("cannot read the current file `{path}`: {what}"));
    Err(Box::new(finding.at(&Place::new(&Arc::from(path), 0..0), "")))
}

/// Settings of one file, and words of one command line. The largest component has some four hundred.
pub(super) const MOST: usize = 5_000;
/// Elements of one list: constraints compare each with each.
const LONGEST: usize = 10_000;

fn of_any_size(path: &str, text: &str) -> Result<Vec<Reading>, Box<Finding>> {
    match format(path, text) {
        Format::Flags => return flags::file(path, text).map(|r| vec![r]),
        Format::Sections => return Ok(unit::readings(path, text)),
        Format::Environment => return Ok(Vec::new()),
        Format::Sysctl => return Ok(vec![sysctl::reading(path, text)]),
        Format::Modules => return Ok(vec![sysctl::modules(path, text)]),
        Format::Toml => return tables::readings(path, text),
        Format::Yaml => {}
    }
    let documents = yaml::documents(path, text)?;
    let file = File { path, text, alone: documents.len() == 1 };
    let mut out = Vec::new();
    let empty = documents.iter().take_while(|d| d.is_null()).count();
    let (ahead, documents) = documents.split_at(empty);
    let alone = first_alone(documents);
    let read = if alone { &documents[..1] } else { documents };
    for document in read {
        file.recognise(document, "", &mut out)?;
    }
    if let Some(first) = out.first_mut() {
        first.further = documents[read.len()..].iter().filter(|d| !d.is_null()).map(|d| d.span.clone()).collect();
        first.ahead = ahead.first().filter(|_| alone).map(|d| d.span.clone());
    }
    Ok(out)
}

/// A field that says what an object is: upstream finds it whatever the case of its letters.
#[must_use]
pub fn head<'d>(object: &'d Node, field: &str) -> Option<&'d Node> {
    let alike = || object.members().find(|m| m.key.eq_ignore_ascii_case(field)).map(|m| &m.node);
    object.get(field).or_else(alike)
}

/// Whether only the first document is read: a component reads no other, kubeadm reads all.
fn first_alone(documents: &[Node]) -> bool {
    let kinds = || documents.iter().map(|d| head(d, "kind").and_then(Node::text).unwrap_or_default());
    let own = kinds().next().is_some_and(|kind| KINDS.iter().any(|(own, _)| *own == kind));
    // Two components' files in one text are a collection, as kubeadm's is, and no component's file.
    let others = kinds().skip(1).any(|kind| {
        KUBEADM.contains(&kind) || KINDS.iter().any(|(own, _)| *own == kind && kinds().next() != Some(kind))
    });
    own && !others
}

/// A file whose documents are being recognised.
struct File<'t> {
    path: &'t str,
    text: &'t str,
    alone: bool,
}

impl File<'_> {
    fn recognise(&self, document: &Node, kind: &str, out: &mut Vec<Reading>) -> Result<(), Box<Finding>> {
        let path = self.path;
        // What a kubelet answers at /configz. The other components answer with Go's internal types, which no file has.
        // Newer ones say its kind, too; without one it is told from a file, in which only what is stated stands.
        if let Some(inner) = document.get("kubeletconfig").filter(|i| i.is_map()) {
            out.push(configuration(path, "kubelet", &inner.without(&["apiVersion", "kind"]), false));
            return Ok(());
        }
        let kind = head(document, "kind").and_then(Node::text).unwrap_or(kind);
        if let Some(one) = kind.strip_suffix("List") {
            for item in document.get("items").map_or(&[][..], Node::items) {
                self.recognise(item, one, out)?;
            }
        } else if let Some((_, component)) = KINDS.iter().find(|(k, _)| *k == kind) {
            out.push(configuration(path, component, document, self.alone));
        } else if KUBEADM.contains(&kind) {
            out.extend(kubeadm::readings(path, kind, document));
        } else if PODS.contains(&kind) {
            out.extend(pod::readings(path, document));
        } else if kind == "ConfigMap" {
            self.config_map(document, out)?;
            out.extend(object::cilium(path, document));
        } else if let Some(reading) = object::reading(path, kind, document) {
            out.push(reading);
        } else if flow::KINDS.contains(&kind) {
            out.extend(flow::reading(path, document));
        } else if let Some(reading) = object::version(path, document).filter(|_| kind.is_empty()) {
            out.push(reading);
        } else if etcd::is_config(document) {
            out.push(Reading {
                verbatim: true,
                document: Some(document.clone()),
                ..Reading::new(path, "etcd", etcd::config(document))
            });
        } else if is_drop_in(path) && document.is_map() {
            out.push(configuration(path, "kubelet", document, self.alone));
        }
        Ok(())
    }

    /// kubeadm keeps configuration files as texts in config maps. Their places are those of the file that holds them.
    fn config_map(&self, document: &Node, out: &mut Vec<Reading>) -> Result<(), Box<Finding>> {
        let Some(data) = document.get("data") else { return Ok(()) };
        let kinds = || KINDS.iter().map(|(kind, _)| *kind).chain(KUBEADM);
        for member in data.members() {
            let Some(text) = member.node.text().filter(|t| kinds().any(|kind| t.contains(kind))) else { continue };
            let offsets = Offsets::new(self.text, &member.node.span, text);
            let inner = crate::yaml::documents(text).map_err(|fault| {
                let message = format!("cannot read `{}` in the config map: not valid YAML", member.key);
                let place = Place::new(&Arc::from(self.path), offsets.range(&(fault.at..fault.at)));
                Box::new(
                    Finding::error("current-unparsable", message)
                        .at(&place, "the parser lost its place here")
                        .note(fault.said),
                )
            })?;
            for document in &inner {
                let document = offsets.moved(document);
                let kind = document.get("kind").and_then(Node::text).unwrap_or_default();
                let known = KINDS.iter().find(|(k, _)| *k == kind);
                out.extend(known.map(|(_, component)| configuration(self.path, component, &document, false)));
                if KUBEADM.contains(&kind) {
                    out.extend(kubeadm::readings(self.path, kind, &document));
                }
            }
        }
        Ok(())
    }
}

fn configuration(path: &str, component: &'static str, document: &Node, verbatim: bool) -> Reading {
    let mut stated = Entries::new();
    expand::document(component, document, &mut stated);
    let twice = document.twice();
    let twice = twice.into_iter().map(|(first, last)| (last.key.clone(), first.at.clone(), last.at.clone())).collect();
    let nulls = match &document.value {
        Value::Map(_) => expand::nulls(&format!("{component}/"), document),
        _ => Vec::new(),
    };
    Reading { verbatim, twice, nulls, document: Some(document.clone()), ..Reading::new(path, component, stated) }
}
