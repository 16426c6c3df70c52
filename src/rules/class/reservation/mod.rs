//! How much is reserved for what is not a pod: the published formulas, or the sum of component costs.

mod fitted;
mod published;

pub use fitted::{Level, PerPod, components, conntrack_kib, level, sum};

use super::model::ClassModel;
use crate::facts::ClassFacts;
use crate::rules::{Draft, Rule};
use plimsoll_solver::{Solution, Var};

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&PUBLISHED, &FITTED, &PINNED, &EPHEMERAL];

/// A provider's formula.
pub static PUBLISHED: Rule = Rule {
    id: "reservation-published",
    why: "a provider's published formula says how much is reserved; it is reproduced to the unit and nothing is added",
    source: "catalog/reservations.toml",
};
/// The sum of component costs.
pub static FITTED: Rule = Rule {
    id: "reservation-fitted",
    why: "what the kubelet, the runtime, the kernel and the host's daemons use is summed, each in exactly one place",
    source: "catalog/costs/",
};
/// A reservation that the user insists on.
pub static PINNED: Rule = Rule {
    id: "reservation-pinned",
    why: "a pinned reservation must still cover what the policy asks for at this number of pods",
    source: "the spec",
};
/// Storage that is not for pods.
pub static EPHEMERAL: Rule = Rule {
    id: "reservation-ephemeral",
    why: "the kubelet's state and the host's logs lie on the file system that pods write to",
    source: "catalog/costs/, catalog/reservations.toml",
};

/// States how reservations follow from pods.
pub fn constrain(facts: &ClassFacts, m: &mut ClassModel) {
    match facts.policy() {
        Some(policy) => published::constrain(facts, policy, m),
        None => fitted::constrain(facts, m),
    }
    pins(facts, m);
}

/// Sets the reservation values.
pub fn decide(facts: &ClassFacts, m: &ClassModel, solution: &Solution, draft: &mut Draft<'_>) {
    match facts.policy() {
        Some(policy) => published::decide(facts, policy, m, solution, draft),
        None => fitted::decide(facts, m, solution, draft),
    }
}

/// A pinned reservation is what is reserved: it costs the pods what the policy does not ask for, and limits them to what it
/// covers.
fn pins(facts: &ClassFacts, m: &mut ClassModel) {
    let vars = m.vars;
    let pinnable: [(&str, Var, i64); 4] = [
        ("kubelet/kubeReserved.memory", vars.kube_memory, 1 << 10),
        ("kubelet/systemReserved.memory", vars.system_memory, 1 << 10),
        ("kubelet/kubeReserved.cpu", vars.kube_cpu, 1),
        ("kubelet/systemReserved.cpu", vars.system_cpu, 1),
    ];
    for (name, var, divisor) in pinnable {
        let Some(pinned) = facts.pins.get(name) else { continue };
        // Quantities compare in thousandths: bytes × 1000, or milli-CPU, which is µCPU ÷ 1000.
        let scale = |v: i64| if divisor == 1 { v.saturating_mul(1_000) } else { v / 1_000 / divisor };
        let (least, most) = pinned.bounds();
        let cause = crate::facts::Cause::Spec(pinned.at.path.to_string());
        let why = ClassModel::why_on(&mut m.causes, &PINNED, name, vec![cause]);
        if let Some(least) = least {
            // What is written is what is taken from the node, whether the policy asks for it or not.
            m.model.define(var, scale(least)).because(why.clone());
        }
        if let Some(most) = most {
            let row = m.model.at_most(var, scale(most)).because(why);
            m.asked.push((row, name.to_string()));
        }
    }
}
