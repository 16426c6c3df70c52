//! Feature gates that values need, and gates that gates need: what the catalogue says, held over finished values.

use super::{Rule, Values};
use crate::catalog;
use crate::quantity::Minor;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&NEEDED, &REQUIRED];

/// A value needs a gate.
static NEEDED: Rule = Rule {
    id: "feature-gate-needed",
    why: "upstream refuses the value while the feature gate is off",
    source: "catalog/tunables: `needs` of the setting",
};
/// A gate needs a gate.
static REQUIRED: Rule = Rule {
    id: "feature-gate-requires",
    why: "a feature gate cannot be on while one that it depends on is off",
    source: "kubernetes/kubernetes staging/src/k8s.io/component-base/featuregate/feature_gate.go validateDependencies",
};

/// A gate that is off and must be on.
pub struct Missing {
    /// The rule that says so.
    pub rule: &'static Rule,
    /// What needs which gate.
    pub message: String,
    /// Tunables that have a part in it.
    pub names: Vec<String>,
}

/// Every gate of a component that its values need and do not have.
pub fn missing(component: &str, values: &Values, version: Minor) -> Vec<Missing> {
    let prefix = format!("{component}/");
    let gate_name = |gate: &str| format!("{component}/featureGates.{gate}");
    let on = |gate: &str| {
        let stated = values.get(&gate_name(gate)).and_then(|v| v.value.as_bool());
        // A gate that the version no longer has does not stand in the way.
        stated.or_else(|| Some(catalog::gate(gate, version)?.default)).unwrap_or(true)
    };
    let mut out = Vec::new();
    for (name, value) in values.iter().filter(|(n, v)| n.starts_with(&prefix) && !v.value.is_null()) {
        let Some(found) = catalog::find(name) else { continue };
        if let Some(gate) = found.gate().filter(|_| value.value == true) {
            let required = catalog::gate(gate, version).map_or(&[][..], |g| g.requires);
            out.extend(required.iter().filter(|r| !on(r)).map(|r| Missing {
                rule: &REQUIRED,
                message: format!("feature gate `{gate}` is on, and `{r}`, which it depends on, is off"),
                names: vec![name.clone(), gate_name(r), format!("{component}/featureGates")],
            }));
        }
        if found.default_in(version).is_some_and(|d| d == value.value) {
            continue;
        }
        out.extend(found.tunable.needs(&value.value, version).filter(|n| !on(n.gate)).map(|needs| Missing {
            rule: &NEEDED,
            message: format!(
                "`{name}` is set, and feature gate `{}` is off in {version} ({})",
                needs.gate, needs.source
            ),
            names: vec![name.clone(), gate_name(needs.gate)],
        }));
    }
    out
}
