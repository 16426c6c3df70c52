//! Connection tracking: how many entries a node needs. What kube-proxy makes of it is planned for the cluster.

use super::model::{ClassModel, ENTRIES};
use crate::because;
use crate::facts::{ClassFacts, Known};
use crate::rules::Rule;
use plimsoll_solver::Expr;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&NEED];

/// Entries follow from connections.
pub static NEED: Rule = Rule {
    id: "conntrack-need",
    why: "every connection of a pod holds an entry, a closed one for as long as it waits; the goal adds headroom",
    source: "torvalds/linux net/netfilter/nf_conntrack_proto_tcp.c; profiles/goals.toml",
};

/// States the entries that the pods' connections need.
pub fn constrain(facts: &ClassFacts, m: &mut ClassModel) {
    let wait = Known::limit("conntrack-time-wait");
    // Long-lived connections, and short ones for as long as the kernel keeps them after their end.
    let of_one = |rate: i64, long: i64| long.saturating_add(rate.saturating_mul(wait.value));
    let mix = &facts.mix;
    let average = of_one(mix.average_milli(|k| k.connection_rate), mix.average_milli(|k| k.connections));
    let fixed = of_one(mix.fixed(|k| k.connection_rate), mix.fixed(|k| k.connections)).saturating_mul(1000);
    let headroom = facts.goal.conntrack_headroom;
    let first = mix.fixed_pods();
    let mut because = because![facts.goal_name, wait; facts.goal_cause.clone()];
    because.extend(mix.causes());
    let why = ClassModel::why(&mut m.causes, &NEED, because);
    let constant = fixed.saturating_sub(first.saturating_mul(average));
    let total = m.vars.pods * average.saturating_mul(headroom) + Expr::from(constant.saturating_mul(headroom));
    m.model.define_ceil(m.vars.entries, total, 1_000_000).shown_in(ENTRIES).because(why);
}
