//! Endpoint slices: how many endpoints one holds, and whether changes are collected before they are written.

use super::workers::Work;
use super::{PREFIX, decimal, fitting};
use crate::because;
use crate::catalog;
use crate::facts::{Cause, Facts, Known};
use crate::quantity::ceil_div;
use crate::rules::{Draft, Origin, Rule};

/// Endpoints of a slice.
pub static SLICES: Rule = Rule {
    id: "endpoint-slices",
    why: "every change writes a whole slice to every node: larger slices are fewer objects and longer writes",
    source: "kubernetes/website concepts/services-networking/endpoint-slices",
};
/// Collected changes.
pub static BATCHES: Rule = Rule {
    id: "endpoint-batches",
    why: "changes of endpoints that are collected are written once; endpoints become known later by that much",
    source: "profiles/opinions/controllers.toml; kubernetes/test-infra pull request 22446",
};

/// Sets the flags of endpoints and their slices.
pub(super) fn decide(facts: &Facts, works: &[Work], draft: &mut Draft<'_>) {
    let cluster = &facts.cluster;
    let name = format!("{PREFIX}max-endpoints-per-slice");
    let most = catalog::default_number(&name, draft.version()).max(1);
    let least = ceil_div(cluster.endpoints.value, most).max(cluster.services.value);
    let reason = format!("upstream's default: {} endpoints in at least {least} slices", cluster.endpoints.value);
    draft.keep_because(&name, &SLICES, &reason, because![cluster.endpoints, cluster.services]);
    for flag in ["mirroring-max-endpoints-per-subset", "mirroring-endpointslice-updates-batch-period"] {
        let reason = "upstream's default: only endpoints that users write themselves are mirrored";
        draft.keep(&format!("{PREFIX}{flag}"), &SLICES, reason);
    }
    let changes = works.iter().find(|w| w.flag == "concurrent-service-endpoint-syncs").map(|w| w.requests.clone());
    let Some(changes) = changes else { return };
    let handed = changes.join(&cluster.nodes, |c, nodes| fitting(i128::from(*c) * i128::from(*nodes) / 1000));
    let limit = Known::opinion("controllers/endpoint-deliveries");
    let line = format!("{} changes/s × {} nodes = {}/s", decimal(changes.value), cluster.nodes.value, handed.value);
    for flag in ["endpoint-updates-batch-period", "endpointslice-updates-batch-period"] {
        let name = format!("{PREFIX}{flag}");
        if handed.value <= limit.value {
            let reason = format!("upstream's default: {line}, at most {}", limit.value);
            draft.keep_because(&name, &BATCHES, &reason, because![handed, limit]);
            continue;
        }
        let Some(batch) = catalog::opinion("controllers/endpoint-batch") else { continue };
        draft
            .set(&name, batch.value.clone(), Origin::Derived, &BATCHES)
            .reason(format!("{line}, more than {}", limit.value))
            .because(because![handed, limit; Cause::Fact("opinion/controllers/endpoint-batch".into())]);
    }
}
