//! `[cluster.autoscaling]` as a type.

use super::get;
use super::node::Table;
use super::shape::At;
use crate::quantity::GoDuration;

/// What scales workloads and nodes.
#[derive(Clone, Debug, Default)]
pub struct Autoscaling {
    /// What makes and removes nodes.
    pub nodes: Option<At<String>>,
    /// HorizontalPodAutoscalers.
    pub hpas: Option<At<i64>>,
    /// VerticalPodAutoscalers.
    pub vpas: Option<At<i64>>,
    /// Metrics that one of them asks for.
    pub hpa_metrics: Option<At<i64>>,
    /// Time of one answer of the metrics API.
    pub metrics_latency: Option<At<GoDuration>>,
}

/// Reads it from the table of the cluster.
pub(super) fn autoscaling(cluster: &Table) -> Autoscaling {
    let Some(table) = get::table(cluster, "autoscaling") else { return Autoscaling::default() };
    Autoscaling {
        nodes: get::text(table, "nodes"),
        hpas: get::int(table, "hpas"),
        vpas: get::int(table, "vpas"),
        hpa_metrics: get::int(table, "hpa-metrics"),
        metrics_latency: get::duration(table, "metrics-latency"),
    }
}

/// Nodes of a class that an autoscaler may leave, and make.
#[derive(Clone, Debug)]
pub struct NodeRange {
    /// Fewest.
    pub min: Option<At<i64>>,
    /// Most.
    pub max: At<i64>,
}

/// Reads it from the table of a class.
pub(super) fn range(class: &Table) -> Option<NodeRange> {
    let table = get::table(class, "autoscale")?;
    Some(NodeRange { min: get::int(table, "min"), max: get::int(table, "max")? })
}
