//! Made-up nodes whose costs are known, and the documents that their kubelets would write.

use plimsoll::calibrate::Point;
use serde_json::{Value, json};

/// A generator of whole numbers, the same on every machine: splitmix64.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number from `from` to `to`, both included.
    pub fn within(&mut self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.next() % u64::try_from(to - from + 1).unwrap()).unwrap()
    }
}

/// Points around `node + pod × pods`, with noise that is even between zero and `noise`.
pub fn noisy(seed: u64, count: usize, (node, pod): (i64, i64), noise: i64) -> Vec<Point> {
    let mut dice = Dice::new(seed);
    let point = |_| {
        let pods = dice.within(3, 110);
        Point { pods, value: node + pod * pods + dice.within(0, noise) }
    };
    (0..count).map(point).collect()
}

/// Bytes and billionths of a core of one container, by its name.
pub type Used = (&'static str, i64, i64);

/// A document as a kubelet writes it, with what matters here.
pub fn document(node: &str, pods: i64, time: &str, used: &[Used]) -> Value {
    let container = |(name, memory, cpu): &Used| {
        json!({
            "name": name,
            "startTime": "2026-11-02T08:00:00Z",
            "cpu": { "time": time, "usageNanoCores": cpu, "usageCoreNanoSeconds": 91_000_000_000_i64 },
            "memory": { "time": time, "usageBytes": memory * 2, "workingSetBytes": memory, "rssBytes": memory / 2,
                        "pageFaults": 100, "majorPageFaults": 0 },
        })
    };
    let pod = |at: i64| {
        json!({ "podRef": { "name": format!("pod-{at}"), "namespace": "default", "uid": format!("{at}") },
                "startTime": "2026-11-02T08:00:00Z", "containers": [] })
    };
    json!({
        "node": { "nodeName": node, "systemContainers": used.iter().map(container).collect::<Vec<_>>(),
                  "startTime": "2026-11-02T08:00:00Z" },
        "pods": (0..pods).map(pod).collect::<Vec<_>>(),
    })
}

/// KiB and µCPU of the containers: what they take with no pods, what every pod adds, and the most noise on top.
pub const TRUE: [(&str, [i64; 3], [i64; 3]); 3] = [
    ("kubelet", [120_000, 1_100, 9_000], [20_000, 300, 6_000]),
    ("runtime", [64_000, 7_300, 22_000], [6_000, 1_600, 9_000]),
    ("misc", [180_000, 40, 30_000], [30_000, 15, 12_000]),
];

/// Documents of several nodes at several moments, around the true costs.
pub fn fleet(seed: u64, nodes: i64, moments: i64) -> Vec<Value> {
    let mut dice = Dice::new(seed);
    let mut out = Vec::new();
    for node in 0..nodes {
        for moment in 0..moments {
            let pods = dice.within(4, 60);
            let mut of = |[node, pod, noise]: [i64; 3]| node + pod * pods + dice.within(0, noise);
            let used = TRUE.map(|(name, memory, cpu)| (name, of(memory) * 1024, of(cpu) * 1000));
            let time = format!("2026-11-{:02}T{:02}:10:00Z", 18 + moment / 24, moment % 24);
            out.push(document(&format!("node-{node:02}"), pods, &time, &used));
        }
    }
    out
}

/// One document a line.
pub fn lines(documents: &[Value]) -> String {
    documents.iter().map(|d| format!("{d}\n")).collect()
}
