//! The file systems that the kubelet and the runtime lie on, and what kind of disk is below them.

use super::super::known::{Disk, Disks, Known};
use super::super::tree::Tree;
use super::{KUBELET, RUNTIMES};
use crate::quantity::Bytes;
use std::collections::BTreeSet;

const BLOCK: &str = "sys/block/";

/// A mounted file system.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mount {
    at: String,
    /// `major:minor`, where the table has it.
    device: Option<String>,
    kind: String,
    source: String,
}

/// Mount points whose sizes are asked for.
#[must_use]
pub fn mounts(tree: &Tree) -> Vec<String> {
    let table = table(tree);
    let of = |folder: &str| holding(&table, folder).map(|m| m.at.clone());
    let all: BTreeSet<String> = [KUBELET].iter().chain(&RUNTIMES).filter_map(|f| of(f)).collect();
    all.into_iter().collect()
}

/// Adds them.
pub fn read(tree: &Tree, known: &mut Known) {
    let table = table(tree);
    let Some(node) = holding(&table, KUBELET) else { return };
    let own: Vec<&Mount> = RUNTIMES.iter().filter_map(|f| holding(&table, f)).filter(|m| *m != node).collect();
    let disk = |m: &Mount| {
        let kind = kind(tree, m);
        let size = tree.get(&format!("@size/{}", m.at)).and_then(|s| s.parse().ok()).filter(|s| *s > 0).map(Bytes);
        Disk { mount: Some(m.at.clone()), kind: kind.map(ToString::to_string), size }
    };
    if node.kind == "overlay" {
        known.remarks.push("the root is an overlay, as in a container: the disks may not be those of the host".into());
    }
    let nodefs = disk(node);
    let (imagefs, shared) = match own.as_slice() {
        [] => (None, Some(true)),
        [one] => (Some(disk(one)), Some(false)),
        _ => {
            let both = RUNTIMES.join("` and `");
            known.remarks.push(format!("`{both}` are file systems of their own; state which one holds images"));
            (None, None)
        }
    };
    known.disks = Disks { nodefs: Some(nodefs), imagefs, shared };
}

/// The mount table; octal escapes in it are undone.
fn table(tree: &Tree) -> Vec<Mount> {
    if let Some(text) = tree.get("proc/self/mountinfo") {
        let line = |l: &str| {
            let (before, after) = l.split_once(" - ")?;
            let before: Vec<&str> = before.split(' ').collect();
            let mut after = after.split(' ');
            Some(Mount {
                at: plain(before.get(4)?),
                device: Some((*before.get(2)?).to_string()),
                kind: after.next()?.to_string(),
                source: plain(after.next()?),
            })
        };
        return text.lines().filter_map(line).collect();
    }
    let text = tree.get("proc/self/mounts").or_else(|| tree.get("proc/mounts")).unwrap_or_default();
    let line = |l: &str| {
        let mut f = l.split(' ');
        let (source, at, kind) = (plain(f.next()?), plain(f.next()?), f.next()?.to_string());
        Some(Mount { at, device: None, kind, source })
    };
    text.lines().filter_map(line).collect()
}

fn plain(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(text.to_string(), |text, (code, is)| text.replace(code, is))
}

/// The mount that a folder lies on: the deepest one, the last of those at one place.
fn holding<'m>(table: &'m [Mount], folder: &str) -> Option<&'m Mount> {
    let on = |m: &&Mount| {
        let prefix = m.at.trim_end_matches('/');
        m.at.starts_with('/') && folder.strip_prefix(prefix).is_some_and(|r| r.is_empty() || r.starts_with('/'))
    };
    // `rootfs` is what the kernel begins with; the real root is mounted over it.
    table.iter().filter(on).filter(|m| m.kind != "rootfs").max_by_key(|m| m.at.trim_end_matches('/').len())
}

/// What kind of disk a file system is on; `None` when no file says so, or what it says is a hypervisor's default.
fn kind(tree: &Tree, mount: &Mount) -> Option<&'static str> {
    if ["nfs", "nfs4", "ceph", "cifs", "glusterfs"].contains(&mount.kind.as_str()) {
        return Some("network");
    }
    of_device(tree, &name(tree, mount)?, &mut BTreeSet::new())
}

/// The block device's name: by number, else by the last part of its path.
fn name(tree: &Tree, mount: &Mount) -> Option<String> {
    let by_number = mount.device.as_deref().and_then(|number| {
        let mut all = tree.below(BLOCK).filter(|(_, text)| *text == number);
        all.find_map(|(path, _)| path.strip_suffix("/dev")?.rsplit('/').next().map(ToString::to_string))
    });
    by_number.or_else(|| mount.source.strip_prefix("/dev/").map(ToString::to_string))
}

fn of_device(tree: &Tree, name: &str, seen: &mut BTreeSet<String>) -> Option<&'static str> {
    let parent = |name: &str| {
        let whole = tree.names(BLOCK);
        if whole.contains(name) {
            return Some(name.to_string());
        }
        // A copied tree may have left the partitions out; their names begin with their disk's.
        let within = |disk: &&&str| tree.get(&format!("{BLOCK}{disk}/{name}/dev")).is_some();
        let begins = |disk: &&&str| {
            name.strip_prefix(**disk).is_some_and(|r| r.trim_start_matches('p').bytes().all(|b| b.is_ascii_digit()))
        };
        whole.iter().find(within).or_else(|| whole.iter().find(begins)).map(ToString::to_string)
    };
    let disk = parent(name)?;
    let below = tree.names(&format!("{BLOCK}{disk}/slaves/"));
    if !below.is_empty() {
        // A stack that runs in a circle is none.
        if !seen.insert(disk.clone()) {
            return None;
        }
        // Volumes and arrays are what their parts are, when these are all alike.
        let kinds: Option<BTreeSet<&str>> = below.iter().map(|part| of_device(tree, part, seen)).collect();
        let kinds = kinds?;
        return kinds.first().copied().filter(|_| kinds.len() == 1).and_then(word);
    }
    let about = |file: &str| tree.get(&format!("{BLOCK}{disk}/device/{file}")).unwrap_or_default().to_lowercase();
    let (model, vendor) = (about("model"), about("vendor"));
    // Volumes over the network that look like NVMe: Elastic Block Store, Persistent Disk.
    if ["elastic block store", "nvme_card-pd"].iter().any(|m| model.contains(m)) {
        return Some("network");
    }
    let text = format!("{vendor} {model}");
    let virtual_disk = ["virtual", "qemu", "vbox", "persistentdisk", "msft", "vmware"].iter().any(|m| text.contains(m));
    if virtual_disk || ["vd", "xvd"].iter().any(|p| disk.starts_with(p)) {
        return None;
    }
    if disk.starts_with("nvme") {
        return Some("nvme");
    }
    match tree.get(&format!("{BLOCK}{disk}/queue/rotational"))? {
        "0" => Some("ssd"),
        "1" => Some("hdd"),
        _ => None,
    }
}

fn word(kind: &str) -> Option<&'static str> {
    ["nvme", "ssd", "network", "hdd"].into_iter().find(|k| *k == kind)
}
