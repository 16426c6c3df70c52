//! The recorded form of a tree: a line per file, `path<TAB>text`. CPUs whose files say the same share a line.

use super::mask;
use super::tree::Tree;
use crate::quantity::{CpuSet, Fault};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The first line of a recording. `#` lines after it say which machine it is.
const MAGIC: &str = "# plimsoll discover recording 1";

const CPU: &str = "sys/devices/system/cpu/cpu";

/// More bytes than any recording expands to.
const MOST: usize = 256 << 20;

impl Tree {
    /// The recorded form.
    #[must_use]
    pub fn record(&self) -> String {
        let mut out = format!("{MAGIC}\n");
        let mut shared: BTreeMap<(&str, &str), CpuSet> = BTreeMap::new();
        let mut rest = Vec::new();
        for (path, text) in &self.0 {
            match numbered(path) {
                Some((cpu, file)) => {
                    shared.entry((file, text.trim_end())).or_default().0.insert(cpu);
                }
                None => rest.push((path.clone(), text.trim_end())),
            }
        }
        rest.extend(shared.into_iter().map(|((file, text), cpus)| (format!("{CPU}{{{cpus}}}/{file}"), text)));
        rest.sort();
        for (path, text) in rest {
            let text = text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t");
            let _ = writeln!(out, "{path}\t{text}");
        }
        out
    }

    /// Whether a text is a recording.
    #[must_use]
    pub fn is_record(text: &str) -> bool {
        text.starts_with(MAGIC)
    }

    /// Reads a recording.
    ///
    /// # Errors
    /// Says which line has no tab, or a list of CPUs that is none.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (mut files, mut bytes) = (BTreeMap::new(), 0_usize);
        for (at, line) in text.lines().enumerate().filter(|(_, l)| !l.starts_with('#') && !l.is_empty()) {
            let fault = |what: &str| Fault(format!("line {} {what}", at + 1));
            let (path, text) = line.split_once('\t').ok_or_else(|| fault("has no tab after its path"))?;
            let shared = path.strip_prefix(CPU).and_then(|p| p.strip_prefix('{')?.split_once("}/"));
            let Some((cpus, file)) = shared else {
                files.insert(path.to_string(), unescaped(text));
                continue;
            };
            let cpus = mask::list(cpus).map_err(|f| fault(&format!("names CPUs wrongly: {}", f.0)))?;
            bytes = bytes.saturating_add(cpus.len().saturating_mul(line.len() + 100));
            if bytes > MOST {
                return Err(fault("expands to more than any machine has"));
            }
            files.extend(cpus.0.iter().map(|cpu| (format!("{CPU}{cpu}/{file}"), unescaped(text))));
        }
        Ok(Self(files))
    }
}

/// The number and the file of a path in a CPU's folder, where it is written as the kernel does.
fn numbered(path: &str) -> Option<(u32, &str)> {
    let (number, file) = path.strip_prefix(CPU)?.split_once('/')?;
    let cpu = number.parse().ok().filter(|cpu: &u32| *cpu < 65_536 && cpu.to_string() == number)?;
    Some((cpu, file))
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some(other)) => out.push(other),
            _ => out.push(c),
        }
    }
    out
}
