//! The laws themselves. Each gives whether it is about the plan at all, or what is wrong with it.

use super::Planned;
use serde_json::Value;

type Held = Result<bool, String>;

/// Seconds of a Go duration.
fn seconds(value: &Value) -> f64 {
    let text = value.as_str().unwrap();
    let (mut total, mut number, mut unit) = (0.0, String::new(), String::new());
    let mut flush = |number: &mut String, unit: &mut String| {
        let scale = match unit.as_str() {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "" if number.is_empty() || number == "0" => 0.0,
            other => panic!("unit {other} in {text}"),
        };
        total += number.parse::<f64>().unwrap_or(0.0) * scale;
        (*number, *unit) = (String::new(), String::new());
    };
    for c in text.chars() {
        if c.is_ascii_digit() || c == '.' {
            if !unit.is_empty() {
                flush(&mut number, &mut unit);
            }
            number.push(c);
        } else {
            unit.push(c);
        }
    }
    flush(&mut number, &mut unit);
    total
}

fn number(value: Option<&Value>) -> Option<i64> {
    value.and_then(Value::as_i64)
}

fn holds(what: impl FnOnce() -> String, is: bool) -> Result<(), String> {
    if is { Ok(()) } else { Err(what()) }
}

/// Nodes ≤ 2^(mask − prefix), pods ≤ 2^(32 − mask) − 3.
pub fn addresses(plan: &Planned<'_>) -> Held {
    let flag = "kube-controller-manager/node-cidr-mask-size";
    let Some(mask) = number(plan.control(flag)) else { return Ok(false) };
    let prefix = i64::from(plan.spec.prefix);
    let nodes: i64 = plan.workers().map(|(_, w)| w.count).sum::<i64>() + plan.spec.servers.0;
    holds(|| format!("{nodes} nodes at /{mask} of /{prefix}"), nodes <= 1 << (mask - prefix))?;
    for (name, _) in plan.workers() {
        let pods = number(plan.class(&name, "kubelet/maxPods")).unwrap();
        holds(|| format!("{name}: {pods} pods at /{mask}"), pods <= (1 << (32 - mask)) - 3)?;
    }
    Ok(true)
}

/// Grace > 45 s of dead connections, and at least four renewals, which come four times a lease.
pub fn heartbeats(plan: &Planned<'_>) -> Held {
    let grace = "kube-controller-manager/node-monitor-grace-period";
    let Some(grace) = plan.control(grace).map(seconds) else { return Ok(false) };
    holds(|| format!("grace {grace} s"), grace > 45.0)?;
    for (name, class) in plan.workers() {
        // Upstream's lease is 40 s in every minor.
        let lease = number(plan.class(&name, "kubelet/nodeLeaseDurationSeconds")).or(class.lease).unwrap_or(40);
        #[allow(clippy::cast_precision_loss)]
        let renewals = grace / (lease as f64 * 0.25);
        holds(|| format!("{name}: {renewals} renewals of a lease of {lease} s within {grace} s"), renewals >= 4.0)?;
    }
    Ok(true)
}

/// leaseDuration > renewDeadline > 1.2 × retryPeriod.
pub fn leaders(plan: &Planned<'_>) -> Held {
    let mut about = false;
    for (component, names) in [
        (
            "kube-controller-manager",
            ["leader-elect-lease-duration", "leader-elect-renew-deadline", "leader-elect-retry-period"],
        ),
        (
            "kube-scheduler",
            ["leaderElection.leaseDuration", "leaderElection.renewDeadline", "leaderElection.retryPeriod"],
        ),
    ] {
        let [lease, renew, retry] = [(0, 15.0), (1, 10.0), (2, 2.0)].map(|(at, default)| {
            let value = plan.control(&format!("{component}/{}", names[at]));
            about |= value.is_some();
            value.map_or(default, seconds)
        });
        holds(|| format!("{component}: {lease} {renew} {retry}"), lease > renew && renew > 1.2 * retry && retry > 0.0)?;
        // Members that are far apart need the time of several round trips to renew.
        #[allow(clippy::cast_precision_loss)]
        let rtt = plan.spec.rtt as f64 / 1000.0;
        holds(|| format!("{component}: {renew} s to renew over {rtt} s"), renew >= 5.0 * rtt)?;
    }
    Ok(about)
}

