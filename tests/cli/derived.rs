//! What is derived from definitions: the schema holds the examples, completions and man page name every command.

use crate::common::{EXAMPLES, example, none, run};
use serde_json::Value;
use toml::Value as Toml;

/// Where a value does not have the shape that the schema gives it. Values themselves are the reader's to judge.
fn shape(schema: &Value, value: &Toml, path: &str, out: &mut Vec<String>) {
    if ["type", "properties", "enum"].iter().all(|k| schema[k].is_null()) {
        // A pin: a value, a range or a choice, which the catalogue judges.
        return;
    }
    let kind = match value {
        Toml::Table(_) => "object",
        Toml::Array(_) => "array",
        Toml::String(_) => "string",
        Toml::Integer(_) => "integer",
        Toml::Float(_) => "number",
        Toml::Boolean(_) => "boolean",
        Toml::Datetime(_) => "date",
    };
    let wanted = schema["type"].as_str();
    if wanted.is_some_and(|w| w != kind && !(w == "number" && kind == "integer")) {
        out.push(format!("{path} is {kind}, not {wanted:?}"));
    }
    if let (Some(words), Some(text)) = (schema["enum"].as_array(), value.as_str())
        && !words.iter().any(|w| w == text)
    {
        out.push(format!("{path}: `{text}` is none of {words:?}"));
    }
    match value {
        Toml::Table(table) => {
            for (key, inner) in table {
                let path = format!("{path}.{key}");
                match (&schema["properties"][key], &schema["additionalProperties"]) {
                    (known, _) if known.is_object() => shape(known, inner, &path, out),
                    (_, any) if any.is_object() => shape(any, inner, &path, out),
                    _ => out.push(format!("{path} is not in the schema")),
                }
            }
            for needed in schema["required"].as_array().into_iter().flatten() {
                if !table.contains_key(needed.as_str().unwrap()) {
                    out.push(format!("{path} lacks {needed}"));
                }
            }
        }
        Toml::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| shape(&schema["items"], item, &format!("{path}[{at}]"), out))
        }
        _ => {}
    }
}

fn schema() -> Value {
    let run = run(&["schema"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    serde_json::from_str(&run.out).unwrap()
}

#[test]
fn the_schema_holds_the_examples() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let mut complaints = Vec::new();
    for name in EXAMPLES.iter().chain(&["infeasible"]) {
        let spec: toml::Table = toml::from_str(&example(name)).unwrap();
        shape(&schema, &Toml::Table(spec), name, &mut complaints);
    }
    none(&complaints);
    // A shape that accepted everything would pass as well.
    let mut found = Vec::new();
    let bad: toml::Table = toml::from_str("[cluster]\nname = 3\nplatform = \"moon\"\nextra = 1\n").unwrap();
    shape(&schema, &Toml::Table(bad), "bad", &mut found);
    assert_eq!(found.len(), 4, "{found:?}");
}

#[test]
fn every_key_of_the_schema_is_described() {
    fn walk(schema: &Value, path: &str, out: &mut Vec<String>) {
        for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{key}");
            let text = inner["description"].as_str().unwrap_or_default();
            if !text.ends_with('.') || text.len() < 8 {
                out.push(format!("{path}: `{text}`"));
            }
            walk(inner, &path, out);
        }
        for below in ["items", "additionalProperties"] {
            if schema[below].is_object() {
                walk(&schema[below], path, out);
            }
        }
    }
    let mut out = Vec::new();
    walk(&schema(), "", &mut out);
    // `0.075.` and the like end a description in their own way.
    out.retain(|line| !line.contains("0.075"));
    none(&out);
}

/// Commands as the help lists them.
fn commands() -> Vec<String> {
    let help = run(&["--help"]).out;
    let list = help.split("Commands:\n").nth(1).unwrap();
    let lines = list.lines().take_while(|l| l.starts_with("  "));
    lines
        .filter(|l| !l.starts_with("   "))
        .filter_map(|l| Some(l.split_whitespace().next()?.to_string()))
        .filter(|c| c != "help")
        .collect()
}

#[test]
fn completions_and_man_page_name_every_command() {
    let commands = commands();
    assert!(commands.len() >= 7 && commands.contains(&"explain".to_string()), "{commands:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = run(&["completions", shell]);
        assert_eq!((run.code, run.err.as_str()), (0, ""));
        for command in &commands {
            assert!(run.out.contains(command.as_str()), "{shell}: {command}");
        }
    }
    assert_eq!(run(&["completions", "tcsh"]).code, 2);
    let man = run(&["man"]);
    assert_eq!(man.code, 0);
    assert!(man.out.contains(".TH plimsoll"), "{}", man.out);
    for command in &commands {
        assert!(man.out.contains(command.as_str()), "man: {command}");
        assert_eq!(run(&[command, "--help"]).code, 0);
    }
}
