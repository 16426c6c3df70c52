//! The inputs: distributions with their sources, read from `inputs/` and checked for form.

use super::random::Dice;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A distribution.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Percent of draws, and the value that they do not exceed.
    pub points: Vec<(i64, i64)>,
    /// What one of it is.
    pub unit: String,
    /// Drawn once per node, per pod, or every minute.
    pub varies: String,
    /// Where the figures come from, or what an assumption rests on.
    pub source: String,
    /// Nothing published was found.
    #[serde(default)]
    pub assumption: bool,
}

/// Millionths in a whole.
const WHOLE: i64 = 1_000_000;

impl Input {
    /// The value that so many millionths of draws do not exceed.
    pub fn at(&self, millionths: i64) -> i64 {
        let pairs = self.points.windows(2).map(|w| (w[0], w[1]));
        for ((from, low), (to, high)) in pairs {
            let (from, to) = (from * WHOLE / 100, to * WHOLE / 100);
            if millionths <= to && to > from {
                return low + (high - low) * (millionths - from).max(0) / (to - from);
            }
        }
        self.points.last().map_or(0, |p| p.1)
    }
}

/// All inputs by name.
#[derive(Clone, Debug)]
pub struct Inputs(pub BTreeMap<String, Input>);

impl Inputs {
    /// Reads the files of the folder.
    pub fn read() -> Self {
        let mut all = BTreeMap::new();
        for file in ["components", "pods"] {
            let path = super::common::root().join(format!("tests/simulation/inputs/{file}.toml"));
            let table: BTreeMap<String, Input> = toml::from_str(&super::common::read(path)).unwrap();
            for (name, input) in table {
                assert!(all.insert(name.clone(), input).is_none(), "{name} is given twice");
            }
        }
        Self(all)
    }

    /// One draw. The name is part of the draw, so that two quantities of a pod are independent.
    pub fn draw(&self, name: &str, dice: Dice) -> i64 {
        self.get(name).at(dice.named(name).below(WHOLE + 1))
    }

    /// An input by name; a misspelled one is a mistake of the simulation.
    pub fn get(&self, name: &str) -> &Input {
        self.0.get(name).unwrap_or_else(|| panic!("no input is named {name}"))
    }
}

#[test]
fn inputs_are_distributions_with_a_source() {
    for (name, input) in &Inputs::read().0 {
        assert_eq!(input.points.first().map(|p| p.0), Some(0), "{name} begins at zero percent");
        assert_eq!(input.points.last().map(|p| p.0), Some(100), "{name} ends at a hundred percent");
        assert!(input.points.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 <= w[1].1), "{name} does not fall");
        assert!(["node", "pod", "moment"].contains(&input.varies.as_str()), "{name} varies by {}", input.varies);
        assert!(!input.unit.is_empty() && input.source.len() > 20, "{name} says what it is and where it is from");
        let published = ["http", "kubernetes/kubernetes", "test/e2e", "torvalds/linux"];
        let cited = published.iter().any(|p| input.source.contains(p));
        assert!(input.assumption || cited, "{name} cites nothing and does not say that it is an assumption");
    }
}
