//! etcd's surroundings as meant: its machines, its members and its disk, stated or those of its machines.

use super::cluster::ClusterFacts;
use super::known::{Known, stated_or};
use crate::catalog;
use crate::diag::{Finding, Place};
use crate::quantity::{Bytes, GoDuration};
use crate::spec::{At, Class, EtcdDisk, Pin, Spec};
use std::sync::Arc;

/// etcd's surroundings.
#[derive(Clone, Debug)]
pub struct EtcdFacts {
    /// The spec's file, for labels.
    pub file: Arc<str>,
    /// Class of its machines, when there is one.
    pub machines: Option<String>,
    /// Members, when they are stated or follow from the machines.
    pub members: Option<At<i64>>,
    /// The disk that holds its data, as far as it is stated.
    pub disk: EtcdDisk,
    /// Largest round trip between members.
    pub member_rtt: Option<At<GoDuration>>,
    /// Memory of one member.
    pub memory: Option<At<Bytes>>,
    /// `as-needed`, `together` or `apart`.
    pub events: Known<String>,
    /// Where that is stated.
    pub events_at: Option<Place>,
    /// Client addresses of an etcd that events may have of their own.
    pub events_servers: Vec<At<String>>,
    /// Where steady writes of the user's own are stated.
    pub writes_at: Option<At<i64>>,
}

impl EtcdFacts {
    /// The place of something that the spec states.
    #[must_use]
    pub fn place<T>(&self, at: &At<T>) -> Place {
        Place::new(&self.file, at.span.clone())
    }
}

/// Reads the surroundings.
pub(super) fn etcd(spec: &Spec, findings: &mut Vec<Finding>) -> Option<EtcdFacts> {
    let control = &spec.control_plane.as_ref()?.value;
    let stated = &control.etcd;
    role(spec, findings);
    let machines = machines(spec);
    let count = machines.and_then(|(_, class)| class.value.count.clone().or_else(|| Some(class.with(1))));
    let disk = match machines.filter(|_| !stated_at_all(&stated.disk)) {
        Some((_, class)) => of_machine(spec, &class.value),
        None => stated.disk.clone(),
    };
    let events = stated_or(stated.events.as_ref(), "events", |v| v.as_str().map(ToString::to_string))?;
    if events.value == "apart"
        && stated.events_servers.is_empty()
        && let Some(at) = &stated.events
    {
        findings.push(
            Finding::error("etcd-events-servers", "events have an etcd of their own, and its addresses are not stated")
                .at(&spec.place(at), "the API servers must be told where it is")
                .help("add `events-servers = [\"https://…:2379\", …]` to `[control-plane.etcd]`"),
        );
    }
    Some(EtcdFacts {
        file: Arc::clone(&spec.file),
        machines: machines.map(|(name, _)| name.clone()),
        members: stated.members.clone().or(count),
        disk,
        member_rtt: stated.member_rtt.clone(),
        memory: stated.memory.clone(),
        events,
        events_at: stated.events.as_ref().map(|at| spec.place(at)),
        events_servers: stated.events_servers.clone(),
        writes_at: control.writes_per_second.clone(),
    })
}

/// The class named, or the first that is etcd's by its role, or else the control plane's.
fn machines(spec: &Spec) -> Option<(&String, &At<Class>)> {
    let control = &spec.control_plane.as_ref()?.value;
    let is_etcd = |class: &At<Class>| class.value.role.as_ref().is_some_and(|r| r.value == "etcd");
    let named = |name: &Option<At<String>>| spec.classes.get_key_value(&name.as_ref()?.value);
    named(&control.etcd.node_class)
        .or_else(|| spec.classes.iter().find(|(_, class)| is_etcd(class)))
        .or_else(|| named(&control.node_class))
}

/// The class that etcd names must run it: by its role, or stacked on the control plane.
fn role(spec: &Spec, findings: &mut Vec<Finding>) {
    let named = spec.control_plane.as_ref().and_then(|c| c.value.etcd.node_class.as_ref());
    let Some((named, class)) = named.and_then(|n| Some((n, spec.classes.get(&n.value)?))) else { return };
    if class.value.role.as_ref().is_none_or(|r| r.value == "worker") {
        findings.push(
            Finding::error("etcd-role", format!("node class `{}` does not have the role `etcd`", named.value))
                .at(&spec.place(named), "named as etcd's class")
                .clash(&spec.key_place(class), "its role is another")
                .help(format!("add `role = \"etcd\"` to `[node-class.{}]`", named.value)),
        );
    }
}

fn stated_at_all(disk: &EtcdDisk) -> bool {
    let EtcdDisk { kind, size, iops, write, fsync_p99 } = disk;
    kind.is_some() || size.is_some() || iops.is_some() || write.is_some() || fsync_p99.is_some()
}

/// The disk of a machine that etcd's data lies on: the longest mount point above its directory.
fn of_machine(spec: &Spec, class: &Class) -> EtcdDisk {
    let pinned = spec.pins.get("etcd/data-dir").and_then(|at| match &at.value {
        Pin::Value(value) => value.as_str(),
        _ => None,
    });
    let usual = catalog::opinion("etcd/data-dir").and_then(|o| o.value.as_str());
    let Some(folder) = pinned.or(usual) else { return EtcdDisk::default() };
    let above = |mount: &str| {
        let mount = mount.trim_end_matches('/');
        folder.strip_prefix(mount).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let disks = class.hardware.disks.iter().filter(|d| above(&d.mount.value));
    disks.max_by_key(|d| d.mount.value.len()).map_or_else(EtcdDisk::default, |d| EtcdDisk {
        kind: d.kind.clone(),
        size: Some(d.size.clone()),
        iops: d.iops.clone(),
        write: d.write.clone(),
        fsync_p99: None,
    })
}

impl ClusterFacts {
    /// etcd's surroundings, where the control plane is stated and the user's.
    #[must_use]
    pub fn etcd(&self) -> Option<&EtcdFacts> {
        self.control_plane.as_ref().map(|c| &c.etcd)
    }
}
