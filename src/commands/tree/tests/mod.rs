//! Tests of the writer as its caller sees it, on a real file system and on one that refuses what some refuse.

mod crash;
mod fallback;
mod foreign;
mod guard;
mod links;
mod lock;
mod look;
mod names;
mod plain;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Files;

pub(super) const C: &str = "prod-eu";

pub(super) fn files(list: &[(&str, &str)]) -> Files {
    list.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

pub(super) fn old() -> Files {
    files(&[("plan.json", "{1}"), ("node-class/web/kubelet.yaml", "a: 1\n"), ("node-class/db/kubelet.yaml", "b: 1\n")])
}

pub(super) fn new() -> Files {
    files(&[("plan.json", "{2}"), ("node-class/web/kubelet.yaml", "a: 1\n"), ("cluster/kube-proxy.yaml", "c: 1\n")])
}

/// Every name below `dir` with mode and content (link target, file bytes); what stands, without times.
pub(super) fn picture(dir: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut picture = BTreeMap::new();
    walk(dir, &mut |path| {
        let meta = fs::symlink_metadata(path).unwrap();
        let content = if meta.is_symlink() {
            fs::read_link(path).unwrap().into_os_string().into_encoded_bytes()
        } else if meta.is_file() {
            fs::read(path).unwrap()
        } else {
            Vec::new()
        };
        picture.insert(path.strip_prefix(dir).unwrap().to_owned(), (meta.mode(), content));
    });
    picture
}

/// Every name with all that a write could touch: inode, size, change and modification times.
pub(super) fn stamp(dir: &Path) -> Vec<(PathBuf, [i64; 5], u64)> {
    let mut stamps = Vec::new();
    walk(dir, &mut |path| {
        let meta = fs::symlink_metadata(path).unwrap();
        let times = [meta.ctime(), meta.ctime_nsec(), meta.mtime(), meta.mtime_nsec(), i64::from(meta.mode())];
        stamps.push((path.to_owned(), times, meta.ino()));
    });
    stamps.sort();
    stamps
}

fn walk(path: &Path, see: &mut dyn FnMut(&Path)) {
    see(path);
    if fs::symlink_metadata(path).unwrap().is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            walk(&entry.unwrap().path(), see);
        }
    }
}

/// What a write of `files` into nothing looks like.
pub(super) fn clean(files: &Files) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let out = tempfile::tempdir().unwrap();
    super::write(out.path(), C, files, false).unwrap();
    picture(&out.path().join(C))
}

/// The names in the output directory, sorted.
pub(super) fn names_in(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub(super) fn assert_tidy(out: &Path) {
    assert_eq!(names_in(out), [format!(".{C}.plimsoll-lock"), C.to_owned()]);
}
