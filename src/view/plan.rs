//! The screen of `plimsoll plan`: what nodes have, what is reserved, what is left, and what departs from upstream.

use super::{Table, show};
use crate::catalog;
use crate::plan::{ClassPlan, Plan};
use crate::quantity::{Bytes, Milli};
use crate::rules::Values;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Values shown per class before the rest is counted.
const SHOWN: usize = 12;

/// The whole screen. `spec` is the path as typed, for commands to copy.
#[must_use]
pub fn plan(plan: &Plan, spec: &str) -> String {
    let mut out = format!("{}   Kubernetes {}   {}   {}\n", plan.cluster, plan.kubernetes, plan.platform, plan.cni);
    for (name, class) in &plan.classes {
        out.push('\n');
        class_screen(&mut out, name, class, spec);
    }
    super::beside::beside(&mut out, plan);
    for (title, values) in [("cluster", &plan.shared), ("control plane", &plan.control_plane)] {
        if !values.is_empty() {
            out.push('\n');
            let departing = values.values().filter(|v| v.departs()).count();
            let _ =
                writeln!(out, "{title}   departs from upstream's defaults in {departing} of {} values", values.len());
            if title == "control plane" {
                load(&mut out, plan);
            }
            departures(&mut out, values, usize::MAX);
        }
    }
    out
}

/// What the control plane carries, in two lines.
fn load(out: &mut String, plan: &Plan) {
    let Some(load) = &plan.load else { return };
    let tenths = |milli: i128| format!("{}.{}", milli / 1000, milli % 1000 / 100);
    let mi = |bytes: i128| format!("{}Mi", (bytes + (1 << 20) - 1) >> 20);
    let burst = &load.churn.burst;
    let _ = writeln!(
        out,
        "  carries  {} objects of {}; {} writes a second, with {} pods a minute that start and as many that end",
        load.count().value,
        mi(load.objects().value),
        tenths(load.writes().value),
        tenths(i128::from(load.churn.starts.value) * 60)
    );
    let _ = writeln!(
        out,
        "  at most  {} writes and {} changes to watchers a second, when {} pods start within {}s",
        tenths(load.peak_writes().value),
        tenths(load.deliveries(true).value),
        burst.pods.value,
        burst.seconds.value
    );
}

/// Memory in whole MiB where that is exact, else in the canonical form.
fn mi(bytes: i64) -> String {
    if bytes == 0 {
        return "–".into();
    }
    if bytes % Bytes::MI == 0 { format!("{}Mi", bytes / Bytes::MI) } else { Bytes(bytes).to_string() }
}

fn milli(amount: i64) -> String {
    if amount == 0 { "–".into() } else { Milli(amount).to_string() }
}

fn class_screen(out: &mut String, name: &str, class: &ClassPlan, spec: &str) {
    let l = &class.ledger;
    let _ = writeln!(
        out,
        "{name}   {} × {}   goal {}   reservation {}",
        class.count, class.machine_name, class.goal.0, class.reservation
    );
    let mut table = Table::new(2, &[false, true, true, true, true, true, false]);
    table.row(["", "capacity", "kube-reserved", "system-reserved", "eviction", "allocatable"]);
    table.row([
        "cpu".into(),
        milli(l.cpu[0]),
        milli(l.cpu[1]),
        milli(l.cpu[2]),
        "–".into(),
        milli(l.allocatable_cpu()),
    ]);
    let m = l.memory;
    table.row([
        "memory".into(),
        mi(m[0]),
        mi(m[1]),
        mi(m[2]),
        mi(m[3]),
        mi(l.allocatable_memory()),
        class.basis_text.clone(),
    ]);
    if let Some(s) = l.storage {
        let gi = |b: i64| if b == 0 { "–".into() } else { gib(b) };
        table.row(["storage".into(), gi(s[0]), gi(s[1]), gi(s[2]), gi(s[3]), gi(l.allocatable_storage().unwrap_or(0))]);
    }
    out.push_str(&table.text(3));
    let _ = writeln!(out, "  pods     {}   {}", class.pods, limits(class));
    let free_cpu = l.allocatable_cpu() - l.used_cpu;
    let free_memory = l.allocatable_memory() - l.used_memory;
    let first =
        if class.placed_first > 0 { format!(" beside {} placed first", class.placed_first) } else { String::new() };
    let mix = class.pods - class.placed_first;
    let _ = writeln!(
        out,
        "  fits     {mix} of the mix{first}; {} and {}Mi stay free",
        Milli(free_cpu.max(0)),
        free_memory.max(0) >> 20
    );
    numa(out, class);
    if let Some([low, high]) = l.spread {
        let (assumed, all) = class.assumptions;
        let less = |b: i64| (b - m[3]).max(0) >> 20;
        let _ = writeln!(
            out,
            "  between  {}Mi and {}Mi allocatable when every component cost is high or low; {assumed} of {all} costs are assumptions",
            less(high),
            less(low)
        );
    }
    let (departing, all) = class.departures();
    let _ = writeln!(
        out,
        "\n  departs from upstream's defaults in {departing} of {all} values (plimsoll explain {spec} {name})"
    );
    departures(out, &class.values, SHOWN);
}

