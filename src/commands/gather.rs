//! The files that `diff --current` names: single ones, and folders that map themselves.

use super::collect::{wanted, wanted_folder};
use crate::current::could_be_read;
use crate::diag::{Finding, Place};
use rustix::fs::OFlags;
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Larger than any configuration; what a mistaken path would name.
const LARGEST: u64 = 4 << 20;
/// Folders in folders, the given one not counted.
const DEEPEST: usize = 8;
/// Entries of one folder.
const MOST: usize = 1 << 16;
/// Bytes that are read in all.
const ALTOGETHER: usize = 256 << 20;
/// Folders by which a tree that `render` wrote is known.
const OWN: [&str; 3] = ["node-class", "cluster", "control-plane"];

/// What a file that cannot be read comes to.
pub(super) const SKIPPED: &str = "the plan itself is complete; only the diff against this file was skipped";

/// A file to be compared.
pub(super) struct Found {
    /// Path, as the user would write it.
    pub name: String,
    /// Class that the command line or a folder says.
    pub class: Option<String>,
    /// Whether it lies in a folder of drop-in files.
    pub drop_in: bool,
    /// Whether the command line names this very file.
    pub named: bool,
    /// What it holds.
    pub text: String,
}

/// A walk through what one `--current` names.
struct Walk<'a> {
    classes: Option<&'a BTreeSet<String>>,
    /// The folder that was given, with no symbolic link in it.
    root: PathBuf,
    bytes: usize,
    files: Vec<Found>,
    findings: Vec<Finding>,
}

/// What a folder is laid out like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tree {
    /// What `render` wrote of a cluster.
    Rendered,
    /// The same, and nothing says that `render` wrote it.
    Alike,
    /// Anything else.
    Other,
}

impl Tree {
    fn of(entries: &[PathBuf]) -> Self {
        let has = |name: &str| entries.iter().any(|e| e.ends_with(name));
        if has("plan.json") && OWN.iter().any(|own| has(own)) {
            Self::Rendered
        } else if entries.iter().any(|e| e.ends_with("node-class") && e.is_dir()) {
            Self::Alike
        } else {
            Self::Other
        }
    }
}

/// Where an entry lies.
struct At<'a> {
    folder: &'a Path,
    tree: Tree,
    class: Option<String>,
    drop_in: bool,
    depth: usize,
}

/// Reads everything, and says what cannot be read. `classes`: names that a folder or the command line may say; without them,
/// any that the command line says, and those of the folders of a tree that `render` wrote.
pub(super) fn gather(given: &[String], classes: Option<&BTreeSet<String>>) -> (Vec<Found>, Vec<Finding>) {
    let (mut files, mut findings) = (Vec::new(), Vec::new());
    for argument in given {
        let (class, path) = split(argument, classes);
        let root = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let mut walk = Walk { classes, root, bytes: 0, files: Vec::new(), findings: Vec::new() };
        if let Some(finding) = class.as_deref().zip(classes).and_then(|(class, known)| missing(class, known)) {
            walk.findings.push(finding);
        } else if fs::metadata(path).is_ok_and(|m| m.is_dir()) {
            walk.folder(path, class, false, 0);
        } else {
            walk.file(path, class, false, true);
        }
        files.append(&mut walk.files);
        findings.append(&mut walk.findings);
    }
    (files, findings)
}

/// A finding where there is no class of this name.
fn missing(class: &str, classes: &BTreeSet<String>) -> Option<Finding> {
    if class == "*" || classes.contains(class) {
        return None;
    }
    let near = crate::diag::nearest(class, classes.iter().map(String::as_str));
    let finding = Finding::error("class-unknown", format!("no node class is called `{class}`"));
    Some(finding.help_if(near.map(|n| format!("did you mean `{n}`?"))))
}

/// A finding about a file that holds nothing to compare.
pub(super) fn unrecognised(name: &str) -> Finding {
    about("current-unrecognised", name, "it is no configuration that can be compared")
        .help("give a KubeletConfiguration, the answer of `/configz`, a KubeProxyConfiguration, a KubeSchedulerConfiguration, flags, or a static pod manifest of kube-controller-manager or etcd")
}

fn about(id: &'static str, name: &str, what: &str) -> Finding {
    Finding::error(id, format!("cannot read the current file `{name}`: {what}"))
        .at(&Place::new(&Arc::from(name), 0..0), "")
        .note(SKIPPED)
}

/// `CLASS=PATH` or `PATH`. A path with `=` in it that is there, or whose front is no word, is a path.
fn split<'a>(argument: &'a str, classes: Option<&BTreeSet<String>>) -> (Option<String>, &'a Path) {
    if let Some((class, path)) = argument.split_once('=') {
        let word =
            !class.is_empty() && class.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '*'));
        if classes.is_some_and(|known| known.contains(class)) || (word && !Path::new(argument).exists()) {
            return (Some(class.to_string()), Path::new(path));
        }
    }
    (None, Path::new(argument))
}

