//! What is asked: a text for a component, how it came to be, and what it takes to make it smaller.

use super::rows::Row;
use super::tree::Tree;
use plimsoll::quantity::Minor;
use serde_json::{Value as Json, json};

/// The text, in a form that can still be changed.
#[derive(Clone, Debug)]
pub enum Body {
    /// A configuration file.
    File(Tree),
    /// Flags, one a line.
    Flags(Vec<String>),
    /// A text that is no tree any more.
    Text(String),
}

/// The usual name of a drop-in.
pub const DROP_IN: &str = "20.conf";

/// One question.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The component that reads it.
    pub component: &'static str,
    /// The text.
    pub body: Body,
    /// The main file, where the text is a drop-in's; the file beside flags.
    pub main: Option<String>,
    /// The file name of a drop-in.
    pub name: String,
    /// The machine of plan.json, for stage 2.
    pub machine: Option<Json>,
    /// What was done to it.
    pub done: Vec<String>,
    /// The rule it was made for.
    pub target: Option<&'static str>,
    /// The setting it was made for.
    pub row: Option<Row>,
    /// The minor of etcd.
    pub etcd: Minor,
}

impl Mutant {
    /// Its text.
    pub fn text(&self) -> String {
        match &self.body {
            Body::File(tree) => tree.text(),
            Body::Flags(flags) => flags.iter().map(|f| format!("{f}\n")).collect(),
            Body::Text(text) => text.clone(),
        }
    }

    /// `file`, `flags` or `drop-in`.
    pub fn form(&self) -> &'static str {
        match (&self.body, &self.main) {
            (Body::Flags(_), _) => "flags",
            (_, Some(_)) => "drop-in",
            _ => "file",
        }
    }

    /// As the judge reads it.
    pub fn question(&self, id: usize) -> Json {
        json!({
            "id": id.to_string(), "component": self.component, "form": self.form(), "text": self.text(),
            "name": self.name, "base": self.main.clone().unwrap_or_default(), "machine": self.machine,
        })
    }

    /// The program that judges it.
    pub fn judge(&self, minor: Minor) -> String {
        match self.component {
            "kube-apiserver" => format!("apiserver-{minor}"),
            "etcd" => format!("etcd-{}", self.etcd),
            _ => format!("judge-{minor}"),
        }
    }

    /// The same with one part less, for every part.
    pub fn smaller(&self) -> Vec<Mutant> {
        let with = |body| Mutant { body, ..self.clone() };
        match &self.body {
            Body::File(tree) => tree
                .paths()
                .into_iter()
                .map(|path| {
                    let mut less = tree.clone();
                    less.remove(&path);
                    with(Body::File(less))
                })
                .collect(),
            Body::Flags(flags) => (0..flags.len())
                .filter(|at| !flags[*at].starts_with("--config="))
                .map(|at| {
                    let mut less = flags.clone();
                    less.remove(at);
                    with(Body::Flags(less))
                })
                .collect(),
            Body::Text(text) => {
                let lines: Vec<&str> = text.split_inclusive('\n').collect();
                (0..lines.len())
                    .map(|at| {
                        with(Body::Text(lines.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, l)| *l).collect()))
                    })
                    .collect()
            }
        }
    }
}
