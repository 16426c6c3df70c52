//! Gates that change after the kubelet has set the defaults that go with them. The gates of the command line are set first, then the
//! main file is given its defaults, then what came of the drop-ins; a kubelet without a file sets them before it reads anything.

use super::super::Find;
use super::super::asked::{short, stated_as};
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::report;
use crate::check::scene::At;
use crate::current::Current;
use crate::diag::Finding;
use std::sync::Arc;

pub(in super::super) const FIND: &[(&str, Find)] = &[("gate-after-defaults", late)];

fn late(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(current) = at.scene.parts.get(at.component).map(Arc::as_ref) else { return };
    let version = at.minor(at.component);
    let alone = current.documents.is_empty() && !current.flags.is_empty();
    // Of files that are named and not there, nobody knows the gates.
    if alone && current.flags.iter().any(|flag| matches!(flag.name.as_str(), "config" | "config-dir")) {
        return;
    }
    for (setting, gate) in catalog::starting("kubelet/").filter_map(|t| Some((t.name, t.comes_with(version)?))) {
        let Some(state) = catalog::gate(gate, version).filter(|s| !s.locked) else { continue };
        if current.stated(setting, version).is_some() {
            continue;
        }
        let set = if state.stage == "BETA" { "AllBeta" } else { "AllAlpha" };
        let gates = Gates { current, gate, set };
        let (on, has_default) = gates.at_the_end(setting, state.default, alone);
        if on == has_default {
            continue;
        }
        let named = [gate, set].into_iter().find_map(|g| {
            let name = format!("featureGates.{g}");
            stated_as(at, &name).map(|_| at.full(&name))
        });
        let setting = short(setting);
        let (says, help) = if on {
            (
                format!("the feature gate {gate} is turned on after `{setting}` could get its default"),
                format!("set `{setting}`, or turn the gate on in the main file"),
            )
        } else {
            (
                format!("the feature gate {gate} is turned off after `{setting}` has got its default"),
                "turn the gate off in the main file".to_string(),
            )
        };
        let blamed: Vec<String> = named.into_iter().collect();
        out.push(report::finding(at, constraint, &says, &blamed).help(help));
    }
}

/// One gate, or the name of its stage, in the layers of a configuration.
struct Gates<'c> {
    current: &'c Current,
    gate: &'static str,
    set: &'static str,
}

impl Gates<'_> {
    /// What some layers, the last first, say of the gate.
    fn say(&self, layers: &[usize]) -> Option<bool> {
        [self.gate, self.set].into_iter().find_map(|gate| {
            let said = self.current.by_layer(&format!("kubelet/featureGates.{gate}"));
            layers.iter().find_map(|layer| said[*layer].and_then(serde_json::Value::as_bool))
        })
    }

    /// Whether the gate is on in the end, and whether the setting has got a default on the way.
    fn at_the_end(&self, setting: &str, default: bool, alone: bool) -> (bool, bool) {
        const MAIN: usize = 0;
        const DROP_INS: usize = 1;
        const FLAGS: usize = 2;
        let first = self.say(&[FLAGS]).unwrap_or(default);
        let main = if alone { default } else { self.say(&[MAIN]).unwrap_or(first) };
        let merged = self.say(&[DROP_INS, MAIN]).unwrap_or(first);
        let again = self.current.has_drop_ins() && merged;
        let on = self.say(&[FLAGS, DROP_INS, MAIN]).unwrap_or(default);
        (on, main && !self.current.is_taken_back(setting) || again)
    }
}
