//! What scales workloads, as far as the spec states it.

use super::known::{Known, stated_or};
use crate::quantity::GoDuration;
use crate::spec;

/// What scales workloads and nodes.
#[derive(Clone, Debug)]
pub struct Autoscaling {
    /// HorizontalPodAutoscalers, when stated.
    pub hpas: Option<Known<i64>>,
    /// Metrics that one of them asks for.
    pub hpa_metrics: Known<i64>,
    /// Microseconds that the metrics API takes for one answer.
    pub metrics_latency: Known<i64>,
}

impl Autoscaling {
    /// What the spec states, and what stands in for the rest.
    pub(super) fn stated(it: &spec::Autoscaling) -> Self {
        let metrics = stated_or(it.hpa_metrics.as_ref(), "hpa-metrics", serde_json::Value::as_i64);
        let micros =
            |latency: &spec::At<GoDuration>| Known::spec(latency).map(|d| d.0 / (GoDuration::SECOND / 1_000_000));
        Self {
            hpas: it.hpas.as_ref().map(Known::spec),
            hpa_metrics: metrics.unwrap_or_else(|| Known::fact(1, "unstated/hpa-metrics")),
            metrics_latency: it
                .metrics_latency
                .as_ref()
                .map_or_else(|| Known::opinion("controllers/metrics-latency"), micros),
        }
    }
}
