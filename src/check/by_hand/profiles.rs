//! kube-scheduler: profiles and the plugins that they name.

use super::Find;
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::report;
use crate::check::scene::At;
use crate::diag::{Finding, Place, nearest};
use crate::yaml::Node;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) const FIND: &[(&str, Find)] = &[
    ("profile-names", names),
    ("queue-sort-same", queue_sort),
    ("plugin-unknown", unknown),
    ("plugin-refused", refused),
    ("plugin-twice", twice),
    ("plugin-needed", needed),
    ("plugin-config-twice", config_twice),
];

/// A profile as written.
pub(super) struct Profile<'s> {
    path: &'s Arc<str>,
    /// What it holds.
    pub node: &'s Node,
}

/// The profiles of the configuration, as written.
pub(super) fn profiles<'s>(at: &At<'s>) -> Vec<Profile<'s>> {
    let documents = at.scene.parts.get(at.component).into_iter().flat_map(|c| &c.documents);
    let of = |(path, document): &'s (Arc<str>, Node)| {
        let list = document.get("profiles").map_or(&[][..], Node::items);
        list.iter().map(move |node| Profile { path, node })
    };
    documents.flat_map(of).collect()
}

/// A plugin in a list of one extension point.
struct Named<'s> {
    point: &'s str,
    name: &'s str,
    /// Its name as written; its entry, where that has none.
    node: &'s Node,
}

impl<'s> Profile<'s> {
    /// A finding at a part of the profile.
    pub fn finding(&self, at: &At<'_>, constraint: &Constraint, says: &str, node: &Node) -> Finding {
        report::finding(at, constraint, says, &[]).at(&Place::new(&Arc::clone(self.path), node.span.clone()), "")
    }

    fn text(&self, key: &str) -> Option<&'s str> {
        self.node.get(key).and_then(Node::text)
    }

    /// Plugins of the lists called `enabled` or `disabled`, of every extension point.
    fn listed(&self, list: &str) -> Vec<Named<'s>> {
        let points = self.node.get("plugins").into_iter().flat_map(Node::members);
        let mut out = Vec::new();
        for point in points {
            for node in point.node.get(list).map_or(&[][..], Node::items) {
                let named = node.get("name");
                let name = named.and_then(Node::text).unwrap_or_default();
                out.push(Named { point: &point.key, name, node: named.unwrap_or(node) });
            }
        }
        out
    }

    fn names(&self, list: &str, point: &str) -> Vec<&'s str> {
        self.listed(list).into_iter().filter(|p| p.point == point).map(|p| p.name).collect()
    }

    /// The arguments of plugins: name, and the entry.
    pub fn config(&self) -> impl Iterator<Item = (&'s str, &'s Node)> {
        let entries = self.node.get("pluginConfig").map_or(&[][..], Node::items);
        entries.iter().map(|entry| (entry.get("name").and_then(Node::text).unwrap_or_default(), entry))
    }

    /// Whether the plugin runs at some extension point, with the default plugins that are not disabled.
    pub fn runs(&self, at: &At<'_>, plugin: &str) -> bool {
        self.listed("enabled").iter().any(|p| p.name == plugin) || self.by_default(at, plugin)
    }

    /// Whether the list of plugins for all extension points has it.
    fn by_default(&self, at: &At<'_>, plugin: &str) -> bool {
        let disabled = self.names("disabled", ALL);
        let default = catalog::plugins().iter().find(|p| p.name == plugin).and_then(|p| p.default_in(at.kubernetes));
        let kept = default == Some(true) && !disabled.iter().any(|d| *d == "*" || *d == plugin);
        kept || self.names("enabled", ALL).contains(&plugin)
    }

    /// Whether the plugin runs at one extension point, which it is made for.
    fn runs_at(&self, at: &At<'_>, plugin: &str, point: &str) -> bool {
        let disabled = self.names("disabled", point);
        self.names("enabled", point).contains(&plugin)
            || (self.by_default(at, plugin) && !disabled.iter().any(|d| *d == "*" || *d == plugin))
    }
}

/// The list of plugins for all extension points that they are made for.
const ALL: &str = "multiPoint";
/// The only plugins of their extension points.
const ONLY: [(&str, &str); 2] = [("PrioritySort", "queueSort"), ("DefaultBinder", "bind")];

fn names(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let all = profiles(at);
    let mut seen = BTreeSet::new();
    for profile in &all {
        let stated = profile.node.get("schedulerName").filter(|n| !n.is_null());
        let says = match stated.map(Node::text) {
            // A single profile without a name is given one.
            None if all.len() == 1 => continue,
            None => "a profile beside others has no schedulerName".to_string(),
            Some(Some("")) => "a profile's schedulerName is empty".to_string(),
            Some(Some(name)) if !seen.insert(name) => format!("two profiles are called {name}"),
            _ => continue,
        };
        out.push(profile.finding(at, constraint, &says, stated.unwrap_or(profile.node)));
    }
}

