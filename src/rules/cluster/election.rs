//! Leader election of controller-manager and scheduler: a leader outlasts the elections of etcd's own leader.

use crate::because;
use crate::catalog;
use crate::facts::{Cause, Known};
use crate::quantity::{GoDuration, ceil_div};
use crate::rules::{Draft, Origin, Rule};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&ELECTION];

/// Deadlines of a leader.
pub static ELECTION: Rule = Rule {
    id: "leader-election-times",
    why: "a leader that cannot renew its lease gives up and starts anew, so its deadline must outlast the time in which etcd elects a leader of its own",
    source: "kubernetes/kubernetes staging/src/k8s.io/client-go/tools/leaderelection; etcd-io/raft tick randomised up to twice the election timeout",
};

/// The settings of one component: elect, lease, deadline, retry.
pub struct Names {
    elect: &'static str,
    lease: &'static str,
    renew: &'static str,
    retry: &'static str,
}

/// The controller-manager's.
pub static CONTROLLERS: Names = Names {
    elect: "kube-controller-manager/leader-elect",
    lease: "kube-controller-manager/leader-elect-lease-duration",
    renew: "kube-controller-manager/leader-elect-renew-deadline",
    retry: "kube-controller-manager/leader-elect-retry-period",
};
/// The scheduler's.
pub static SCHEDULER: Names = Names {
    elect: "kube-scheduler/leaderElection.leaderElect",
    lease: "kube-scheduler/leaderElection.leaseDuration",
    renew: "kube-scheduler/leaderElection.renewDeadline",
    retry: "kube-scheduler/leaderElection.retryPeriod",
};

const TIMEOUT: &str = "etcd/election-timeout";

/// Milliseconds for which etcd may take no write while it elects: a member waits up to twice the timeout before it stands.
#[must_use]
pub fn outage(timeout: i64, elections: i64) -> i64 {
    timeout.saturating_mul(2).saturating_mul(elections)
}

/// Sets the times of one component. etcd's are planned before.
pub fn decide(names: &Names, draft: &mut Draft<'_>) {
    let version = draft.version();
    draft.keep(names.elect, &ELECTION, "upstream's default: of several, one acts");
    let [lease, renew, retry] =
        [names.lease, names.renew, names.retry].map(|name| catalog::default_number(name, version));
    let timeout = draft.get(TIMEOUT).and_then(Json::as_i64).map(|ms| Known::caused(ms, Cause::Value(TIMEOUT.into())));
    let Some(timeout) = timeout else {
        for name in [names.lease, names.renew, names.retry] {
            draft.keep(name, &ELECTION, "upstream's default");
        }
        return;
    };
    let elections = Known::opinion("controllers/elections");
    let nanos = outage(timeout.value, elections.value).saturating_mul(1_000_000);
    let line = format!(
        "etcd elects within {} × 2 × {} = {}",
        elections.value,
        GoDuration(timeout.value * 1_000_000),
        GoDuration(nanos)
    );
    let causes = because![timeout, elections];
    if nanos < renew {
        for name in [names.lease, names.renew, names.retry] {
            let reason = format!("upstream's default: {line}, before the deadline of {}", GoDuration(renew));
            draft.keep_because(name, &ELECTION, &reason, causes.clone());
        }
        return;
    }
    // Strictly more, in whole steps; the others in upstream's proportion.
    let step = Known::opinion("controllers/election-step");
    let steps = nanos / (step.value * GoDuration::SECOND) + 1;
    let deadline = steps * step.value * GoDuration::SECOND;
    let part = |of: i64| {
        let exact = i128::from(deadline) * i128::from(of) / i128::from(renew.max(1));
        let second = GoDuration::SECOND;
        ceil_div(i64::try_from(exact).unwrap_or(i64::MAX - second), second) * second
    };
    for (name, value) in [(names.lease, part(lease)), (names.renew, deadline), (names.retry, part(retry))] {
        let fact = Cause::Fact(format!("default/{version}/{name}"));
        draft
            .set(name, GoDuration(value).to_string(), Origin::Derived, &ELECTION)
            .reason(format!("{line}: the deadline is {}", GoDuration(deadline)))
            .because(causes.iter().cloned().chain(because![step; fact]));
    }
}
