//! Choosing from a menu: the first entry, in order of preference, that the pins and every rule allow.

use super::draft::Draft;
use crate::facts::Pinned;
use serde_json::Value as Json;

/// What a menu gave.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// The chosen value.
    Taken(Json),
    /// No entry is allowed; why the last one tried is not.
    None(String),
}

/// Goes through the menu. `accept` says why an entry is not allowed.
pub fn choose(draft: &Draft<'_>, name: &str, menu: &[Json], accept: impl Fn(&Json) -> Result<(), String>) -> Choice {
    let candidates = draft.pin(name).map_or_else(|| menu.to_vec(), |pin: &Pinned| pin.candidates(menu));
    let mut last = format!("nothing on the menu of `{name}` is allowed by its pin");
    for value in candidates {
        match accept(&value) {
            Ok(()) => return Choice::Taken(value),
            Err(why) => last = why,
        }
    }
    Choice::None(last)
}
