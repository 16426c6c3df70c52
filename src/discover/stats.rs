//! The kubelet's `/stats/summary`: sizes of its file systems.

use super::known::{Disk, Disks, Known};
use crate::quantity::{Bytes, Fault};
use serde_json::Value as Json;

/// Reads the document.
pub fn read(node: &Json) -> Result<Known, Fault> {
    let (nodefs, imagefs) = (&node["fs"], &node["runtime"]["imageFs"]);
    let size = |fs: &Json| fs["capacityBytes"].as_i64().filter(|b| (1..=1 << 50).contains(b)).map(Bytes);
    let disk = |size: Bytes| Disk { size: Some(size), ..Disk::default() };
    let node_size = size(nodefs).ok_or_else(|| Fault("states no `node.fs.capacityBytes`".into()))?;
    // One file system asked twice has the same free inodes and size; two disks bought together differ in the former.
    let same = |key: &str| nodefs[key].is_number() && nodefs[key] == imagefs[key];
    let shared = same("capacityBytes") && same("inodes") && (same("inodesFree") || same("availableBytes"));
    let image_size = size(imagefs);
    let disks = Disks {
        nodefs: Some(disk(node_size)),
        imagefs: image_size.filter(|_| !shared).map(disk),
        shared: image_size.map(|_| shared),
    };
    Ok(Known { disks, ..Known::default() })
}
