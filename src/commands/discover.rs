//! `plimsoll discover`.

mod gather;

use super::{Exit, Format, cli, output};
use crate::diag::{Finding, Place, Severity, Sources};
use crate::discover::{self, Known, LARGEST, Tree};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Prints the hardware of this machine or of dumps as a node class.
pub fn run(args: &cli::Discover) -> Exit {
    let here = ["/".to_string()];
    let dumps = if args.dumps.is_empty() { here.as_slice() } else { args.dumps.as_slice() };
    let mut sources = Sources::default();
    if args.record {
        return record(dumps);
    }
    let (mut known, mut findings): (Vec<Known>, Vec<Finding>) = (Vec::new(), Vec::new());
    for dump in dumps {
        match one(dump, &mut sources) {
            Ok(one) => known.push(one),
            Err(finding) => findings.push(*finding),
        }
    }
    let refuse = |list: &[Finding], sources: &Sources| output::refuse(list, sources, &about(dumps), Format::Human);
    if !findings.is_empty() {
        return refuse(&findings, &sources);
    }
    let (machine, findings) = discover::combine(known);
    if findings.iter().any(|f| f.severity == Severity::Error) {
        return refuse(&findings, &sources);
    }
    output::findings(&findings, &sources, &about(dumps));
    output::data(&discover::fragment(&machine, &args.class))
}

/// What is read, as the last line of findings names it.
fn about(dumps: &[String]) -> String {
    match dumps {
        [one] => title(one),
        many => format!("{} dumps", many.len()),
    }
}

fn title(dump: &str) -> String {
    match dump {
        "-" => "<stdin>".into(),
        _ if gather::is_root(Path::new(dump)) => "this machine".into(),
        _ => dump.into(),
    }
}

fn one(dump: &str, sources: &mut Sources) -> Result<Known, Box<Finding>> {
    let name = title(dump);
    if dump != "-" && Path::new(dump).is_dir() {
        return discover::tree(&name, &folder(dump)?);
    }
    let text = text(dump).map_err(|why| unreadable(&name, &why))?;
    discover::read(&name, &text, sources)
}

/// Prints what would be read of a machine, so that it can be read again elsewhere.
fn record(dumps: &[String]) -> Exit {
    let tree = match dumps {
        [one] if Path::new(one).is_dir() => folder(one),
        _ => Err(Box::new(Finding::error("discover-unreadable", "`--record` records one folder, or this machine"))),
    };
    match tree {
        Ok(tree) => output::data(&tree.record()),
        Err(finding) => output::refuse(&[*finding], &Sources::default(), &about(dumps), Format::Human),
    }
}

fn folder(dump: &str) -> Result<Tree, Box<Finding>> {
    let path = Path::new(dump);
    let mut tree = gather::tree(path).map_err(|why| unreadable(dump, &why))?;
    if gather::is_root(path) {
        gather::itself(&mut tree);
    }
    if tree.0.is_empty() {
        let finding = Finding::error("discover-unreadable", format!("`{dump}` has nothing of `/sys` or `/proc` in it"));
        return Err(Box::new(
            finding.help("give the folder that holds copies of `sys` and `proc`, or one of these copies"),
        ));
    }
    Ok(tree)
}

/// The text of a file, or of standard input; regular files only, since a FIFO would be waited for without end.
fn text(dump: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    let limit = LARGEST as u64 + 1;
    let read = if dump == "-" {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        let kind = std::fs::metadata(dump).map_err(|e| e.to_string())?;
        if !kind.is_file() {
            return Err("it is neither a file nor a folder".into());
        }
        std::fs::File::open(dump).and_then(|f| f.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(|e| e.to_string())?;
    if bytes.len() > LARGEST {
        return Err(format!("it has more than {} MiB", LARGEST >> 20));
    }
    String::from_utf8(bytes).map_err(|e| format!("it is not UTF-8 from byte {} on", e.utf8_error().valid_up_to()))
}

fn unreadable(name: &str, why: &str) -> Box<Finding> {
    let place = Place::new(&Arc::from(name), 0..0);
    Box::new(Finding::error("discover-unreadable", format!("cannot read `{name}`: {why}")).at(&place, ""))
}
