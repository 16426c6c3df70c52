//! Files from a plan: every decision has been taken, only writing is left.

mod drop_in;
mod flags;
mod host;
mod object;
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
    for (name, class) in &plan.classes {
        class_files(plan, name, class, options, &mut out)?;
    }
    if !plan.shared.is_empty() {
        let file = object::object(plan, "cluster", "kube-proxy", &plan.shared, options)?;
        out.insert("cluster/kube-proxy.yaml".into(), file.into_bytes());
        let file = flags::file(plan, "kube-proxy", plan.kubernetes, &plan.shared, options)?;
        flag_file("cluster", "kube-proxy", file, &mut out);
    }
    if !plan.control_plane.is_empty() {
        let file = object::object(plan, "control plane", "kube-scheduler", &plan.control_plane, options)?;
        out.insert("control-plane/kube-scheduler.yaml".into(), file.into_bytes());
        for component in CONTROL_PLANE {
            let file = flags::file(plan, component, plan.kubernetes, &plan.control_plane, options)?;
            flag_file("control-plane", component, file, &mut out);
        }
    }
    for name in &options.targets {
        target::files(plan, name, options, &mut out)?;
    }
    Ok(out)
}

fn class_files(plan: &Plan, name: &str, class: &ClassPlan, options: &Options, out: &mut Files) -> Result<(), Bug> {
    let folder = format!("node-class/{name}");
    let scope = format!("node class {name}");
    out.insert(format!("{folder}/kubelet.yaml"), object::kubelet(plan, name, class, options)?.into_bytes());
    if let Some(file) = drop_in::file(plan, name, class, options)? {
        out.insert(format!("{folder}/kubelet.conf.d/20-plimsoll.conf"), file.into_bytes());
    }
    if let Some(file) = host::logind(plan, name, class, options)? {
        out.insert(format!("{folder}/logind.conf"), file.into_bytes());
    }
    for (path, text) in host::systemd(plan, name, class, options)? {
        out.insert(format!("{folder}/{path}"), text.into_bytes());
    }
    if plan.proxy_per_class {
        let file = object::object(plan, &scope, "kube-proxy", &class.values, options)?;
        out.insert(format!("{folder}/kube-proxy.yaml"), file.into_bytes());
    }
    for component in ["kubelet", "kube-proxy"] {
        let file = flags::file(plan, component, class.kubernetes, &class.values, options)?;
        flag_file(&folder, component, file, out);
    }
    Ok(())
}

/// Components of the control plane, each with the flags that no file of its own holds.
const CONTROL_PLANE: [&str; 4] = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"];

fn flag_file(folder: &str, component: &str, text: Option<String>, out: &mut Files) {
    out.extend(text.map(|t| (format!("{folder}/{component}.flags"), t.into_bytes())));
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
