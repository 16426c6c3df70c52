//! Facts, as data: what a reviewer can settle in upstream source or a vendor's table.
//!
//! The tables live in `catalog/` and `profiles/` and are embedded; each is read at most once, when first asked.

mod behaviour;
mod change;
mod change_cost;
mod cilium;
mod component;
mod cost;
mod etcd_file;
mod find;
mod flag_form;
mod flow_control;
mod gate;
mod instance;
mod karpenter;
mod metric;
mod node_label;
mod opinion;
mod owner;
mod part;
mod platform;
mod profile;
mod reservation;
mod runtime;
mod together;
mod tunable;

pub use behaviour::{Behaviour, behaviour, behaviours, limit, limit_value};
pub use change::{Change, What, changes, covers};
pub use change_cost::{ChangeCost, Further, change_cost, further};
pub use cilium::{Cilium, cilium};
pub use component::{Home, home, home_of, living};
pub use cost::{Cost, How, cost, cost_typical, costs};
pub use etcd_file::{ETCD_MAPS, etcd_key, etcd_key_of_flag, etcd_keys, etcd_keys_within};
pub use find::{Found, default_number, find, instead};
pub use flag_form::{flag_type, is_flag};
pub use flow_control::{PriorityLevel, priority_level, priority_levels, priority_levels_source};
pub use gate::{Gate, GateSpan, GateState, gate, gate_names, gates};
pub use instance::{Instance, instance, instance_dates, instance_names};
pub use karpenter::{Karpenter, karpenter};
pub use metric::{Metric, metric, metrics};
pub use node_label::is_kubelets_label;
pub use opinion::{Opinion, opinion, opinion_number, opinions};
pub use owner::{Owner, owners, sysctl_counts};
pub use part::{Part, PartSpan, controller_alias, controllers, plugins};
pub use platform::{Platform, platform, platforms, self_managed};
pub use profile::{
    Goal, Menus, Preset, StaticPod, Unstated, cost_level, goal, goal_names, menus, preset, static_pods, unstated,
};
pub use reservation::{Band, Policy, Step, policy, policy_generations};
pub use runtime::{
    Companion, Feature, containerd_beside, containerd_has, containerd_schema, containerd_table, runtime_feature,
    runtime_features,
};
pub use together::{Together, together};
pub use tunable::{
    Bound, Effective, Facts, Form, Needs, Role, Scope, Span, Tunable, Type, components, names, row, rows,
    rows_starting, setting, starting,
};

use crate::quantity::Minor;
use serde::Deserialize;
use std::sync::OnceLock;

/// Date of the newest table, for the plan document.
pub const DATE: &str = "2026-11-21";

/// The range of versions that the catalogue covers.
#[derive(Clone, Copy, Debug)]
pub struct Versions {
    /// Oldest Kubernetes minor.
    pub oldest: Minor,
    /// Newest released Kubernetes minor.
    pub newest: Minor,
    /// Oldest etcd minor.
    pub etcd_oldest: Minor,
    /// Newest etcd minor.
    pub etcd_newest: Minor,
}

/// The range of versions that the catalogue covers.
pub fn versions() -> Versions {
    #[derive(Deserialize)]
    struct Range {
        oldest: String,
        newest: String,
    }
    #[derive(Deserialize)]
    struct File {
        kubernetes: Range,
        etcd: Range,
    }
    static ONCE: OnceLock<Versions> = OnceLock::new();
    *ONCE.get_or_init(|| {
        let file: File = read("versions.toml", include_str!("../../catalog/versions.toml"));
        let minor = |text: &str| embedded("versions.toml", Minor::parse(text).ok_or("not a minor"));
        Versions {
            oldest: minor(&file.kubernetes.oldest),
            newest: minor(&file.kubernetes.newest),
            etcd_oldest: minor(&file.etcd.oldest),
            etcd_newest: minor(&file.etcd.newest),
        }
    })
}

/// Reads an embedded table. Tests read every one, so a fault here is a build that was never tested.
pub(crate) fn read<T: for<'de> Deserialize<'de>>(name: &str, text: &str) -> T {
    embedded(name, toml::from_str(text))
}

/// The value of an embedded table, or the end: there is nothing a user could do about a table built into the program.
#[allow(clippy::panic)]
pub(crate) fn embedded<T, E: std::fmt::Display>(name: &str, value: Result<T, E>) -> T {
    match value {
        Ok(value) => value,
        Err(error) => panic!("the embedded table {name} is broken: {error}"),
    }
}

/// A minor in a table, such as `since = "1.27"`.
fn minor(name: &str, text: Option<&String>) -> Option<Minor> {
    text.map(|t| embedded(name, Minor::parse(t).ok_or_else(|| format!("`{t}` is not a minor"))))
}
