//! Recorded machines: the stored fragment, and that the planner takes it.

use super::common::{self, Outcome, expect, none};
use super::{folder, recordings, spec};
use plimsoll::diag::Sources;
use plimsoll::discover::{combine, fragment, read};
use plimsoll::quantity::Bytes;

/// What discovery makes of a recording: the fragment, and the ids of what is said about it.
pub fn discovered(name: &str, text: &str) -> (String, Vec<String>) {
    let known = read(name, text, &mut Sources::default()).unwrap_or_else(|f| panic!("{name}: {}", f.message));
    let (machine, findings) = combine(vec![known]);
    (fragment(&machine, "node"), findings.iter().map(|f| format!("{}: {}", f.id, f.message)).collect())
}

#[test]
fn recorded_machines_come_out_as_stored() {
    let mut complaints = Vec::new();
    for (name, text) in recordings() {
        let (fragment, findings) = discovered(&name, &text);
        let said: String = findings.iter().map(|f| format!("# said: {f}\n")).collect();
        complaints
            .extend(expect(&folder("recordings").join(format!("{name}.toml")), &format!("{fragment}{said}")).err());
    }
    none(&complaints);
}

/// The fragment is a node class as it stands: its CPUs and its memory are those of the plan.
#[test]
fn recorded_machines_can_be_planned() {
    let mut planned_machines = 0;
    for (name, text) in recordings() {
        let (fragment, _) = discovered(&name, &text);
        let text = spec(&fragment);
        if !fragment.contains("memory = ") {
            continue;
        }
        // A laptop of eight years ago may be too small for a node; it is understood all the same.
        match common::plan(&text) {
            Outcome::Fits(plan) => {
                let capacity = &common::document(&plan)["nodeClasses"]["node"]["capacity"];
                let stated: i64 = memories(&fragment).iter().map(|m| m.0).sum();
                let planned = Bytes::parse(capacity["memory"].as_str().unwrap()).unwrap();
                assert_eq!(planned.0, stated, "{name}");
                assert_eq!(capacity["basis"], "exact", "{name}");
                planned_machines += 1;
            }
            Outcome::Unfit(_) => {}
            Outcome::Refused(list) => {
                panic!("{name}: {:?}\n{text}", list.iter().map(|f| (f.id, &f.message)).collect::<Vec<_>>())
            }
            Outcome::Bug(bug) => panic!("{name}: {bug}\n{text}"),
        }
    }
    assert!(planned_machines >= 8, "only {planned_machines} have a plan");
}

/// Every `memory` of a fragment.
fn memories(fragment: &str) -> Vec<Bytes> {
    let quoted = fragment.split("memory = \"").skip(1).map(|rest| rest.split('"').next().unwrap());
    quoted.map(|text| Bytes::parse(text).unwrap()).collect()
}

/// The statement about siblings, held against the recorded sibling lists by counting, not by the code that made it.
#[test]
fn siblings_are_what_the_kernel_lists() {
    let mut seen = std::collections::BTreeSet::new();
    for (name, text) in recordings() {
        let (fragment, _) = discovered(&name, &text);
        let table: toml::Value = toml::from_str(&fragment).unwrap_or_else(|e| panic!("{name}: {e}\n{fragment}"));
        let hardware = &table["node-class"]["node"]["hardware"];
        let list = |v: &toml::Value| {
            plimsoll::quantity::CpuSet::parse(v.as_str().unwrap()).unwrap().0.into_iter().collect::<Vec<u32>>()
        };
        let nodes: Vec<Vec<u32>> = match hardware.get("numa") {
            Some(numa) => numa.as_array().unwrap().iter().map(|n| list(&n["cpus"])).collect(),
            None => vec![(0..u32::try_from(hardware["cpus"].as_integer().unwrap()).unwrap()).collect()],
        };
        let threads = usize::try_from(hardware.get("threads-per-core").map_or(1, |t| t.as_integer().unwrap())).unwrap();
        let mut stated: Vec<Vec<u32>> = Vec::new();
        if let Some(cores) = hardware.get("cores") {
            stated = cores.as_array().unwrap().iter().map(list).collect();
            seen.insert("cores");
        } else {
            for cpus in &nodes {
                match hardware.get("siblings").map(|s| s.as_str().unwrap()) {
                    None => stated.extend(cpus.iter().map(|c| vec![*c])),
                    Some("adjacent") => stated.extend(cpus.chunks(threads).map(<[u32]>::to_vec)),
                    Some(_) => {
                        let part = cpus.len() / threads;
                        stated.extend((0..part).map(|k| (0..threads).map(|t| cpus[k + t * part]).collect()));
                    }
                }
            }
            seen.insert(
                hardware
                    .get("siblings")
                    .map_or("single", |s| if s.as_str() == Some("split") { "split" } else { "adjacent" }),
            );
        }
        stated.iter_mut().for_each(|c| c.sort_unstable());
        stated.sort();
        let tree = plimsoll::discover::Tree::parse(&text).unwrap();
        let lists =
            tree.0.iter().filter(|(p, _)| p.ends_with("/core_cpus_list") || p.ends_with("/thread_siblings_list"));
        let mut recorded: Vec<Vec<u32>> = lists.map(|(_, text)| list(&toml::Value::String(text.clone()))).collect();
        recorded.sort();
        recorded.dedup();
        let online: std::collections::BTreeSet<u32> = nodes.iter().flatten().copied().collect();
        recorded.iter_mut().for_each(|c| c.retain(|cpu| online.contains(cpu)));
        recorded.retain(|c| !c.is_empty());
        recorded.sort();
        recorded.dedup();
        assert_eq!(stated, recorded, "{name}");
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["adjacent", "cores", "single", "split"], "all forms are seen");
}
