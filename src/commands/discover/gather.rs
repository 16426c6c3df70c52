//! Files of a machine into a tree: those that are wanted and no other, without ever leaving the folder they are in.

use crate::discover::{self, LARGEST, Tree, WANTED, kept};
use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// More names than any machine has, in one folder and in all.
const MOST: usize = 1_000_000;
/// Links to go through before they are taken for a circle.
const LINKS: u8 = 40;
/// What is kept in memory of all files.
const MOST_BYTES: usize = 256 << 20;

/// Whether a path is the machine's own root.
pub fn is_root(path: &Path) -> bool {
    path.canonicalize().is_ok_and(|p| p == Path::new("/"))
}

/// Reads what is wanted below `root`, which holds `sys` and `proc` or is one of them.
pub fn tree(root: &Path) -> Result<Tree, String> {
    let root = root.canonicalize().map_err(|e| e.to_string())?;
    let there = |name: &str| root.join(name).symlink_metadata().is_ok();
    // A copy of /sys or of /proc alone.
    let own = match () {
        () if there("sys") || there("proc") => "",
        () if there("devices") && there("class") || root.join("devices/system").is_dir() => "sys/",
        () if there("meminfo") || there("cpuinfo") => "proc/",
        () => "",
    };
    let mut walk = Walk { root: root.clone(), out: Tree::default(), seen: 0, bytes: 0 };
    for pattern in WANTED {
        if let Some(rest) = pattern.strip_prefix(own) {
            walk.go(&root, rest, own.to_string())?;
        }
    }
    walk.out.prune();
    Ok(walk.out)
}

/// What only the machine itself can tell: its architecture and the sizes of file systems.
pub fn itself(tree: &mut Tree) {
    let machine = rustix::system::uname().machine().to_string_lossy().into_owned();
    tree.0.insert("@machine".into(), machine);
    for mount in discover::mounts(tree) {
        if let Ok(stat) = rustix::fs::statvfs(mount.as_str())
            && let Some(size) = stat.f_blocks.checked_mul(stat.f_frsize)
        {
            tree.0.insert(format!("@size/{mount}"), size.to_string());
        }
    }
}

struct Walk {
    root: PathBuf,
    out: Tree,
    seen: usize,
    bytes: usize,
}

impl Walk {
    /// Follows the rest of a pattern from a folder whose path has no link in it; `named` is the path so far, as wanted.
    fn go(&mut self, at: &Path, pattern: &str, named: String) -> Result<(), String> {
        self.seen += 1;
        if self.seen > MOST {
            return Err(format!("it has more than {MOST} files"));
        }
        let Some((first, rest)) = pattern.split_once('/') else { return self.file(at, pattern, named) };
        let names = match first.split_once('*') {
            None => vec![first.to_string()],
            Some((before, after)) => matching(at, before, after),
        };
        for name in names {
            let Some(next) = within(&self.root, at, Path::new(&name), &mut LINKS.clone()) else { continue };
            let named = format!("{named}{name}/");
            if rest.is_empty() {
                self.out.0.insert(named, String::new());
            } else {
                self.go(&next, rest, named)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, at: &Path, name: &str, named: String) -> Result<(), String> {
        let Some(path) = within(&self.root, at, Path::new(name), &mut LINKS.clone()) else { return Ok(()) };
        if !path.metadata().is_ok_and(|m| m.is_file()) {
            return Ok(());
        }
        let mut bytes = Vec::new();
        // What cannot be read is not known: some files are root's alone, and some attributes answer with an error.
        let read = fs::File::open(&path).and_then(|f| f.take(LARGEST as u64 + 1).read_to_end(&mut bytes));
        if read.is_err() {
            return Ok(());
        }
        let path = format!("{named}{name}");
        self.bytes = self.bytes.saturating_add(bytes.len());
        if bytes.len() > LARGEST || self.bytes > MOST_BYTES {
            return Err(format!("`{path}` is larger than such a file can be, or all of them together are"));
        }
        // Copies made with `dd` are filled up to a page with zero bytes.
        let text = String::from_utf8_lossy(&bytes);
        if let Some(text) = kept(&path, text.trim_end_matches('\0')) {
            self.out.0.insert(path, text);
        }
        Ok(())
    }
}

/// Names in a folder that begin and end so.
fn matching(folder: &Path, before: &str, after: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(MOST);
    let mut names: Vec<String> = entries
        .filter_map(|e| e.file_name().into_string().ok())
        .filter(|n| n.len() >= before.len() + after.len() && n.starts_with(before) && n.ends_with(after))
        .collect();
    names.sort();
    names
}

/// What `path` leads to from `at`, with `root` as the root of every absolute link and the end of every way up; `None` where
/// nothing is, where links run in a circle, or where a link would lead out.
fn within(root: &Path, at: &Path, path: &Path, links: &mut u8) -> Option<PathBuf> {
    let mut at = at.to_path_buf();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::RootDir => at = root.to_path_buf(),
            Component::Prefix(_) => return None,
            Component::ParentDir if at == root => return None,
            Component::ParentDir => {
                at.pop();
            }
            Component::Normal(name) => {
                let next = at.join(name);
                if next.symlink_metadata().ok()?.is_symlink() {
                    *links = links.checked_sub(1)?;
                    let target = fs::read_link(&next).ok()?;
                    at = within(root, &at, &target, links)?;
                } else {
                    at = next;
                }
            }
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_followed_within_the_folder_only() {
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().canonicalize().unwrap().join("copy");
        fs::create_dir_all(root.join("sys/devices/pci/net/eth0")).unwrap();
        fs::create_dir_all(root.join("sys/class/net")).unwrap();
        fs::write(outer.path().join("secret"), "7").unwrap();
        fs::write(root.join("sys/devices/pci/numa_node"), "1").unwrap();
        symlink("../..", root.join("sys/devices/pci/net/eth0/device")).unwrap();
        symlink("../../devices/pci/net/eth0", root.join("sys/class/net/eth0")).unwrap();
        symlink("/sys/devices/pci/net/eth0", root.join("sys/class/net/eth1")).unwrap();
        for (name, target) in [("up", "../../../.."), ("gone", "nowhere"), ("self", "self")] {
            symlink(target, root.join("sys/class/net").join(name)).unwrap();
        }
        fs::create_dir_all(root.join("proc")).unwrap();
        symlink("../../secret", root.join("proc/version")).unwrap();
        symlink(outer.path().join("secret"), root.join("proc/meminfo")).unwrap();
        let tree = tree(&root).unwrap();
        assert_eq!(tree.get("sys/class/net/eth0/device/numa_node"), Some("1"));
        assert_eq!(tree.get("sys/class/net/eth1/device/numa_node"), Some("1"), "absolute links begin at the copy");
        assert!(!tree.0.values().any(|text| text.contains('7')), "{tree:?}");
    }

    #[test]
    fn what_is_no_file_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("proc/meminfo")).unwrap();
        let made = std::process::Command::new("mkfifo").arg(root.path().join("proc/version")).status();
        assert!(made.is_ok_and(|s| s.success()));
        assert!(tree(root.path()).unwrap().0.is_empty());
    }
}
