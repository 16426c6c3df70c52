//! Valid files to begin with: what plimsoll renders of the examples for a minor, and each component's emptiest file.

use super::machines;
use super::mutant::{Body, DROP_IN, Mutant};
use super::tree::Tree;
use plimsoll::quantity::Minor;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Files that each component accepts, and machines.
#[derive(Default)]
pub struct Seeds {
    /// Valid files, by component and form.
    pub valid: BTreeMap<(&'static str, &'static str), Vec<Mutant>>,
    /// Machines as plan.json states them.
    pub machines: Vec<Json>,
}

/// Components, and the first lines of their files; flags where there are none.
pub const COMPONENTS: [(&str, &str); 6] = [
    ("kubelet", "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"),
    ("kube-proxy", "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n"),
    (
        "kube-scheduler",
        "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nclientConnection:\n  kubeconfig: /etc/kubernetes/scheduler.conf\n",
    ),
    ("kube-controller-manager", ""),
    ("kube-apiserver", ""),
    ("etcd", ""),
];

/// Names of files in a rendered tree.
const FILES: [(&str, &str); 10] = [
    ("kubelet.yaml", "kubelet"),
    ("kubelet.conf.d/20-plimsoll.conf", "kubelet"),
    ("kube-proxy.yaml", "kube-proxy"),
    ("kube-scheduler.yaml", "kube-scheduler"),
    ("kube-controller-manager.flags", "kube-controller-manager"),
    ("kube-apiserver.flags", "kube-apiserver"),
    ("etcd.flags", "etcd"),
    ("kubelet.flags", "kubelet"),
    ("kube-proxy.flags", "kube-proxy"),
    ("kube-scheduler.flags", "kube-scheduler"),
];

impl Seeds {
    /// Reads every tree below a folder.
    pub fn read(folder: &Path, etcd: Minor) -> Result<Self, String> {
        let mut out = Self::default();
        let mut seen = BTreeSet::new();
        let mut heads = Vec::new();
        for (component, head) in COMPONENTS {
            let body =
                if head.is_empty() { Body::Flags(Vec::new()) } else { Body::File(Tree::read(head).ok_or("no head")?) };
            heads.push((component, body));
            if !head.is_empty() {
                heads.push((component, Body::Flags(Vec::new())));
            }
        }
        let main = COMPONENTS[0].1;
        let mut classes = BTreeMap::new();
        for path in files(folder)? {
            let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            if name == "plan.json" {
                classes.extend(out.plan(&path, &text)?);
            }
        }
        for (component, body) in heads {
            let machine = out.machines.first().filter(|_| component == "kubelet").cloned();
            out.add(component, body, None, machine, etcd);
        }
        for path in files(folder)? {
            let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            if !seen.insert((name.to_string(), text.clone())) {
                continue;
            }
            if let Some((_, component)) = FILES.iter().find(|(file, _)| path.ends_with(file)) {
                let body = match name.rsplit('.').next() {
                    Some("flags") => {
                        Body::Flags(text.lines().filter(|l| l.starts_with("--")).map(ToString::to_string).collect())
                    }
                    _ => Body::File(Tree::read(&text).ok_or_else(|| format!("{} is no YAML", path.display()))?),
                };
                let main = (name == "20-plimsoll.conf").then(|| main.to_string());
                let machine =
                    classes.iter().find(|(class, _)| path.starts_with(class)).map(|(_, machine)| machine.clone());
                let kubelet = *component == "kubelet";
                // Without its machine only half of a kubelet's rules can be asked.
                if !kubelet || machine.is_some() {
                    out.add(component, body, main, machine.filter(|_| kubelet), etcd);
                }
            }
        }
        if out.machines.is_empty() {
            return Err(format!("{} holds no rendered plan", folder.display()));
        }
        out.machines.extend(machines::odd());
        Ok(out)
    }

    fn add(&mut self, component: &'static str, body: Body, main: Option<String>, machine: Option<Json>, etcd: Minor) {
        let name = DROP_IN.to_string();
        let mutant = Mutant { component, body, main, name, machine, done: Vec::new(), target: None, row: None, etcd };
        self.valid.entry((component, mutant.form())).or_default().push(mutant);
    }

    /// The machines of a plan's node classes, by the folder of the class.
    fn plan(&mut self, path: &Path, text: &str) -> Result<Vec<(PathBuf, Json)>, String> {
        let plan: Json = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let mut out = Vec::new();
        for (name, class) in plan["nodeClasses"].as_object().into_iter().flatten() {
            let machine = &class["machine"];
            // Of a machine whose disk nobody stated, stage 2 cannot be asked.
            if machine["ephemeralStorageBytes"].is_i64() {
                out.push((path.with_file_name("node-class").join(name), machine.clone()));
                if !self.machines.contains(machine) {
                    self.machines.push(machine.clone());
                }
            }
        }
        Ok(out)
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut out = Vec::new();
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut entries: Vec<_> = entries.filter_map(Result::ok).map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            out.extend(files(&path)?);
        } else {
            out.push(path);
        }
    }
    Ok(out)
}
