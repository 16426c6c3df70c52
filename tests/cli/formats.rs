//! Findings for machines: SARIF, JUnit, GitHub annotations, JSON, and a summary in Markdown.

use crate::common::{root, run, run_in};
use crate::xml;
use serde_json::Value;

/// Runs that print findings of each kind: none, warnings, errors of reading, and a plan that does not fit.
const SPECS: [(&str, i32); 5] = [
    ("examples/eks-web.toml", 0),
    ("examples/fleet.toml", 0),
    ("examples/infeasible.toml", 3),
    ("tests/messages/all-at-once/spec.toml", 2),
    ("tests/messages/numa-overlap/spec.toml", 2),
];

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Findings as a person sees them, which every other form must agree with in number.
fn count(err: &str) -> usize {
    err.lines().filter(|l| ["error[", "warning[", "advice["].iter().any(|w| l.starts_with(w))).count()
}

#[test]
fn sarif_has_what_its_readers_require() {
    for (spec, code) in SPECS {
        let human = run(&["plan", spec]);
        let run = run(&["plan", spec, "--format", "sarif"]);
        assert_eq!((run.code, run.err.as_str()), (code, ""), "{spec}");
        let log = json(&run.out);
        assert_eq!(log["version"], "2.1.0");
        assert!(log["$schema"].as_str().unwrap().contains("sarif-schema-2.1.0"));
        let [one] = log["runs"].as_array().unwrap().as_slice() else { panic!("one run") };
        let driver = &one["tool"]["driver"];
        assert_eq!(driver["name"], "plimsoll");
        assert!(driver["semanticVersion"].as_str().unwrap().split('.').count() == 3);
        let rules: Vec<&str> = driver["rules"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap()).collect();
        let results = one["results"].as_array().unwrap();
        assert_eq!(results.len(), count(&human.err), "{spec}");
        for result in results {
            assert_eq!(rules[result["ruleIndex"].as_u64().unwrap() as usize], result["ruleId"].as_str().unwrap());
            assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            for place in result["locations"].as_array().into_iter().flatten() {
                let physical = &place["physicalLocation"];
                let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
                assert!(root().join(uri).exists(), "{uri}");
                let region = &physical["region"];
                let number = |key: &str| region[key].as_u64().unwrap_or(0);
                assert!(number("startLine") >= 1 && number("startColumn") >= 1, "{region}");
                assert!(
                    (number("endLine"), number("endColumn")) >= (number("startLine"), number("startColumn")),
                    "{region}"
                );
            }
        }
    }
}

#[test]
fn junit_is_xml_with_true_counts() {
    for (spec, code) in SPECS {
        let human = run(&["plan", spec]);
        let run = run(&["plan", spec, "--format", "junit"]);
        assert_eq!((run.code, run.err.as_str()), (code, ""), "{spec}");
        let elements = xml::elements(&run.out).unwrap_or_else(|error| panic!("{spec}: {error}\n{}", run.out));
        let named = |name: &'static str| elements.iter().filter(move |(n, _)| n == name);
        assert_eq!(elements[0].0, "testsuites");
        let count_of = |key: &str| elements[1].1.iter().find(|(k, _)| k == key).unwrap().1.parse::<usize>().unwrap();
        assert_eq!(count_of("tests"), named("testcase").count(), "{spec}");
        assert_eq!(count_of("failures"), named("failure").count(), "{spec}");
        assert_eq!(count_of("tests"), count(&human.err).max(1), "{spec}");
        for (_, attributes) in named("testcase") {
            assert!(
                attributes.iter().any(|(k, v)| k == "name" && !v.is_empty())
                    && attributes.iter().any(|(k, _)| k == "classname")
            );
        }
    }
}

#[test]
fn a_name_with_every_odd_character_stays_well_formed() {
    let folder = tempfile::tempdir().unwrap();
    let name = "a&b<c>\"d 'e,f%g:ü.toml";
    std::fs::write(folder.path().join(name), "[cluster]\nname = \"<&>\"\n\"k%,:\\u0001y\" = 1\n").unwrap();
    let run = |format: &str| run_in(folder.path(), &["plan", name, "--format", format], "");
    let junit = run("junit");
    assert_eq!(junit.code, 2);
    xml::elements(&junit.out).unwrap_or_else(|error| panic!("{error}\n{}", junit.out));
    let sarif = json(&run("sarif").out);
    let uri =
        sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
    assert_eq!(uri, "a%26b%3Cc%3E%22d%20%27e%2Cf%25g%3A%C3%BC.toml");
    let github = run("github").out;
    for line in github.lines() {
        assert!(line.starts_with("::error file=a&b<c>\"d 'e%2Cf%25g%3Aü.toml,line="), "{line}");
    }
}

