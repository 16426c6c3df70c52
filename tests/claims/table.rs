//! The table of claims, what breaks one, and the page that is made from it.

use crate::common::{read, root};
use crate::plans::Planned;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// One piece of advice.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    pub id: String,
    pub component: String,
    pub advice: String,
    pub upstream: String,
    pub source: String,
    /// Tunables that no plan holds.
    #[serde(default)]
    pub absent: Vec<String>,
    /// The only values of a tunable.
    #[serde(default)]
    pub only: BTreeMap<String, Vec<Value>>,
    /// Values that a tunable never has.
    #[serde(default)]
    pub never: BTreeMap<String, Vec<Value>>,
    /// Texts that no written file contains.
    #[serde(default)]
    pub text: Vec<String>,
    /// The test that holds it.
    pub test: Option<String>,
    /// Why it is not plimsoll's to follow.
    pub outside: Option<String>,
    /// The rules by which `check` finds it in a file.
    #[serde(default)]
    pub check: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    claim: Vec<Claim>,
}

/// Every claim, in the table's order.
pub fn claims() -> Vec<Claim> {
    toml::from_str::<File>(&read(root().join("tests/claims/claims.toml"))).unwrap().claim
}

impl Claim {
    /// Where a plan follows the advice.
    pub fn broken_by(&self, plan: &Planned) -> Vec<String> {
        let mut out = Vec::new();
        let mut say = |what: String| out.push(format!("{}: {}: {what}", self.id, plan.name));
        let is = |pattern: &str, name: &str| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == pattern,
        };
        for pattern in &self.absent {
            for (name, value) in plan.values.iter().filter(|(n, v)| is(pattern, &general(n)) && !v.is_null()) {
                say(format!("{name} = {value}"));
            }
        }
        for (name, value) in &plan.values {
            if self.only.get(&general(name)).is_some_and(|only| !only.contains(value)) {
                say(format!("{name} = {value}"));
            }
            if self.never.get(&general(name)).is_some_and(|never| never.contains(value)) {
                say(format!("{name} = {value}"));
            }
        }
        for text in &self.text {
            for (file, content) in &plan.files {
                // A reason may well say what is not done.
                if content.lines().any(|l| !l.trim_start().starts_with(['#', ';']) && l.contains(text.as_str())) {
                    say(format!("{file} contains `{text}`"));
                }
            }
        }
        out
    }
}

/// A name without the keys of its lists.
fn general(name: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in name.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            _ if inside => continue,
            _ => {}
        }
        out.push(c);
    }
    out
}

/// The page of the table.
pub fn page(claims: &[Claim]) -> String {
    let mut out = String::from(
        "# What plimsoll does not do\n\nAdvice of widely read tuning guides that upstream does not bear out, as far as it concerns what plimsoll writes. \
         `tests/claims` holds every plan of every example against it; this page is made from its table.\n",
    );
    let mut last = "";
    for claim in claims {
        if claim.component != last {
            last = &claim.component;
            let _ = write!(
                out,
                "\n## {last}\n\n| advice | what is so | how plans stay clear of it | found by `check` |\n| --- | --- | --- | --- |\n"
            );
        }
        let link = |id: &String| format!("[`{id}`](reference/check-rules.md#{id})");
        let found = claim.check.iter().map(link).collect::<Vec<_>>().join(", ");
        let _ =
            writeln!(out, "| {} | {} ({}) | {} | {found} |", claim.advice, claim.upstream, claim.source, way(claim));
    }
    out
}

/// How plans stay clear of it, in words.
fn way(claim: &Claim) -> String {
    let code = |list: &mut dyn Iterator<Item = String>| list.map(|t| format!("`{t}`")).collect::<Vec<_>>().join(", ");
    let mut out = Vec::new();
    if !claim.absent.is_empty() {
        out.push(format!("no plan holds {}", code(&mut claim.absent.iter().cloned())));
    }
    for (name, values) in &claim.only {
        out.push(format!("`{name}` is {} where it is planned", code(&mut values.iter().map(ToString::to_string))));
    }
    for (name, values) in &claim.never {
        out.push(format!("`{name}` is never {}", code(&mut values.iter().map(ToString::to_string))));
    }
    if !claim.text.is_empty() {
        out.push(format!("no file contains {}", code(&mut claim.text.iter().cloned())));
    }
    out.extend(claim.test.as_ref().map(|t| format!("held by `{}`", t.rsplit("::").next().unwrap_or_default())));
    out.extend(claim.outside.clone());
    out.join("; ")
}
