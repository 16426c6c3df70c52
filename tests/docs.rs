//! What the documentation shows is run: commands end as they say, screens are what the tool prints, links lead somewhere.
//!
//! In `README.md` and `docs/`, every line of a fenced `sh` block is a command, run in the repository's root in the order of
//! the file. `# exit N` at its end states its status, zero when there is none. A `text` block that follows with nothing
//! but blank lines between is its output: its lines must be printed in that order, and a line `…` stands for what was
//! left out. The word `out`, alone or before a slash, is a folder of the test's own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Markdown file below `folder` that is ours: build results and hidden folders are not.
fn markdown_files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !path.is_symlink() && !name.starts_with('.') && !["target", "out"].contains(&name.as_str())
        {
            markdown_files(&path, out);
        } else if name.ends_with(".md") {
            out.push(path);
        }
    }
}

/// A fenced block: its language, the number of its first line, its lines, and whether only blank lines stand before it
/// since the block above.
struct Block<'a> {
    language: &'a str,
    line: usize,
    lines: Vec<&'a str>,
    follows: bool,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut out: Vec<Block<'_>> = Vec::new();
    let (mut open, mut follows) = (false, false);
    for (at, line) in text.lines().enumerate() {
        if let Some(language) = line.strip_prefix("```") {
            if !open {
                out.push(Block { language: language.trim(), line: at + 2, lines: Vec::new(), follows });
            }
            open = !open;
            follows = true;
        } else if open {
            out.last_mut().unwrap().lines.push(line);
        } else if !line.trim().is_empty() {
            follows = false;
        }
    }
    assert!(!open, "a fence is not closed");
    out
}

/// A documented command with the status it is to end with.
#[derive(Debug, PartialEq)]
struct Documented {
    /// For `sh`, with the binary under test as the function `plimsoll`; `None` for the command that runs this test.
    script: Option<String>,
    exit: i32,
}

/// Reads a line of an `sh` block.
fn documented(line: &str) -> Result<Documented, String> {
    let (command, exit) = match line.split_once(" # exit ") {
        Some((command, n)) => (command.trim(), n.trim().parse().map_err(|_| format!("`{n}` is not a status"))?),
        None => (line.split(" # ").next().unwrap_or_default().trim(), 0),
    };
    if command == "cargo test --workspace" {
        return Ok(Documented { script: None, exit });
    }
    let ours = match command.strip_prefix("cargo run ").and_then(|rest| rest.split_once("-- ")) {
        Some((_, arguments)) => format!("plimsoll {arguments}"),
        None => command.to_string(),
    };
    if !["plimsoll ", "grep "].iter().any(|kind| ours.starts_with(kind)) {
        return Err(format!("`{command}` is of a kind this test does not know how to run"));
    }
    if ours.starts_with("plimsoll render ") && !ours.contains("--out out") {
        return Err(format!("`{command}` writes outside of `out`"));
    }
    if ours.split('>').skip(1).any(|to| !to.trim_start().starts_with("out/")) {
        return Err(format!("`{command}` writes outside of `out`"));
    }
    let script = ours.split(' ').map(in_folder).collect::<Vec<_>>().join(" ");
    Ok(Documented { script: Some(script), exit })
}

/// A word of a command with `out` at its front, or after `CLASS=`, in the test's folder.
fn in_folder(word: &str) -> String {
    let (class, path) =
        word.rsplit_once('=').map_or((String::new(), word), |(class, path)| (format!("{class}="), path));
    match path.strip_prefix("out") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{class}\"$OUT\"{rest}"),
        _ => word.to_string(),
    }
}

fn run(script: &str, out: &Path) -> Output {
    let whole = format!("plimsoll() {{ \"$PLIMSOLL\" \"$@\"; }}\n{script}");
    Command::new("sh")
        .args(["-c", &whole])
        .current_dir(root())
        .env("PLIMSOLL", env!("CARGO_BIN_EXE_plimsoll"))
        .env("OUT", out)
        .output()
        .unwrap()
}

/// The first line of `shown` that `printed` does not have, in this order. Widths of columns do not count: a longer row that
/// is left out of the document would move them.
fn not_printed<'a>(shown: &[&'a str], printed: &str) -> Option<&'a str> {
    let words = |line: &str| line.split_whitespace().map(ToString::to_string).collect::<Vec<_>>();
    let mut printed = printed.lines().map(words);
    shown.iter().filter(|line| line.trim() != "…").find(|line| !printed.any(|p| p == words(line))).copied()
}

/// Runs the commands of one file; what is wrong with it, a sentence each.
fn mistakes(name: &str, text: &str) -> (usize, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let (mut ran, mut wrong) = (0, Vec::new());
    let mut last: Option<String> = None;
    for block in blocks(text) {
        if block.language == "text" && block.follows {
            if let Some(printed) = &last
                && let Some(line) = not_printed(&block.lines, printed)
            {
                wrong.push(format!("{name}:{}: this line of the screen is not printed: {line}\n{printed}", block.line));
            }
            continue;
        }
        last = None;
        if block.language != "sh" {
            continue;
        }
        for (at, line) in block.lines.iter().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#')) {
            let place = format!("{name}:{}", block.line + at);
            match documented(line) {
                Err(why) => wrong.push(format!("{place}: {why}")),
                Ok(Documented { script: None, .. }) => {}
                Ok(Documented { script: Some(script), exit }) => {
                    let output = run(&script, folder.path());
                    let stdout = String::from_utf8_lossy(&output.stdout);
                    let stderr = String::from_utf8_lossy(&output.stderr);
                    let both = format!("{stdout}{stderr}").replace(&folder.path().display().to_string(), "out");
                    ran += 1;
                    if output.status.code() != Some(exit) {
                        wrong.push(format!(
                            "{place}: `{line}` ended with {}, documented is {exit}\n{both}",
                            output.status
                        ));
                    }
                    last = Some(both);
                }
            }
        }
    }
    (ran, wrong)
}

