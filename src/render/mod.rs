//! Files from a plan: every decision has been taken, only writing is left.

mod alerts;
mod autoscaling;
mod cni;
mod containerd;
mod crio;
mod defragmentation;
mod dns;
mod drop_in;
mod flags;
mod host;
mod modules;
mod object;
mod priority;
mod sysctl;
mod tables;
mod target;
mod tree;
mod yaml;

pub use object::{kubelet_document, object_document};
pub use target::{TARGETS, natural_target};
pub use tree::{Leaf, Tree, of_component};

use crate::plan::{ClassPlan, Plan, document};
use std::collections::BTreeMap;

/// Relative path to content.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What to write.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Reasons as comments.
    pub comments: bool,
    /// Further forms, by name.
    pub targets: Vec<String>,
}

/// A template of ours that does not work: a bug.
#[derive(Debug)]
pub struct Bug(pub String);

/// Every file of a plan.
///
/// # Errors
/// A fault of our own templates.
pub fn files(plan: &Plan, options: &Options) -> Result<Files, Bug> {
    let mut out = Files::new();
    let mut json = serde_json::to_vec_pretty(&document(plan, None)).map_err(|e| Bug(e.to_string()))?;
    json.push(b'\n');
    out.insert("plan.json".into(), json);
    // What is the provider's stands in plan.json and is explained; a file that states it would be refused or overruled.
    let users = plan.users();
    let plan: &Plan = &users;
    let mut put = |folder: &str, texts: Texts| {
        out.extend(texts.into_iter().map(|(path, text)| (format!("{folder}/{path}"), text.into_bytes())));
    };
    for (name, class) in &plan.classes {
        for write in OF_CLASS {
            put(&format!("node-class/{name}"), write(plan, name, class, options)?);
        }
    }
    for write in OF_CLUSTER {
        put("cluster", write(plan, options)?);
    }
    if !plan.control_plane.is_empty() {
        for write in OF_CONTROL_PLANE {
            put("control-plane", write(plan, options)?);
        }
    }
    for name in &options.targets {
        target::files(plan, name, options, &mut out)?;
    }
    Ok(out)
}

/// Texts by path below the folder of what they are for.
type Texts = BTreeMap<String, String>;
/// Writes some of a node class's files.
type OfClass = fn(&Plan, &str, &ClassPlan, &Options) -> Result<Texts, Bug>;
/// Writes some of the cluster's files, or of its control plane's.
type OfCluster = fn(&Plan, &Options) -> Result<Texts, Bug>;

const OF_CLASS: &[OfClass] =
    &[kubelet, class_proxy, host::logind, host::systemd, sysctl::file, modules::file, containerd::file, crio::file];
const OF_CLUSTER: &[OfCluster] = &[shared_proxy, cni::cni, dns::dns, alerts::rules, autoscaling::files];
const OF_CONTROL_PLANE: &[OfCluster] = &[control_plane, defragmentation::units, priority::levels, priority::schemas];

fn kubelet(plan: &Plan, name: &str, class: &ClassPlan, options: &Options) -> Result<Texts, Bug> {
    let mut out = Texts::from([("kubelet.yaml".into(), object::kubelet(plan, name, class, options)?)]);
    if let Some(file) = drop_in::file(plan, name, class, options)? {
        out.insert("kubelet.conf.d/20-plimsoll.conf".into(), file);
    }
    out.extend(flags::file(plan, "kubelet", class.kubernetes, &class.values, options)?);
    Ok(out)
}

fn class_proxy(plan: &Plan, name: &str, class: &ClassPlan, options: &Options) -> Result<Texts, Bug> {
    let mut out = Texts::new();
    if plan.proxy_per_class {
        let file = object::object(plan, &format!("node class {name}"), "kube-proxy", &class.values, options)?;
        out.insert("kube-proxy.yaml".into(), file);
    }
    out.extend(flags::file(plan, "kube-proxy", class.kubernetes, &class.values, options)?);
    Ok(out)
}

/// Whether all classes share one kube-proxy configuration.
fn shares_proxy(plan: &Plan) -> bool {
    plan.shared.keys().any(|name| name.starts_with("kube-proxy/"))
}

fn shared_proxy(plan: &Plan, options: &Options) -> Result<Texts, Bug> {
    let mut out = Texts::new();
    if shares_proxy(plan) {
        out.insert("kube-proxy.yaml".into(), object::object(plan, "cluster", "kube-proxy", &plan.shared, options)?);
        out.extend(flags::file(plan, "kube-proxy", plan.kubernetes, &plan.shared, options)?);
    }
    Ok(out)
}

/// The components of the control plane, each with the flags that no file of its own holds.
fn control_plane(plan: &Plan, options: &Options) -> Result<Texts, Bug> {
    let file = object::object(plan, "control plane", "kube-scheduler", &plan.control_plane, options)?;
    let mut out = Texts::from([("kube-scheduler.yaml".into(), file)]);
    for component in ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "etcd-events"] {
        out.extend(flags::file(plan, component, plan.kubernetes, &plan.control_plane, options)?);
    }
    Ok(out)
}

/// A file of single lines, each below its reason, with what it is for above them; none without a line.
fn lines(header: &[String], items: &[(String, String)], options: &Options) -> Result<Option<String>, Bug> {
    if items.is_empty() {
        return Ok(None);
    }
    let shown = |text: &str| if options.comments { yaml::one_line(text) } else { String::new() };
    let header: Vec<String> =
        if options.comments { header.iter().map(|l| yaml::one_line(l)).collect() } else { Vec::new() };
    let items: Vec<_> =
        items.iter().map(|(line, reason)| minijinja::context! { line, reason => shown(reason) }).collect();
    let context = minijinja::context! { header, items };
    fill("lines", include_str!("../../templates/lines.j2"), context).map(Some)
}

/// Runs a template of ours.
fn fill(name: &'static str, text: &'static str, context: minijinja::Value) -> Result<String, Bug> {
    let mut env = minijinja::Environment::new();
    env.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    let syntax = minijinja::syntax::SyntaxConfig::builder()
        .keep_trailing_newline(true)
        .build()
        .map_err(|e| Bug(format!("{name}: {e}")))?;
    env.set_syntax(syntax);
    env.add_template(name, text).map_err(|e| Bug(format!("{name}: {e}")))?;
    let template = env.get_template(name).map_err(|e| Bug(format!("{name}: {e}")))?;
    template.render(context).map_err(|e| Bug(format!("{name}: {e}")))
}
