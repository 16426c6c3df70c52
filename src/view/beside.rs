//! Classes of one machine and different goals, side by side: what each gets, what differs, and what it gives up for that.

use super::{Table, show};
use crate::catalog;
use crate::plan::{ClassPlan, Plan};
use crate::quantity::Milli;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Groups of classes that have the same machine and not all the same goal, each as a table.
pub fn beside(out: &mut String, plan: &Plan) {
    let mut left: Vec<(&String, &ClassPlan)> = plan.classes.iter().collect();
    while let Some((_, first)) = left.first().copied() {
        let (group, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(|(_, c)| c.machine == first.machine);
        left = rest;
        let goals: BTreeSet<&str> = group.iter().map(|(_, c)| c.goal.0.as_str()).collect();
        if goals.len() > 1 {
            out.push('\n');
            table(out, &group);
        }
    }
}

fn table(out: &mut String, group: &[(&String, &ClassPlan)]) {
    let _ = writeln!(out, "side by side   one machine, {}", group[0].1.machine_name);
    let mut columns = vec![false];
    columns.resize(group.len() + 1, true);
    let mut table = Table::new(2, &columns);
    let mut row = |title: &str, cell: &dyn Fn(&ClassPlan) -> String| {
        let cells = group.iter().map(|(_, c)| cell(c));
        table.row(std::iter::once(title.to_string()).chain(cells).collect::<Vec<_>>());
    };
    row("goal", &|c| c.goal.0.clone());
    row("pods", &|c| c.pods.to_string());
    row("allocatable cpu", &|c| Milli(c.ledger.allocatable_cpu()).to_string());
    row("allocatable memory", &|c| format!("{}Mi", c.ledger.allocatable_memory() >> 20));
    row("cpu left free", &|c| Milli((c.ledger.allocatable_cpu() - c.ledger.used_cpu).max(0)).to_string());
    row("memory left free", &|c| format!("{}Mi", (c.ledger.allocatable_memory() - c.ledger.used_memory).max(0) >> 20));
    let names: BTreeSet<&String> = group.iter().flat_map(|(_, c)| c.values.keys()).collect();
    // What is above already, or only follows from the number of pods, is not told again.
    let told = |name: &str| name.starts_with("kubelet/kubeReserved") || name.starts_with("kubelet/systemReserved");
    for name in names.into_iter().filter(|n| *n != "kubelet/maxPods" && !told(n)) {
        let value = |c: &ClassPlan| {
            let default = || catalog::find(name).and_then(|f| f.default_in(c.kubernetes.minor)).unwrap_or(Json::Null);
            clip(&c.values.get(name).map_or_else(|| show(&default()), |v| show(&v.value)))
        };
        let mut cells = group.iter().map(|(_, c)| value(c));
        let first = cells.next();
        if cells.any(|c| Some(c) != first) {
            row(name.strip_prefix("kubelet/").unwrap_or(name), &value);
        }
    }
    out.push_str(&table.text(2));
    let mut seen = BTreeSet::new();
    for (_, class) in group.iter().filter(|(_, c)| seen.insert(&c.goal.0)) {
        let _ = writeln!(out, "  {} gives up {}", class.goal.0, class.gives_up);
    }
}

/// At most so many characters that three columns fit a screen.
fn clip(text: &str) -> String {
    if text.chars().count() <= 24 { text.to_string() } else { text.chars().take(23).chain(['…']).collect() }
}
