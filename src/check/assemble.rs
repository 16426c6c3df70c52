//! From readings to scenes: what belongs to one node or node class, what the cluster shares, which file is the main one.

use super::reported::{self, Reports};
use super::{Scene, nodes};
use crate::catalog::{Home, home};
use crate::current::{Current, Layer, Reading, main_file, precedence};
use crate::quantity::Minor;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A reading and where it belongs.
#[derive(Clone, Debug)]
pub struct Given {
    /// The node class that the command line says, or `class/node`; none where the path says the node.
    pub class: Option<String>,
    /// Whether it lies in a folder of drop-in files.
    pub drop_in: bool,
    /// What it states.
    pub reading: Reading,
}

/// The class of `class/node`.
#[must_use]
pub fn class_of(class: &str) -> &str {
    class.split('/').next().unwrap_or(class)
}

/// Components that read one configuration file, so that a second one is another configuration and no addition.
const ONE_FILE: [&str; 4] = ["kubelet", "kube-proxy", "kube-scheduler", "etcd"];

/// Scenes of everything that was read: one for each node with what is shared, or a single one; and one more for each
/// further main file of a component. Drop-in files are merged after the file, flags after those.
#[must_use]
pub fn scenes(given: Vec<Given>) -> Vec<Scene> {
    let (reports, given): (Vec<Given>, Vec<Given>) = given.into_iter().partition(|f| f.reading.component == "node");
    let mut reports = Reports::new(reports.into_iter().map(|f| (node_of(&f), f.reading)).collect());
    let mut by_node: BTreeMap<String, Vec<Given>> = BTreeMap::new();
    for file in given {
        by_node.entry(node_of(&file)).or_default().push(file);
    }
    let is_node =
        |files: &Vec<Given>| files.iter().any(|f| f.reading.component == "kubelet" && f.reading.layer == Layer::File);
    let nodes: BTreeSet<String> =
        by_node.iter().filter(|(_, files)| is_node(files)).map(|(name, _)| name.clone()).collect();
    if nodes.len() < 2 {
        let name = nodes.into_iter().next().unwrap_or_default();
        // The node's own last: of two command lines, that of its unit wins over what kubeadm was told.
        let own = by_node.remove(&name).unwrap_or_default();
        let mut scenes = of_node(&name, by_node.into_values().flatten().chain(own).collect());
        reports.only(&name).into_iter().for_each(|report| reported::join(&mut scenes, &report));
        scenes.extend(reports.rest(scenes.first()));
        return scenes;
    }
    let mut scenes: Vec<Scene> = Vec::new();
    for name in &nodes {
        let mut own = of_node(name, files_of(name, &nodes, &by_node));
        reports.of(name).into_iter().for_each(|report| reported::join(&mut own, &report));
        scenes.append(&mut own);
    }
    scenes.extend(reports.rest(scenes.first()));
    scenes
}

/// The node that a file is of: what the command line says, else what its path says.
fn node_of(file: &Given) -> String {
    file.class.clone().unwrap_or_else(|| nodes::root(&file.reading.path).to_string())
}

/// The files of a node: its own, those of no node, and of the other nodes what the cluster has once.
fn files_of(node: &str, nodes: &BTreeSet<String>, by_node: &BTreeMap<String, Vec<Given>>) -> Vec<Given> {
    let own: Vec<Given> = by_node.get(node).cloned().unwrap_or_default();
    let others =
        |is_node: bool| by_node.iter().filter(move |(name, _)| nodes.contains(*name) == is_node && *name != node);
    let mut out: Vec<Given> = others(false).flat_map(|(_, files)| files.iter().cloned()).chain(own).collect();
    for (_, files) in others(true) {
        let lacking: BTreeSet<&str> = files
            .iter()
            .map(|f| f.reading.component)
            .filter(|c| {
                home(c).is_some_and(|home| home != Home::Nodes) && !out.iter().any(|o| o.reading.component == *c)
            })
            .collect();
        let shared: Vec<Given> = files.iter().filter(|f| lacking.contains(f.reading.component)).cloned().collect();
        out.extend(shared);
    }
    out
}

