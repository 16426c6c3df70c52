//! The spec: the user's TOML file, read into types with every value's place kept.
//!
//! Reading has three steps: text to typed nodes by the [`shape`] of the file, classes merged with what they inherit, nodes
//! to the structs that the rest of the house uses. Each step adds to one list of findings.

mod audit;
mod autoscaling;
mod canonical;
mod class;
mod cluster;
mod etcd;
mod get;
mod habits;
mod keys;
mod load;
mod measured;
mod merge;
mod network;
mod node;
mod pins;
mod read;
mod scalar;
mod schema;
mod set;
pub mod shape;

pub use audit::Audit;
pub use autoscaling::{Autoscaling, NodeRange};
pub use canonical::sha256;
pub use class::{Class, Disk, Hardware, Network, Numa, Os, Workload};
pub use cluster::{Cluster, ControlPlane, Custom};
pub use etcd::{Etcd, EtcdDisk};
pub use habits::Habits as StatedHabits;
pub use load::{Client, Load};
pub use measured::{Measured, MeasuredCost};
pub use network::{ClusterNetwork, Dns, Subnet};
pub use node::Pin;
pub use read::LARGEST;
pub use scalar::name;
pub use schema::schema;
pub use set::Set;
pub use shape::At;

use crate::diag::{Finding, Place, Severity};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a tunable is pinned to, and where.
pub type Pins = BTreeMap<String, At<Pin>>;

/// The whole spec.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Name of the file in findings.
    pub file: Arc<str>,
    /// `[cluster]`.
    pub cluster: Cluster,
    /// `[control-plane]`, when given.
    pub control_plane: Option<At<ControlPlane>>,
    /// Node classes by name, each complete: defaults and inherited keys are merged in.
    pub classes: BTreeMap<String, At<Class>>,
    /// `[pin]`.
    pub pins: Pins,
    /// Hash of the canonical form.
    pub sha256: String,
    /// Byte offset of every key, by its dotted path.
    pub offsets: BTreeMap<Arc<str>, usize>,
}

impl Spec {
    /// The place of a value of this spec.
    #[must_use]
    pub fn place<T>(&self, at: &At<T>) -> Place {
        Place::new(&self.file, at.span.clone())
    }

    /// The place of the key that set a value.
    #[must_use]
    pub fn key_place<T>(&self, at: &At<T>) -> Place {
        Place::new(&self.file, at.key_span.clone())
    }
}

/// Reads a spec.
///
/// # Errors
/// All mistakes of the file that can be told without the catalogue's facts about hardware, in file order.
pub fn parse(file: &str, text: &str) -> Result<Spec, Vec<Finding>> {
    let (spec, mut findings) = read_all(file, text);
    if findings.iter().any(|f| f.severity == Severity::Error) {
        crate::diag::in_order(&mut findings);
        return Err(findings);
    }
    // Without a finding the cluster cannot be missing; an empty list would say that all is well.
    spec.ok_or_else(|| vec![Finding::error("spec-missing-key", "the spec has no `cluster`")])
}

/// Reads what can be read of a spec, mistakes or not, so that the catalogue can be asked about the rest in the same run.
/// There is no spec where the cluster could not be understood.
pub fn read_all(file: &str, text: &str) -> (Option<Spec>, Vec<Finding>) {
    let (_, spec, findings) = read_with(file, text, &[]);
    (spec, findings)
}

/// Reads a spec with values set over it. The text is the one that findings point into.
pub fn read_with(file: &str, text: &str, sets: &[Set]) -> (String, Option<Spec>, Vec<Finding>) {
    let (shown, starts) = set::lines_below(text, sets);
    let file: Arc<str> = Arc::from(file);
    let (mut table, findings) = read::read(&file, text);
    let mut reader = read::Reader { file: Arc::clone(&file), findings };
    if !reader.findings.iter().any(unread) {
        for (one, start) in sets.iter().zip(starts) {
            set::lay(&mut reader, &mut table, &keys::SPEC, one, start);
        }
    }
    let (spec, findings) = understand(file, &table, reader.findings);
    (shown, spec, findings)
}

/// Whether a finding means that nothing of the file was read.
fn unread(finding: &Finding) -> bool {
    ["spec-not-toml", "spec-too-large"].contains(&finding.id)
}

fn understand(file: Arc<str>, table: &node::Table, mut findings: Vec<Finding>) -> (Option<Spec>, Vec<Finding>) {
    if findings.iter().any(unread) {
        // Nothing was read: what the steps below would miss in it is not the user's mistake.
        return (None, findings);
    }
    let classes = merge::classes(&file, table, &mut findings);
    let sha256 = canonical::sha256(table);
    let mut offsets = BTreeMap::new();
    walk(table, &mut offsets);
    let mut get = get::Get::new(&file, &mut findings);
    let cluster = cluster::cluster(&mut get, table);
    let control_plane = cluster::control_plane(&mut get, table);
    let classes: BTreeMap<_, _> =
        classes.into_iter().map(|(name, at)| (name.clone(), class::class(&mut get, &at))).collect();
    let pins = get.pins(table);
    get.whole_file(&classes, table);
    let spec = cluster.map(|cluster| Spec { file, cluster, control_plane, classes, pins, sha256, offsets });
    (spec, findings)
}

/// Where each key stands: what turns a path in an explanation into a line of the file.
fn walk(table: &node::Table, out: &mut BTreeMap<Arc<str>, usize>) {
    for node in table.values() {
        out.entry(Arc::clone(&node.path)).or_insert(node.key_span.start);
        match &node.value {
            node::Val::Table(inner) => walk(inner, out),
            node::Val::List(items) => items.iter().filter_map(node::Node::table).for_each(|t| walk(t, out)),
            _ => {}
        }
    }
}
