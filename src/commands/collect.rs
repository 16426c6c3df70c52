//! The files that `check` is given: single ones, and folders of a node or of several, of which only what could be
//! configuration is read.

use super::gather::text;
use super::input;
use crate::check::nodes;
use crate::current::{could_be_read, unit_matters};
use crate::diag::{Finding, Place};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Bytes of standard input; files have the same bound.
const LARGEST: usize = 4 << 20;
/// Folders in folders, the given one not counted.
const DEEPEST: usize = 12;
/// Entries of one folder.
const MOST: usize = 1 << 16;
/// Entries of all folders.
const MOST_IN_ALL: usize = 1 << 18;
/// Bytes that are read in all.
const ALTOGETHER: usize = 256 << 20;
/// Endings of files that can be configuration.
const ENDINGS: [&str; 9] = ["yaml", "yml", "json", "flags", "conf", "toml", "service", "slice", "env"];
/// Folders whose files have no ending.
const BARE: [&str; 3] = ["args", "default", "sysconfig"];
/// Folders that hold no configuration: volumes of pods, sockets, keys, the kernel's own, copies that kubeadm keeps.
const SKIPPED: [&str; 16] = [
    "checkpoints",
    "device-plugins",
    "dev",
    "pki",
    "plugins",
    "plugins_registry",
    "pod-resources",
    "pods",
    "proc",
    "sys",
    "tmp",
    "user",
    "ssl",
    "alternatives",
    "share",
    "lib64",
];

/// Folders of a host of which only some others matter; elsewhere in it, thousands of files are of nobody's concern here.
const HOST: [(&str, &[&str]); 7] = [
    ("", &["etc", "lib", "opt", "run", "usr", "var"]),
    (
        "etc",
        &[
            "containerd",
            "crio",
            "default",
            "etcd",
            "kubelet",
            "kubernetes",
            "modules-load.d",
            "sysconfig",
            "sysctl.d",
            "systemd",
        ],
    ),
    ("lib", &["etcd", "kubelet", "kubernetes", "modules-load.d", "rancher", "sysctl.d", "systemd"]),
    ("run", &["modules-load.d", "sysctl.d", "systemd"]),
    ("systemd", &["logind.conf.d", "system", "system.conf.d"]),
    ("usr", &["lib", "local"]),
    ("var", &["lib", "snap"]),
];
/// Folders that hold a node's files beside its images and volumes, and what below them is looked into; `*` is any name.
const AMONG_OTHERS: [(&str, &[&[&str]]); 2] =
    [("var/lib/rancher", &[&["*"], &["agent"], &["etc", "pod-manifests"]]), ("var/snap", &[&["*"], &["*"], &["args"]])];

/// A file that was read.
pub(super) struct Found {
    /// Path, as the user would write it.
    pub name: String,
    /// Class that the command line says.
    pub class: Option<String>,
    /// Whether the command line names this very file.
    pub named: bool,
    /// What it holds; nothing for a file that only hides another one.
    pub text: String,
}

struct Walk {
    /// The folder that was given, with no symbolic link in it.
    root: PathBuf,
    class: Option<String>,
    bytes: usize,
    entries: usize,
    files: Vec<Found>,
    findings: Vec<Finding>,
}

/// Reads everything, and says what cannot be read.
pub(super) fn collect(given: &[String]) -> (Vec<Found>, Vec<Finding>) {
    let (mut files, mut findings, mut bytes, mut entries) = (Vec::new(), Vec::new(), 0, 0);
    for argument in given {
        let (class, path) = split(argument);
        let root = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let mut walk = Walk { root, class, bytes, entries, files: Vec::new(), findings: Vec::new() };
        if path.as_os_str() == "-" {
            walk.standard_input(path);
        } else if fs::metadata(path).is_ok_and(|m| m.is_dir()) {
            walk.folder(path, 0);
        } else {
            walk.file(path, true);
        }
        (bytes, entries) = (walk.bytes, walk.entries);
        files.append(&mut walk.files);
        findings.append(&mut walk.findings);
    }
    (files, findings)
}

/// A finding about a file that holds nothing to check.
pub(super) fn unrecognised(name: &str) -> Finding {
    refused("current-unrecognised", name, "it is no configuration that can be checked")
        .help("give configuration of kubelet, kube-proxy, kube-scheduler or etcd, the answer of `/configz`, static pod manifests, flags, units, kubeadm's config maps, sysctl.d, containerd or CRI-O files, or a folder of them")
}

