//! Examples of constraints as files: what documentation shows, tests run and the judge is asked.

use super::assemble::{Given, scenes};
use super::{Constraint, Example, Scene};
use crate::current;
use crate::diag::Finding;

/// Kinds and versions of configuration files by component. What is not here is configured by flags.
const HEADS: [(&str, &str); 3] = [
    ("kubelet", "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"),
    ("kube-proxy", "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n"),
    ("kube-scheduler", "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"),
];

/// One file of an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The component that reads it.
    pub component: String,
    /// A name for it.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// The files of an example. A text that begins with `--` is flags; a name such as `kubelet.conf.d/10.conf` instead of a
/// component is the file's own.
#[must_use]
pub fn samples(constraint: &Constraint, example: &Example) -> Vec<Sample> {
    match example {
        Example::Own(text) => vec![sample(constraint.component, text)],
        Example::Several(files) => files.iter().map(|(component, text)| sample(component, text)).collect(),
    }
}

fn sample(component: &str, text: &str) -> Sample {
    let text = format!("{}\n", text.trim_end());
    let head = HEADS.iter().find(|(c, _)| *c == component).map(|(_, head)| *head);
    let (path, text) = match head {
        Some(head) if !text.trim_start().starts_with("--") => (format!("{component}.yaml"), format!("{head}{text}")),
        _ if component.contains('.') => (component.to_string(), text),
        _ => (format!("{component}.flags"), text),
    };
    Sample { component: component.to_string(), path, text }
}

/// The scene of an example.
///
/// # Errors
/// An example that cannot be read.
pub fn scene(constraint: &Constraint, example: &Example) -> Result<Scene, Box<Finding>> {
    let mut given = Vec::new();
    let samples = samples(constraint, example);
    let files: Vec<current::File<'_>> = samples.iter().map(|s| (s.path.as_str(), s.text.as_str())).collect();
    for reading in current::commands(&files)? {
        given.push(Given { class: None, drop_in: false, reading });
    }
    for sample in &samples {
        let drop_in = sample.path.contains(".d/");
        for reading in current::read_as_upstream(&sample.path, &sample.text)? {
            given.push(Given { class: None, drop_in, reading });
        }
    }
    let mut scene = scenes(given).into_iter().next().unwrap_or_default();
    scene.machine.extend(constraint.machine.clone());
    Ok(scene)
}
