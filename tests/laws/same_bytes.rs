//! Same input, same bytes: however often, in whatever order, on however many threads.

use crate::common::{EXAMPLES, example, files, plan, root, run_with, tree};
use crate::shuffle::{Random, shuffled};
use std::collections::BTreeMap;
use toml::Table;

/// Names of files that differ, for messages that can be read.
pub fn differing(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let names = a.keys().chain(b.keys());
    let mut out: Vec<String> = names.filter(|n| a.get(*n) != b.get(*n)).cloned().collect();
    out.sort();
    out.dedup();
    out
}

#[test]
fn the_order_of_the_spec_does_not_show() {
    for name in EXAMPLES {
        let text = example(name);
        let spec: Table = toml::from_str(&text).unwrap();
        let whole = files(&plan(&text).plan());
        for seed in 1..=12 {
            let other = shuffled(&spec, &mut Random::new(seed));
            assert_ne!(other, text);
            let differ = differing(&whole, &files(&plan(&other).plan()));
            assert!(differ.is_empty(), "{name}, seed {seed}: {differ:?} differ for\n{other}");
        }
    }
}

#[test]
fn threads_and_repetition_do_not_show() {
    for name in EXAMPLES {
        let spec = format!("examples/{name}.toml");
        let out = tempfile::tempdir().unwrap();
        let written: Vec<_> = [("first", "1"), ("again", "1"), ("threads", "2"), ("many", "7")]
            .iter()
            .map(|(folder, threads)| {
                let folder = out.path().join(folder);
                let run = run_with(
                    &root(),
                    &["render", &spec, "--out", folder.to_str().unwrap()],
                    "",
                    &[("RAYON_NUM_THREADS", threads)],
                );
                assert_eq!(run.code, 0, "{}", run.err);
                tree(&folder)
            })
            .collect();
        assert!(written[0].len() >= 5, "{name}: {:?}", written[0].keys());
        for other in &written[1..] {
            assert_eq!(differing(&written[0], other), Vec::<String>::new(), "{name}");
        }
    }
}

#[test]
fn units_and_spelling_do_not_show() {
    let text = example("bare-metal");
    let other = text
        .replace("\"62Gi\"", "\"63488Mi\"")
        .replace("\"300Mi\"", "\"0.29296875Gi\"")
        .replace("\"100m\"", "\"0.1\"")
        .replace("\"2ms\"", "\"2000us\"");
    assert_ne!(text, other);
    assert_eq!(differing(&files(&plan(&text).plan()), &files(&plan(&other).plan())), Vec::<String>::new());
}
