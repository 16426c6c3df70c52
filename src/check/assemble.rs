//! From readings to scenes: what belongs to one node class, what the cluster shares, and for which versions.

use super::Scene;
use crate::current::{Current, Reading};
use std::collections::BTreeMap;

/// A reading and where it belongs.
#[derive(Clone, Debug)]
pub struct Given {
    /// The node class or folder; none for what belongs to all.
    pub class: Option<String>,
    /// Whether it lies in a folder of drop-in files.
    pub drop_in: bool,
    /// What it states.
    pub reading: Reading,
}

/// Scenes of everything that was read: one for each class with what is shared, or a single one. Files are merged in the
/// order in which they are given, drop-in files after the others.
#[must_use]
pub fn scenes(given: Vec<Given>) -> Vec<Scene> {
    let mut classes: Vec<String> = given.iter().filter_map(|g| g.class.clone()).collect();
    classes.sort();
    classes.dedup();
    if classes.is_empty() {
        classes.push(String::new());
    }
    let (drop_ins, mains): (Vec<Given>, Vec<Given>) = given.into_iter().partition(|g| g.drop_in);
    let all: Vec<Given> = mains.into_iter().chain(drop_ins).collect();
    let of = |class: &String| {
        let mut parts: BTreeMap<&'static str, Current> = BTreeMap::new();
        for file in all.iter().filter(|g| g.class.as_ref().is_none_or(|c| c == class)) {
            let component = file.reading.component;
            match parts.get_mut(component) {
                Some(current) => current.drop_in(file.reading.clone()),
                None => drop(parts.insert(component, Current::new(file.reading.clone()))),
            }
        }
        Scene { name: class.clone(), parts, machine: BTreeMap::new(), versions: BTreeMap::new() }
    };
    classes.iter().map(of).collect()
}
