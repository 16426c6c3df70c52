//! Names of cgroups, as the kubelet resolves them.

use super::super::Find;
use super::super::asked::{broken, text};
use crate::check::constraint::Constraint;
use crate::check::scene::At;
use crate::diag::Finding;
use serde_json::Value as Json;

pub(in super::super) const FIND: &[(&str, Find)] =
    &[("reserved-cgroup-path", paths), ("reserved-cgroup-slice", slices), ("kubelet-cgroup-outside-reserved", outside)];

/// Settings that name a cgroup, and the words that enforce a limit on it.
const NAMES: [(&str, [&str; 2]); 2] = [
    ("kubeReservedCgroup", ["kube-reserved", "kube-reserved-compressible"]),
    ("systemReservedCgroup", ["system-reserved", "system-reserved-compressible"]),
];

/// Names of slices that a limit is to be set on, with their settings; none but with the systemd driver.
fn enforced(at: &At<'_>) -> Vec<(&'static str, String)> {
    let enforced = at.json("enforceNodeAllocatable").unwrap_or_default();
    let enforces = |word: &&str| enforced.as_array().is_some_and(|list| list.contains(&Json::from(*word)));
    let systemd = text(at, "cgroupDriver").as_deref() == Some("systemd");
    let named = NAMES.iter().filter(|(_, words)| systemd && words.iter().any(enforces));
    named.filter_map(|(setting, _)| Some((*setting, text(at, setting).filter(|name| !name.is_empty())?))).collect()
}

fn slices(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (setting, name) in enforced(at) {
        let path = name.trim_end_matches('/');
        let unit = path.rsplit('/').next().unwrap_or(path);
        let unit = unit.strip_suffix(".slice").unwrap_or(unit);
        // `-.slice` is systemd's name of the root.
        if unit != "-" && unit.split('-').any(str::is_empty) {
            let says = format!("`{setting}` is `{name}`, which is the name of no slice");
            out.push(broken(at, constraint, &says, &[setting, "cgroupDriver"]));
        }
    }
}

fn paths(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (setting, name) in enforced(at) {
        let path = name.trim_matches('/');
        // A bare name is the unit of that name, wherever systemd has it.
        if let Some((_, unit)) = path.rsplit_once('/')
            && slice(unit) != path
        {
            let says = format!("`{setting}` is `{name}`, which the systemd driver reads as `/{}`", slice(unit));
            out.push(broken(at, constraint, &says, &[setting, "cgroupDriver"]));
        }
    }
}

/// Where systemd has a slice: `a-b.slice` lies in `a.slice`.
fn slice(unit: &str) -> String {
    let name = unit.strip_suffix(".slice").unwrap_or(unit);
    let ends = name.char_indices().filter(|(_, c)| *c == '-').map(|(at, _)| at).chain([name.len()]);
    ends.map(|end| format!("{}.slice", &name[..end])).collect::<Vec<_>>().join("/")
}

fn outside(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let named = |name: &str| text(at, name).filter(|t| !t.is_empty());
    if let Some((own, reserved)) = named("kubeletCgroups").zip(named("kubeReservedCgroup"))
        && !own.starts_with(&reserved)
    {
        let says =
            format!("the kubelet's cgroup `{own}` does not lie in `{reserved}`, whose amounts are kept back for it");
        out.push(broken(at, constraint, &says, &["kubeletCgroups", "kubeReservedCgroup"]));
    }
}

#[cfg(test)]
mod tests {
    use super::slice;

    #[test]
    fn slices_nest_by_their_dashes() {
        assert_eq!(slice("kube.slice"), "kube.slice");
        assert_eq!(slice("kube"), "kube.slice");
        assert_eq!(slice("a-b-c.slice"), "a.slice/a-b.slice/a-b-c.slice");
    }
}
