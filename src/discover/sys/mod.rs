//! A machine from its `/proc` and `/sys`.

mod cpus;
mod devices;
mod disks;
mod host;
mod numa;

pub use disks::mounts;
pub use host::kubernetes;

use super::known::Known;
use super::tree::Tree;
use crate::quantity::Fault;

/// Where the kubelet keeps its state.
pub const KUBELET: &str = "/var/lib/kubelet";
/// Where containerd and CRI-O keep images.
pub const RUNTIMES: [&str; 2] = ["/var/lib/containerd", "/var/lib/containers"];

/// Reads a tree.
///
/// # Errors
/// Says which file contradicts another one or is not of its form.
pub fn read(tree: &Tree) -> Result<Known, Fault> {
    let mut known = Known::default();
    host::read(tree, &mut known);
    cpus::read(tree, &mut known)?;
    numa::read(tree, &mut known)?;
    devices::read(tree, &mut known);
    disks::read(tree, &mut known);
    Ok(known)
}

/// A number in a file; `None` where it is not there or is not one.
fn number(tree: &Tree, path: &str) -> Option<i64> {
    tree.get(path)?.parse().ok()
}

/// Names the file that a fault is in.
fn within(path: &str) -> impl Fn(Fault) -> Fault + '_ {
    move |fault| Fault(format!("`{path}` {}", says(&fault.0)))
}

/// A fault that begins with what it quotes gets a verb.
fn says(text: &str) -> String {
    if text.starts_with('`') || text.starts_with("the ") { format!("has a fault: {text}") } else { text.to_string() }
}
