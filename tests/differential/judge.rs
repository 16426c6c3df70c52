//! Upstream's verdicts: the judges of tests/upstream, many questions a process.

use super::mutant::Mutant;
use plimsoll::quantity::Minor;
use rayon::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// An answer.
#[derive(Clone, Debug, Deserialize)]
pub struct Answer {
    id: String,
    /// Whether the component would not start.
    pub refused: bool,
    /// Stage that refuses.
    pub stage: u8,
    /// Upstream's words.
    pub errors: Vec<String>,
    /// What is ignored.
    pub dropped: Vec<String>,
}

impl Answer {
    /// Whether it says only that a file of the host is missing or none, which no configuration can be asked about.
    pub fn is_of_the_host(&self) -> bool {
        let of_host = |error: &String| {
            let missing = error.starts_with("open ") && error.ends_with(": no such file or directory");
            missing || error.starts_with("read ") && error.ends_with(": is a directory")
        };
        self.refused && !self.errors.is_empty() && self.errors.iter().all(of_host)
    }
}

/// Answers to all of them, in order.
pub fn ask(folder: &Path, minor: Minor, mutants: &[Mutant]) -> Result<Vec<Answer>, String> {
    let mut by_program: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, mutant) in mutants.iter().enumerate() {
        by_program.entry(mutant.judge(minor)).or_default().push(at);
    }
    let answers: Result<Vec<Vec<(usize, Answer)>>, String> =
        by_program.par_iter().map(|(program, which)| one(&folder.join(program), mutants, which)).collect();
    let mut answers: Vec<(usize, Answer)> = answers?.into_iter().flatten().collect();
    answers.sort_by_key(|(at, _)| *at);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

fn one(program: &Path, mutants: &[Mutant], which: &[usize]) -> Result<Vec<(usize, Answer)>, String> {
    let failed = |what: &dyn std::fmt::Display| format!("{}: {what}", program.display());
    let mut child = Command::new(program)
        .arg("--batch")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| failed(&e))?;
    let (Some(mut to), Some(from)) = (child.stdin.take(), child.stdout.take()) else { return Err(failed(&"no pipe")) };
    let asked = std::thread::scope(|scope| {
        let writer = scope.spawn(move || {
            for at in which {
                writeln!(to, "{}", mutants[*at].question(*at))?;
            }
            std::io::Result::Ok(())
        });
        let mut out = Vec::new();
        for line in BufReader::new(from).lines() {
            let answer: Answer = serde_json::from_str(&line.map_err(|e| failed(&e))?).map_err(|e| failed(&e))?;
            let at = answer.id.parse().map_err(|_| failed(&"an answer to no question"))?;
            out.push((at, answer));
        }
        match writer.join() {
            Ok(Ok(())) if out.len() == which.len() => Ok(out),
            _ => Err(failed(&format!("{} answers to {} questions", out.len(), which.len()))),
        }
    });
    let _ = child.wait();
    asked
}
