//! Components before feature gates, as in `--feature-gates=kube:NodeSwap=true`.

use super::Find;
use super::flag_forms::{place, texts};
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::report;
use crate::check::scene::At;
use crate::current::GATE_PREFIX;
use crate::diag::Finding;

pub(super) const FIND: &[(&str, Find)] = &[("gate-prefix", unread), ("gate-prefix-mixed", mixed)];

/// Components whose gates are known by the registry that reads the prefix.
const REGISTERED: [&str; 3] = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];
const READ: &str = "gate-component-prefix";

/// The prefix of a part, without blanks: nothing, where there is none.
fn prefix(part: &str) -> &str {
    part.split_once(':').map_or("", |(prefix, _)| prefix.trim())
}

fn unread(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    if !REGISTERED.contains(&at.component) || catalog::behaviour(READ, at.minor(at.component)).is_some() {
        return;
    }
    for flag in texts(at, "feature-gates").filter(|flag| flag.text.contains(':')) {
        let says = format!("`{}` names a component before a feature gate", flag.text);
        out.push(report::finding(at, constraint, &says, &[]).at(&place(flag), ""));
    }
}

fn mixed(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    if !REGISTERED.contains(&at.component) {
        return;
    }
    let (mut bare, mut named) = (false, false);
    for flag in texts(at, "feature-gates") {
        for part in flag.text.split(',').filter(|part| !part.is_empty()) {
            match prefix(part) {
                "" => bare = true,
                GATE_PREFIX => named = true,
                other => {
                    let says = format!("no component `{other}` has feature gates here");
                    out.push(report::finding(at, constraint, &says, &[]).at(&place(flag), ""));
                }
            }
        }
        if bare && named {
            let says = "some feature gates have the prefix `kube:` and others have none";
            out.push(report::finding(at, constraint, says, &[]).at(&place(flag), ""));
            break;
        }
    }
}
