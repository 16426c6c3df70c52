//! Names in drop-ins of the kubelet that are a field's but for upper and lower case. A main file loses such a field; drop-ins that
//! are merged as documents come to Go's own JSON decoder, which takes it for the field.

use super::drop_ins::Said;
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

/// What of a drop-in has odd names.
pub(super) fn odd(own: &BTreeMap<String, Stated>) -> Vec<Odd> {
    let odd = |(spelled, stated): (&String, &Stated)| {
        Some(Odd { name: meant(spelled)?, spelled: spelled.clone(), stated: stated.clone() })
    };
    own.iter().filter_map(odd).collect()
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
        let all = self.layers.drop_ins.iter().flat_map(|drop_in| &drop_in.odd);
        let last = all.filter(|odd| odd.name == name).fold(None, |last: Option<&Odd>, odd| match last {
            Some(last) if last.spelled > odd.spelled => Some(last),
            _ => Some(odd),
        });
        let odd = last.filter(|_| folds(version))?;
        let exact = matches!(self.said(name), Said::Value(_));
        let counts = if catalog::behaviour(NAMES, version).is_some() {
            let default = || catalog::find(name).and_then(|f| f.default_in(version)).is_some();
            odd.spelled.as_str() > name || !exact && self.of_main(name).is_none() && !default()
        } else {
            odd.spelled >= of_go(name) && (odd.spelled.as_str() > name || !exact)
        };
        counts.then_some(&odd.stated)
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
