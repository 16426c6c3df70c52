//! What scales workloads, as far as the spec states it.

use super::known::{Known, stated_or};
use crate::diag::{Finding, Place};
use crate::quantity::GoDuration;
use crate::spec::{self, Spec};

/// What scales workloads and nodes.
#[derive(Clone, Debug)]
pub struct Autoscaling {
    /// What makes and removes nodes, and where that is stated.
    pub nodes: Option<(Known<String>, Place)>,
    /// HorizontalPodAutoscalers, when stated.
    pub hpas: Option<Known<i64>>,
    /// VerticalPodAutoscalers, when stated.
    pub vpas: Option<Known<i64>>,
    /// Metrics that a HorizontalPodAutoscaler asks for.
    pub hpa_metrics: Known<i64>,
    /// Microseconds that the metrics API takes for one answer.
    pub metrics_latency: Known<i64>,
}

impl Autoscaling {
    /// What the spec states, and what stands in for the rest.
    pub(super) fn stated(spec: &Spec) -> Self {
        let it = &spec.cluster.autoscaling;
        let metrics = stated_or(it.hpa_metrics.as_ref(), "hpa-metrics", serde_json::Value::as_i64);
        let micros =
            |latency: &spec::At<GoDuration>| Known::spec(latency).map(|d| d.0 / (GoDuration::SECOND / 1_000_000));
        Self {
            nodes: it.nodes.as_ref().map(|n| (Known::spec(n), spec.place(n))),
            hpas: it.hpas.as_ref().map(Known::spec),
            vpas: it.vpas.as_ref().map(Known::spec),
            hpa_metrics: metrics.unwrap_or_else(|| Known::fact(1, "unstated/hpa-metrics")),
            metrics_latency: it
                .metrics_latency
                .as_ref()
                .map_or_else(|| Known::opinion("controllers/metrics-latency"), micros),
        }
    }
}

/// Nodes of a class that an autoscaler may leave, and make.
#[derive(Clone, Debug)]
pub struct NodeRange {
    /// Fewest, when stated.
    pub min: Option<Known<i64>>,
    /// Most.
    pub max: Known<i64>,
    /// Where that is stated.
    pub place: Place,
}

/// What a class states, and what cannot be of it.
pub(super) fn range(
    spec: &Spec,
    stated: Option<&spec::NodeRange>,
    count: &Known<i64>,
    findings: &mut Vec<Finding>,
) -> Option<NodeRange> {
    let stated = stated?;
    let place = spec.place(&stated.max);
    if spec.cluster.autoscaling.nodes.is_none() {
        let message = "the class has `autoscale`, and nothing makes or removes nodes";
        let finding = Finding::error("autoscaler-missing", message).at(&place, "stated here");
        findings.push(
            finding.help("add `nodes = \"karpenter\"` or `nodes = \"cluster-autoscaler\"` to `[cluster.autoscaling]`"),
        );
    }
    let least = stated.min.as_ref().map_or(0, |m| m.value);
    if count.value < least || stated.max.value < count.value || stated.max.value < least {
        let message = format!("{} nodes are not within {least} to {}", count.value, stated.max.value);
        let finding = Finding::error("autoscale-range", message).at(&place, "the range");
        findings.push(finding.help("`count` is what the plan counts on; let `min` and `max` hold it"));
    } else if stated.max.value > count.value {
        let message = format!(
            "the autoscaler may make {} nodes, and addresses, control plane and etcd are planned for {}",
            stated.max.value, count.value
        );
        let finding = Finding::warning("autoscale-beyond-count", message).at(&place, "more than `count`");
        findings.push(finding.help(format!("set `count = {}`", stated.max.value)));
    }
    Some(NodeRange { min: stated.min.as_ref().map(Known::spec), max: Known::spec(&stated.max), place })
}
