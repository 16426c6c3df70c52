//! Which scope each file is for.

use super::join::join;
use super::{CLUSTER, CONTROL_PLANE, NODES};
use crate::current::{Current, Reading};
use crate::diag::{Finding, Place, nearest};
use crate::plan::Plan;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A file as it was given.
#[derive(Clone, Debug)]
pub struct Given {
    /// The class named on the command line or by a folder; `*` is every class.
    pub class: Option<String>,
    /// Whose files it was read with: the class, or else the folder that is one node's.
    pub node: String,
    /// Whether it lies in a folder of drop-in files.
    pub drop_in: bool,
    /// What it states.
    pub reading: Reading,
}

/// Configurations by scope and component.
pub type Assigned = BTreeMap<(String, &'static str), Current>;

/// Sorts files into scopes: those of the plan, or without one by what the command line and the files say. Findings that are
/// errors stop the comparison; others say what was left out.
#[must_use]
pub fn assign(plan: Option<&Plan>, given: Vec<Given>) -> (Assigned, Vec<Finding>) {
    let (mut out, mut findings) = (Assigned::new(), Vec::new());
    let mut by_scope: BTreeMap<(String, &'static str), Vec<Given>> = BTreeMap::new();
    for file in given {
        match plan.map_or_else(|| Ok(vec![alone(&file)]), |plan| scopes(plan, &file)) {
            Ok(scopes) => scopes
                .into_iter()
                .for_each(|scope| by_scope.entry((scope, file.reading.component)).or_default().push(file.clone())),
            Err(finding) => findings.push(*finding),
        }
    }
    for ((scope, component), files) in by_scope {
        let help = match plan {
            None if component == "kubelet" => "give one of them, or write `CLASS=PATH` to say which nodes each is for",
            _ => "give one of them",
        };
        let (current, more) = join(component, &scope, files, help);
        // A file for every class is told of once.
        findings.extend(more.into_iter().filter(|f| !findings.contains(f)).collect::<Vec<_>>());
        out.extend(current.map(|current| ((scope, component), current)));
    }
    (out, findings)
}

pub(super) fn about(finding: Finding, file: &Given) -> Finding {
    finding.at(&Place::new(&Arc::from(file.reading.path.as_str()), 0..0), "")
}

/// The scope of a file without a plan: the class it is said to be for, else what it is of.
fn alone(file: &Given) -> String {
    let of_nodes = matches!(file.reading.component, "kubelet" | "kube-proxy");
    match file.class.as_deref().filter(|class| of_nodes && *class != "*") {
        Some(class) => class.to_string(),
        None if file.reading.component == "kubelet" => NODES.to_string(),
        None if of_nodes => CLUSTER.to_string(),
        None => CONTROL_PLANE.to_string(),
    }
}

fn scopes(plan: &Plan, file: &Given) -> Result<Vec<String>, Box<Finding>> {
    let component = file.reading.component;
    if of_a_class(plan, component) {
        return classes(plan, file);
    }
    if component == "kube-proxy" {
        return Ok(vec![CLUSTER.to_string()]);
    }
    let not_compared = |why: String| {
        let message = format!("`{}` is not compared: {why}", file.reading.path);
        Err(Box::new(about(Finding::advice("current-not-compared", message), file)))
    };
    if plan.control_plane.is_empty() {
        return not_compared(format!("the control plane of {} is not planned", plan.platform));
    }
    if component.starts_with("etcd") && plan.etcd.is_none() {
        return not_compared("etcd is not planned, since its version is not stated".to_string());
    }
    Ok(vec![CONTROL_PLANE.to_string()])
}

/// Whether every class has a configuration of this component.
pub(super) fn of_a_class(plan: &Plan, component: &str) -> bool {
    component == "kubelet" || (component == "kube-proxy" && plan.proxy_per_class)
}

fn classes(plan: &Plan, file: &Given) -> Result<Vec<String>, Box<Finding>> {
    let names = || plan.classes.keys().map(String::as_str);
    match file.class.as_deref() {
        Some("*") => Ok(names().map(ToString::to_string).collect()),
        Some(class) if plan.classes.contains_key(class) => Ok(vec![class.to_string()]),
        Some(class) => Err(Box::new(unknown_class(plan, class, &file.reading.path))),
        None if file.reading.told && plan.classes.len() > 1 => {
            let (path, component) = (&file.reading.path, file.reading.component);
            let message =
                format!("what `{path}` says of {component} is not compared: nothing says which node class it is for");
            Err(Box::new(about(Finding::advice("current-not-compared", message), file)))
        }
        None if plan.classes.len() == 1 => Ok(names().map(ToString::to_string).collect()),
        None => {
            let (path, component) = (&file.reading.path, file.reading.component);
            let message = format!(
                "`{path}` is a {component} file, and the plan has {} node classes: which one is it for?",
                plan.classes.len()
            );
            let first = names().next().unwrap_or_default();
            let finding = Finding::error("current-which-class", message)
                .note(format!("the classes are {}", names().collect::<Vec<_>>().join(", ")))
                .help(format!("write `--current {first}={path}`, or `--current '*={path}'` for all of them"));
            Err(Box::new(about(finding, file)))
        }
    }
}

/// A class that the plan does not have.
fn unknown_class(plan: &Plan, class: &str, path: &str) -> Finding {
    let near = nearest(class, plan.classes.keys().map(String::as_str));
    Finding::error("class-unknown", format!("no node class is called `{class}`"))
        .at(&Place::new(&Arc::from(path), 0..0), "")
        .help_if(near.map(|n| format!("did you mean `{n}`?")))
}
