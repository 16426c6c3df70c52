//! Priority levels that every API server makes for itself.

use super::read;
use serde::Deserialize;
use std::sync::OnceLock;

/// One priority level as upstream ships it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PriorityLevel {
    /// Its name.
    pub name: String,
    /// Its shares of the server's seats.
    pub shares: i64,
    /// Percent of its seats that others may borrow.
    pub lendable_percent: i64,
    /// Queues; 0 where requests are refused instead.
    #[serde(default)]
    pub queues: i64,
    /// Queues that one flow is dealt.
    #[serde(default)]
    pub hand_size: i64,
    /// Requests that wait in one queue.
    #[serde(default)]
    pub queue_length: i64,
}

#[derive(Deserialize)]
struct File {
    date: String,
    source: String,
    level: Vec<PriorityLevel>,
}

fn file() -> &'static File {
    static ONCE: OnceLock<File> = OnceLock::new();
    ONCE.get_or_init(|| read("priority-levels.toml", include_str!("../../catalog/priority-levels.toml")))
}

/// Every level that has seats, in upstream's order.
pub fn priority_levels() -> &'static [PriorityLevel] {
    &file().level
}

/// The level called `name`.
#[must_use]
pub fn priority_level(name: &str) -> Option<&'static PriorityLevel> {
    priority_levels().iter().find(|l| l.name == name)
}

/// Where the levels were read, and when.
#[must_use]
pub fn priority_levels_source() -> (&'static str, &'static str) {
    (&file().source, &file().date)
}