#[test]
fn documented_commands_and_screens_are_real() {
    let mut files = vec![root().join("README.md")];
    markdown_files(&root().join("docs"), &mut files);
    let (mut ran, mut wrong) = (0, Vec::new());
    for file in files {
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        let (count, list) = mistakes(&name, &fs::read_to_string(&file).unwrap());
        ran += count;
        wrong.extend(list);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(ran >= 10, "only {ran} commands were found: the documents or this test's reader changed their form");
}

#[test]
fn a_wrong_document_is_noticed() {
    let of = |text: &str| mistakes("x.md", text).1;
    assert_eq!(of("```sh\nplimsoll schema\n```\n"), Vec::<String>::new());
    assert!(of("```sh\nplimsoll schema # exit 1\n```\n")[0].contains("documented is 1"));
    assert!(of("```sh\nplimsoll plan nowhere.toml\n```\n")[0].contains("documented is 0"));
    assert!(of("```sh\ncurl example.org\n```\n")[0].contains("does not know how to run"));
    assert!(of("```sh\nplimsoll render examples/eks-web.toml\n```\n")[0].contains("outside of `out`"));
    assert!(of("```sh\nplimsoll schema > schema.json\n```\n")[0].contains("outside of `out`"));
    assert!(
        of("```sh\nplimsoll explain --rule goal\n```\n\n```text\ngoal\n…\nno such line\n```\n")[0]
            .contains("no such line")
    );
    assert_eq!(of("```sh\nplimsoll explain --rule goal\n```\n\n```text\ngoal\n…\n```\n"), Vec::<String>::new());
}

/// Targets of the inline links of a Markdown text, code left out.
fn links(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            // Odd pieces between back-ticks are code.
            let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
            out.extend(
                prose.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_string()),
            );
        }
    }
    out
}

/// The links of a file that lead nowhere.
fn dead(file: &Path, text: &str) -> Vec<String> {
    let folder = file.parent().unwrap();
    let relative =
        links(text).into_iter().filter(|l| !l.contains("://") && !l.starts_with('#') && !l.starts_with("mailto:"));
    relative.filter(|l| !folder.join(l.split('#').next().unwrap()).exists()).collect()
}

#[test]
fn relative_links_lead_somewhere() {
    let mut files = Vec::new();
    markdown_files(root(), &mut files);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        seen += links(&text).len();
        wrong.extend(dead(&file, &text).into_iter().map(|l| format!("{}: {l}", file.display())));
    }
    assert!(wrong.is_empty(), "links that lead nowhere:\n{}", wrong.join("\n"));
    assert!(seen >= 10, "only {seen} links were found: the documents or this test's reader changed their form");
}

#[test]
fn a_dead_link_is_noticed() {
    let file = root().join("README.md");
    let text = "[a](Cargo.toml) `[no](link)` [b](src/lib.rs#x) [c](gone.md)\n```sh\n[d](code.md)\n```\n[e](https://example.org) [f](#here)";
    assert_eq!(dead(&file, text), ["gone.md"]);
}

/// Every key of a schema and of the schemas within it.
fn keys(schema: &serde_json::Value, out: &mut std::collections::BTreeSet<String>) {
    match schema {
        serde_json::Value::Object(map) => {
            if let Some(serde_json::Value::Object(properties)) = map.get("properties") {
                out.extend(properties.keys().cloned());
            }
            map.values().for_each(|below| keys(below, out));
        }
        serde_json::Value::Array(list) => list.iter().for_each(|below| keys(below, out)),
        _ => {}
    }
}

#[test]
fn every_key_of_the_spec_is_documented() {
    let mut all = std::collections::BTreeSet::new();
    keys(&serde_json::to_value(plimsoll::spec::schema()).unwrap(), &mut all);
    assert!(all.len() >= 50, "the schema has only {} keys: its form changed", all.len());
    let text = fs::read_to_string(root().join("docs/spec.md")).unwrap();
    // Tables stand in headings and rows as `[a.b]`, keys as `a`.
    let code = text.split('`').skip(1).step_by(2);
    let named: Vec<&str> = code.flat_map(|code| code.split(['[', ']', '.', ' ', ','])).collect();
    let missing: Vec<_> = all.iter().filter(|key| !named.contains(&key.as_str())).collect();
    assert!(missing.is_empty(), "docs/spec.md does not name {missing:?}");
}

#[test]
fn the_readme_sets_up_with_two_commands() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let setup = text.split("## Set up").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let commands: Vec<_> = blocks(setup).into_iter().flat_map(|b| b.lines).collect();
    assert_eq!(commands, ["cargo run --release -- plan examples/eks-web.toml", "cargo test --workspace"]);
}
