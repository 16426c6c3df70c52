//! Devices of the fragment.

use super::super::known::{Device, Known, Node};
use super::{Text, quoted};

/// Writes them.
pub fn write(known: &Known, nodes: &[&Node], out: &mut Text) {
    if known.devices.is_empty() {
        return;
    }
    // A spec counts nodes by their place in it.
    let place = |id: u32| nodes.iter().position(|n| n.id == id);
    out.line("devices = [");
    for Device { name, resource, count, numa } in &known.devices {
        let mut keys = vec![format!("name = {}", quoted(name))];
        keys.extend(resource.as_ref().map(|r| format!("resource = {}", quoted(r))));
        keys.extend(Some(count).filter(|c| **c > 1).map(|c| format!("count = {c}")));
        let at = numa.and_then(|id| if nodes.len() > 1 { place(id) } else { Some(0) });
        keys.extend(at.map(|at| format!("numa = {at}")));
        out.line(&format!("  {{ {} }},", keys.join(", ")));
    }
    out.line("]");
}
