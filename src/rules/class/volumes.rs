//! Attached volumes: those of all pods find slots beside the system's disks and, where they share them, the interfaces.

use super::capacity;
use super::model::{ClassModel, MOST_PODS};
use crate::because;
use crate::catalog;
use crate::diag::Finding;
use crate::facts::{Addresses, ClassFacts, Interfaces, Known, Volumes};
use crate::rules::{Rule, Why};
use plimsoll_solver::{Expr, Unit};

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&NODE_VOLUMES];

/// Volumes find slots.
pub static NODE_VOLUMES: Rule = Rule {
    id: "node-volumes",
    why: "every attached volume takes one of the machine's slots, and the scheduler counts no further than the storage driver reports",
    source: "kubernetes/kubernetes pkg/scheduler/framework/plugins/nodevolumelimits/csi.go; kubernetes-sigs/aws-ebs-csi-driver pkg/driver/node.go getVolumesLimit",
};

/// States the row, where any pod has volumes and the machine's slots are known.
pub fn constrain(facts: &ClassFacts, m: &mut ClassModel) {
    if facts.mix.kinds().all(|k| k.volumes == 0) {
        return;
    }
    let (most, text, shared) = match &facts.volumes {
        Volumes::Unknown => return,
        Volumes::Stated(most) => (most.clone(), "volumes can be attached".to_string(), false),
        Volumes::Slots { most, system, shared } => {
            let text = format!("slots: {} − {system} for the system's disks", most.value);
            (most.map(|m| (m - system).max(0)), text, *shared)
        }
    };
    let mut because = because![most];
    because.extend(facts.mix.causes());
    let interfaces = match &facts.addresses {
        Addresses::Interfaces { of, pods, .. } if shared => {
            because.extend(because![pods, Known::limit("aws-spare-interfaces")]);
            Some(*of)
        }
        _ => None,
    };
    let why = ClassModel::why(&mut m.causes, &NODE_VOLUMES, because);
    let mut sum = match facts.mix.fixed(|k| k.volumes) {
        0 => Expr::new(),
        first => Expr::constant(first, "for pods placed first"),
    };
    for kind in facts.mix.shared.iter().filter(|k| k.volumes > 0) {
        sum += capacity::pods_of(facts, m, kind, &why) * kind.volumes;
    }
    if let Some(of) = interfaces {
        sum += further(of, m, &why);
    }
    m.model.at_most(sum, Expr::constant(most.value, text)).shown_in(Unit::COUNT).because(why);
}

/// Interfaces beyond the first that the plugin attaches for so many pods: as many as hold their addresses, those that pods
/// must not use and the spare one, and never more than the machine takes.
fn further(of: Interfaces, m: &mut ClassModel, why: &Why) -> Expr {
    let needed = m.model.derived("interfaces with pods", Unit::COUNT, MOST_PODS);
    m.model.define_ceil(needed, m.vars.pods - of.host, of.each.max(1)).because(why.clone());
    let further = m.model.derived("interfaces beyond the first", Unit::COUNT, MOST_PODS);
    let always = of.unused + catalog::limit_value("aws-spare-interfaces") - 1;
    m.model.define_min(further, needed + Expr::from(always), Expr::from(of.most - 1)).because(why.clone());
    Expr::from(further)
}

/// Says so where pods have volumes and nobody knows how many can be attached.
pub fn remarks(facts: &ClassFacts, findings: &mut Vec<Finding>) {
    let Some(kind) = facts.mix.kinds().find(|k| k.volumes > 0) else { return };
    if !matches!(facts.volumes, Volumes::Unknown) {
        return;
    }
    let message = format!(
        "{}: pods of `{}` have volumes attached, and it is not known how many its nodes take",
        facts.name, kind.name
    );
    findings.push(Finding::advice("volumes-unknown", message).at(&facts.place, "this class").help(
        "add `volumes` to its `hardware`: the count that `kubectl get csinode NODE -o yaml` shows for the driver",
    ));
}
