//! Keys of `[control-plane.etcd]`.

use super::super::shape::{Kind, Shape, key};

static DISK: Shape = Shape {
    keys: &[
        key("kind", Kind::OneOf(&["nvme", "ssd", "gp3", "network", "hdd"]), "What the disk is."),
        key("size", Kind::Bytes, "Its size."),
        key("iops", Kind::Int(1, 100_000_000), "Sustained input and output operations per second."),
        key("write", Kind::Rate, "Sustained write rate."),
        key("fsync-p99", Kind::Duration, "99th percentile of one fdatasync on it."),
    ],
};

/// The whole table.
pub static ETCD: Shape = Shape {
    keys: &[
        key("version", Kind::Version, "etcd version: a minor, or an exact patch."),
        key(
            "node-class",
            Kind::Name,
            "The node class of its machines; without it a class with the role `etcd`, or else the control plane's.",
        ),
        key("members", Kind::Int(1, 9), "Members; the number of its machines when left out."),
        key("disk", Kind::Table(&DISK), "The disk that holds etcd's data; that of its machines when left out."),
        key("member-rtt", Kind::Duration, "Largest round-trip time between two members."),
        key("memory", Kind::Bytes, "Memory that one member may use."),
        key(
            "events",
            Kind::OneOf(&["as-needed", "together", "apart"]),
            "Whether events have an etcd of their own: `as-needed` (the default) once one etcd does not carry everything.",
        ),
        key(
            "events-servers",
            Kind::List(&Kind::Text),
            "Client addresses of the etcd that events may have of their own.",
        ),
    ],
};
