//! Keys of `[cluster.autoscaling]`.

use super::super::shape::{Kind, Shape, key, required};

/// Most autoscalers that a spec may state.
const MANY: i64 = 10_000_000;

/// Nodes that an autoscaler may leave, and make.
pub static RANGE: Shape = Shape {
    keys: &[
        key("min", Kind::Int(0, 1_000_000), "Fewest nodes; none when left out. Karpenter keeps no minimum."),
        required(
            "max",
            Kind::Int(1, 1_000_000),
            "Most nodes; `count` is what the plan counts on, so state the two alike.",
        ),
    ],
};

pub static AUTOSCALING: Shape = Shape {
    keys: &[
        key(
            "nodes",
            Kind::OneOf(&["karpenter", "cluster-autoscaler"]),
            "What makes and removes nodes of the classes that have `autoscale`.",
        ),
        key("hpas", Kind::Int(0, MANY), "HorizontalPodAutoscalers in the cluster."),
        key("vpas", Kind::Int(0, MANY), "VerticalPodAutoscalers in the cluster."),
        key("hpa-metrics", Kind::Int(1, 100), "Metrics that one of them asks for; 1 when left out."),
        key("metrics-latency", Kind::Duration, "How long the metrics API takes to answer one query."),
    ],
};
