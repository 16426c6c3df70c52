//! What a node needs at a number of pods, and whether it has that: from the spec's numbers only.

use super::pack::{self, Has, Keeps, Needs};
use super::reserve::{Reserve, average, bounds, goal};
use super::spec::{Pod, Siblings, Spec};

/// A policy of the topology manager that this looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Nothing is refused.
    Loose,
    /// As few nodes as a pod needs.
    Restricted,
    /// One node.
    Single,
}

/// A spec with everything that does not depend on the number of pods.
pub struct Demand<'a> {
    /// The spec.
    pub spec: &'a Spec,
    /// Reservations.
    pub reserve: Reserve,
    /// Whether the CPU manager is static.
    pub static_cpus: bool,
    /// Whether the memory manager is Static.
    pub static_memory: bool,
    /// CPUs per node that a pin reserves.
    pub pinned_cpus: Option<Vec<i64>>,
}

impl<'a> Demand<'a> {
    /// Reads a spec.
    pub fn of(spec: &'a Spec) -> Self {
        let pin = |name: &str| spec.pins.get(name).map(|t| t.trim_matches('"'));
        let own = spec.pods.iter().any(|p| p.exclusive);
        let static_cpus = pin("kubelet/cpuManagerPolicy").map_or(own, |p| p == "static");
        let several = spec.stated && spec.nodes.len() > 1;
        let static_memory = pin("kubelet/memoryManagerPolicy").map_or(static_cpus && own && several, |p| p == "Static");
        let pinned_cpus = pin("kubelet/reservedSystemCPUs").map(|text| {
            let set = cpus(text);
            spec.nodes.iter().map(|n| n.all().iter().filter(|c| set.contains(c)).count() as i64).collect()
        });
        Self { spec, reserve: Reserve::of(spec), static_cpus, static_memory, pinned_cpus }
    }

