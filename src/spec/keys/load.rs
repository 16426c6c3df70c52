//! Keys of `[control-plane.load]`: what happens in the cluster, as far as it is not derivable from nodes and pods.

use super::super::shape::{Kind, Shape, key, required};

/// Most pods or jobs that a rate or a burst may name.
const MANY: i64 = 1_000_000_000;

static BURST: Shape = Shape {
    keys: &[
        required("pods", Kind::Int(1, MANY), "Pods that start at once."),
        required("within", Kind::Duration, "Time within which all of them are to run."),
    ],
};

static CLIENT: Shape = Shape {
    keys: &[
        required("name", Kind::Name, "What its priority level and flow schema are called, after `client-`."),
        required("service-account", Kind::Text, "The service account that it uses, as `namespace/name`."),
        required("requests-per-second", Kind::Int(1, 1_000_000), "Requests that it makes in a second at its peak."),
    ],
};

pub static LOAD: Shape = Shape {
    keys: &[
        key(
            "pod-starts-per-minute",
            Kind::Int(0, MANY),
            "Pods that start in a minute, and as many that end, beside those of jobs and rollouts; every pod once a day when left out.",
        ),
        key("jobs-per-minute", Kind::Int(0, MANY), "Jobs that start in a minute, each with one pod."),
        key(
            "rollouts-per-hour",
            Kind::Int(0, MANY),
            "Deployments that are rolled out in an hour, with all their pods.",
        ),
        key(
            "burst",
            Kind::Table(&BURST),
            "The largest number of pods that start at once; a tenth of all when left out.",
        ),
        key("client", Kind::Tables(&CLIENT), "Clients that get a priority level of their own."),
        key("secrets-per-pod", Kind::Int(0, 1000), "Secrets that a pod mounts or reads into its environment."),
        key(
            "config-maps-per-pod",
            Kind::Int(0, 1000),
            "Config maps that a pod mounts or reads, `kube-root-ca.crt` included.",
        ),
    ],
};