fn refused(id: &'static str, name: &str, what: &str) -> Finding {
    Finding::error(id, format!("cannot read `{name}`: {what}")).at(&Place::new(&Arc::from(name), 0..0), "")
}

/// `CLASS=PATH` or `PATH`. A path with `=` in it that is there is a path.
fn split(argument: &str) -> (Option<String>, &Path) {
    match argument.split_once('=') {
        Some((class, path))
            if !class.is_empty()
                && class.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'))
                && !Path::new(argument).exists() =>
        {
            (Some(class.to_string()), Path::new(path))
        }
        _ => (None, Path::new(argument)),
    }
}

impl Walk {
    fn refuse(&mut self, path: &Path, what: &str) {
        self.findings.push(refused("current-unreadable", &path.display().to_string(), what));
    }

    fn folder(&mut self, path: &Path, depth: usize) {
        if depth > DEEPEST {
            return self.refuse(path, &format!("it is more than {DEEPEST} folders deep"));
        }
        let list = fs::read_dir(path).and_then(|list| list.map(|e| e.map(|e| e.path())).take(MOST + 1).collect());
        let mut entries: Vec<PathBuf> = match list {
            Ok(entries) => entries,
            Err(error) => return self.refuse(path, &error.to_string()),
        };
        self.entries += entries.len();
        if entries.len() > MOST || self.entries > MOST_IN_ALL {
            return self.refuse(
                path,
                &format!("with it, more than {MOST_IN_ALL} files, or {MOST} in one folder, would be looked at"),
            );
        }
        entries.sort();
        for entry in entries {
            self.entry(&entry, depth);
        }
    }

    fn entry(&mut self, entry: &Path, depth: usize) {
        let name = entry.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let Ok(meta) = fs::symlink_metadata(entry) else { return };
        if name.starts_with('.') {
            return;
        }
        if meta.is_dir() {
            if wanted_folder(entry, &name) {
                self.folder(entry, depth + 1);
            }
            return;
        }
        if meta.is_symlink() && entry.is_dir() {
            if wanted_folder(entry, &name)
                && !fs::canonicalize(entry).is_ok_and(|target| target.starts_with(&self.root))
            {
                self.refuse(entry, "it is a symbolic link to a folder outside of the one that was given");
            }
            return;
        }
        if wanted(entry, &name) && (!meta.is_symlink() || self.follows(entry)) {
            self.file(entry, false);
        }
    }

