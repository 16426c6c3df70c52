//! `plimsoll explain --upgrade`: the spec solved at its own version and at another one.

use crate::catalog;
use crate::commands::load::{self, Loaded, Text};
use crate::commands::{Exit, Format, output};
use crate::compare::compare;
use crate::diag::Finding;
use crate::quantity::Version;
use crate::spec::Set;
use crate::{upgrade, view};
use std::cmp::Ordering;

/// Compares the plan with the one for version `to`. Classes that state a version of their own follow.
pub(super) fn run(text: &Text, before: &Loaded, class: Option<&str>, to: &str, format: Format) -> Exit {
    let from = before.plan.kubernetes.minor;
    let minor = match target(to, from) {
        Ok(minor) => minor,
        Err(message) => return super::say("upgrade-version", &message),
    };
    let stated = |key: &&String| before.offsets.contains_key(key.as_str());
    let keys: Vec<String> = before.plan.classes.keys().map(|class| format!("node-class.{class}.kubernetes")).collect();
    let of_all = [String::from("cluster.kubernetes"), String::from("defaults.kubernetes")];
    let keys = of_all.iter().chain(&keys).filter(stated);
    let sets: Vec<Set> = keys.map(|key| Set { key: key.clone(), value: to.to_string() }).collect();
    let after = match load::attempt(text, &sets) {
        Ok(after) => after,
        Err(failed) => return failed.say(format),
    };
    let comparison = compare(&before.plan, &after.plan);
    let printed = match format {
        Format::Json => output::json(&upgrade::document(&comparison, from, minor, class)),
        _ => output::data(&view::upgrade(&comparison, from, minor, class)),
    };
    let added: Vec<Finding> = comparison.added.iter().map(|f| (*f).clone()).collect();
    if format != Format::Json {
        output::findings(&added, &after.sources, &after.input);
    }
    printed
}

fn target(to: &str, from: crate::quantity::Minor) -> Result<crate::quantity::Minor, String> {
    let minor = Version::parse(to).map_err(|fault| fault.0)?.minor;
    let versions = catalog::versions();
    if !catalog::covers(minor, false) {
        return Err(format!("the catalogue covers Kubernetes {} to {}, not {minor}", versions.oldest, versions.newest));
    }
    match minor.cmp(&from) {
        Ordering::Greater => Ok(minor),
        _ => Err(format!("the spec is for {from} already, and {minor} is no newer: nothing is upgraded")),
    }
}
