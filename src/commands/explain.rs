//! `plimsoll explain`.

mod more;
mod upgrade;

use super::{Exit, Format, cli, load, output};
use crate::catalog;
use crate::diag::nearest;
use crate::plan::{self, Node, Plan};
use crate::quantity::Minor;
use crate::rules::Value;
use crate::view::{self, OneMore};
use serde_json::json;
use std::path::Path;

/// Classes up to which a plan is solved again without being asked: three times as long is still short.
const FEW: usize = 50;

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
    let text = match load::open(spec, args.format) {
        Ok(text) => text,
        Err(exit) => return exit,
    };
    let loaded = match load::attempt(&text, &[]) {
        Ok(loaded) => loaded,
        Err(failed) => return failed.say(args.format),
    };
    let plan = &loaded.plan;
    let (tunables, classes): (Vec<&String>, Vec<&String>) = args.what.iter().partition(|w| w.contains('/'));
    let class = classes.first().map(|c| c.as_str());
    if let Some(exit) = class.and_then(|name| no_class(plan, name)) {
        return exit;
    }
    let asked = Asked { text: &text, loaded: &loaded, class, args };
    if let Some(to) = &args.upgrade {
        return match tunables.first() {
            Some(name) => say("upgrade-of-one", &format!("`--upgrade` is of a plan or a class, not of `{name}`")),
            None => upgrade::run(&text, &loaded, class, to, args.format),
        };
    }
    match tunables.first() {
        Some(name) => asked.tunable(name),
        None => asked.class(),
    }
}

/// Says so where the plan has no such class.
fn no_class(plan: &Plan, name: &str) -> Option<Exit> {
    if plan.classes.contains_key(name) || ["cluster", "control-plane"].contains(&name) {
        return None;
    }
    if let Some(tunable) = catalog::names().find(|n| n.ends_with(&format!("/{name}"))) {
        let message = format!("no node class is called `{name}`; did you mean the tunable `{tunable}`?");
        return Some(say("class-unknown", &message));
    }
    let near = nearest(name, plan.classes.keys().map(String::as_str))
        .map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
    Some(say("class-unknown", &format!("no node class is called `{name}`{near}")))
}

fn say(id: &str, message: &str) -> Exit {
    output::talk(&format!("error[{id}]: {message}\n"));
    Exit::BadInput
}

/// What is asked of a spec.
struct Asked<'a> {
    text: &'a load::Text,
    loaded: &'a load::Loaded,
    class: Option<&'a str>,
    args: &'a cli::Explain,
}

/// A value with the scope and the name it has.
type Found<'p> = (&'p str, &'p str, &'p Value);

impl Asked<'_> {
    /// Every value of a class, or of all.
    fn class(&self) -> Exit {
        let plan = &self.loaded.plan;
        let more = match self.more(true) {
            Ok(more) => more,
            Err(exit) => return exit,
        };
        match self.args.format {
            Format::Json => {
                let mut document = plan::document(plan, Some(&self.loaded.sources));
                if !more.is_empty() {
                    document["oneMore"] = view::one_more_json(plan, &more);
                }
                output::json(&document)
            }
            Format::Dot | Format::Mermaid => {
                let here = |scope: &str| self.class.is_none_or(|class| class == scope);
                self.draw(&plan.all_values().filter(|(scope, ..)| here(scope)).collect::<Vec<_>>())
            }
            _ => output::data(&view::overview(plan, self.class, &more)),
        }
    }

    /// One value, in every scope that has it.
    fn tunable(&self, name: &str) -> Exit {
        let plan = &self.loaded.plan;
        let of = |wanted: &[&str], any: bool| -> Vec<Found<'_>> {
            let here = |scope: &str| any || wanted.contains(&scope);
            plan.all_values().filter(|(scope, n, _)| *n == name && here(scope)).collect()
        };
        let mut found = of(&[self.class.unwrap_or_default()], self.class.is_none());
        if found.is_empty() {
            // What a class shares with the cluster is planned there.
            found = of(&["cluster", "control-plane"], self.class.is_none());
        }
        // Solved again only where something is tight: elsewhere the chain says it.
        let more = match self.more(found.iter().any(|(.., v)| !v.binding.is_empty())) {
            Ok(more) => more,
            Err(exit) => return exit,
        };
        match self.args.format {
            Format::Json => return self.json(&found, &more),
            Format::Dot | Format::Mermaid if !found.is_empty() => return self.draw(&found),
            _ => {}
        }
        if !found.is_empty() {
            let line = |path: &str| {
                let (sources, input) = (&self.loaded.sources, &self.loaded.input);
                self.loaded.offsets.get(path).map(|at| sources.line_column(input, *at).0)
            };
            let many = found.len() > 1;
            let screens = found.iter().map(|(scope, n, v)| {
                let title = if many { format!("{scope}\n") } else { String::new() };
                let etcd = plan.etcd.map_or(catalog::versions().etcd_newest, |v| v.minor);
                let asked = view::asked(n, plan.kubernetes.minor, etcd);
                format!("{title}{}{asked}", view::value(plan, (scope, n), v, &line, &more))
            });
            return output::data(&screens.collect::<Vec<_>>().join("\n"));
        }
        let etcd = plan.etcd.map_or(catalog::versions().etcd_newest, |v| v.minor);
        match known(name, plan.kubernetes.minor, etcd, "not planned; ") {
            Some(text) => output::data(&text),
            None => unknown(name),
        }
    }

    /// One thing more on the nodes of the class that is asked for, or of the only one.
    fn more(&self, matters: bool) -> Result<Vec<OneMore>, Exit> {
        let plan = &self.loaded.plan;
        let only = || plan.classes.keys().next().filter(|_| plan.classes.len() == 1).map(String::as_str);
        let class = self.class.or_else(only).filter(|class| plan.classes.contains_key(*class));
        let wanted = self.args.what_if || (matters && self.drawn() && plan.classes.len() <= FEW);
        match class {
            _ if !wanted => Ok(Vec::new()),
            Some(class) => Ok(more::solve(self.text, plan, class)),
            None if self.args.what_if => {
                let names: Vec<&str> = plan.classes.keys().map(String::as_str).collect();
                Err(say("what-if-class", &format!("`--what-if` needs a node class: {}", names.join(", "))))
            }
            None => Ok(Vec::new()),
        }
    }

    /// Whether what is solved again is shown in this format.
    fn drawn(&self) -> bool {
        !matches!(self.args.format, Format::Dot | Format::Mermaid)
    }

    fn json(&self, found: &[Found<'_>], more: &[OneMore]) -> Exit {
        let plan = &self.loaded.plan;
        let graph = plan::graph(plan);
        let values: Vec<_> = found
            .iter()
            .map(|(scope, n, v)| {
                let chain = graph.chain(&[Node::Value(scope, n)]);
                json!({ "scope": scope, "tunable": n, "value": v, "chain": view::chain_json(plan, &chain) })
            })
            .collect();
        let mut document = json!({ "formatVersion": plan::FORMAT, "values": values });
        if !more.is_empty() {
            document["oneMore"] = view::one_more_json(plan, more);
        }
        output::json(&document)
    }

    /// The chain of values as a drawing.
    fn draw(&self, found: &[Found<'_>]) -> Exit {
        let plan = &self.loaded.plan;
        let nodes: Vec<Node<'_>> = found.iter().map(|(scope, name, _)| Node::Value(scope, name)).collect();
        let graph = plan::graph(plan);
        let chain = graph.chain(&nodes);
        output::data(&match self.args.format {
            Format::Dot => view::dot(plan, &chain),
            _ => view::mermaid(plan, &chain),
        })
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
