//! `measured`: component costs of the user's own nodes, as stated.

use super::get;
use super::node::{Node, Table};
use super::shape::At;
use crate::calibrate::{Container, Resource};
use crate::quantity::{Bytes, Micro};

/// What is stated of measured costs.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Share of the samples that the costs cover, in millionths.
    pub quantile: Option<At<i64>>,
    /// Samples behind every cost.
    pub samples: Option<At<i64>>,
    /// Most pods on a measured node.
    pub pods_max: Option<At<i64>>,
    /// Where the figures are from.
    pub source: Option<At<String>>,
    /// One per container and resource of which anything is stated.
    pub costs: Vec<MeasuredCost>,
}

/// One cost: either part may be missing as typed.
#[derive(Clone, Debug)]
pub struct MeasuredCost {
    /// Whose.
    pub container: Container,
    /// Of what.
    pub resource: Resource,
    /// With no pods, in KiB or µCPU, rounded up.
    pub node: Option<At<i64>>,
    /// Per pod, in KiB or µCPU, rounded up.
    pub pod: Option<At<i64>>,
}

/// Reads the table.
pub(super) fn measured(node: &Node) -> At<Measured> {
    let empty = Table::new();
    let t = node.table().unwrap_or(&empty);
    let mut costs = Vec::new();
    for container in Container::ALL {
        let Some(of) = get::table(t, container.key()) else { continue };
        for resource in Resource::ALL {
            let (node, pod) = (amount(of, resource, ""), amount(of, resource, "-per-pod"));
            if node.is_some() || pod.is_some() {
                costs.push(MeasuredCost { container, resource, node, pod });
            }
        }
    }
    let value = Measured {
        quantile: get::ppm(t, "quantile"),
        samples: get::int(t, "samples"),
        pods_max: get::int(t, "pods-max"),
        source: get::text(t, "source"),
        costs,
    };
    At::of(node, value)
}

fn amount(of: &Table, resource: Resource, suffix: &str) -> Option<At<i64>> {
    let key = format!("{}{suffix}", resource.name());
    match resource {
        Resource::Memory => get::bytes(of, &key).map(|at| at.with(kib(at.value))),
        Resource::Cpu => get::micro(of, &key).map(|at| at.with(micro(at.value))),
    }
}

fn kib(bytes: Bytes) -> i64 {
    crate::quantity::ceil_div(bytes.0, 1024)
}

fn micro(cpu: Micro) -> i64 {
    cpu.0
}
