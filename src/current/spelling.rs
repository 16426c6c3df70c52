//! Names in drop-ins of the kubelet that are a field's but for upper and lower case. A main file loses such a field; drop-ins that
//! are merged as documents come to Go's own JSON decoder, which takes it for the field.

use super::drop_ins::Said;
use super::expand::{self, Entries};
use super::layers::below;
use super::{Current, Stated};
use crate::catalog::{self, Form};
use crate::quantity::Minor;
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

/// Minors that merge drop-ins as documents.
const FOLDS: &str = "kubelet-drop-in-any-case";
/// Those of them whose document has the names of the file format.
const NAMES: &str = super::drop_ins::NULLS;
/// Bytes of a name beyond which it is nobody's.
const LONGEST: usize = 1000;

/// A field that a drop-in states in other letters.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Odd {
    /// The field's name, with the key that follows where it is a map or a list.
    pub name: String,
    /// The name as it is written.
    pub spelled: String,
    /// What is stated.
    pub stated: Stated,
}

/// The field that a full name means that has other letters: `kubelet/maxPods` of `kubelet/maxpods`.
#[must_use]
pub fn meant(name: &str) -> Option<String> {
    static INDEX: OnceLock<HashMap<String, &'static str>> = OnceLock::new();
    let field = |t: &&catalog::Tunable| t.spans.iter().any(|span| span.form == Form::Field);
    let index = INDEX.get_or_init(|| {
        catalog::rows_starting("kubelet/").filter(field).map(|t| (t.name.to_ascii_lowercase(), t.name)).collect()
    });
    if name.len() > LONGEST || catalog::find(name).is_some() {
        return None;
    }
    let low = name.to_ascii_lowercase();
    let cuts = low.rmatch_indices(['.', '[']).map(|(at, _)| at);
    let (end, own) = std::iter::once(low.len()).chain(cuts).find_map(|end| Some((end, *index.get(&low[..end])?)))?;
    (own != &name[..end]).then(|| format!("{own}{}", &name[end..]))
}

/// Whether drop-ins of a version take a field for its name in other letters.
#[must_use]
pub fn folds(version: Minor) -> bool {
    catalog::behaviour(FOLDS, version).is_some()
}

/// What of a drop-in has odd names, each part under the name that it has in the field.
pub(super) fn odd(own: &BTreeMap<String, Stated>, nulls: &[String]) -> Vec<Odd> {
    let mut out = Vec::new();
    for (spelled, stated) in own {
        let Some(name) = meant(spelled) else { continue };
        let mut parts = Entries::new();
        expand::value(&name, &stated.key.span, &stated.node, &mut parts);
        for (part, entry) in parts {
            let spelled = part.strip_prefix(&name).map_or_else(|| part.clone(), |rest| format!("{spelled}{rest}"));
            // A key that is null takes one back, and states none.
            if !nulls.contains(&spelled) {
                let stated = Stated { value: entry.value, node: entry.node, ..stated.clone() };
                out.push(Odd { name: part, spelled, stated });
            }
        }
    }
    out
}

impl Current {
    /// Names of fields that drop-ins state in other letters.
    pub(super) fn odd_names(&self, version: Minor) -> impl Iterator<Item = &str> {
        let odd = self.layers.drop_ins.iter().flat_map(|drop_in| &drop_in.odd);
        odd.filter(move |_| folds(version)).map(|odd| odd.name.as_str())
    }

    /// What a drop-in states of a field in other letters, where that is what counts: the merged document is written in the
    /// order of its names, and of two that mean one field Go's decoder takes the later.
    pub(super) fn in_other_letters(&self, name: &str, version: Minor) -> Option<&Stated> {
        let mut spelled: BTreeMap<&str, &Stated> = BTreeMap::new();
        for drop_in in self.layers.drop_ins.iter().filter(|_| folds(version)) {
            spelled.retain(|own, _| !drop_in.nulls.iter().any(|null| null == own || below(null, own)));
            let own = drop_in.odd.iter().filter(|odd| odd.name == name);
            spelled.extend(own.map(|odd| (odd.spelled.as_str(), &odd.stated)));
        }
        let (spelled, stated) = spelled.into_iter().next_back()?;
        let said = self.said(name);
        let counts = if catalog::behaviour(NAMES, version).is_some() {
            let default = || catalog::find(name).and_then(|f| f.default_in(version)).is_some();
            let exact = match said {
                Said::Null { .. } => false,
                Said::Nothing => self.of_main(name).is_some() || default(),
                Said::Value(_) | Said::Replaced => true,
            };
            spelled > name || !exact
        } else {
            *spelled >= *of_go(name) && (spelled > name || !matches!(said, Said::Value(_)))
        };
        counts.then_some(stated)
    }
}

/// A name as the fields of Go's type are called: each part with a capital.
fn of_go(name: &str) -> String {
    let mut capital = false;
    let letter = |c: char| {
        let out = if capital { c.to_ascii_uppercase() } else { c };
        capital = matches!(c, '/' | '.');
        out
    };
    name.chars().map(letter).collect()
}
