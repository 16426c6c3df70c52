//! What holds between components, on random clusters: computed from the spec's numbers and plan.json by nothing that planned them.

pub mod generate;
mod holds;

use crate::common::{Outcome, document, files, plan};
use generate::{Cluster, cluster};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;
use std::cell::Cell;

/// A plan to hold a law against.
pub struct Planned<'a> {
    /// What was asked for.
    pub spec: &'a Cluster,
    /// plan.json.
    pub document: Value,
    /// The written files.
    pub files: Vec<(String, String)>,
}

impl Planned<'_> {
    /// A value of the control plane.
    pub fn control(&self, name: &str) -> Option<&Value> {
        self.document["controlPlane"]["values"].get(name).map(|v| &v["value"])
    }

    /// A value of kube-proxy, wherever it is planned.
    pub fn proxy(&self, class: &str, name: &str) -> Option<&Value> {
        let own = self.document["nodeClasses"][class]["values"].get(name);
        own.or_else(|| self.document["clusterValues"].get(name)).map(|v| &v["value"])
    }

    /// A value of a class.
    pub fn class(&self, class: &str, name: &str) -> Option<&Value> {
        self.document["nodeClasses"][class]["values"].get(name).map(|v| &v["value"])
    }

    /// Names of the classes of workers, with what was asked of each.
    pub fn workers(&self) -> impl Iterator<Item = (String, &generate::Workers)> {
        self.spec.workers.iter().enumerate().map(|(at, w)| (format!("w{at}"), w))
    }
}

/// Holds a law against many plans, the same in every run, and shrinks what breaks it. `LAWS_CASES` says how many clusters.
fn law(check: impl Fn(&Planned<'_>) -> Result<bool, String>) {
    let cases = std::env::var("LAWS_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(120);
    let (fits, seen) = (Cell::new(0), Cell::new(0));
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let result = runner.run(&cluster(), |spec| {
        let text = spec.text();
        match plan(&text) {
            Outcome::Fits(plan) => {
                let files = files(&plan).into_iter().filter(|(p, _)| p != "plan.json");
                let files = files.map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap())).collect();
                let planned = Planned { spec: &spec, document: document(&plan), files };
                fits.set(fits.get() + 1);
                match check(&planned) {
                    Ok(applies) => seen.set(seen.get() + i32::from(applies)),
                    Err(what) => prop_assert!(false, "{what}\n{text}"),
                }
            }
            Outcome::Bug(what) => prop_assert!(false, "bug: {what}\n{text}"),
            Outcome::Refused(_) | Outcome::Unfit(_) => {}
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let least = i32::try_from(cases / 10).unwrap();
    assert!(
        fits.get() > least && seen.get() > least / 2,
        "{} plans, {} of which the law is about",
        fits.get(),
        seen.get()
    );
}

/// Nodes and pods have addresses: two sides of one mask.
#[test]
fn every_node_has_a_range_and_every_pod_an_address() {
    law(holds::addresses);
}

/// A node is called lost only after its kubelet had time to notice a dead connection and to renew its lease several times.
#[test]
fn heartbeats_come_several_times_within_the_grace_period() {
    law(holds::heartbeats);
}

/// Leases outlast renewals, and those retries.
#[test]
fn leaders_have_time_to_renew() {
    law(holds::leaders);
}

/// etcd starts with it, and a late heartbeat is no election.
#[test]
fn an_election_outlasts_five_heartbeats() {
    law(holds::elections);
}

/// What kube-proxy's code makes of the planned settings is enough for the class's pods.
#[test]
fn the_planned_table_is_what_kube_proxy_computes() {
    law(holds::tables);
}

/// No two files set the same sysctl, and none sets what kube-proxy or the kubelet sets.
#[test]
fn every_sysctl_has_one_owner() {
    law(holds::sysctls);
}

/// The seats of the suggested levels, as upstream's code computes them.
#[test]
fn seats_are_upstreams_arithmetic() {
    law(holds::seats);
}

/// Controllers may not ask more than the servers have seats for.
#[test]
fn what_controllers_may_ask_is_what_the_servers_carry() {
    law(holds::rates);
}
