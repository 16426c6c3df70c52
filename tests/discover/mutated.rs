//! Dumps that were cut, shuffled or filled with rubbish: an answer or a finding, never a panic, and valid TOML.

use super::{folder, recordings};
use plimsoll::diag::{Severity, Sources};
use plimsoll::discover::{Tree, combine, fragment, read};
use proptest::prelude::*;

fn texts() -> Vec<String> {
    let mut out: Vec<String> = recordings().into_iter().map(|(_, text)| text).filter(|t| t.len() < 60_000).collect();
    for (_, bytes) in super::common::tree(&folder("cases")) {
        out.extend(String::from_utf8(bytes).ok().filter(|t| t.starts_with('{')));
    }
    out
}

/// Reads anything, and holds what comes of it to the promise.
fn hold(text: &str) {
    let mut sources = Sources::default();
    match read("dump", text, &mut sources) {
        Err(finding) => {
            assert_eq!(finding.severity, Severity::Error);
            let _ = plimsoll::diag::human(&[*finding], &sources, false);
        }
        Ok(known) => {
            let (machine, findings) = combine(vec![known]);
            let text = fragment(&machine, "node");
            if let Err(error) = toml::from_str::<toml::Value>(&text) {
                panic!("{error}\n{text}");
            }
            assert!(findings.iter().all(|f| !f.message.contains('\n')));
            let refused = findings.iter().any(|f| f.severity == Severity::Error);
            assert!(refused || machine.count.is_some());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn mutated_dumps_are_answered(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..6, "[-0-9,a-f\":\\{\\}\\[\\] \n\t\\\\]{0,12}"), 1..8),
    ) {
        let texts = texts();
        let mut chars: Vec<char> = which.get(&texts).chars().collect();
        for (at, remove, insert) in edits {
            if chars.is_empty() {
                break;
            }
            let at = at.index(chars.len());
            let end = (at + remove).min(chars.len());
            chars.splice(at..end, insert.chars());
        }
        hold(&chars.into_iter().collect::<String>());
    }

    #[test]
    fn cut_dumps_are_answered(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>()) {
        let texts = texts();
        let text = which.get(&texts);
        let cut: String = text.chars().take(at.index(text.chars().count())).collect();
        hold(&cut);
    }

    #[test]
    fn rubbish_in_any_file_is_answered(which in any::<prop::sample::Index>(), file in any::<prop::sample::Index>(), text in ".{0,40}") {
        let recordings = recordings();
        let mut tree = Tree::parse(&which.get(&recordings).1).unwrap();
        let paths: Vec<String> = tree.0.keys().cloned().collect();
        tree.0.insert(file.get(&paths).clone(), text);
        hold(&tree.record());
    }

    #[test]
    fn recordings_are_read_as_they_were_written(files in prop::collection::btree_map("[a-z/]{1,12}", "[^\r]{0,30}", 0..6)) {
        let trimmed = files.into_iter().map(|(p, t)| (p, t.trim_end().to_string())).collect();
        let tree = Tree(trimmed);
        prop_assert_eq!(Tree::parse(&tree.record()).unwrap(), tree);
    }
}
