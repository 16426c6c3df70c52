//! `[control-plane.etcd]` as types.

use super::get;
use super::node::{Table, Val};
use super::shape::At;
use crate::quantity::{Bytes, GoDuration, Version};

/// etcd's surroundings.
#[derive(Clone, Debug, Default)]
pub struct Etcd {
    /// Version.
    pub version: Option<At<Version>>,
    /// Class of its machines.
    pub node_class: Option<At<String>>,
    /// Members.
    pub members: Option<At<i64>>,
    /// Its disk.
    pub disk: EtcdDisk,
    /// Largest round trip between members.
    pub member_rtt: Option<At<GoDuration>>,
    /// Memory of one member.
    pub memory: Option<At<Bytes>>,
    /// Whether events have an etcd of their own.
    pub events: Option<At<String>>,
    /// Client addresses of that one.
    pub events_servers: Vec<At<String>>,
}

/// A disk that holds etcd's data.
#[derive(Clone, Debug, Default)]
pub struct EtcdDisk {
    /// Kind.
    pub kind: Option<At<String>>,
    /// Size.
    pub size: Option<At<Bytes>>,
    /// Operations per second.
    pub iops: Option<At<i64>>,
    /// Bytes written per second.
    pub write: Option<At<Bytes>>,
    /// 99th percentile of one fdatasync.
    pub fsync_p99: Option<At<GoDuration>>,
}

/// Reads the table.
pub(super) fn etcd(within: &Table) -> Etcd {
    let empty = Table::new();
    let etcd = get::table(within, "etcd").unwrap_or(&empty);
    let disk = get::table(etcd, "disk").unwrap_or(&empty);
    let servers = etcd.get("events-servers").map(super::node::Node::items).unwrap_or_default();
    Etcd {
        version: get::version(etcd, "version"),
        node_class: get::text(etcd, "node-class"),
        members: get::int(etcd, "members"),
        disk: EtcdDisk {
            kind: get::text(disk, "kind"),
            size: get::bytes(disk, "size"),
            iops: get::int(disk, "iops"),
            write: get::bytes(disk, "write"),
            fsync_p99: get::duration(disk, "fsync-p99"),
        },
        member_rtt: get::duration(etcd, "member-rtt"),
        memory: get::bytes(etcd, "memory"),
        events: get::text(etcd, "events"),
        events_servers: servers
            .iter()
            .filter_map(|node| match &node.value {
                Val::Text(text) => Some(At::of(node, text.clone())),
                _ => None,
            })
            .collect(),
    }
}
