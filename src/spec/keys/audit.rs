//! Keys of `[control-plane.audit]`: the audit log of the API servers.

use super::super::shape::{Kind, Shape, key, required};

pub static AUDIT: Shape = Shape {
    keys: &[
        required(
            "policy-file",
            Kind::Text,
            "Path of the audit policy on the API servers' machines; nothing is recorded without one.",
        ),
        required("log-path", Kind::Text, "Path of the log on the API servers' machines."),
        key("disk", Kind::Bytes, "What the log and its older files may take on each machine."),
        key("keep-days", Kind::Int(1, 36500), "Days for which records are to be there."),
        key(
            "recorded",
            Kind::Int(1, 300),
            "Records for a hundred requests, by the policy's rules and the stages that it leaves out; one a request when left out.",
        ),
        key("record-size", Kind::Bytes, "Size of a record; that of one at level Metadata when left out."),
        key(
            "when-slow",
            Kind::OneOf(&["wait", "drop"]),
            "What is to happen while the disk is slow: requests wait for their record, or records are lost; upstream's default when left out.",
        ),
    ],
};
