//! Random specs and instances for others to judge: the upstream judge, and a second solver. See README.md for the recipes.

use super::demand::Demand;
use super::generate::any_spec;
use super::reserve::{Line, average, goal};
use super::spec::{Pod, Spec};
use super::{holds, number, runner};
use crate::common::{Outcome, document, plan};
use proptest::strategy::{Strategy, ValueTree};
use serde_json::{Value, json};
use std::io::Write;

/// Random specs, the same in every run with the same seed.
pub fn specs(count: u32) -> impl Iterator<Item = Spec> {
    let mut runner = runner(count);
    (0..count).map(move |_| any_spec().new_tree(&mut runner).unwrap().current())
}

fn folder() -> std::path::PathBuf {
    std::env::var_os("LAWS_OUT").map(Into::into).expect("LAWS_OUT names a folder")
}

/// Writes specs with a plan, one file each: `LAWS_CASES` of them, into `LAWS_OUT`; `LAWS_MINORS` says of which minors.
#[test]
#[ignore = "a recipe: tests/laws/judge"]
fn write_specs() {
    let (out, wanted) = (folder(), number("LAWS_CASES", 1_000));
    let minors = std::env::var("LAWS_MINORS").unwrap_or_default();
    let minors: Vec<u32> = minors.split_whitespace().map(|m| m.trim_start_matches("1.").parse().unwrap()).collect();
    let mut written = 0;
    for mut spec in specs(20 * wanted) {
        if let Some(minor) = minors.get(written as usize % minors.len().max(1)) {
            spec.minor = *minor;
        }
        if written < wanted && matches!(plan(&spec.text()), Outcome::Fits(_)) {
            let text = spec.text().replace("name = \"aligned\"", &format!("name = \"s{written:05}\""));
            std::fs::write(out.join(format!("s{written:05}.toml")), text).unwrap();
            written += 1;
        }
    }
    assert_eq!(written, wanted);
}

/// Writes `LAWS_CASES` instances with what the product made of them, one JSON object a line, into `LAWS_OUT/instances`.
#[test]
#[ignore = "a recipe: tests/laws/second_solver/run"]
fn write_instances() {
    let mut file = std::fs::File::create(folder().join("instances")).unwrap();
    let (mut written, wanted) = (0, number("LAWS_CASES", 600));
    for spec in specs(20 * wanted) {
        // Cores of several sizes are counted as the largest, which is safe and not always best; a tenth part of the machines
        // is beyond what a program with integer placement solves in reasonable time.
        if spec.hybrid() || written == wanted {
            continue;
        }
        let text = spec.text();
        let result = match plan(&text) {
            Outcome::Fits(plan) => {
                let document = document(&plan);
                let doc = holds::Doc(&document["nodeClasses"]["a"]);
                let (memory, cores) = doc.reserved(spec.threads);
                json!({ "pods": doc.pods(), "policy": doc.value("topologyManagerPolicy"), "memory": memory, "cores": cores })
            }
            Outcome::Unfit(_) => Value::Null,
            Outcome::Refused(_) => continue,
            Outcome::Bug(what) => panic!("{what}\n{text}"),
        };
        let line = json!({ "id": written, "spec": text, "instance": instance(&Demand::of(&spec)), "plan": result });
        writeln!(file, "{line}").unwrap();
        written += 1;
    }
    assert_eq!(written, wanted);
}

fn line(line: &Line) -> Value {
    json!({ "base": line.base, "each": line.each, "per": line.per, "cap": line.cap, "pin": line.pin, "entries": line.entries })
}

/// The spec's numbers, in the units of the program.
fn instance(demand: &Demand<'_>) -> Value {
    let spec = demand.spec;
    let (least, most) = demand.range();
    let most = if spec.goal == "latency" { most.min(110.max(least)) } else { most };
    let pin = |name: &str| spec.pins.get(name).map(|t| t.trim_matches('"').to_string());
    let device = "example.com/gpu";
    let get = |map: &std::collections::BTreeMap<&str, i64>, key: &str| map.get(key).copied().unwrap_or(0);
    let aligned = |amount: i64| if demand.static_memory { amount } else { 0 };
    let nodes: Vec<Value> = spec
        .nodes
        .iter()
        .map(|n| {
            let pages = |size: &str| if demand.static_memory { get(&n.pages, size) } else { 1 << 40 };
            let devices = if spec.loose.contains_key(device) { 1 << 40 } else { get(&n.devices, device) };
            json!({ "cpus": n.cpus(), "memory": n.ordinary(), "pages": n.pages.values().sum::<i64>(),
                    "2Mi": pages("2Mi"), "1Gi": pages("1Gi"), "device": devices })
        })
        .collect();
    let pods: Vec<Value> = spec
        .pods
        .iter()
        .map(|p: &Pod| {
            json!({ "count": p.count, "share": p.share, "own": p.exclusive && demand.static_cpus,
                    "whole": p.count.is_some() || demand.whole(p), "cpus": p.cpu / 1000,
                    "memory": aligned(p.memory << 20), "2Mi": get(&p.pages, "2Mi"), "1Gi": get(&p.pages, "1Gi"),
                    "device": get(&p.devices, device),
                    "request": { "memory": p.memory, "cpu": p.cpu as f64 / 1000.0 },
                    "total": { "2Mi": get(&p.pages, "2Mi"), "1Gi": get(&p.pages, "1Gi"), "device": get(&p.devices, device) } })
        })
        .collect();
    let total = |size: &str| spec.nodes.iter().map(|n| get(&n.pages, size)).sum::<i64>();
    let devices = spec.nodes.iter().map(|n| get(&n.devices, device)).sum::<i64>() + get(&spec.loose, device);
    let small = |of: &dyn Fn(&Pod) -> i64| average(spec, |p| if demand.whole(p) { 0 } else { of(p) }, 1);
    let headroom = goal(spec, "headroom").unwrap_or(0);
    let free = |has: i64, unit: i64| i64::try_from(i128::from(has) * i128::from(headroom) / 1_000_000).unwrap() / unit;
    let several = spec.nodes.len() > 1 && demand.static_cpus;
    let too_many = spec.nodes.len() > 8 && spec.minor < 31;
    json!({
        "first": demand.first(), "least": least, "most": most, "nodes": nodes, "pods": pods, "threads": demand.threads(),
        "staticCpus": demand.static_cpus, "chooses": demand.chooses(), "pinnedCpus": demand.pinned_cpus,
        "layout": demand.layout(), "pinnedPolicy": pin("kubelet/topologyManagerPolicy"), "aligns": several && !too_many,
        "memoryLines": demand.reserve.memory.iter().map(line).collect::<Vec<_>>(),
        "cpuLines": demand.reserve.cpu.iter().map(line).collect::<Vec<_>>(),
        "entries": [demand.reserve.entries.0, demand.reserve.entries.1], "eviction": demand.reserve.eviction,
        "average": { "memory": small(&|p| p.memory * 1024) as f64 / 1024.0, "cpu": small(&|p| p.cpu * 1000) as f64 / 1e6 },
        "free": { "memory": free(spec.memory() / 1024, 1024), "cpu": free(spec.cpus() * 1_000_000, 1000) as f64 / 1000.0 },
        "capacity": { "memory": spec.memory() >> 20, "cpu": spec.cpus() },
        "totals": { "2Mi": total("2Mi"), "1Gi": total("1Gi"), "device": devices },
        "dropsHeadroom": headroom > 0,
    })
}
