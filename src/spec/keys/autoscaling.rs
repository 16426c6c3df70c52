//! Keys of `[cluster.autoscaling]`.

use super::super::shape::{Kind, Shape, key};

/// Most autoscalers that a spec may state.
const MANY: i64 = 10_000_000;

pub static AUTOSCALING: Shape = Shape {
    keys: &[
        key("hpas", Kind::Int(0, MANY), "HorizontalPodAutoscalers in the cluster."),
        key("hpa-metrics", Kind::Int(1, 100), "Metrics that one of them asks for; 1 when left out."),
        key("metrics-latency", Kind::Duration, "How long the metrics API takes to answer one query."),
    ],
};
