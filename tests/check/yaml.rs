//! YAML as upstream's library reads it: a corpus of odd texts, with the answers of sigs.k8s.io/yaml recorded.
//!
//! `cd tests/check/yaml && go run . > answers.json` records them again; 1.4.0 and 1.6.0 of the library agree.

use plimsoll::yaml;
use serde_json::Value as Json;

/// What is refused here and read upstream: syntax of YAML 1.1 that its successor, which the parser reads, dropped. Nobody
/// writes configuration so; being told is better than a guess.
const STRICTER: &[&str] = &[
    "k: !!binary aGVsbG8=\n",
    "a: \"x\ny\"\n",
    "\"a\":1\n",
    // Upstream stops after the first document, and here the others are read as well.
    "a: 1\n---\n[\n",
    "a: &x 1\n*x: 2\n",
    "a: \u{feff}1\n",
    "a: x\u{85}b: 2\n",
    "a: \"x\u{85}y\"\n",
    "a: |\n  x\u{85}  y\n",
    // Upstream leaves out, in silence, all that follows a line of less indentation.
    "  a: 1\n b: 2\n",
    " a: 1\nb: 2\n",
    "a: 'b'#c\n",
];

/// What is read here and refused upstream: as JSON two of them are read there too.
const LAXER: &[&str] = &[
    "\ta: 1\n",
    "- 1\n-\t2\n",
    "a: \"\\ud83d\\ude00\"\n",
    "a: \"\\/\"\n",
    "{a: http://x/y?z}\n",
    "a: &x.y 1\nb: *x.y\n",
    "a: &é 1\nb: *é\n",
    "...\n",
    "...\na: 1\n",
];

fn ours(text: &str) -> Result<Json, String> {
    let documents = yaml::documents(text).map_err(|fault| fault.said)?;
    Ok(documents.first().map_or(Json::Null, yaml::Node::json))
}

/// Numbers are equal by value: Go writes 1e+21, and 100 for 1e2.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

#[test]
fn odd_texts_are_read_as_upstream_reads_them() {
    let texts: Vec<String> = serde_json::from_str(include_str!("yaml/corpus.json")).unwrap();
    let answers: Vec<Json> = serde_json::from_str(include_str!("yaml/answers.json")).unwrap();
    assert_eq!(texts.len(), answers.len());
    let mut faults = Vec::new();
    for (text, answer) in texts.iter().zip(&answers) {
        let short: String = text.chars().take(60).collect();
        match (ours(text), answer.get("json")) {
            (Ok(found), Some(wanted)) if !same(&found, wanted) => {
                faults.push(format!("{short:?}: {found} for {wanted}"))
            }
            // Longer keys are nobody's.
            (Err(_), Some(_)) if text.len() > 1024 && text.starts_with("? ") => {}
            (Err(said), Some(wanted)) if !STRICTER.contains(&text.as_str()) => {
                faults.push(format!("{short:?}: refused ({said}) for {wanted}"));
            }
            (Ok(found), None) if !LAXER.contains(&text.as_str()) => {
                faults.push(format!("{short:?}: {found}, refused upstream: {}", answer["error"]));
            }
            (Ok(_), Some(_)) if STRICTER.contains(&text.as_str()) => faults.push(format!("{short:?}: is read now")),
            (Err(_), None) if LAXER.contains(&text.as_str()) => faults.push(format!("{short:?}: is refused now")),
            _ => {}
        }
    }
    assert!(faults.is_empty(), "{}\n{}", faults.len(), faults.join("\n"));
}
