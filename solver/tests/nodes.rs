//! Models of the size a node class has, against an enumeration that knows their closed form.

// Helpers of tests assert by panicking too; clippy excuses only the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{MEMORY, Random};
use plimsoll_solver::{Direction, Expr, Model, Unit, Var, binding, solve, solve_by, verify};

const MI: i64 = 1024;
const CPU: Unit = Unit { symbol: "", per: 1000, scale: 1000 };

/// The numbers of one random node.
#[derive(Debug)]
struct Node {
    memory: i64,
    cpu: i64,
    daemons: i64,
    pod_memory: i64,
    pod_cpu: i64,
    addresses: i64,
    kube: (i64, i64),
    system: (i64, i64),
    per_entry: i64,
    entries: (i64, i64),
    pids: (i64, i64),
    core_milli: (i64, i64),
    wish: i64,
    limit: i64,
}

/// Values of `max-pods`, `pods`, `entries`, `pids`, `cores` and the tiers.
type Answer = ([i64; 5], [i64; 5]);

fn random(r: &mut Random) -> Node {
    let memory = r.within(4, 96) * 1024 * MI - r.within(0, 500_000);
    Node {
        memory,
        cpu: r.within(2, 64) * 1000,
        daemons: r.within(0, 9),
        pod_memory: r.within(60, 900) * MI + r.within(0, 1023),
        pod_cpu: r.within(20, 900),
        addresses: r.within(20, 250),
        kube: (r.within(100, 400) * MI, r.within(5, 20) * MI),
        system: (r.within(50, 300) * MI, r.within(0, 3) * MI),
        per_entry: r.within(1, 700),
        entries: (r.within(1, 64), r.within(100, 5000)),
        pids: (r.within(1, 3000), r.within(20, 900)),
        core_milli: (r.within(50, 400), r.within(0, 9)),
        wish: r.within(10, 150),
        limit: r.within(60, 250),
    }
}

fn ceil(a: i64, d: i64) -> i64 {
    (a + d - 1).div_euclid(d)
}

impl Node {
    /// The minimal counts that `max_pods` needs, by closed form.
    fn needs(&self, max_pods: i64, pods: i64) -> (i64, i64, i64) {
        let entries = ceil(self.entries.1 * max_pods, 1024).max(self.entries.0);
        let pids = ceil(self.pids.0 + self.pids.1 * pods, 1024).max(1);
        let cores = ceil(self.core_milli.0 + self.core_milli.1 * max_pods, 2000).max(1);
        (entries, pids, cores)
    }

    fn reserved(&self, max_pods: i64, entries: i64) -> i64 {
        let kube = self.kube.0 + self.kube.1 * max_pods;
        // The table, and hash buckets of eight bytes for every fourth entry.
        let system =
            ceil(self.system.0 * 1024 + self.system.1 * 1024 * max_pods + self.per_entry * 1024 * entries, 1024);
        let buckets = ceil(1024 * entries * 2, 1024);
        kube + system + buckets + (100 * MI).max(ceil(self.memory, 50))
    }

    fn enumerate(&self) -> Option<Answer> {
        let mut best: Option<(Vec<i64>, Answer)> = None;
        for max_pods in 1..=self.limit {
            for pods in 1..=(max_pods - self.daemons).min(self.addresses) {
                let (entries, pids, cores) = self.needs(max_pods, pods);
                let reserved = self.reserved(max_pods, entries);
                let fits = pods * self.pod_memory + reserved <= self.memory
                    && pods * self.pod_cpu + 2000 * cores <= self.cpu
                    && pids <= 4096
                    && entries <= 100_000
                    && cores <= 64;
                if !fits {
                    continue;
                }
                let short = (self.wish - pods).max(0);
                let away = (max_pods - 110).abs();
                // The order of names after the tiers: cores, entries, max-pods, pids, pods.
                let rank = vec![short, -pods, reserved, cores, away, cores, entries, max_pods, pids, pods];
                if best.as_ref().is_none_or(|(old, _)| rank < *old) {
                    let answer = ([max_pods, pods, entries, pids, cores], [short, pods, reserved, cores, away]);
                    best = Some((rank, answer));
                }
            }
        }
        best.map(|(_, answer)| answer)
    }