/// One line per NUMA node: what the system keeps there, which pods, and what is left.
fn numa(out: &mut String, class: &ClassPlan) {
    for (id, node) in class.numa.iter().enumerate() {
        let mut parts: Vec<String> = Vec::new();
        let cpus = if node.reserved_cpus.is_empty() { String::new() } else { format!("CPUs {}", node.reserved_cpus) };
        let memory = if node.reserved_memory == 0 { String::new() } else { mi(node.reserved_memory) };
        let kept: Vec<String> = [cpus, memory].into_iter().filter(|p| !p.is_empty()).collect();
        if !kept.is_empty() {
            parts.push(format!("the system keeps {}", kept.join(" and ")));
        }
        parts.extend(node.pods.iter().map(|(name, count)| format!("{count} × {name}")));
        if let Some((cpus, memory)) = node.free {
            let memory = if node.reserved_memory == 0 { String::new() } else { format!(" and {}Mi", memory >> 20) };
            parts.push(format!("{cpus} CPUs{memory} for others"));
        }
        if !parts.is_empty() {
            let _ = writeln!(out, "  node {id}   {}", parts.join("; "));
        }
    }
}

/// GiB with one decimal.
fn gib(bytes: i64) -> String {
    let tenths = (i128::from(bytes) * 10 + (1 << 29)) >> 30;
    format!("{}.{}Gi", tenths / 10, tenths % 10)
}

/// `tight: aws-pod-addresses 58 · next: node-cpu 158 · node-memory 225`.
fn limits(class: &ClassPlan) -> String {
    let Some(value) = class.values.get("kubelet/maxPods") else { return String::new() };
    let list = |bounds: &[crate::rules::Bound], most: usize| {
        bounds.iter().take(most).map(|b| format!("{} {}", b.rule, show(&b.limit))).collect::<Vec<_>>().join(" · ")
    };
    let tight = if value.binding.is_empty() {
        "no rule is tight".to_string()
    } else {
        format!("tight: {}", list(&value.binding, 2))
    };
    if value.behind.is_empty() { tight } else { format!("{tight} · next: {}", list(&value.behind, 2)) }
}

fn departures(out: &mut String, values: &Values, most: usize) {
    let mut table = Table::new(4, &[false, false, false]);
    let rows = grouped(values);
    for [name, value, reason] in rows.iter().take(most) {
        table.row([name.clone(), clip(value, 40), clip(reason, 64)]);
    }
    out.push_str(&table.text(2));
    if rows.len() > most {
        let _ = writeln!(out, "    … and {} more", rows.len() - most);
    }
}

/// At most so many characters: the whole of it is in `explain`.
fn clip(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_string();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// One row per departing value; the keys of one map share a row, since they are one field of the file.
fn grouped(values: &Values) -> Vec<[String; 3]> {
    let mut rows: Vec<[String; 3]> = Vec::new();
    let mut maps: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, value) in values.iter().filter(|(_, v)| v.departs()) {
        let found = catalog::find(name);
        let Some((map, key)) = found.and_then(|f| Some((f.tunable.name, f.key?))) else {
            rows.push([name.clone(), show(&value.value), value.reason.clone()]);
            continue;
        };
        let keys = maps.entry(map).or_default();
        let text = format!("{key} {}", show(&value.value));
        if keys.is_empty() {
            rows.push([map.to_string(), String::new(), value.reason.clone()]);
        }
        // Memory is what people look for; the row may be cut at its end.
        if key.starts_with("memory") { keys.insert(0, text) } else { keys.push(text) }
    }
    for row in &mut rows {
        if let Some(keys) = maps.get(row[0].as_str()) {
            row[1] = keys.join(", ");
            if keys.len() > 1 {
                row[2] = String::new();
            }
        }
    }
    rows
}
