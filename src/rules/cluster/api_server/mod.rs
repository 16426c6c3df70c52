//! kube-apiserver: seats of priority and fairness from the load, events, timeouts, audit, and what its servers need.

pub mod events;

use crate::rules::Rule;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&events::EVENT_TTL];