    fn model(&self) -> (Model<&'static str>, [Var; 5]) {
        let mut m = Model::new();
        let max_pods = m.integer("max-pods", Unit::COUNT, 1, self.limit);
        let pods = m.integer("pods", Unit::COUNT, 1, 1000);
        let entries = m.integer("entries", Unit::COUNT, self.entries.0, 100_000);
        let pids = m.integer("pids", Unit::COUNT, 1, 4096);
        let cores = m.integer("cores", Unit::COUNT, 1, 64);
        let kube = m.derived("kube-reserved", MEMORY, 1 << 40);
        let system = m.derived("system-reserved", MEMORY, 1 << 40);
        let buckets = m.derived("buckets", MEMORY, 1 << 40);
        let eviction = m.derived("eviction", MEMORY, 1 << 40);
        let away = m.derived("away", Unit::COUNT, 1000);
        m.define(kube, max_pods * self.kube.1 + self.kube.0).because("kubelet-memory");
        let table = max_pods * (self.system.1 * 1024) + entries * (self.per_entry * 1024) + self.system.0 * 1024;
        m.define_ceil(system, table, 1024).because("kernel-memory");
        m.define_ceil(buckets, entries * 2048, 1024).because("conntrack-hash");
        m.define(eviction, 100 * MI).because("eviction-floor");
        m.define_ceil(eviction, self.memory, 50).because("eviction-share");
        m.define(away, max_pods - 110).because("default");
        m.define(away, Expr::from(110) - max_pods).because("default");
        m.at_least(entries * 1024, max_pods * self.entries.1).because("conntrack");
        m.at_least(pids * 1024, pods * self.pids.1 + self.pids.0).because("pids");
        m.at_least(cores * 2000, max_pods * self.core_milli.1 + self.core_milli.0)
            .shown_in(CPU)
            .because("reserved-cpu");
        m.at_most(pods, max_pods - self.daemons).because("max-pods");
        m.at_most(pods, self.addresses).because("addresses");
        m.at_most(pods * self.pod_memory + kube + system + buckets + eviction, self.memory).because("memory");
        m.at_most(pods * self.pod_cpu + cores * 2000, self.cpu).shown_in(CPU).because("cpu");
        m.prefer_at_least(pods, self.wish).because("promised-pods");
        m.maximize("pods", pods);
        m.minimize("reserved memory", Expr::from(kube) + system + buckets + eviction);
        m.minimize("reserved cores", cores);
        m.minimize("departures", away);
        (m, [max_pods, pods, entries, pids, cores])
    }
}

#[test]
fn nodes_are_solved_as_their_closed_form_says() {
    let (mut solved, mut relaxations) = (0, 0);
    for seed in 0..150 {
        let node = random(&mut Random::new(seed));
        let (m, vars) = node.model();
        let expected = node.enumerate();
        for outcome in [solve(&m), solve_by(&m, false)] {
            let solution = outcome.unwrap_or_else(|fault| panic!("seed {seed}: {fault} {node:?}")).solution();
            let answer = solution.map(|solution| {
                verify(&m, &solution).unwrap();
                relaxations += solution.solves();
                let tiers: Vec<i64> = solution.tiers().iter().map(|(_, value)| *value).collect();
                (vars.map(|v| solution.value(v)), <[i64; 5]>::try_from(tiers).unwrap())
            });
            assert_eq!(answer, expected, "seed {seed}: {node:?}");
        }
        let Some(solution) = solve(&m).unwrap().solution() else { continue };
        solved += 1;
        let bound = binding(&m, &solution, vars[1], Direction::Up).unwrap();
        assert!(!bound.tight.is_empty(), "seed {seed}: something always ends the number of pods");
    }
    assert!((100..150).contains(&solved), "{solved} of 150 have an answer");
    assert!(relaxations > 100, "only {relaxations} relaxations: the solver is not tested");
}