/// 5 × heartbeat ≤ election ≤ 50 s, heartbeat at least the round trip, or as long as upstream lets it be.
pub fn elections(plan: &Planned<'_>) -> Held {
    let value = |name: &str| number(plan.control(&format!("etcd/{name}")));
    let (Some(heartbeat), Some(election)) = (value("heartbeat-interval"), value("election-timeout")) else {
        return Ok(false);
    };
    let rtt = plan.spec.rtt;
    holds(|| format!("heartbeat {heartbeat}, election {election}"), 5 * heartbeat <= election && election <= 50_000)?;
    holds(|| format!("heartbeat {heartbeat} for {rtt} ms"), heartbeat >= rtt)?;
    Ok(true)
}

/// nf_conntrack_max after kube-proxy: as its code has it, minor by minor.
fn kube_proxy(minor: u32, per_core: i64, min: i64, cpus: i64, host: Option<i64>) -> Option<i64> {
    if per_core == 0 {
        return host;
    }
    let product = per_core * cpus;
    let wanted = if minor >= 36 && product > 1 << 20 { 1 << 20 } else { product.max(min) };
    // Up to 1.28 it only raises.
    Some(if minor <= 28 { wanted.max(host.unwrap_or(0)) } else { wanted })
}

/// The table is as large as the connections of the pods ask, before any headroom.
pub fn tables(plan: &Planned<'_>) -> Held {
    let mut about = false;
    for (name, class) in plan.workers() {
        let value = |field: &str| number(plan.proxy(&name, &format!("kube-proxy/conntrack.{field}")));
        let (Some(per_core), Some(min)) = (value("maxPerCore"), value("min")) else { continue };
        let pods = number(plan.class(&name, "kubelet/maxPods")).unwrap();
        let need = pods * class.connections;
        if let Some(table) = kube_proxy(plan.spec.minor, per_core, min, class.cpus, class.table) {
            about = true;
            holds(|| format!("{name}: {table} entries for {pods} × {}", class.connections), table >= need)?;
        }
    }
    Ok(about)
}

/// Names that a sysctl file sets, as often as it does.
fn settings(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with(['#', ';']));
    lines.filter_map(|l| Some(l.trim_start_matches('-').split_once('=')?.0.trim().replace('/', "."))).collect()
}

/// Every name once in a file, and none that kube-proxy writes.
pub fn sysctls(plan: &Planned<'_>) -> Held {
    let mut about = false;
    for (name, _) in plan.workers() {
        let path = format!("node-class/{name}/sysctl.conf");
        let Some((_, text)) = plan.files.iter().find(|(p, _)| *p == path) else { continue };
        about = true;
        let mut names = settings(text);
        let all = names.len();
        names.sort();
        names.dedup();
        holds(|| format!("{path}: a name twice"), names.len() == all)?;
        let per_core = number(plan.proxy(&name, "kube-proxy/conntrack.maxPerCore"));
        for table in ["net.netfilter.nf_conntrack_max", "net.nf_conntrack_max"] {
            let both = per_core.is_some_and(|n| n != 0) && names.iter().any(|n| n == table);
            holds(|| format!("{path}: {table}, which kube-proxy sets"), !both)?;
        }
        for timeout in ["established", "close_wait"] {
            let sysctl = format!("net.netfilter.nf_conntrack_tcp_timeout_{timeout}");
            holds(
                || format!("{path}: {sysctl}, which kube-proxy sets"),
                per_core.is_none() || !names.contains(&sysctl),
            )?;
        }
    }
    Ok(about)
}

