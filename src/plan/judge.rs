//! The third judge: every constraint that `check` asks of files is asked of the plan's own values. What a pin or a base file
//! breaks is a finding; what the planner broke by itself is a bug.

use super::{Plan, Stop};
use crate::catalog;
use crate::check::{self, Consequence, Scene};
use crate::current::Current;
use crate::diag::{Finding, Place, Role, Severity, in_order};
use crate::facts::{ClassFacts, Facts, Pinned};
use crate::rules::{Origin, Value, Values};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Name of the place of a value that is nobody's but the plan's.
const OURS: &str = "";
/// Name of the place of a value that the platform says.
const PLATFORM: &str = "\u{0}platform";

/// Asks everything, and adds what the user's own values break.
pub(super) fn judge(facts: &Facts, plan: &mut Plan) -> Result<(), Stop> {
    let control = control_plane(facts, plan);
    let of_nodes: Vec<Vec<Finding>> =
        plan.classes.par_iter().map(|(name, class)| of_class(facts, plan, name, &class.values, &control)).collect();
    let mut found: Vec<Finding> = of_nodes.into_iter().flatten().collect();
    let scene = Scene { parts: control, ..Scene::default() };
    let of_control = |component: &str| component != "cluster";
    found.extend(check::check_of(&scene, plan.kubernetes.minor, etcd(plan), &of_control));
    in_order(&mut found);
    let mut refused = false;
    for finding in found.into_iter().filter(matters) {
        let refuses = finding.severity == Severity::Error;
        match placed(finding) {
            Judged::Users(finding) if finding.severity == Severity::Error => {
                refused = true;
                plan.findings.push(*finding);
            }
            Judged::Users(finding) if !said(&plan.findings, &finding) => plan.findings.push(*finding),
            Judged::Users(_) | Judged::Platforms => {}
            Judged::Ours(what) if refuses => return Err(Stop::Bug(what)),
            // What can fail and need not is a weakness of a rule, which the rule's own tests have to show; a plan that starts
            // is worth more to a user than none.
            Judged::Ours(_) => {}
        }
    }
    in_order(&mut plan.findings);
    if refused { Err(Stop::Refused(std::mem::take(&mut plan.findings))) } else { Ok(()) }
}

fn etcd(plan: &Plan) -> crate::quantity::Minor {
    plan.etcd.map_or(catalog::versions().etcd_newest, |v| v.minor)
}

/// Whether breaking the constraint does harm: what is only wasteful or of style may be what the spec wants.
fn matters(finding: &Finding) -> bool {
    let harm = [Consequence::Refuses, Consequence::Ignored, Consequence::Dangerous].map(Consequence::word);
    finding.consequence.is_some_and(|word| harm.contains(&word))
}

/// Whether something has been said of the same place.
fn said(findings: &[Finding], finding: &Finding) -> bool {
    let same = |other: &Finding| {
        other.labels.iter().any(|l| finding.labels.iter().any(|m| l.path == m.path && l.span == m.span))
    };
    findings.iter().any(same)
}

/// Whose fault a broken constraint is.
enum Judged {
    Users(Box<Finding>),
    Platforms,
    Ours(String),
}

/// Whose fault it is, in the words of a spec: what is stated of a value is its pin or the base that it comes from.
fn placed(mut finding: Finding) -> Judged {
    let platform = finding.labels.iter().any(|l| l.path == PLATFORM);
    finding.labels.retain(|l| l.path != OURS && l.path != PLATFORM);
    for (at, label) in finding.labels.iter_mut().enumerate() {
        label.role = if at == 0 { Role::Fault } else { Role::Clash };
        let first = if label.span.is_empty() { "set in this base" } else { "pinned here" };
        label.text = if at == 0 { first.to_string() } else { "and here".to_string() };
    }
    match (finding.labels.is_empty(), platform) {
        (false, _) => Judged::Users(Box::new(finding)),
        (true, true) => Judged::Platforms,
        (true, false) => Judged::Ours(format!("the plan breaks `{}`: {}", finding.id, finding.message)),
    }
}

type Parts = BTreeMap<&'static str, Arc<Current>>;

/// Values by component, each at the place of its pin or base.
fn parts(values: &[&Values], place: &dyn Fn(&str, &Value) -> Place) -> Parts {
    let mut out: BTreeMap<&'static str, Current> = BTreeMap::new();
    for component in catalog::components() {
        let prefix = format!("{component}/");
        let own =
            |values: &&Values| values.range(prefix.clone()..).next().is_some_and(|(name, _)| name.starts_with(&prefix));
        for values in values.iter().filter(|values| own(values)) {
            let mut current = Current::planned(component, values);
            for (name, stated) in &mut current.stated {
                if let Some(value) = of(values, name) {
                    stated.key = place(name, value);
                }
            }
            out.entry(component).or_default().stated.append(&mut current.stated);
        }
    }
    out.into_iter().map(|(component, current)| (component, Arc::new(current))).collect()
}

/// The value that a name is, or is a part of.
fn of<'v>(values: &'v Values, name: &str) -> Option<&'v Value> {
    let mut whole = name;
    loop {
        if let Some(value) = values.get(whole) {
            return Some(value);
        }
        whole = &whole[..whole.rfind(['.', '['])?];
    }
}

fn control_plane(facts: &Facts, plan: &Plan) -> Parts {
    let file = facts.classes.values().next().map_or_else(|| Arc::from(OURS), |c| Arc::clone(&c.file));
    let pins = &facts.cluster.pins;
    parts(&[&plan.control_plane, &plan.shared], &|name, value| owner(name, value, pins, &file, None))
}

fn of_class(facts: &Facts, plan: &Plan, name: &str, values: &Values, control: &Parts) -> Vec<Finding> {
    let Some(class) = facts.classes.get(name) else { return Vec::new() };
    let mut all = parts(&[values], &|name, value| owner(name, value, &class.pins, &class.file, Some(class)));
    let own: Vec<&'static str> = all.keys().copied().collect();
    for (component, current) in control {
        all.entry(component).or_insert_with(|| Arc::clone(current));
    }
    let mut scene = Scene { name: name.to_string(), parts: all, ..Scene::default() };
    check::describe(class, &mut scene);
    let wanted = |component: &str| component == "cluster" || own.contains(&component);
    let mut found = check::check_of(&scene, plan.kubernetes.minor, etcd(plan), &wanted);
    for finding in &mut found {
        finding.message = format!("{name}: {}", finding.message);
    }
    found
}

/// Whether a name is a pinned tunable or a part of it.
fn is_within(name: &str, pinned: &str) -> bool {
    name.strip_prefix(pinned).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Where the user says a value, or that it is ours or the platform's.
fn owner(
    name: &str,
    value: &Value,
    pins: &BTreeMap<String, Pinned>,
    file: &Arc<str>,
    class: Option<&ClassFacts>,
) -> Place {
    let nobody = |who: &str| Place::new(&Arc::from(who), 0..0);
    let pin = pins.iter().find(|(pinned, _)| is_within(name, pinned));
    match (value.origin, pin, class) {
        (_, Some((_, pin)), _) => Place::new(file, pin.at.span.clone()),
        (Origin::Base, _, Some(class)) => match &class.base {
            Some(base) => Place::new(&Arc::from(base.path.as_str()), 0..0),
            None => class.place.clone(),
        },
        (Origin::Platform, ..) => nobody(PLATFORM),
        _ => nobody(OURS),
    }
}
