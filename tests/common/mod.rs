//! What the tests share: the built command, planning from text, and stored expectations.

// Each test file is a crate of its own and uses a part of this one.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use plimsoll::diag::{Finding, Sources};
use plimsoll::plan::{self, Plan, Stop};
use plimsoll::rules::Unfit;
use plimsoll::{facts, spec};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Specs under `examples/` that have a plan.
pub const EXAMPLES: [&str; 3] = ["eks-web", "bare-metal", "fleet"];

/// The repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file's text.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Text of an example.
pub fn example(name: &str) -> String {
    read(root().join(format!("examples/{name}.toml")))
}

/// How a run of the command ended.
#[derive(Debug)]
pub struct Run {
    /// Exit status.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs the command in a folder, with text on standard input.
pub fn run_in(folder: &Path, args: &[&str], input: &str) -> Run {
    run_with(folder, args, input, &[])
}

/// Runs the command with further environment variables.
pub fn run_with(folder: &Path, args: &[&str], input: &str, env: &[(&str, &str)]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(args)
        .current_dir(folder)
        .envs(env.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input closes the pipe first, which is no fault of it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// Runs the command in the repository.
pub fn run(args: &[&str]) -> Run {
    run_in(&root(), args, "")
}

/// What planning a text comes to.
pub enum Outcome {
    /// A plan.
    Fits(Box<Plan>),
    /// The input cannot be used.
    Refused(Vec<Finding>),
    /// No plan fits.
    Unfit(Vec<Unfit>),
    /// A bug.
    Bug(String),
}

impl Outcome {
    /// The plan, or a panic that says what there is instead.
    pub fn plan(self) -> Plan {
        match self {
            Self::Fits(plan) => *plan,
            Self::Refused(list) => panic!("refused: {:?}", list.iter().map(|f| (f.id, &f.message)).collect::<Vec<_>>()),
            Self::Unfit(list) => panic!("unfit: {list:?}"),
            Self::Bug(text) => panic!("bug: {text}"),
        }
    }

    /// Ids of what was refused; empty when nothing was.
    pub fn refused(&self) -> Vec<&'static str> {
        match self {
            Self::Refused(list) => list.iter().map(|f| f.id).collect(),
            _ => Vec::new(),
        }
    }
}

/// Plans a text without starting a process. Base files are read from `examples/`.
pub fn plan(text: &str) -> Outcome {
    let mut sources = Sources::default();
    sources.add("spec.toml", text);
    let spec = match spec::parse("spec.toml", text) {
        Ok(spec) => spec,
        Err(list) => return Outcome::Refused(list),
    };
    let named = spec.classes.values().filter_map(|c| c.value.base.as_ref()).map(|b| b.value.clone());
    let bases: BTreeMap<String, String> = named
        .filter_map(|base| Some((base.clone(), std::fs::read_to_string(root().join("examples").join(&base)).ok()?)))
        .collect();
    let facts = match facts::facts(&spec, &bases, &mut sources) {
        Ok(facts) => facts,
        Err(list) => return Outcome::Refused(list),
    };
    match plan::plan(&facts, &|| ()) {
        Ok(plan) => Outcome::Fits(Box::new(plan)),
        Err(Stop::Refused(list)) => Outcome::Refused(list),
        Err(Stop::Unfit(list, _)) => Outcome::Unfit(list),
        Err(Stop::Bug(text)) => Outcome::Bug(text),
    }
}

/// The plan as `plan.json` has it, without the hash of the spec, which differs whenever the spec does.
pub fn document(plan: &Plan) -> Value {
    let mut document = plan::document(plan, None);
    document.as_object_mut().unwrap().remove("specSha256");
    document
}

/// Every file that a plan is written as.
pub fn files(plan: &Plan) -> BTreeMap<String, Vec<u8>> {
    let options = plimsoll::render::Options { comments: true, targets: Vec::new() };
    plimsoll::render::files(plan, &options).unwrap_or_else(|bug| panic!("{bug:?}"))
}

/// Whether stored expectations shall be rewritten: `UPDATE=1 cargo test`.
pub fn updating() -> bool {
    std::env::var_os("UPDATE").is_some_and(|v| v == "1")
}

/// Holds a text against a stored one; says where they part. With `UPDATE=1` the stored one is replaced.
pub fn expect(path: &Path, actual: &str) -> Result<(), String> {
    if updating() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, actual).unwrap();
        return Ok(());
    }
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    if stored == actual {
        return Ok(());
    }
    let at = stored
        .lines()
        .zip(actual.lines())
        .position(|(a, b)| a != b)
        .unwrap_or_else(|| stored.lines().count().min(actual.lines().count()));
    let line = |text: &str| text.lines().nth(at).unwrap_or("(end)").to_string();
    Err(format!("{}:{}\n  stored: {}\n  actual: {}", path.display(), at + 1, line(&stored), line(actual)))
}

/// Fails with every complaint at once.
pub fn none(complaints: &[String]) {
    assert!(
        complaints.is_empty(),
        "{} complaints\n{}\nUPDATE=1 rewrites stored texts",
        complaints.len(),
        complaints.join("\n")
    );
}

/// Files below a folder, by path relative to it.
pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(at) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&at) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_string();
                out.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    out
}
