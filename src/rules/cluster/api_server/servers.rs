//! The machines of the API servers.

use crate::diag::Place;
use crate::facts::{Facts, Known};
use crate::rules::class::ClassResult;
use std::collections::BTreeMap;

/// API servers and what each machine has for its pods.
#[derive(Clone, Debug)]
pub struct Servers {
    /// How many there are.
    pub count: Known<i64>,
    /// How many carry the load while some may be away.
    pub alive: Known<i64>,
    /// Name of the class with the smallest machines.
    pub class: String,
    /// Where it is stated.
    pub place: Place,
    /// Its allocatable milli-CPU.
    pub cpu: i64,
    /// Its allocatable bytes of memory.
    pub memory: i64,
    /// Its logical CPUs.
    pub cpus: Known<i64>,
}

impl Servers {
    /// The control plane's classes; nothing where none has that role.
    #[must_use]
    pub fn of(facts: &Facts, classes: &BTreeMap<String, ClassResult>) -> Option<Self> {
        let own: Vec<_> = facts.classes.values().filter(|c| c.role.value == "control-plane").collect();
        let counts: Vec<Known<i64>> = own.iter().map(|c| c.count.clone()).collect();
        let count = Known::<i64>::fold(0, &counts, |sum: i64, n| sum.saturating_add(*n));
        let smallest = own.into_iter().min_by_key(|c| (c.machine.cpus.value, c.machine.memory.value.0))?;
        let ledger = &classes.get(&smallest.name)?.ledger;
        Some(Self {
            alive: count.join(&Known::opinion("api-server/servers-away"), |n, away| (n - away).max(1)),
            count,
            class: smallest.name.clone(),
            place: smallest.place.clone(),
            cpu: ledger.allocatable_cpu(),
            memory: ledger.allocatable_memory(),
            cpus: smallest.machine.cpus.clone(),
        })
    }
}
