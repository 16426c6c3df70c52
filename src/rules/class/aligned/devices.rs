//! Huge pages and devices: what pods ask for must be there.

use crate::because;
use crate::facts::ClassFacts;
use crate::rules::Rule;
use crate::rules::class::model::{ClassModel, MEMORY};
use plimsoll_solver::{Expr, Unit};
use std::collections::BTreeSet;

/// Huge pages.
pub static HUGE_PAGES: Rule = Rule {
    id: "node-hugepages",
    why: "huge pages are set aside when the machine boots; pods share those and no others",
    source: "kubernetes/website tasks/manage-hugepages/scheduling-hugepages",
};
/// Devices.
pub static DEVICES: Rule = Rule {
    id: "node-devices",
    why: "a device is given to one pod at a time",
    source: "kubernetes/website concepts/extend-kubernetes/compute-storage-net/device-plugins",
};

/// States both for every size and every device that a pod asks for.
pub fn constrain(facts: &ClassFacts, m: &mut ClassModel) {
    let all = || facts.mix.fixed.iter().chain(&facts.mix.shared);
    let sizes: BTreeSet<&String> = all().flat_map(|k| k.hugepages.keys()).collect();
    for size in sizes {
        let has: i64 = facts.machine.numa.iter().filter_map(|n| n.hugepages.get(size)).map(|b| b.0 / 1024).sum();
        let mut because = because![facts.machine.memory];
        because.extend(facts.mix.causes());
        let why = ClassModel::why_on(&mut m.causes, &HUGE_PAGES, size, because);
        let mut sum = Expr::new();
        for kind in all().filter(|k| k.hugepages.contains_key(size)) {
            sum += crate::rules::class::capacity::pods_of(facts, m, kind, &why) * (kind.hugepages[size] / 1024);
        }
        m.model.at_most(sum, Expr::constant(has, format!("in pages of {size}"))).shown_in(MEMORY).because(why);
    }
    let names: BTreeSet<&String> = all().flat_map(|k| k.devices.keys()).collect();
    for name in names {
        let on_nodes = facts.machine.numa.iter().filter_map(|n| n.devices.get(name));
        let has: i64 = on_nodes.chain(facts.machine.beside.devices.get(name)).sum();
        let why = ClassModel::why_on(&mut m.causes, &DEVICES, name, facts.mix.causes());
        let mut sum = Expr::new();
        for kind in all().filter(|k| k.devices.contains_key(name)) {
            sum += crate::rules::class::capacity::pods_of(facts, m, kind, &why) * kind.devices[name];
        }
        m.model.at_most(sum, Expr::constant(has, format!("of {name}"))).shown_in(Unit::COUNT).because(why);
    }
}