fn queue_sort(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let all = profiles(at);
    let lists = |p: &Profile<'_>| {
        let names = |list| p.names(list, "queueSort").into_iter().map(String::from).collect::<Vec<_>>();
        (names("enabled"), names("disabled"))
    };
    let plugin =
        |p: &Profile<'_>| p.names("enabled", "queueSort").first().map_or(ONLY[0].0.to_string(), |n| (*n).to_string());
    let args = |p: &Profile<'_>| {
        let name = plugin(p);
        let found = p.config().find(|(n, _)| *n == name).and_then(|(_, entry)| entry.get("args"));
        found.filter(|args| !args.is_null()).map(Node::json)
    };
    let Some(first) = all.first() else { return };
    // Validation takes the plugin's name from the first profile, as written: without one, arguments without one are the plugin's.
    let nameless = first.names("enabled", "queueSort").is_empty();
    let given = |(name, entry): (&str, &Node)| name.is_empty() && entry.get("args").is_some_and(|args| !args.is_null());
    for other in &all[1..] {
        let says = if lists(other) != lists(first) {
            "profiles have different plugins at queueSort"
        } else if args(other) != args(first) {
            "profiles give the plugin at queueSort different arguments"
        } else if nameless && other.config().any(given) {
            "a profile after the first gives arguments to a plugin without a name, which count as those of queueSort"
        } else {
            continue;
        };
        let node = other.node.get("plugins").and_then(|p| p.get("queueSort")).unwrap_or(other.node);
        out.push(other.finding(at, constraint, says, node));
    }
}

fn exists(at: &At<'_>, plugin: &str) -> bool {
    catalog::plugins().iter().any(|p| p.name == plugin && p.default_in(at.kubernetes).is_some())
}

fn unknown(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for profile in profiles(at) {
        for plugin in profile.listed("enabled").iter().filter(|p| !exists(at, p.name)) {
            let once = catalog::plugins().iter().any(|p| p.name == plugin.name);
            let known = catalog::plugins().iter().filter(|p| exists(at, p.name)).map(|p| p.name);
            let says = format!("kube-scheduler {} has no plugin called `{}`", at.kubernetes, plugin.name);
            let finding = profile.finding(at, constraint, &says, plugin.node);
            let near = nearest(plugin.name, known).filter(|_| !once);
            out.push(finding.help_if(near.map(|n| format!("did you mean `{n}`?"))));
        }
    }
}

/// Plugins that validation names, whether they are there or not.
fn is_refused(at: &At<'_>, plugin: &str) -> bool {
    let behaves = |id: &str| catalog::behaviour(id, at.kubernetes).is_some();
    match plugin {
        "SelectorSpread" => behaves("scheduler-spread-refused"),
        "AzureDiskLimits" | "CinderLimits" | "EBSLimits" | "GCEPDLimits" => behaves("scheduler-limits-refused"),
        _ => false,
    }
}

fn refused(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for profile in profiles(at) {
        // What is not there at all is told of elsewhere.
        let listed = profile.listed("enabled").into_iter().filter(|p| p.point != ALL && exists(at, p.name));
        let listed = listed.map(|p| (p.name, p.node));
        for (name, node) in listed.chain(profile.config()).filter(|(name, _)| is_refused(at, name)) {
            let says = format!("the plugin {name} is not for configurations of v1");
            out.push(profile.finding(at, constraint, &says, node));
        }
    }
}

fn twice(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for profile in profiles(at) {
        let mut seen = BTreeSet::new();
        for plugin in profile.listed("enabled") {
            if !seen.insert((plugin.point, plugin.name)) {
                let says = format!("the plugin {} is enabled twice at {}", plugin.name, plugin.point);
                out.push(profile.finding(at, constraint, &says, plugin.node));
            }
        }
    }
}

fn needed(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for profile in profiles(at) {
        for (plugin, point) in ONLY {
            let others = profile.names("enabled", point).iter().any(|n| *n != plugin);
            if !others && !profile.runs_at(at, plugin, point) {
                let name = profile.text("schedulerName").unwrap_or_default();
                let says = match name {
                    "" => format!("the profile has no plugin at {point}"),
                    name => format!("the profile {name} has no plugin at {point}"),
                };
                let node = profile.node.get("plugins").unwrap_or(profile.node);
                out.push(profile.finding(at, constraint, &says, node).help(format!("leave {plugin} on at {point}")));
            }
        }
    }
}

fn config_twice(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for profile in profiles(at) {
        let mut seen = BTreeSet::new();
        for (name, entry) in profile.config() {
            if !seen.insert(name) {
                let says = format!("the plugin {name} is given arguments twice");
                out.push(profile.finding(at, constraint, &says, entry));
            }
        }
    }
}