impl Walk<'_> {
    fn refuse(&mut self, path: &Path, what: &str) {
        self.findings.push(about("current-unreadable", &path.display().to_string(), what));
    }

    fn folder(&mut self, path: &Path, class: Option<String>, drop_in: bool, depth: usize) {
        if depth > DEEPEST {
            return self.refuse(path, &format!("it is more than {DEEPEST} folders deep"));
        }
        let entries = match fs::read_dir(path)
            .and_then(|list| list.map(|e| e.map(|e| e.path())).take(MOST + 1).collect::<Result<Vec<_>, _>>())
        {
            Ok(entries) if entries.len() > MOST => {
                return self.refuse(path, &format!("it holds more than {MOST} files"));
            }
            Ok(mut entries) => {
                entries.sort();
                entries
            }
            Err(error) => return self.refuse(path, &error.to_string()),
        };
        let tree = if class.is_none() { Tree::of(&entries) } else { Tree::Other };
        let at = At { folder: path, tree, class, drop_in, depth };
        entries.iter().for_each(|entry| self.entry(entry, &at));
    }

    fn entry(&mut self, entry: &Path, at: &At<'_>) {
        let Some(name) = entry.file_name().map(|n| n.to_string_lossy().into_owned()) else { return };
        let Ok(meta) = fs::symlink_metadata(entry) else { return };
        if name.starts_with('.') {
            return;
        }
        if meta.is_dir() {
            return self.within(entry, &name, at);
        }
        if meta.is_symlink() && entry.is_dir() {
            // What lies in the folder that was given is met there.
            let met = fs::canonicalize(entry).is_ok_and(|target| self.meets(&target));
            if !met && wanted_folder(entry, &name) {
                self.refuse(entry, "it is a symbolic link to a folder outside of the one that was given");
            }
            return;
        }
        let conf = entry.extension().is_some_and(|e| e == "conf");
        if (at.drop_in && !conf) || !wanted(entry, &name) || entry.extension().is_some_and(|e| e == "toml") {
            return;
        }
        match at.tree {
            Tree::Rendered => {}
            Tree::Alike => self.pass_over(entry),
            Tree::Other if meta.is_symlink() && !self.may_follow(entry, at) => {}
            Tree::Other => self.file(entry, at.class.clone(), at.drop_in, false),
        }
    }

    /// A folder within a folder.
    fn within(&mut self, entry: &Path, name: &str, at: &At<'_>) {
        let own = at.tree != Tree::Other && OWN.contains(&name);
        let is_class = !own
            && match self.classes {
                Some(known) => known.contains(name),
                None => at.folder.ends_with("node-class"),
            };
        let read = match at.tree {
            // What other tools are given is the same values again.
            Tree::Rendered => own,
            Tree::Alike => own || is_class,
            Tree::Other => is_class || wanted_folder(entry, name),
        };
        if read {
            let class = at.class.clone().or_else(|| is_class.then(|| name.to_string()));
            self.folder(entry, class, at.drop_in || name.ends_with(".d"), at.depth + 1);
        } else if at.tree == Tree::Alike {
            self.pass_over(entry);
        }
    }

    fn pass_over(&mut self, path: &Path) {
        let message = format!(
            "`{}` is not read: beside a folder `node-class`, only `cluster`, `control-plane` and folders named as classes are",
            path.display()
        );
        let finding = Finding::warning("current-not-read", message);
        self.findings
            .push(finding.help("name it with a `--current` of its own, or move it into the folder of its class"));
    }

    /// Whether what a link leads to is met on the walk through the folder that was given.
    fn meets(&self, target: &Path) -> bool {
        let hidden = |c: std::path::Component<'_>| c.as_os_str().to_string_lossy().starts_with('.');
        target.strip_prefix(&self.root).is_ok_and(|below| !below.components().any(hidden))
    }

    /// Whether a link in a folder leads to a file in the same folder; says so when it leads out.
    fn may_follow(&mut self, link: &Path, at: &At<'_>) -> bool {
        match fs::canonicalize(link) {
            // It hides a unit of the vendor's.
            Ok(target) if target == Path::new("/dev/null") => {
                let (name, class) = (link.display().to_string(), at.class.clone());
                self.files.push(Found { name, class, drop_in: false, named: false, text: String::new() });
                false
            }
            Ok(target) if target.starts_with(&self.root) => {
                let name = target.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                target.is_file() && !(self.meets(&target) && wanted(&target, &name))
            }
            Ok(_) => {
                self.refuse(link, "it is a symbolic link out of the folder that was given");
                false
            }
            // A link to nothing is nothing to who would read it, too.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
            Err(error) => {
                self.refuse(link, &error.to_string());
                false
            }
        }
    }

    fn file(&mut self, path: &Path, class: Option<String>, drop_in: bool, named: bool) {
        match text(path) {
            Ok(text) if self.bytes + text.len() > ALTOGETHER => {
                self.refuse(path, "with it, more than 256 MiB would be read")
            }
            Ok(text) if !named && !could_be_read(&path.display().to_string(), &text) => {}
            Ok(text) => {
                self.bytes += text.len();
                self.files.push(Found { name: path.display().to_string(), class, drop_in, named, text });
            }
            Err(what) => self.refuse(path, &what),
        }
    }
}

/// The text of a regular file. Opening never waits, so that a FIFO is refused and not waited for.
pub(super) fn text(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file: File = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(|e| e.to_string())?;
    let meta = file.metadata().map_err(|e| e.to_string())?;
    if !meta.is_file() {
        let kind = if meta.file_type().is_fifo() { "a FIFO" } else { "no regular file" };
        return Err(format!("it is {kind}"));
    }
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err("it is more than 4 MiB long".into());
    }
    String::from_utf8(bytes).map_err(|e| format!("it is not UTF-8 from byte {} on", e.utf8_error().valid_up_to()))
}
