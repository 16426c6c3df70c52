//! What may go wrong with a change, where it is certain: the catalogue's own notes, by the way the value moves.

use crate::catalog::Found;
use crate::facts::typed::magnitude;
use serde_json::Value as Json;

/// How the catalogue's notes on values that move down or up begin.
const LOWERED: &str = "A lowered value ";
const RESERVED: &str = "Reduces allocatable: ";

/// The risk in one phrase, or nothing.
pub(super) fn of(found: &Found<'_>, before: &Json, after: &Json) -> String {
    let kind = found.kind();
    let amount = |value: &Json| if value.is_null() { Some(0) } else { magnitude(value, kind) };
    let moved = amount(before).zip(amount(after)).map(|(before, after)| after.cmp(&before));
    let note = |start: &str| {
        found.tunable.notes().iter().find_map(|n| n.strip_prefix(start)).map(|n| n.trim_end_matches('.').to_string())
    };
    if moved == Some(std::cmp::Ordering::Less)
        && let Some(what) = note(LOWERED)
    {
        return format!("a lower value {what}");
    }
    if moved == Some(std::cmp::Ordering::Greater)
        && let Some(what) = note(RESERVED)
    {
        return what;
    }
    String::new()
}