/// Shares of the levels that upstream ships, the exempt one left out.
const SHARES: [(&str, i64); 7] = [
    ("system", 30),
    ("leader-election", 10),
    ("node-high", 40),
    ("workload-high", 40),
    ("workload-low", 100),
    ("global-default", 20),
    ("catch-all", 5),
];

/// Seats of one server by level: ceil(in flight × shares / all shares), with the shares that are planned.
fn nominal(plan: &Planned<'_>) -> Option<Vec<(String, i64)>> {
    let flag = |name: &str| number(plan.control(&format!("kube-apiserver/{name}")));
    let in_flight = flag("max-requests-inflight")? + flag("max-mutating-requests-inflight")?;
    let planned = |level: &str| number(plan.control(&format!("priority-level/shares.{level}")));
    let shares: Vec<(&str, i64)> = SHARES.iter().map(|(level, n)| (*level, planned(level).unwrap_or(*n))).collect();
    let all: i64 = shares.iter().map(|(_, n)| n).sum();
    Some(shares.into_iter().map(|(level, n)| (level.to_string(), (in_flight * n + all - 1) / all)).collect())
}

/// Levels have the seats that upstream's arithmetic gives them, and kubelets' leases find theirs: each node renews every
/// ten seconds, and a write takes a seat for some milliseconds.
pub fn seats(plan: &Planned<'_>) -> Held {
    let Some(levels) = nominal(plan) else { return Ok(false) };
    let default: Vec<i64> = [74, 25, 98, 98, 245, 49, 13].into();
    let seats: Vec<i64> = levels.iter().map(|(_, n)| *n).collect();
    let flag = |name: &str| number(plan.control(&format!("kube-apiserver/{name}"))).unwrap();
    let in_flight = flag("max-requests-inflight") + flag("max-mutating-requests-inflight");
    let shipped = !plan.document["controlPlane"]["values"].to_string().contains("priority-level/shares.");
    holds(|| format!("{in_flight} in flight: {levels:?}"), in_flight != 600 || !shipped || seats == default)?;
    holds(|| format!("{in_flight} in flight are fewer than upstream's"), in_flight >= 600)?;
    let nodes: i64 = plan.workers().map(|(_, w)| w.count).sum::<i64>() + plan.spec.servers.0;
    let renewals: i64 = plan.workers().map(|(_, w)| w.count * 1000 / (w.lease.unwrap_or(40) * 250)).sum();
    let alive = (plan.spec.servers.0 - 1).max(1);
    let (_, node_high) = levels.iter().find(|(level, _)| level == "node-high").unwrap();
    // Five milliseconds a write: a server on which that does not fit is one that the plan warns of.
    let busy = renewals * 5 / alive;
    let warned = plan.document["findings"].to_string().contains("apiserver-");
    holds(
        || format!("{nodes} nodes keep {busy} thousandths of {node_high} seats busy"),
        busy <= node_high * 1000 || warned,
    )?;
    Ok(true)
}

/// Requests per second of the controllers × the seconds of a seat ≤ the seats of all servers.
pub fn rates(plan: &Planned<'_>) -> Held {
    let Some(qps) = number(plan.control("kube-controller-manager/kube-api-qps")) else { return Ok(false) };
    let Some(levels) = nominal(plan) else { return Ok(false) };
    let (_, seats) = levels.iter().find(|(level, _)| level == "workload-high").unwrap();
    let scheduler = number(plan.control("kube-scheduler/clientConnection.qps")).unwrap_or(50);
    // What a seat is held for, as measured, and a round trip between the members of etcd on top.
    let micros = plan.document["facts"]["cost/apiserver-seat-write"]["value"]["typical"].as_i64().unwrap()
        + plan.spec.rtt * 1000;
    let answers = seats * (plan.spec.servers.0 - 1).max(1) * 1_000_000 / micros;
    // One busy controller and the scheduler at the least; upstream's own rates are never lowered.
    let floor = qps == 20 && scheduler == 50;
    holds(|| format!("{qps} + {scheduler} requests per second of {answers}"), qps + scheduler <= answers || floor)?;
    Ok(true)
}
