//! No plan fits because of pods placed first: the count that does, solved.

use super::{Cap, settled, state};
use crate::facts::{ClassFacts, ClusterFacts};
use crate::rules::WayOut;
use plimsoll_solver::Fault;

/// Lowers the count of one workload until a plan fits: of those that can, the one that gives up the least of the node.
///
/// # Errors
/// A fault of the solver.
pub fn way_out(facts: &ClassFacts, cluster: &ClusterFacts, cap: Option<&Cap>) -> Result<Option<WayOut>, Fault> {
    let mut best: Option<(i128, WayOut)> = None;
    for (at, kind) in facts.mix.fixed.iter().enumerate() {
        let Some((place, path)) = &kind.stated else { continue };
        let fits = |count: i64| {
            let mut fewer = facts.clone();
            fewer.mix.fixed[at].amount = count;
            let mut m = state(&fewer, cluster, cap, false, &mut Vec::new());
            Ok::<bool, Fault>(settled(&fewer, &mut m)?.is_some())
        };
        if kind.amount < 2 || !fits(1)? {
            continue;
        }
        // Fewer pods never need more.
        let (mut works, mut fails) = (1, kind.amount);
        while fails - works > 1 {
            let middle = works + (fails - works) / 2;
            if fits(middle)? { works = middle } else { fails = middle }
        }
        let part = |size: i64, whole: i64| {
            i128::from(size) * i128::from(kind.amount - works) * 1_000_000 / i128::from(whole.max(1))
        };
        let given_up =
            part(kind.cpu, facts.machine.cpus.value * 1000).max(part(kind.memory.0, facts.machine.memory.value.0));
        if best.as_ref().is_none_or(|(least, _)| given_up < *least) {
            let text = format!("lower the count of `{}` from {} to {works} (solved)", kind.name, kind.amount);
            let way = WayOut { text, place: place.clone(), replacement: works.to_string(), path: path.clone() };
            best = Some((given_up, way));
        }
    }
    Ok(best.map(|(_, way)| way))
}
