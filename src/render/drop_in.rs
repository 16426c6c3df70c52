//! The kubelet's drop-in: what departs, closed under upstream's own merge, so that base + drop-in = kubelet.yaml.
//!
//! The kubelet lays drop-ins over the main file *after* defaulting it: maps merge key by key, lists are replaced, null
//! deletes. So a value is needed where it differs from the default, or from what the base says; a map of which one key is
//! needed is needed whole. What the base sets and the plan does not is switched off by a value, and not deleted by null, which
//! older kubelets ignore: they are older than the defaults that come with a gate, which null alone takes back. Without a base, nobody knows what the platform's own file says, so every
//! value that was planned is written, equal to the default or not.

use super::tree::{Leaf, of_component};
use super::{Bug, Options, object, tree};
use crate::catalog;
use crate::plan::{ClassPlan, Plan};
use crate::rules::{Origin, Value};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// The drop-in of a class; `None` for kubelets that do not read one.
pub(super) fn file(plan: &Plan, name: &str, class: &ClassPlan, options: &Options) -> Result<Option<String>, Bug> {
    if catalog::behaviour("kubelet-drop-in-directory", class.kubernetes.minor).is_none() {
        return Ok(None);
    }
    let base = class.base.as_ref().map(|(_, document)| document);
    let alone = |name: &str, value: &Value| {
        let stated = base.and_then(|b| lookup(b, name));
        let unknown = base.is_none() && value.origin != Origin::Default;
        // A threshold that is switched off says nothing new to a kubelet, and is written for the files to be equal.
        let other = value.value != value.default || stated.is_some_and(|s| *s != value.value);
        value.origin != Origin::Base && (other || unknown)
    };
    let map_of = |name: &str| catalog::find(name).filter(|f| f.key.is_some()).map(|f| f.tunable.name);
    let maps: BTreeSet<&str> =
        class.values.iter().filter(|(n, v)| alone(n, v)).filter_map(|(n, _)| map_of(n)).collect();
    let needed = |name: &str, value: &Value| {
        alone(name, value) || (value.origin != Origin::Base && map_of(name).is_some_and(|m| maps.contains(m)))
    };
    let mut tree = of_component("kubelet", &class.values, needed);
    for (setting, gate) in left_over(class) {
        let reason = format!("the main file's default of it is refused while {gate} is off");
        tree::set(&mut tree, "kubelet", setting, Leaf { value: Json::Null, reason });
    }
    let mut header = vec![object::written_by(plan, &format!("kubelet drop-in of node class {name}"), class.kubernetes)];
    header.push(match &class.base {
        Some((path, _)) => format!("Lay it over {path} with --config-dir; the result equals kubelet.yaml."),
        None => "Lay it over the platform's file with --config-dir.".into(),
    });
    object::text("kubelet", &header, &tree, options).map(Some)
}

/// Settings that the main file is given by default with a gate that the plan turns off, and the gates.
fn left_over(class: &ClassPlan) -> impl Iterator<Item = (&'static str, &'static str)> {
    let version = class.kubernetes.minor;
    let said = |gate: &str| class.values.get(&format!("kubelet/featureGates.{gate}")).and_then(|v| v.value.as_bool());
    let off = move |gate: &str| {
        let beta = catalog::gate(gate, version).is_some_and(|s| s.stage == "BETA");
        said(gate).or_else(|| said("AllBeta").filter(|_| beta)) == Some(false)
    };
    let kubelets = catalog::starting("kubelet/").filter_map(move |t| Some((t.name, t.comes_with(version)?)));
    kubelets.filter(move |(setting, gate)| off(gate) && !class.values.contains_key(*setting))
}

/// What the base says of a tunable.
fn lookup<'b>(base: &'b Json, name: &str) -> Option<&'b Json> {
    let path = name.strip_prefix("kubelet/")?;
    let key = catalog::find(name)?.key;
    let fields = key.map_or(path, |k| &path[..path.len() - k.len() - 1]);
    let at = fields.split('.').try_fold(base, |at, field| at.get(field))?;
    match key {
        Some(key) => at.get(key),
        None => Some(at),
    }
}
