//! Labels that a kubelet gives its node.

use crate::catalog;
use crate::check::by_hand::flag_forms::{place, texts};
use crate::check::by_hand::{Find, label};
use crate::check::constraint::Constraint;
use crate::check::report;
use crate::check::scene::At;
use crate::diag::Finding;
use std::collections::BTreeMap;

pub(in crate::check::by_hand) const FIND: &[(&str, Find)] = &[("node-labels", labels)];

fn labels(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let mut all = BTreeMap::new();
    for flag in texts(at, "node-labels") {
        for pair in flag.text.split(',').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            // Of a label that is given twice the last value counts.
            all.insert(key.trim(), (value.trim(), flag));
        }
    }
    for (key, (value, flag)) in all {
        let what = if !label::qualified(key) {
            "is no name of a label".to_string()
        } else if !label::is_value(value) {
            format!("has the value `{value}`, which is none of a label")
        } else if !catalog::is_kubelets_label(key) {
            "is a label that no kubelet may give its node".to_string()
        } else {
            continue;
        };
        let says = format!("`{key}` in node-labels {what}");
        out.push(report::finding(at, constraint, &says, &[]).at(&place(flag), ""));
    }
}
