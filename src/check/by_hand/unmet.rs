//! What every setting is asked beyond its own value: the feature gate that it needs, and whether upstream sees it at all.

use super::Find;
use crate::catalog::{self, Form, Found, Type};
use crate::check::constraint::Constraint;
use crate::check::expression::Settings;
use crate::check::report::{self, shown};
use crate::check::scene::At;
use crate::current::Stated;
use crate::diag::Finding;
use crate::facts::typed;

pub(super) const FIND: &[(&str, Find)] = &[("gate-needed", gate), ("zero-means-unset", zero)];

/// Settings of the component that the version has, not those below them.
fn whole<'s>(at: &At<'s>) -> impl Iterator<Item = (&'s str, &'s Stated, Found<'s>)> {
    let version = at.minor(at.component);
    let current = at.scene.parts.get(at.component);
    let stated = current.into_iter().flat_map(|c| &c.stated).map(|(name, stated)| (name.as_str(), stated));
    stated.filter_map(move |(name, stated)| {
        let found = catalog::find(name).filter(|f| f.key.is_none() && f.tunable.exists_in(version))?;
        Some((name, stated, found))
    })
}

fn gate(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for (name, stated, found) in whole(at) {
        let default = found.default_in(version);
        // A zero in a field that is no pointer says as much as nothing.
        let pointer = found.tunable.span(version).is_none_or(|s| s.form != Form::Field || s.go.starts_with('*'));
        let unset = !pointer && typed::is_zero(&stated.value) && default.as_ref().is_none_or(|d| !typed::is_zero(d));
        if unset || Some(&stated.value) == default.as_ref() {
            continue;
        }
        for needs in found.tunable.needs(&stated.value, version) {
            // A gate that the version no longer knows is on for good.
            if at.gate(needs.gate) == Some(false) {
                let short = found.tunable.path();
                let says = format!("`{short}` is {}, and the feature gate {} is off", shown(&stated.value), needs.gate);
                let gates = if at.component.contains("kubelet") || at.component == "kube-proxy" {
                    "featureGates"
                } else {
                    "feature-gates"
                };
                let finding = report::finding(at, constraint, &says, &[name.to_string()]);
                out.push(finding.help(format!("set {} in {gates}, or take `{short}` out", needs.gate)));
            }
        }
    }
}

fn zero(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    for (name, stated, found) in whole(at) {
        let kind = found.kind_in(version);
        // A duration of zero says nothing: every program that writes the Go type writes one where none is set, kubeadm too.
        let number = matches!(kind, Type::Integer | Type::Number);
        if number && typed::zero_is_unset(&found, &stated.value, version) {
            let default = found.default_in(version).unwrap_or_default();
            let short = found.tunable.path();
            let says =
                format!("`{short}` is {}, which counts as unset and becomes {}", shown(&stated.value), shown(&default));
            out.push(report::finding(at, constraint, &says, &[name.to_string()]));
        }
    }
}
