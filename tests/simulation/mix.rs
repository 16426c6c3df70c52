//! What the spec says of a class's pods. Read from the spec's own text, so that no default of the planner is in it.

use plimsoll::quantity::Bytes;
use toml::{Table, Value};

/// One kind of pod.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Pods of it on a node, placed first; nothing for a kind of the mix.
    pub count: Option<i64>,
    /// Millionths of the remaining pods.
    pub share: i64,
    /// KiB requested.
    pub memory: i64,
    /// Containers, when stated.
    pub containers: i64,
    /// Long-lived connections, when stated.
    pub connections: Option<i64>,
    /// New connections per second, when stated.
    pub rate: Option<i64>,
    /// Placed on every node for its own sake: never a job, never replaced with the others.
    pub stays: bool,
}

/// The kinds of a class.
pub fn of(spec: &Table, class: &str) -> Vec<Kind> {
    let class = spec["node-class"][class].as_table().unwrap();
    let stated = class.get("workload").and_then(Value::as_array).into_iter().flatten();
    let mut kinds: Vec<Kind> = stated.map(|w| kind(w.as_table().unwrap())).collect();
    if class.get("role").and_then(Value::as_str) == Some("control-plane") {
        // Scheduler, controllers, API server and etcd as kubeadm places them; only etcd requests memory.
        kinds.push(Kind {
            count: Some(4),
            share: 0,
            memory: 100 << 10,
            containers: 1,
            connections: None,
            rate: None,
            stays: true,
        });
    }
    assert!(kinds.iter().any(|k| k.share > 0), "the simulation needs a mix");
    kinds
}

fn kind(table: &Table) -> Kind {
    let number = |key: &str| table.get(key).and_then(Value::as_integer);
    let count = number("count");
    Kind {
        count,
        share: table.get("share").and_then(Value::as_float).map_or(0, |s| (s * 1e6).round() as i64),
        memory: Bytes::parse(table["memory"].as_str().unwrap()).unwrap().0 / 1024,
        containers: number("containers").unwrap_or(1),
        connections: number("connections"),
        rate: number("connection-rate"),
        stays: count.is_some(),
    }
}
