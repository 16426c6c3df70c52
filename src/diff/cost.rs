//! What a change takes: the tunable's own word, or more where another value asks for it.

use super::compare::Pair;
use crate::catalog::{self, Further, Home};

/// What a change takes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cost {
    /// The catalogue's word.
    pub word: String,
    /// In a few words.
    pub text: String,
    /// Files of the kubelet's root folder that have to go.
    pub remove: Vec<String>,
    /// What happens when they stay.
    pub risk: String,
}

/// The cost of changing `name`, whose own word is `word`.
pub(super) fn of(pair: &Pair<'_>, name: &str, word: &str) -> Cost {
    let applying: Vec<&Further> = catalog::further(name).filter(|f| applies(pair, f)).collect();
    let rank = |word: &str| catalog::change_cost(word).map_or(0, |(rank, _)| rank);
    let words = applying.iter().map(|f| f.cost.as_str()).chain([word]);
    let word = words.max_by_key(|w| rank(w)).unwrap_or(word);
    let mut remove: Vec<String> = applying.iter().flat_map(|f| f.files.iter().cloned()).collect();
    remove.sort_unstable();
    remove.dedup();
    let home = catalog::home_of(name);
    let text = match catalog::change_cost(word) {
        _ if !remove.is_empty() => format!("drain, remove {}", remove.join(" and ")),
        Some(_) if home == Some(Home::ControlPlane) && word == "restart" => "control-plane restart".to_string(),
        Some((_, cost)) => cost.short.clone(),
        None => word.to_string(),
    };
    let risk = applying.first().map_or_else(String::new, |f| f.risk.clone());
    Cost { word: word.to_string(), text, remove, risk }
}

fn applies(pair: &Pair<'_>, further: &Further) -> bool {
    let values = |name: &str| [pair.now.effective(name, pair.versions.0), pair.then.effective(name, pair.versions.1)];
    let set = |name: &str| values(name).iter().any(|v| !v.is_null() && v.as_str() != Some(""));
    further.when.as_ref().is_none_or(|w| values(&w.tunable).iter().any(|v| v.as_str() == Some(w.is.as_str())))
        && !further.unless.as_ref().is_some_and(|name| set(name))
}
