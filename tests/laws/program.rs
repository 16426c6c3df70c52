//! The program of each class stays easy: few integers, and coefficients that do not span more than nine digits.

use crate::common::{EXAMPLES, example};
use plimsoll::diag::Sources;
use plimsoll::rules::{class, cluster};
use plimsoll::{facts, spec};
use std::collections::BTreeMap;

#[test]
fn programs_are_small_and_well_scaled() {
    let mut seen = 0;
    for name in EXAMPLES {
        let spec = spec::parse(name, &example(name)).unwrap();
        let mut bases = BTreeMap::new();
        for base in spec.classes.values().filter_map(|c| c.value.base.as_ref()) {
            bases.insert(
                base.value.clone(),
                crate::common::read(crate::common::root().join("examples").join(&base.value)),
            );
        }
        let facts = facts::facts(&spec, &bases, &mut Sources::default()).unwrap();
        let cap = cluster::envelope(&facts).unwrap().cap;
        for (class, stated) in &facts.classes {
            let Ok(class::Planned::Fits(result)) = class::plan(stated, &facts.cluster, cap.as_ref()) else {
                panic!("{name}: {class} has a plan")
            };
            let (integers, rows, ratio) = result.size;
            assert!((1..=5).contains(&integers), "{name}: {class} has {integers} integers");
            assert!((5..=100).contains(&rows), "{name}: {class} has {rows} rows");
            assert!((1.0..1e9).contains(&ratio), "{name}: coefficients of {class} differ by a factor of {ratio}");
            seen += 1;
        }
    }
    assert!(seen >= 12, "{seen} classes");
}