/// The scenes of one node: the first of its main files each with all else, and one for each further main file.
fn of_node(name: &str, files: Vec<Given>) -> Vec<Scene> {
    let said = files.iter().find_map(|f| f.class.as_deref().filter(|class| *class == name));
    let class = said.map(|class| class_of(class).to_string());
    let mut by_component: BTreeMap<&'static str, Vec<Given>> = BTreeMap::new();
    for file in files {
        by_component.entry(file.reading.component).or_default().push(file);
    }
    let short = name.rsplit('/').next().unwrap_or_default().to_string();
    let mut first = Scene { name: short, class, ..Scene::default() };
    let mut further: Vec<(&'static str, Reading)> = Vec::new();
    for (component, files) in by_component {
        let (passed_over, files): (Vec<Given>, Vec<Given>) = files.into_iter().partition(is_passed_over);
        let mut files = in_order(component, files);
        if ONE_FILE.contains(&component) {
            let readings: Vec<(bool, &Reading)> = files.iter().map(|f| (f.drop_in, &f.reading)).collect();
            let main = main_file(component, &readings);
            let others =
                |at: usize, f: &Given| f.reading.layer == Layer::File && !f.drop_in && main.is_some_and(|m| m != at);
            further.extend(
                files.iter().enumerate().filter(|(at, f)| others(*at, f)).map(|(_, f)| (component, f.reading.clone())),
            );
            let mut at = 0;
            files.retain(|f| {
                at += 1;
                !others(at - 1, f)
            });
        }
        let passed_over = passed_over.into_iter().map(|f| f.reading.path).collect();
        let mut part = Current::beside(passed_over);
        files.into_iter().for_each(|file| part.lay(file.reading, file.drop_in));
        first.parts.insert(component, Arc::new(part));
    }
    let more = further.into_iter().map(|(component, reading)| {
        let mut scene = first.clone();
        scene.parts.insert(component, Arc::new(Current::new(reading)));
        scene
    });
    let more: Vec<Scene> = more.collect();
    std::iter::once(first).chain(more).collect()
}

/// Whether the kubelet takes no notice of a file, since in a drop-in directory it reads names that end in `.conf`.
fn is_passed_over(file: &Given) -> bool {
    let reading = &file.reading;
    let configuration = reading.component == "kubelet" && reading.layer == Layer::File && reading.document.is_some();
    configuration && reading.path.contains(".d/") && !reading.path.ends_with(".conf")
}

/// The order in which a component reads its files: the main one, drop-ins by name, flags.
fn in_order(component: &str, files: Vec<Given>) -> Vec<Given> {
    let (flags, files): (Vec<Given>, Vec<Given>) = files.into_iter().partition(|f| f.reading.layer == Layer::Flags);
    let (drop_ins, mut mains): (Vec<Given>, Vec<Given>) =
        files.into_iter().partition(|f| f.drop_in || f.reading.path.contains(".d/"));
    let mut drop_ins = match component {
        "kubelet" | "kube-proxy" | "kube-scheduler" => drop_ins,
        _ => precedence::ordered(drop_ins, |f| f.reading.path.as_str()),
    };
    // /etc/sysctl.conf comes after all of sysctl.d.
    if component == "sysctl" {
        std::mem::swap(&mut drop_ins, &mut mains);
    }
    mains.into_iter().chain(drop_ins).chain(flags).collect()
}

/// The minors that readings say, of `kubernetes` or of `etcd`, each with the file that says it first. A node says that of its
/// own kubelet, so nodes are asked only where nothing else says one.
#[must_use]
pub fn said(given: &[Given], of: &str) -> BTreeMap<Minor, String> {
    let mut out = BTreeMap::new();
    for nodes in [false, true] {
        if !out.is_empty() {
            break;
        }
        for given in given.iter().filter(|g| (g.reading.component == "node") == nodes) {
            for said in given.reading.said.iter().filter(|s| s.of == of) {
                if let Some(minor) = reported::minor(&said.version) {
                    out.entry(minor).or_insert_with(|| given.reading.path.clone());
                }
            }
        }
    }
    out
}
