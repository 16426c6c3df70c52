//! In words: which pods do not find a NUMA node, and how much they are short of.

use super::Aligned;
use super::packing::holds;
use super::policy::Policy;
use crate::rules::class::model::ClassModel;

impl Aligned<'_> {
    /// What stops this many pods under a policy: the first kind, largest first, that does not all find a place.
    pub(super) fn short(&self, m: &ClassModel, pods: i64, policy: Policy) -> String {
        let amounts = self.amounts(m, pods);
        let items = self.items(&amounts.counts);
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.sort_by_key(|i| std::cmp::Reverse((items[*i].cpus, items[*i].memory)));
        let nodes = self.facts.machine.numa.len();
        for at in order {
            let (kind, item) = (&self.kinds[at], &items[at]);
            let bins = self.bins();
            let most: i64 = bins.iter().map(|b| holds(b, item)).fold(0, i64::saturating_add);
            if policy == Policy::SingleNumaNode && most < item.count {
                return format!(
                    "{} × `{}` of {} CPUs: {nodes} NUMA nodes hold {most}",
                    item.count, kind.name, item.cpus
                );
            }
        }
        let asked: Vec<String> = self
            .kinds
            .iter()
            .zip(&amounts.counts)
            .map(|(k, n)| format!("{n} × `{}` of {} CPUs", k.name, k.cpu / 1000))
            .collect();
        let kept = if amounts.cores > 0 {
            format!(" beside {} CPUs of the system", amounts.cores * self.threads)
        } else {
            String::new()
        };
        let sizes: Vec<String> = self.facts.machine.numa.iter().map(|n| n.cpus.len().to_string()).collect();
        format!("{} do not find {nodes} NUMA nodes of {} CPUs{kept}", asked.join(" and "), sizes.join(" + "))
    }
}
