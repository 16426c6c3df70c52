//! `plimsoll explain`.

use super::{Exit, Format, cli, load, output};
use crate::catalog;
use crate::diag::nearest;
use crate::quantity::Minor;
use crate::view;
use serde_json::json;
use std::path::Path;

/// Explains a rule, a value, or every value of a class.
pub fn run(args: &cli::Explain) -> Exit {
    if let Some(id) = &args.rule {
        return match view::rule(id) {
            Ok(text) => output::data(&text),
            Err(message) => say("rule-unknown", &message),
        };
    }
    let Some(spec) = &args.spec else { return Exit::BadInput };
    if let Some(exit) = without_spec(spec, args) {
        return exit;
    }
    let loaded = match load::load(spec, args.format) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let plan = &loaded.plan;
    let (tunables, classes): (Vec<&String>, Vec<&String>) = args.what.iter().partition(|w| w.contains('/'));
    let class = classes.first().map(|c| c.as_str());
    if let Some(name) = class.filter(|c| !plan.classes.contains_key(*c) && !["cluster", "control-plane"].contains(c)) {
        if let Some(tunable) = catalog::names().find(|n| n.ends_with(&format!("/{name}"))) {
            return say(
                "class-unknown",
                &format!("no node class is called `{name}`; did you mean the tunable `{tunable}`?"),
            );
        }
        let near = nearest(name, plan.classes.keys().map(String::as_str))
            .map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
        return say("class-unknown", &format!("no node class is called `{name}`{near}"));
    }
    match tunables.first() {
        None if args.format == Format::Json => output::json(&crate::plan::document(plan, Some(&loaded.sources))),
        None => output::data(&view::overview(plan, class)),
        Some(name) => tunable(&loaded, class, name, args.format),
    }
}

fn say(id: &str, message: &str) -> Exit {
    output::talk(&format!("error[{id}]: {message}\n"));
    Exit::BadInput
}

fn tunable(loaded: &load::Loaded, class: Option<&str>, name: &str, format: Format) -> Exit {
    let plan = &loaded.plan;
    let line = |path: &str| loaded.offsets.get(path).map(|at| loaded.sources.line_column(&loaded.input, *at).0);
    let of = |wanted: &[&str]| -> Vec<_> {
        let here = |scope: &str| class.is_none() || wanted.contains(&scope);
        plan.all_values().filter(|(scope, n, _)| *n == name && here(scope)).collect()
    };
    let mut found = of(&[class.unwrap_or_default()]);
    if found.is_empty() {
        // What a class shares with the cluster is planned there.
        found = of(&["cluster", "control-plane"]);
    }
    if format == Format::Json {
        let list: Vec<_> =
            found.iter().map(|(scope, n, v)| json!({ "scope": scope, "tunable": n, "value": v })).collect();
        return output::json(&json!({ "formatVersion": "1.0", "values": list }));
    }
    if !found.is_empty() {
        let many = found.len() > 1;
        let screens = found.iter().map(|(scope, n, v)| {
            let title = if many { format!("{scope}\n") } else { String::new() };
            let etcd = plan.etcd.map_or(catalog::versions().etcd_newest, |v| v.minor);
            let asked = view::asked(n, plan.kubernetes.minor, etcd);
            format!("{title}{}{asked}", view::value(plan, scope, n, v, &line))
        });
        return output::data(&screens.collect::<Vec<_>>().join("\n"));
    }
    let etcd = plan.etcd.map_or(catalog::versions().etcd_newest, |v| v.minor);
    match known(name, plan.kubernetes.minor, etcd, "not planned; ") {
        Some(text) => output::data(&text),
        None => unknown(name),
    }
}

fn unknown(name: &str) -> Exit {
    let near = nearest(name, catalog::names()).map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
    say("unknown-tunable", &format!("no tunable is called `{name}`{near}"))
}

/// What the catalogue knows of a name, in a minor of Kubernetes and of etcd.
fn known(name: &str, kubernetes: Minor, etcd: Minor, title: &str) -> Option<String> {
    let Some(found) = catalog::find(name) else {
        let (row, of) = catalog::instead(name)?;
        return Some(view::instead(row, of));
    };
    if let Some(gate) = found.gate() {
        return Some(view::gate(catalog::gates().iter().find(|g| g.name == gate)?, kubernetes));
    }
    let version = if found.tunable.component() == "etcd" { etcd } else { kubernetes };
    Some(view::catalogued(&found, name, version, title) + &view::asked(name, kubernetes, etcd))
}

/// A tunable alone, where a spec would be: what the catalogue knows of it in the newest minors.
fn without_spec(spec: &Path, args: &cli::Explain) -> Option<Exit> {
    let name = spec.to_str().filter(|n| n.contains('/') && args.what.is_empty() && !spec.exists())?;
    if !catalog::components().any(|c| name.split('/').next() == Some(c)) {
        return None;
    }
    if args.format == Format::Json {
        return Some(say(
            "spec-missing",
            "without a spec, `plimsoll fields NAME --format json` says what the catalogue knows",
        ));
    }
    let versions = catalog::versions();
    Some(match known(name, versions.newest, versions.etcd_newest, "") {
        Some(text) => output::data(&text),
        None => unknown(name),
    })
}