#[test]
fn github_gets_one_command_a_finding() {
    for (spec, code) in SPECS {
        let human = run(&["plan", spec]);
        let run = run(&["plan", spec, "--format", "github"]);
        assert_eq!((run.code, run.err.as_str()), (code, ""), "{spec}");
        assert_eq!(run.out.lines().count(), count(&human.err), "{spec}");
        for line in run.out.lines() {
            let (command, rest) = line.strip_prefix("::").unwrap().split_once(' ').unwrap();
            assert!(["error", "warning", "notice"].contains(&command), "{line}");
            let (properties, message) = rest.split_once("::").unwrap();
            assert!(!message.is_empty() && properties.contains("title="), "{line}");
            assert!(properties.contains(&format!("file={spec},line=")), "{line}");
        }
    }
}

#[test]
fn json_is_one_document_with_every_place() {
    for (spec, code) in SPECS {
        let human = run(&["plan", spec]);
        let run = run(&["plan", spec, "--format", "json"]);
        // Where no plan fits, a log of standard error alone says so as well.
        let lines = run.err.lines().count();
        assert_eq!((run.code, lines), (code, usize::from(code == 3)), "{spec}: {}", run.err);
        assert!(code != 3 || run.err.starts_with("no plan fits node class `small`"), "{}", run.err);
        let document = json(&run.out);
        assert_eq!(document["formatVersion"], "1.0");
        let findings = document["findings"].as_array().unwrap();
        if code != 3 {
            assert_eq!(findings.len(), count(&human.err), "{spec}");
        } else {
            assert!(
                !document["conflicts"].as_array().unwrap().is_empty() && document["wayOut"].is_array(),
                "{document}"
            );
        }
        let text = crate::common::read(root().join(spec));
        for finding in findings {
            for label in finding["labels"].as_array().unwrap() {
                let (start, end) = (label["start"].as_u64().unwrap() as usize, label["end"].as_u64().unwrap() as usize);
                assert!(start <= end && text.is_char_boundary(start) && text.get(start..end).is_some(), "{label}");
                let line = text[..start].matches('\n').count() + 1;
                assert_eq!(label["line"].as_u64().unwrap() as usize, line, "{label}");
                assert!(["fault", "clash"].contains(&label["role"].as_str().unwrap()));
            }
        }
        if code == 0 {
            for key in [
                "tool",
                "catalogDate",
                "cluster",
                "kubernetes",
                "specSha256",
                "nodeClasses",
                "controlPlane",
                "clusterValues",
                "facts",
                "rules",
            ] {
                assert!(!document[key].is_null(), "{spec}: {key}");
            }
            for class in document["nodeClasses"].as_object().unwrap().values() {
                for (name, value) in class["values"].as_object().unwrap() {
                    let origin = value["origin"].as_str().unwrap();
                    let known = ["default", "solved", "derived", "policy", "pinned", "base", "platform", "measured"]
                        .contains(&origin);
                    assert!(known && value["because"].as_array().is_some_and(|b| !b.is_empty()), "{name}: {value}");
                    let facts = value["because"].as_array().unwrap().iter().filter_map(|b| b["fact"].as_str());
                    assert!(facts.into_iter().all(|f| document["facts"][f].is_object()), "{name}: {value}");
                }
            }
        }
    }
}

#[test]
fn markdown_is_a_summary_with_tables() {
    for name in crate::common::EXAMPLES {
        let run = run(&["plan", &format!("examples/{name}.toml"), "--format", "markdown"]);
        assert_eq!(run.code, 0, "{}", run.err);
        let rows: Vec<&str> = run.out.lines().filter(|l| l.starts_with('|')).collect();
        assert!(rows.len() >= 3, "{}", run.out);
        // Cells of a table are as many in each of its rows: a stray bar would shift the others.
        let blocks = run.out.split("\n\n").filter(|b| b.lines().any(|l| l.starts_with('|')));
        for block in blocks {
            let cells: Vec<usize> = block
                .lines()
                .filter(|l| l.starts_with('|'))
                .map(|l| l.replace("\\|", "").matches('|').count())
                .collect();
            assert!(cells.windows(2).all(|pair| pair[0] == pair[1]), "{block}");
        }
    }
}
