//! What one API server needs of its machine at the peak, against what the machine has.

use super::servers::Servers;
use crate::catalog;
use crate::diag::Finding;
use crate::facts::{Facts, Known};
use crate::quantity::{Bytes, Milli, Minor};
use crate::rules::Draft;
use crate::rules::cluster::load::{Flow, Load};
use serde_json::Value as Json;

/// What one API server needs at the peak.
#[derive(Clone, Debug)]
pub struct Need {
    /// Milli-CPU.
    pub cpu: Known<i64>,
    /// Bytes of memory.
    pub memory: Known<i64>,
    /// How the CPU comes about.
    pub cpu_line: String,
    /// How the memory comes about.
    pub memory_line: String,
}

fn narrow(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl Need {
    /// With `alive` servers that share requests and watches, while each has every object.
    #[must_use]
    pub fn of(facts: &Facts, load: &Load, alive: &Known<i64>) -> Self {
        let (cpu, cpu_line) = cpu(load, alive);
        let (memory, memory_line) = memory(load, &facts.cluster.nodes, facts.cluster.minor(), alive);
        Self { cpu, memory, cpu_line, memory_line }
    }
}

fn cpu(load: &Load, alive: &Known<i64>) -> (Known<i64>, String) {
    let flows = || load.steady.iter().chain(&load.burst);
    let rate = |which: &dyn Fn(&Flow) -> bool| {
        Known::<i64>::fold(0, flows().filter(|f| which(f)).map(|f| &f.rate), |sum: i64, r| sum.saturating_add(*r))
    };
    let (writes, reads) = (rate(&|f| f.writes.is_some()), rate(&|f| f.writes.is_none()));
    let out = load.deliveries(true).map(|d| narrow(*d));
    let parts = [
        (&writes, Known::cost("apiserver-time-write")),
        (&reads, Known::cost("apiserver-time-read")),
        (&out, Known::cost("apiserver-time-change")),
    ]
    .map(|(rate, cost)| rate.join(&cost, |rate, us| i128::from(*rate) * i128::from(*us)));
    let work = Known::<i128>::fold(0, &parts, |sum, part| sum + part);
    // Thousandths per second times microseconds are 10⁻⁶ of a milli-CPU.
    let cpu = work.join(alive, |work, alive| narrow(work / 1_000_000 / i128::from((*alive).max(1))));
    let line = format!(
        "{} writes, {} reads and {} changes to watchers a second on {} servers = {} each",
        writes.value / 1000,
        reads.value / 1000,
        out.value / 1000,
        alive.value,
        Milli(cpu.value)
    );
    (cpu, line)
}

fn memory(load: &Load, nodes: &Known<i64>, minor: Minor, alive: &Known<i64>) -> (Known<i64>, String) {
    // Events have no watch cache.
    let cached: Vec<Known<i128>> = load
        .kinds
        .iter()
        .filter(|k| k.name != "events")
        .map(|k| k.count.join(&k.bytes, |count, bytes| i128::from(*count) * i128::from(*bytes)))
        .collect();
    let stored = Known::<i128>::fold(0, &cached, |sum, part| sum + part);
    let factor = Known::cost("apiserver-memory-stored");
    // Since answers are streamed, lists leave memory where it is; before, each is whole in memory.
    let streamed = catalog::behaviour("lists-streamed", minor).is_some();
    let largest = cached.iter().max_by_key(|k| k.value).cloned().unwrap_or_else(|| stored.clone());
    let lists =
        if streamed { Known::fact(0, "behaviour/lists-streamed") } else { Known::opinion("api-server/lists-at-once") };
    let watches = load.open_watches().join(alive, |open, alive| open / (*alive).max(1));
    // Every node has a connection of its kubelet and one of its service proxy.
    let clients = nodes.join(alive, |nodes, alive| nodes.saturating_mul(2) / (*alive).max(1));
    let parts = [
        Known::cost("apiserver-memory-server").map(|kib| i128::from(*kib) * 1024),
        stored.join(&factor, |bytes, factor| bytes * i128::from(*factor)),
        watches.join(&Known::cost("apiserver-memory-watch"), |n, kib| i128::from(*n) * i128::from(*kib) * 1024),
        clients.join(&Known::cost("apiserver-memory-connection"), |n, kib| i128::from(*n) * i128::from(*kib) * 1024),
        largest.join(&lists, |bytes, lists| bytes * i128::from(*lists)),
    ];
    let memory = Known::<i128>::fold(0, &parts, |sum, part| sum + part).map(|m| narrow(*m));
    let mi = |bytes: i128| format!("{}Mi", (bytes + (1 << 20) - 1) >> 20);
    let line = format!(
        "{} of objects × {} + {} watches and {} connections ({}) + lists ({}) + {} = {}",
        mi(stored.value),
        factor.value,
        watches.value,
        clients.value,
        mi(parts[2].value + parts[3].value),
        mi(parts[4].value),
        mi(parts[0].value),
        mi(i128::from(memory.value))
    );
    (memory, line)
}

/// What the machine of the control plane lacks.
pub fn findings(need: &Need, servers: &Servers, draft: &Draft<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    let busy = Known::opinion("api-server/cpu-busy");
    let cpu = servers.cpu / 100 * busy.value;
    if need.cpu.value > cpu {
        let message = format!(
            "an API server needs {} of CPU at the peak of the load, more than the {} that it may take of `{}`",
            Milli(need.cpu.value),
            Milli(cpu),
            servers.class
        );
        out.push(
            Finding::warning("apiserver-cpu", message)
                .at(&servers.place, "API servers run here")
                .note(need.cpu_line.clone())
                .note(format!("{}% of {} allocatable", busy.value, Milli(servers.cpu)))
                .help("give the control plane more or larger machines, or let the burst take longer"),
        );
    }
    // A stacked etcd maps its database into the same memory.
    let etcd = draft.get("etcd/quota-backend-bytes").and_then(Json::as_i64).unwrap_or(0);
    if need.memory.value.saturating_add(etcd) > servers.memory {
        let mi = |bytes: i64| format!("{}Mi", bytes >> 20);
        let message = format!(
            "an API server needs {} of memory, which `{}` has not: {} are allocatable",
            mi(need.memory.value),
            servers.class,
            mi(servers.memory)
        );
        out.push(
            Finding::warning("apiserver-memory", message)
                .at(&servers.place, "API servers run here")
                .note(need.memory_line.clone())
                .note(format!("etcd's quota of {} lies beside it", Bytes(etcd)))
                .help("give the control plane machines with more memory"),
        );
    }
    out
}
