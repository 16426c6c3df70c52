//! Since when a tunable has its default.

use crate::catalog::{self, Found};
use crate::quantity::Minor;
use serde_json::Value as Json;

fn default(found: &Found<'_>, minor: Minor) -> Option<Json> {
    match found.gate() {
        Some(gate) => catalog::gate(gate, minor).map(|g| Json::from(g.default)),
        None => found.default_in(minor),
    }
}

/// The minors after `from`, up to `to`.
fn after(from: Minor, to: Minor) -> impl DoubleEndedIterator<Item = Minor> {
    (from.1 + 1..=to.1).map(move |minor| Minor(to.0, minor))
}

/// The first minor after `from`, up to `to`, whose default is another.
pub(super) fn moved(found: &Found<'_>, from: Minor, to: Minor) -> Option<Minor> {
    let old = default(found, from);
    after(from, to).find(|minor| default(found, *minor) != old)
}

/// The minor after `from` since which the default is that of `to`; none where `from` has it already, and all between.
pub(super) fn settled(found: &Found<'_>, from: Minor, to: Minor) -> Option<Minor> {
    let now = default(found, to);
    let like = after(from, to).rev().take_while(|minor| default(found, *minor) == now).last();
    like.filter(|first| first.1 > from.1 + 1 || default(found, from) != now)
}

/// A default in a sentence.
pub(super) fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToString::to_string)
}