    /// Whether a link is to be read here: one to a file that is met anyway is not, one that leads out is refused, and one to
    /// /dev/null hides a file of the vendor's.
    fn follows(&mut self, link: &Path) -> bool {
        match fs::canonicalize(link) {
            Ok(target) if target == Path::new("/dev/null") => {
                let name = link.display().to_string();
                self.files.push(Found { name, class: self.class.clone(), named: false, text: String::new() });
                false
            }
            Ok(target) if target.starts_with(&self.root) => {
                let below = target.strip_prefix(&self.root).unwrap_or(&target);
                let hidden = below.components().any(|c| c.as_os_str().to_string_lossy().starts_with('.'));
                let name = target.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                hidden || !wanted(&target, &name)
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

    fn standard_input(&mut self, path: &Path) {
        match input::text(path, LARGEST) {
            Ok(text) if text.len() > LARGEST => self.refuse(path, "it is more than 4 MiB long"),
            Ok(text) => {
                let (name, class) = (input::name(path), self.class.clone());
                self.files.push(Found { name, class, named: true, text });
            }
            Err(what) => self.refuse(path, &what),
        }
    }

    fn file(&mut self, path: &Path, named: bool) {
        let name = path.display().to_string();
        match text(path) {
            Ok(text) if self.bytes + text.len() > ALTOGETHER => {
                self.refuse(path, &format!("with it, more than {} MiB would be read", ALTOGETHER >> 20));
            }
            Ok(text) if named || could_be_read(&name, &text) => {
                self.bytes += text.len();
                self.files.push(Found { name, class: self.class.clone(), named, text });
            }
            Ok(_) => {}
            Err(what) => self.refuse(path, &what),
        }
    }
}

/// The file that another one names by its path on the host, where it lies in the same tree and in a folder that was given. One
/// behind a link is another file, which is read by its own name.
pub(super) fn named(given: &[String], by: &Found, path: &str) -> Option<Found> {
    let mut parts = Path::new(path.strip_prefix('/')?).components();
    if !parts.all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let below: PathBuf = Path::new(path).components().skip(1).collect();
    let root = match nodes::root(&by.name) {
        "" if by.name.starts_with('/') => Path::new("/"),
        "" => Path::new(""),
        root => Path::new(root),
    };
    let name = root.join(&below).to_str()?.to_string();
    let target = fs::canonicalize(&name).ok()?;
    let tree = fs::canonicalize(if root.as_os_str().is_empty() { Path::new(".") } else { root }).ok()?;
    if target != tree.join(&below) {
        return None;
    }
    let inside = |folder: &Path| fs::canonicalize(folder).is_ok_and(|f| f.is_dir() && target.starts_with(f));
    if !given.iter().any(|argument| inside(split(argument).1)) {
        return None;
    }
    let text = text(&target).ok()?;
    Some(Found { name, class: by.class.clone(), named: false, text })
}

/// A finding about folders that hold nothing to check.
pub(super) fn nothing(given: &[String]) -> Finding {
    let name = given.join("`, `");
    refused("current-nothing", &name, "it holds no configuration that can be checked")
}

/// Whether a folder is none of those beside a node's files that are of no concern here.
fn is_looked_into(path: &Path) -> bool {
    let text = format!("/{}", path.display());
    AMONG_OTHERS.iter().all(|(front, below)| {
        let Some((_, rest)) = text.split_once(&format!("/{front}/")) else { return true };
        let mut levels = rest.split('/').zip(below.iter());
        levels.all(|(name, held)| held.contains(&"*") || held.contains(&name)) && is_current(path, front)
    })
}

/// Whether a folder is no older revision of a snap: those stand beside a link to the one that is used.
fn is_current(path: &Path, front: &str) -> bool {
    let Some(snap) = path.parent().filter(|snap| snap.parent().is_some_and(|above| above.ends_with(front))) else {
        return true;
    };
    let used = fs::canonicalize(snap.join("current")).ok();
    path.ends_with("common") || used.is_none() || used == fs::canonicalize(path).ok()
}

/// Whether a folder can hold what is read.
pub(super) fn wanted_folder(path: &Path, name: &str) -> bool {
    let above = path.parent().map(|p| p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default());
    // A folder that is given as `.` has no name either, and is no root.
    let root = path.parent().is_some_and(|p| p == Path::new("/"));
    let host = HOST.iter().find(|(folder, _)| above.as_deref() == Some(*folder) && (root || !folder.is_empty()));
    if host.is_some_and(|(_, held)| !held.contains(&name) && !name.starts_with("kube")) {
        return false;
    }
    if !is_looked_into(path) {
        return false;
    }
    let unit = name.strip_suffix(".d").filter(|n| n.ends_with(".service") || n.ends_with(".slice"));
    !SKIPPED.contains(&name)
        && !name.ends_with(".wants")
        && !name.ends_with(".requires")
        && unit.is_none_or(unit_matters)
}

/// Folders of which a component reads every file: the kubelet of static pods all that does not begin with a dot
/// (pkg/kubelet/config/file.go), CRI-O every drop-in. The folder above stands first, where the name alone says too little.
const WHOLE: [(&str, &str); 3] = [("kubernetes", "manifests"), ("agent", "pod-manifests"), ("", "crio.conf.d")];

/// Whether a file of a folder can be configuration, by its name and its folder.
pub(super) fn wanted(path: &Path, name: &str) -> bool {
    let mut above = path.parent().into_iter().flat_map(Path::components).rev().map(|c| c.as_os_str().to_string_lossy());
    let (folder, over) = (above.next().unwrap_or_default(), above.next().unwrap_or_default());
    if WHOLE.iter().any(|(first, second)| folder == *second && (over == *first || first.is_empty())) {
        return true;
    }
    let ending = path.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
    match ending.as_str() {
        "service" | "slice" => unit_matters(name),
        "" => {
            BARE.contains(&folder.as_ref()) && (name.starts_with("kube") || name.starts_with("etcd"))
                || name == "modules"
        }
        // What kube-up and kOps call their static pods.
        "manifest" => folder == "manifests",
        other => ENDINGS.contains(&other),
    }
}
