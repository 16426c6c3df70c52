//! Flags of kube-apiserver that depend on little: timeouts, compaction, connections behind a balancer.

use super::servers::Servers;
use crate::because;
use crate::catalog;
use crate::facts::{Cause, Facts};
use crate::rules::{Draft, Origin, Rule};

/// Timeouts.
pub static TIMEOUTS: Rule = Rule {
    id: "apiserver-timeouts",
    why: "a longer timeout lets slow requests hold seats and connections longer; watches end after half an hour or more at random, which spreads them",
    source: "k8s.io/apiserver pkg/server/options/server_run_options.go; k8s.io/apiserver pkg/endpoints/handlers/get.go",
};
/// Compaction.
pub static COMPACTION: Rule = Rule {
    id: "apiserver-compaction",
    why: "the API servers compact etcd; the history that etcd's quota holds is counted for upstream's interval",
    source: "k8s.io/apiserver pkg/storage/etcd3/compact.go",
};
/// Connections.
pub static GOAWAY: Rule = Rule {
    id: "apiserver-goaway",
    why: "a balancer that forwards connections leaves clients where they connected, so a server that comes back stays idle until some are told to connect again",
    source: "k8s.io/apiserver pkg/server/filters/goaway.go; profiles/opinions/api-server.toml",
};

/// Sets them.
pub fn decide(facts: &Facts, servers: Option<&Servers>, draft: &mut Draft<'_>) {
    for (flag, reason) in [
        ("request-timeout", "upstream's default: slow requests hold seats no longer"),
        ("min-request-timeout", "upstream's default: watches end after 30 to 60 minutes, at random"),
    ] {
        draft.keep(&format!("kube-apiserver/{flag}"), &TIMEOUTS, reason);
    }
    draft.keep(
        "kube-apiserver/etcd-compaction-interval",
        &COMPACTION,
        "upstream's default, which etcd's quota is planned for",
    );
    goaway(facts, servers, draft);
}

fn goaway(facts: &Facts, servers: Option<&Servers>, draft: &mut Draft<'_>) {
    const NAME: &str = "kube-apiserver/goaway-chance";
    let balancer = facts.cluster.control_plane.as_ref().and_then(|c| c.load_balancer.as_ref());
    let chance = catalog::opinion("api-server/goaway-chance").map(|o| o.value.clone());
    match (balancer, servers, chance) {
        (Some(kind), Some(servers), Some(chance)) if kind.value == "l4" && servers.count.value > 1 => {
            let reason = format!("{} servers behind a balancer that forwards connections", servers.count.value);
            let causes = because![kind, servers.count; Cause::Fact("opinion/api-server/goaway-chance".into())];
            draft.set(NAME, chance, Origin::Derived, &GOAWAY).reason(reason).because(causes);
        }
        (Some(kind), Some(servers), _) if kind.value == "l4" => {
            let reason = "one server: every connection would come back to it";
            draft.keep_because(NAME, &GOAWAY, reason, because![kind, servers.count]);
        }
        (Some(kind), ..) => draft.keep_because(NAME, &GOAWAY, "nothing keeps connections in one place", because![kind]),
        (None, ..) => draft.keep(NAME, &GOAWAY, "no balancer is stated"),
    }
}
