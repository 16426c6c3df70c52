//! Every key that a spec may have.

mod audit;
mod autoscaling;
mod class;
mod cluster;
mod etcd;
mod hardware;
mod load;
mod network;

use super::shape::{Kind, Shape, key, required};

/// The whole file.
pub static SPEC: Shape = Shape {
    keys: &[
        required("cluster", Kind::Table(&cluster::CLUSTER), "What the cluster is."),
        key("control-plane", Kind::Table(&cluster::CONTROL_PLANE), "The control plane, where it is yours to set."),
        key("defaults", Kind::Table(&class::CLASS), "Keys that every node class starts from."),
        key("node-class", Kind::Named(&class::CLASS), "Groups of nodes with the same hardware, role and workloads."),
        key("pin", Kind::Pins, "Values you insist on for the cluster and the control plane."),
    ],
};
