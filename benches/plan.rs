//! How long planning and rendering take: one class, one of 8 NUMA nodes with 20 workloads, the fleet example,
//! and generated fleets of 1,000 and 10,000 classes.
//!
//! `cargo bench` runs it; `benches/whole-process` measures the same through the command, with memory.

mod generate;

use plimsoll::diag::Sources;
use plimsoll::render::{Options, files};
use std::collections::BTreeMap;
use std::path::Path;

fn main() {
    divan::main();
}

/// Text of a spec and the base files it names.
fn example(name: &str) -> (String, BTreeMap<String, String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let text = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    let base = std::fs::read_to_string(folder.join("files/kubelet.yaml")).unwrap_or_default();
    (text, BTreeMap::from([("files/kubelet.yaml".to_string(), base)]))
}

/// Reads, solves and renders; the number of bytes keeps the work from being optimised away.
fn whole(text: &str, bases: &BTreeMap<String, String>) -> usize {
    let Ok(spec) = plimsoll::spec::parse("bench.toml", text) else { return 0 };
    let Ok(facts) = plimsoll::facts::facts(&spec, bases, &mut Sources::default()) else { return 0 };
    let Ok(plan) = plimsoll::plan::plan(&facts, &|| ()) else { return 0 };
    let options = Options { comments: true, targets: Vec::new() };
    files(&plan, &options).map_or(0, |f| f.values().map(Vec::len).sum())
}

#[divan::bench]
fn one_class(bencher: divan::Bencher<'_, '_>) {
    let text = generate::fleet(1);
    bencher.bench(|| assert!(whole(&text, &BTreeMap::new()) > 0));
}

#[divan::bench]
fn symmetric(bencher: divan::Bencher<'_, '_>) {
    let text = generate::symmetric();
    bencher.bench(|| assert!(whole(&text, &BTreeMap::new()) > 0));
}

#[divan::bench]
fn fleet_example(bencher: divan::Bencher<'_, '_>) {
    let (text, bases) = example("fleet.toml");
    bencher.bench(|| assert!(whole(&text, &bases) > 0));
}

#[divan::bench(args = [1_000, 10_000], sample_count = 3, sample_size = 1)]
fn generated(bencher: divan::Bencher<'_, '_>, classes: usize) {
    let text = generate::fleet(classes);
    bencher.bench(|| assert!(whole(&text, &BTreeMap::new()) > 0));
}