    /// Kinds with CPUs of their own.
    pub fn own(&self) -> Vec<&'a Pod> {
        self.spec.pods.iter().filter(|p| p.exclusive && self.static_cpus).collect()
    }

    /// Pods placed first.
    pub fn first(&self) -> i64 {
        self.spec.pods.iter().filter_map(|p| p.count).sum()
    }

    /// Pods of a kind: its count, or its share of the rest, rounded up.
    pub fn count(&self, pod: &Pod, pods: i64) -> i64 {
        pod.count.unwrap_or_else(|| ((pods - self.first()).max(0) * pod.share + 999_999) / 1_000_000)
    }

    /// Fewest and most pods that anything but the machine allows.
    pub fn range(&self) -> (i64, i64) {
        let spec = self.spec;
        let (low, high) = bounds(spec.pins.get("kubelet/maxPods").map(String::as_str), |t| t.parse().unwrap());
        let least = low.unwrap_or(0).max(self.first());
        let per_core = goal(spec, "pods-per-core").map(|n| n * spec.cpus());
        let ceilings = [goal(spec, "pods-ceiling"), per_core];
        // A ceiling that is an opinion gives way to what is asked for.
        let ceiling = ceilings.into_iter().flatten().filter(|c| *c >= least).min().unwrap_or(20_000);
        (least.max(1), ceiling.min(high.unwrap_or(i64::MAX)))
    }

    /// Whether a pod is large enough to be counted whole: an eighth of the node, or with CPUs of its own.
    pub fn whole(&self, pod: &Pod) -> bool {
        let alone = self.spec.pods.iter().filter(|p| p.count.is_none()).count() == 1;
        let large = pod.cpu * 8 >= self.spec.cpus() * 1000 || (pod.memory << 20) * 8 >= self.spec.memory();
        !alone && (pod.exclusive || large)
    }

    /// What all pods request: those placed first, large ones whole, the others as an average in whole units.
    fn requested(&self, pods: i64, of: impl Fn(&Pod) -> i64) -> i64 {
        let small = average(self.spec, |p| if self.whole(p) { 0 } else { of(p) }, 1);
        let whole = self.spec.pods.iter().filter(|p| p.count.is_some() || self.whole(p));
        let whole: i64 = whole.map(|p| self.count(p, pods) * of(p)).sum();
        whole + (pods - self.first()).max(0) * small
    }

    /// Whether the kubelet is told which CPUs the system keeps.
    pub fn chooses(&self) -> bool {
        self.static_cpus && self.spec.siblings != Siblings::Unknown && self.pinned_cpus.is_none()
    }

    /// Threads of a core as far as they are known.
    pub fn threads(&self) -> i64 {
        if self.spec.siblings == Siblings::Unknown { 1 } else { self.spec.threads }
    }

    /// Cores that the system keeps.
    pub fn cores(&self, cpu: i64) -> i64 {
        let per = self.threads() * 1_000_000;
        if self.static_cpus { ((cpu + per - 1) / per).max(1) } else { 0 }
    }

    /// Whether a node has what so many pods need, kinds of them apart; with the part that the goal keeps free or without.
    pub fn holds(&self, pods: i64, headroom: bool) -> bool {
        let spec = self.spec;
        let Some((memory, cpu)) = self.reserve.at(pods) else { return false };
        let pages: i64 = spec.nodes.iter().flat_map(|n| n.pages.values()).sum();
        let reserved = memory + self.reserve.eviction + pages * 1024;
        let pinned: Option<i64> = self.pinned_cpus.as_ref().map(|p| p.iter().sum());
        let kept = match pinned {
            Some(count) => count * 1_000_000,
            None if self.chooses() => self.cores(cpu) * self.threads() * 1_000_000,
            None => cpu,
        };
        let free = |has: i64, unit: i64| match goal(spec, "headroom").filter(|_| headroom) {
            Some(part) => i64::try_from(i128::from(has) * i128::from(part) / 1_000_000).unwrap() / unit * unit,
            None => 0,
        };
        let (has_memory, has_cpu) = (spec.memory() / 1024, spec.cpus() * 1_000_000);
        let own: i64 = self.own().iter().map(|p| self.count(p, pods) * p.cpu / 1000).sum();
        let system = pinned.unwrap_or(if self.static_cpus { self.cores(cpu) * self.threads() } else { 0 });
        let totals = |size: &str, has: i64, of: &dyn Fn(&Pod, &str) -> i64| {
            spec.pods.iter().map(|p| self.count(p, pods) * of(p, size)).sum::<i64>() <= has
        };
        let paged = |size: &str| {
            let has = spec.nodes.iter().filter_map(|n| n.pages.get(size)).sum();
            totals(size, has, &|p, size| p.pages.get(size).copied().unwrap_or(0))
        };
        let has: i64 =
            spec.nodes.iter().map(|n| &n.devices).chain([&spec.loose]).filter_map(|d| d.get("example.com/gpu")).sum();
        self.requested(pods, |p| p.memory * 1024) + reserved + free(has_memory, 1024) <= has_memory
            && self.requested(pods, |p| p.cpu * 1000) + kept + free(has_cpu, 1000) <= has_cpu
            && own + system <= spec.cpus()
            && paged("2Mi")
            && paged("1Gi")
            && totals("example.com/gpu", has, &|p, name| p.devices.get(name).copied().unwrap_or(0))
    }

    /// NUMA nodes without the system's share, and names of what is counted besides CPUs and memory.
    fn nodes(&self) -> Vec<Has> {
        let spec = self.spec;
        let node = |n: &super::spec::Node| Has {
            cpus: n.cpus(),
            memory: n.ordinary(),
            other: vec![
                if self.static_memory { n.pages.get("2Mi").copied().unwrap_or(0) } else { 1 << 40 },
                if self.static_memory { n.pages.get("1Gi").copied().unwrap_or(0) } else { 1 << 40 },
                // A device whose node nobody knows ties a pod to none.
                if spec.loose.contains_key("example.com/gpu") {
                    1 << 40
                } else {
                    n.devices.get("example.com/gpu").copied().unwrap_or(0)
                },
            ],
        };
        spec.nodes.iter().map(node).collect()
    }

    /// What pods of the kinds with CPUs of their own need, and how many nodes each lies on; `None` where a kind finds
    /// those of no number of nodes.
    fn kinds(&self, pods: i64, policy: Policy) -> Option<Vec<Needs>> {
        let nodes = self.nodes();
        let mut out = Vec::new();
        for pod in self.own() {
            let mut needs = self.needs(pod, pods);
            match width(&nodes, &needs, policy) {
                Some(width) => needs.width = width,
                None if needs.count > 0 => return None,
                None => {}
            }
            out.push(needs);
        }
        Some(out)
    }

    fn needs(&self, pod: &Pod, pods: i64) -> Needs {
        Needs {
            count: self.count(pod, pods),
            cpus: pod.cpu / 1000,
            memory: if self.static_memory { pod.memory << 20 } else { 0 },
            other: vec![
                pod.pages.get("2Mi").copied().unwrap_or(0),
                pod.pages.get("1Gi").copied().unwrap_or(0),
                pod.devices.get("example.com/gpu").copied().unwrap_or(0),
            ],
            width: 1,
        }
    }

    /// Whether each kind by itself could satisfy a policy.
    pub fn possible(&self, policy: Policy) -> bool {
        let nodes = self.nodes();
        self.own().into_iter().map(|p| self.needs(p, 0)).all(|needs| match width(&nodes, &needs, policy) {
            Some(1) => nodes.iter().any(|h| within(h, &needs)),
            found => found.is_some(),
        })
    }

    /// Nodes that one pod of a kind lies on under upstream's restricted policy: every provider of hints must name the same
    /// fewest number. `None` where they differ, or it fits nowhere.
    pub fn width_of(&self, pod: &Pod, pods: i64) -> Option<usize> {
        let at = self.own().iter().position(|p| p.name == pod.name)?;
        self.kinds(pods, Policy::Restricted).map(|kinds| kinds[at].width)
    }

    /// Whether so many pods find their NUMA nodes; `None` where the search is too long.
    pub fn aligned(&self, pods: i64, policy: Policy) -> Option<bool> {
        let Some((memory, cpu)) = self.reserve.at(pods) else { return Some(false) };
        let (cores, threads) = (self.cores(cpu), self.threads());
        let memory = (memory + self.reserve.eviction) * 1024;
        let mut nodes = self.nodes();
        let kinds = if policy == Policy::Loose {
            Vec::new()
        } else {
            match self.kinds(pods, policy) {
                Some(kinds) => kinds,
                None => return Some(false),
            }
        };
        let fixed: Option<Vec<i64>> = match (&self.pinned_cpus, self.spec.place) {
            (Some(kept), _) => Some(kept.clone()),
            (None, _) if !self.static_cpus => None,
            // The kubelet picks, the lowest.
            (None, _) if !self.chooses() => Some(self.packed(cores)),
            (None, Some("pack")) => Some(self.packed(cores)),
            (None, Some(_)) => Some(self.spread(cores)),
            (None, None) => None,
        };
        let Some(fixed) = fixed else {
            return pack::fits(&nodes, &kinds, Keeps { cores, threads, memory });
        };
        for (node, kept) in nodes.iter_mut().zip(&fixed) {
            node.cpus -= kept;
        }
        pack::fits(&nodes, &kinds, Keeps { cores: 0, threads: 1, memory })
    }

    /// How the system's cores lie, for every number of them: free (nothing), `pinned`, or CPUs in cores per node.
    pub fn layout(&self) -> serde_json::Value {
        let most: i64 = self.spec.nodes.iter().map(|n| n.cpus() / self.threads()).sum();
        let all = |deal: &dyn Fn(i64) -> Vec<i64>| {
            let cores = |n| deal(n).iter().map(|c| c / self.threads()).collect::<Vec<i64>>();
            serde_json::json!((0..=most.min(64)).map(cores).collect::<Vec<_>>())
        };
        match (&self.pinned_cpus, self.spec.place) {
            (Some(_), _) => "pinned".into(),
            (None, _) if !self.static_cpus => serde_json::Value::Null,
            (None, None) if self.chooses() => serde_json::Value::Null,
            (None, Some("spread")) if self.chooses() => all(&|n| self.spread(n)),
            (None, _) => all(&|n| self.packed(n)),
        }
    }

    /// Order in which the system takes nodes.
    fn order(&self) -> Vec<usize> {
        let nodes = self.spec.nodes.len();
        let mut order: Vec<usize> = (0..nodes).collect();
        if let Some((first, _)) = self.spec.near_device().filter(|_| self.chooses()) {
            let far = |n: usize| match self.spec.distances {
                Some((near, _)) if n / 2 == first / 2 => near,
                Some((_, far)) => far,
                None => 0,
            };
            order.sort_by_key(|n| (*n != first, far(*n), *n));
        }
        order
    }

    fn packed(&self, mut cores: i64) -> Vec<i64> {
        let mut out = vec![0; self.spec.nodes.len()];
        for at in self.order() {
            let some = cores.min(self.spec.nodes[at].cpus() / self.threads());
            out[at] = some * self.threads();
            cores -= some;
        }
        out
    }

    /// As even as whole cores and the nodes' sizes allow: what one node lacks, the others give.
    fn spread(&self, cores: i64) -> Vec<i64> {
        let most: Vec<i64> = self.spec.nodes.iter().map(|n| n.cpus() / self.threads()).collect();
        let level = (0..=cores).rev().find(|l| most.iter().map(|m| m.min(l)).sum::<i64>() <= cores).unwrap_or(0);
        let mut out: Vec<i64> = most.iter().map(|m| *m.min(&level)).collect();
        let mut left = cores - out.iter().sum::<i64>();
        for at in self.order() {
            if left > 0 && out[at] < most[at] {
                out[at] += 1;
                left -= 1;
            }
        }
        out.iter().map(|c| c * self.threads()).collect()
    }
}

