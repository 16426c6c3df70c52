//! What the spec means once the catalogue is asked: every number with its causes, every missing fact named.

mod addresses;
mod audit;
mod autoscaling;
mod base;
mod class;
mod cluster;
mod disks;
mod entry;
mod etcd;
mod goals;
mod habits;
mod known;
mod load;
mod machine;
mod measured;
mod mix;
mod more;
mod network;
mod pins;
mod topology;
pub mod typed;
mod volumes;

pub use addresses::{Addresses, InterfaceLimits, Interfaces};
pub use audit::AuditFacts;
pub use autoscaling::{Autoscaling, NodeRange};
pub use base::{Base, LARGEST as LARGEST_BASE};
pub use class::{ClassFacts, Reservation, SystemCpus};
pub use cluster::{ClusterFacts, ControlPlaneFacts};
pub use entry::{Entry, entry};
pub use etcd::EtcdFacts;
pub use goals::Goals;
pub use habits::Habits;
pub use known::{Cause, Known, stated_or};
pub use load::{ClientFacts, LoadFacts};
pub use machine::{Disks, Machine};
pub use measured::{Measured, MeasuredLine};
pub use mix::{Mix, PodKind};
pub use more::More;
pub use network::{DnsFacts, NetworkFacts, SubnetFacts};
pub use pins::{Allowed, Pinned};
pub use topology::{Beside, NumaNode};
pub use volumes::Volumes;

use crate::diag::{Finding, Severity, Sources, in_order};
use crate::spec::Spec;
use std::collections::BTreeMap;

/// Everything a plan is made from.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The cluster.
    pub cluster: ClusterFacts,
    /// Node classes by name.
    pub classes: BTreeMap<String, ClassFacts>,
    /// Findings that do not stop the plan.
    pub findings: Vec<Finding>,
}

/// Asks the catalogue what a spec means. `bases` holds the text of each base file by the path the spec gives it.
///
/// # Errors
/// Every mistake that only the catalogue can tell: unknown instance types, goals and tunables, facts that are missing,
/// versions that do not fit, base files that upstream would not read.
pub fn facts(spec: &Spec, bases: &BTreeMap<String, String>, sources: &mut Sources) -> Result<Facts, Vec<Finding>> {
    let mut findings = Vec::new();
    let goals = goals::goals(spec, bases, sources, &mut findings);
    let cluster = cluster::cluster(spec, goals, &mut findings);
    let mut classes = BTreeMap::new();
    for (name, class) in &spec.classes {
        let before = findings.len();
        let facts = class::class(spec, name, class, &cluster, bases, sources, &mut findings);
        // Half-known classes are dropped; their findings say what is missing.
        if let Some(facts) = facts.filter(|_| !findings[before..].iter().any(|f| f.severity == Severity::Error)) {
            classes.insert(name.clone(), facts);
        }
    }
    in_order(&mut findings);
    if findings.iter().any(|f| f.severity == Severity::Error) {
        return Err(findings);
    }
    let cluster = cluster.with_totals(&classes);
    Ok(Facts { cluster, classes, findings })
}
