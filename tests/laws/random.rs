//! Whatever the spec: planning ends in a plan, a refusal or an explanation, never in a panic or a bug.

use crate::common::{Outcome, document, files, plan};
use crate::relations;
use crate::specs::any_spec;
use proptest::prelude::*;
use std::cell::Cell;

#[test]
fn any_spec_is_planned_refused_or_explained() {
    let (fits, refused, unfit) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() });
    let count = |cell: &Cell<u32>| cell.set(cell.get() + 1);
    runner
        .run(&any_spec(), |spec| {
            let text = spec.text();
            match plan(&text) {
                Outcome::Fits(plan) => {
                    count(&fits);
                    let broken = relations::broken(&spec, &document(&plan));
                    prop_assert!(broken.is_empty(), "{}\n{text}", broken.join("\n"));
                    prop_assert!(files(&plan).len() >= 3);
                }
                Outcome::Refused(list) => {
                    count(&refused);
                    prop_assert!(list.iter().any(|f| f.severity == plimsoll::diag::Severity::Error), "refused without an error\n{text}");
                }
                Outcome::Unfit(list) => {
                    count(&unfit);
                    let told = list.iter().all(|u| !u.conflicts.is_empty() && u.conflicts.iter().all(|c| !c.rules.is_empty() && !c.arithmetic.is_empty()));
                    prop_assert!(told, "not explained: {list:?}\n{text}");
                }
                Outcome::Bug(what) => prop_assert!(false, "bug: {what}\n{text}"),
            }
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    // The generator is only worth its time when every end is reached.
    assert!(fits.get() > 60 && refused.get() > 10 && unfit.get() > 60, "{} fit, {} refused, {} unfit", fits.get(), refused.get(), unfit.get());
}

#[test]
#[ignore]
fn survey() {
    use std::collections::BTreeMap;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut kinds: BTreeMap<String, (u32, usize, String)> = BTreeMap::new();
    let mut ids: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..3000 {
        let spec = any_spec().new_tree(&mut runner).unwrap().current();
        let text = spec.text();
        let r = std::panic::catch_unwind(|| match plan(&text) {
            Outcome::Fits(p) => relations::broken(&spec, &document(&p)),
            Outcome::Bug(w) => vec![format!("x: bug {w}")],
            Outcome::Refused(l) => l.iter().map(|f| format!("x: refused {}", f.id)).collect(),
            Outcome::Unfit(l) => vec![format!("x: unfit {}", l[0].message.split('`').next().unwrap())],
        }).unwrap_or_else(|_| vec!["x: panic".into()]);
        for b in r {
            let k = b.split(": ").skip(1).take(if b.contains("allocatable") {2} else {1}).collect::<Vec<_>>().join(": ");
            *ids.entry(k.clone()).or_default() += 1;
            let e = kinds.entry(k).or_insert((0, usize::MAX, String::new()));
            if text.len() < e.1 { e.1 = text.len(); e.2 = format!("{b}\n{text}"); }
        }
    }
    for (k, n) in &ids { println!("{n:5} {k}"); }
    for (k, (_, _, t)) in &kinds { if !k.starts_with("refused") && !k.starts_with("unfit") { println!("=== {k}\n{t}"); } else if k.starts_with("refused") { println!("=== {k}\n{t}"); } }
}