/// Whether one node, empty, has all that a pod needs.
fn within(has: &Has, needs: &Needs) -> bool {
    let others = has.other.iter().zip(&needs.other).all(|(h, n)| h >= n);
    has.cpus >= needs.cpus && has.memory >= needs.memory && others
}

/// Nodes of one pod. One where any node has all of it; else CPUs, memory and each device must each need as many.
fn width(nodes: &[Has], needs: &Needs, policy: Policy) -> Option<usize> {
    if nodes.iter().any(|h| within(h, needs)) {
        return Some(1);
    }
    if policy != Policy::Restricted {
        return None;
    }
    // CPUs by themselves; memory and huge pages together; devices by themselves.
    let fewest = |enough: &dyn Fn(&[&Has]) -> bool| {
        (1_u32..1 << nodes.len())
            .filter(|mask| {
                let group: Vec<&Has> = (0..nodes.len()).filter(|n| mask >> n & 1 == 1).map(|n| &nodes[n]).collect();
                enough(&group)
            })
            .map(u32::count_ones)
            .min()
    };
    let sum = |group: &[&Has], of: &dyn Fn(&Has) -> i64| group.iter().map(|h| of(h)).sum::<i64>();
    let cpus = fewest(&|g| sum(g, &|h| h.cpus) >= needs.cpus)?;
    let memory = fewest(&|g| {
        sum(g, &|h| h.memory) >= needs.memory && (0..2).all(|o| sum(g, &|h| h.other[o]) >= needs.other[o])
    })?;
    let devices = fewest(&|g| sum(g, &|h| h.other[2]) >= needs.other[2])?;
    let all = fewest(&|g| {
        let sums = (0..3).all(|o| sum(g, &|h| h.other[o]) >= needs.other[o]);
        g.len() == cpus as usize && sums && sum(g, &|h| h.cpus) >= needs.cpus && sum(g, &|h| h.memory) >= needs.memory
    });
    all?;
    let asks_memory = needs.memory > 0;
    let tied = needs.other[2] > 0 && nodes.iter().any(|h| h.other[2] < 1 << 40);
    ((!asks_memory || memory == cpus) && (!tied || devices == cpus)).then_some(cpus as usize)
}

/// CPUs of a list.
pub fn cpus(text: &str) -> std::collections::BTreeSet<u32> {
    let mut out = std::collections::BTreeSet::new();
    for part in text.split(',').filter(|p| !p.is_empty()) {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        out.extend(from.parse::<u32>().unwrap()..=to.parse::<u32>().unwrap());
    }
    out
}
