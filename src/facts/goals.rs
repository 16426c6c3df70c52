//! Goals: those of the profiles, and those of a file of the user's own that has the same form.

use super::known::Cause;
use crate::catalog::{self, Goal};
use crate::diag::{Finding, Place, Sources, nearest};
use crate::quantity::{Bytes, GoDuration, Threshold};
use crate::spec::Spec;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Goals by name. A goal of the user's own stands before one of the profiles that is called the same.
#[derive(Clone, Debug, Default)]
pub struct Goals {
    own: BTreeMap<String, Arc<Goal>>,
    path: String,
}

impl Goals {
    /// The goal called `name`, and what it rests on.
    pub fn get(&self, name: &str) -> Option<(Arc<Goal>, Cause)> {
        match self.own.get(name) {
            Some(goal) => Some((Arc::clone(goal), Cause::Spec(self.path.clone()))),
            None => Some((Arc::new(catalog::goal(name)?.clone()), Cause::Fact(format!("goal/{name}")))),
        }
    }

    /// Every name.
    pub fn names(&self) -> Vec<String> {
        let mut out: Vec<String> = catalog::goal_names().map(ToString::to_string).collect();
        out.extend(self.own.keys().cloned());
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// Reads the user's own goals, when the spec names a file of them. `files` holds texts by the path the spec gives.
pub(super) fn goals(
    spec: &Spec,
    files: &BTreeMap<String, String>,
    sources: &mut Sources,
    findings: &mut Vec<Finding>,
) -> Goals {
    let Some(stated) = &spec.cluster.goals else { return Goals::default() };
    let Some(text) = files.get(&stated.value) else {
        let message = format!("the goals `{}` cannot be read", stated.value);
        let finding = Finding::error("goals-missing", message)
            .at(&spec.place(stated), "no regular UTF-8 file, seen from the spec's folder");
        findings.push(finding);
        return Goals::default();
    };
    sources.add(&stated.value, text);
    let file: Arc<str> = Arc::from(stated.value.as_str());
    let own: BTreeMap<String, Goal> = match toml::from_str(text) {
        Ok(goals) => goals,
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let first = error.message().lines().next().unwrap_or_default().to_string();
            let finding = Finding::error("goals-wrong", format!("the goals `{}` cannot be used", stated.value))
                .at(&Place::new(&file, span), first)
                .help("profiles/goals.toml shows the form: one table per goal, with all of its keys");
            findings.push(finding);
            return Goals::default();
        }
    };
    for (name, goal) in &own {
        let header = format!("[{name}]");
        let at = text.find(&header).unwrap_or(0);
        let place = Place::new(&file, at..(at + header.len()).min(text.len()));
        for wrong in wrong(goal) {
            findings.push(Finding::error("goals-wrong", format!("goal `{name}`: {wrong}")).at(&place, "this goal"));
        }
    }
    Goals { own: own.into_iter().map(|(name, goal)| (name, Arc::new(goal))).collect(), path: stated.path.to_string() }
}

/// Tiers that mean something.
const TIERS: [&str; 4] = ["promises", "pods", "allocatable", "departures"];

/// Everything in a goal that is of its type and still cannot be.
fn wrong(goal: &Goal) -> Vec<String> {
    let mut out = Vec::new();
    for tier in goal.tiers.iter().filter(|t| !TIERS.contains(&t.as_str())) {
        let close = nearest(tier, TIERS).map_or_else(|| TIERS.join(", "), |c| format!("did you mean `{c}`?"));
        out.push(format!("no tier is called `{tier}`; {close}"));
    }
    let mut word = |key: &str, value: &str, words: &[&str]| {
        if !words.contains(&value) {
            out.push(format!("`{key}` is `{value}`, not one of {}", words.join(", ")));
        }
    };
    word("cost-level", &goal.cost_level, &["typical", "cautious"]);
    word("scoring", &goal.scoring, &["MostAllocated", "LeastAllocated"]);
    word("system-cpus", &goal.system_cpus, &["pack", "spread"]);
    if let Some(swap) = &goal.swap {
        word("swap", swap, &["LimitedSwap", "NoSwap"]);
    }
    let mut range = |key: &str, value: i64, least: i64, most: i64| {
        if value < least || value > most {
            out.push(format!("`{key}` is {value}, not from {least} to {most}"));
        }
    };
    range("pods-ceiling", goal.pods_ceiling, 1, 20_000);
    range("pods-per-core", goal.pods_per_core.unwrap_or(1), 1, 1_000);
    range("headroom", goal.headroom, 0, 900_000);
    range("soft-eviction", goal.soft_eviction, 1_001, 100_000);
    range("soft-pod-grace", goal.soft_pod_grace, 0, 86_400);
    range("conntrack-headroom", goal.conntrack_headroom, 1_000, 100_000);
    if Bytes::parse(&goal.memory_growth).is_err() {
        out.push(format!("`memory-growth` is `{}`, not a size", goal.memory_growth));
    }
    if GoDuration::parse(&goal.soft_grace).is_err() {
        out.push(format!("`soft-grace` is `{}`, not a duration", goal.soft_grace));
    }
    for (signal, threshold) in goal.soft_disk.iter().chain(&goal.minimum_reclaim) {
        if Threshold::parse(threshold).is_err() {
            out.push(format!("`{signal}` is `{threshold}`, not a threshold"));
        }
        let known = catalog::find("kubelet/evictionHard").and_then(|f| f.tunable.key_values);
        if known.is_some_and(|keys| !keys.contains(&signal.as_str())) {
            out.push(format!("no eviction signal is called `{signal}`"));
        }
    }
    if catalog::preset(&goal.preset).is_none() {
        out.push(format!("no preset is called `{}`", goal.preset));
    }
    out
}
