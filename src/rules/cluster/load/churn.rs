//! Pods that start and end: steadily, and in the largest burst.

use super::Totals;
use crate::facts::{Facts, Known};
use crate::quantity::ceil_div;

/// Pods that start and end, and what stands behind them.
#[derive(Clone, Debug)]
pub struct Churn {
    /// Pods that start, in thousandths per second. As many end.
    pub starts: Known<i64>,
    /// Of these, pods that neither a rollout nor a job moves.
    pub moved: Known<i64>,
    /// Of these, pods that a rollout replaces.
    pub rolled: Known<i64>,
    /// Of these, pods of jobs, of which each has one.
    pub jobs: Known<i64>,
    /// Deployments.
    pub deployments: Known<i64>,
    /// Of a million pods, how many are behind a service.
    pub serving: Known<i64>,
    /// The largest burst.
    pub burst: Burst,
}

/// Pods that start at once.
#[derive(Clone, Debug)]
pub struct Burst {
    /// How many.
    pub pods: Known<i64>,
    /// Seconds within which all of them are to run.
    pub seconds: Known<i64>,
}

impl Burst {
    /// Pods that start while it lasts, in thousandths per second.
    #[must_use]
    pub fn starts(&self) -> Known<i64> {
        self.pods.join(&self.seconds, |pods, seconds| pods.saturating_mul(1000) / seconds.max(&1))
    }
}

impl Churn {
    /// What is stated of it, or what the pods of the cluster come to.
    #[must_use]
    pub fn of(facts: &Facts, totals: &Totals) -> Self {
        let (stated, pods) = (&facts.cluster.load, &totals.pods);
        let deployments = stated
            .deployments
            .clone()
            .unwrap_or_else(|| pods.join(&Known::opinion("load/pods-per-deployment"), |p, each| ceil_div(*p, *each)));
        let per_minute = |count: &i64| count.saturating_mul(1000) / 60;
        let moved = stated.pod_starts.as_ref().map_or_else(
            || pods.join(&Known::opinion("load/pod-lifetime"), |p, life| p.saturating_mul(1000) / life.max(&1)),
            |stated| stated.map(per_minute),
        );
        let jobs = stated.jobs.map(per_minute);
        let each = pods.join(&deployments, |pods, deployments| ceil_div(*pods, (*deployments).max(1)));
        let rolled = stated.rollouts.join(&each, |hour, pods| hour.saturating_mul(*pods).saturating_mul(1000) / 3600);
        let starts = moved.join(&jobs, |a, b| a.saturating_add(*b)).join(&rolled, |a, b| a.saturating_add(*b));
        let serving = facts.cluster.endpoints.join(pods, |endpoints, pods| {
            let part = i128::from(*endpoints) * 1_000_000 / i128::from((*pods).max(1));
            i64::try_from(part).unwrap_or(i64::MAX).min(1_000_000)
        });
        let burst = match &stated.burst {
            Some((pods, seconds)) => Burst { pods: pods.clone(), seconds: seconds.clone() },
            None => Burst {
                pods: pods.join(&Known::opinion("load/burst-share"), |p, share| p.saturating_mul(*share) / 100),
                seconds: Known::opinion("load/burst-seconds"),
            },
        };
        Self { starts, moved, rolled, jobs, deployments, serving, burst }
    }

    /// Events that pods leave as they start and end, in thousandths per second.
    #[must_use]
    pub fn events(&self) -> Known<i64> {
        let [start, stop, rollout, job] =
            ["writes-pod-start-events", "writes-pod-stop-events", "writes-rollout-events", "writes-job-pod-events"]
                .map(Known::cost);
        let parts = [
            self.moved.join(&start, |n, each| n.saturating_mul(*each)),
            self.moved.join(&stop, |n, each| n.saturating_mul(*each)),
            self.rolled.join(&rollout, |n, each| n.saturating_mul(*each)),
            self.jobs.join(&job, |n, each| n.saturating_mul(*each)),
        ];
        Known::<i64>::fold(0, &parts, |sum: i64, part| sum.saturating_add(*part))
    }
}
