//! File systems of the fragment.

use super::super::known::{Disk, Known};
use super::{Text, quoted};

/// Writes those whose size is known.
pub fn write(known: &Known, out: &mut Text) {
    let disks = &known.disks;
    let Some(nodefs) = &disks.nodefs else {
        return out.comment("disks: not in what was read");
    };
    let both: &[&str] = &["nodefs", "imagefs"];
    let holds = if disks.shared == Some(true) { both } else { &both[..1] };
    let mut rows = Vec::new();
    let all = [(Some(nodefs), holds, "/var/lib/kubelet"), (disks.imagefs.as_ref(), &both[1..], "/var/lib/containerd")];
    for (disk, holds, folder) in all {
        let Some(disk) = disk else { continue };
        let Disk { mount, kind, size } = disk;
        let named = mount.as_deref().unwrap_or(folder);
        let what = holds.join(" and ");
        let Some(size) = size else {
            let kind = kind.as_ref().map_or_else(String::new, |k| format!(" of kind `{k}`"));
            out.comment(&format!(
                "{what}: on `{named}`{kind}, whose size is not in what was read; a kubelet's `/stats/summary` tells it"
            ));
            continue;
        };
        if mount.is_none() {
            out.comment(&format!("where {what} is mounted is not in what was read; `{folder}` stands for it"));
        }
        if kind.is_none() {
            out.comment(&format!("what kind of disk `{named}` is on: not in what was read"));
        }
        let kind = kind.as_ref().map_or_else(String::new, |k| format!("kind = \"{k}\", "));
        let words = holds.iter().map(|h| format!("\"{h}\"")).collect::<Vec<_>>().join(", ");
        rows.push(format!("  {{ mount = {}, {kind}size = \"{size}\", holds = [{words}] }},", quoted(named)));
    }
    if disks.shared.is_none() {
        out.comment("which file system holds images: not in what was read");
    }
    if !rows.is_empty() {
        out.line(&format!("disks = [\n{}\n]", rows.join("\n")));
    }
}
