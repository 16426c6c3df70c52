//! Network interfaces and graphics processors with the NUMA node that they hang on.

use super::super::device;
use super::super::known::{Device, Known};
use super::super::tree::Tree;
use super::number;
use std::collections::BTreeMap;

/// Adds them: physical ones. Where one node is all there is, those without a stated node tell nothing.
pub fn read(tree: &Tree, known: &mut Known) {
    let many = known.nodes.as_ref().is_some_and(|n| n.len() > 1);
    let node = |path: &str| number(tree, path).and_then(|n| u32::try_from(n).ok());
    let net = "sys/class/net/";
    for name in tree.names(net) {
        let folder = format!("{net}{name}/device/");
        let there = tree.below(&folder).next().is_some();
        if !there || tree.get(&format!("{folder}physfn/")).is_some() {
            continue;
        }
        let numa = node(&format!("{folder}numa_node"));
        if numa.is_some() || many {
            known.devices.push(Device { name: name.into(), resource: None, count: 1, numa });
        }
        if numa.is_none() && many {
            known.remarks.push(format!("the kernel does not say which NUMA node `{name}` is attached to"));
        }
    }
    let pci = "sys/bus/pci/devices/";
    let mut gpus: BTreeMap<(String, Option<u32>), i64> = BTreeMap::new();
    for address in tree.names(pci) {
        let file = |name: &str| format!("{pci}{address}/{name}");
        let (class, vendor) = (tree.get(&file("class")), tree.get(&file("vendor")));
        if tree.get(&file("physfn/")).is_some() {
            continue;
        }
        if let Some(name) = class.zip(vendor).and_then(|(class, vendor)| device::graphics(class, vendor)) {
            *gpus.entry((name.into(), node(&file("numa_node")))).or_default() += 1;
        }
    }
    let gpus = gpus.into_iter().map(|((name, numa), count)| Device { name, resource: None, count, numa });
    known.devices.extend(gpus);
}
