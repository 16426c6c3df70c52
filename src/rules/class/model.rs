//! The program of one node class: its variables, and the causes behind each of its rows.

use crate::facts::{Cause, ClassFacts};
use crate::rules::{Rule, Why};
use plimsoll_solver::{Model, Row, Unit, Var};
use std::collections::BTreeMap;

/// Memory in KiB, shown in MiB, solved in GiB.
pub const MEMORY: Unit = Unit { symbol: "Mi", per: 1 << 10, scale: 1 << 20 };
/// Memory in whole MiB, for what is rounded up to them.
pub const WHOLE_MI: Unit = Unit { symbol: "Mi", per: 1, scale: 1 << 10 };
/// CPU in millionths of a core, shown in thousandths, solved in cores.
pub const CPU: Unit = Unit { symbol: "m", per: 1_000, scale: 1_000_000 };
/// CPU in whole thousandths, for what is rounded up to them.
pub const WHOLE_MILLI: Unit = Unit { symbol: "m", per: 1, scale: 1_000 };
/// Thousandths of a KiB, shown in MiB: what sums of costs per pod are counted in before they are rounded up.
pub const FINE_MEMORY: Unit = Unit { symbol: "Mi", per: 1_000 << 10, scale: 1 << 10 };
/// Thousandths of a millionth of a core, shown in thousandths of a core.
pub const FINE_CPU: Unit = Unit { symbol: "m", per: 1_000_000, scale: 1_000 };
/// Quarters of a byte, in which an entry's part of the hash is whole.
pub const FINE_BYTES: Unit = Unit { symbol: " bytes", per: 4, scale: 1 << 20 };
/// Entries of the conntrack table, solved in units of 1,024.
pub const ENTRIES: Unit = Unit { symbol: "", per: 1, scale: 1 << 10 };

/// Largest memory that a row may hold: 64 TiB, in KiB.
const MOST_MEMORY: i64 = 1 << 36;
/// Largest CPU amount: 8,192 cores, in millionths.
const MOST_CPU: i64 = 8_192_000_000;

/// Most pods that any program considers.
pub const MOST_PODS: i64 = 20_000;

/// The program of one class.
pub struct ClassModel {
    /// The solver's model.
    pub model: Model<Why>,
    /// What each row's numbers rest on.
    pub causes: BTreeMap<Why, Vec<Cause>>,
    /// Variables.
    pub vars: Vars,
    /// Rows that the user could change, with the pin's tunable or the workload they come from.
    pub asked: Vec<(Row, String)>,
    /// Hard memory eviction in KiB.
    pub eviction: i64,
    /// Physical cores that reservedSystemCPUs keeps, and the threads of one, where it is planned.
    pub reserved_cpus: Option<(Var, i64)>,
}

/// Variables of a class.
#[derive(Clone, Copy)]
pub struct Vars {
    /// kubelet/maxPods.
    pub pods: Var,
    /// kubeReserved.memory, KiB.
    pub kube_memory: Var,
    /// systemReserved.memory, KiB.
    pub system_memory: Var,
    /// kubeReserved.cpu, millionths of a core.
    pub kube_cpu: Var,
    /// systemReserved.cpu, millionths of a core.
    pub system_cpu: Var,
    /// Conntrack entries the node needs.
    pub entries: Var,
    /// PIDs that are not pods'.
    pub host_pids: Var,
}

impl ClassModel {
    /// The variables of a class, without any row.
    #[must_use]
    pub fn new(facts: &ClassFacts) -> Self {
        let mut model = Model::new();
        let least = facts.mix.fixed_pods().max(1);
        let vars = Vars {
            pods: model.integer("pods", Unit::COUNT, least.min(MOST_PODS), MOST_PODS),
            kube_memory: model.derived("kube-reserved", MEMORY, MOST_MEMORY),
            system_memory: model.derived("system-reserved", MEMORY, MOST_MEMORY),
            kube_cpu: model.derived("kube-reserved cpu", CPU, MOST_CPU),
            system_cpu: model.derived("system-reserved cpu", CPU, MOST_CPU),
            entries: model.derived("conntrack entries", ENTRIES, 1 << 40),
            host_pids: model.derived("host PIDs", Unit::COUNT, 1 << 30),
        };
        Self { model, causes: BTreeMap::new(), vars, asked: Vec::new(), eviction: 0, reserved_cpus: None }
    }

    /// Records what a rule's numbers rest on, and gives the cause for its rows.
    pub fn why(causes: &mut BTreeMap<Why, Vec<Cause>>, rule: &'static Rule, because: Vec<Cause>) -> Why {
        Self::why_on(causes, rule, "", because)
    }

    /// As [`Self::why`], for one of several uses of a rule.
    pub fn why_on(
        causes: &mut BTreeMap<Why, Vec<Cause>>,
        rule: &'static Rule,
        subject: &str,
        because: Vec<Cause>,
    ) -> Why {
        let why = Why::on(rule, subject);
        let list = causes.entry(why.clone()).or_default();
        list.extend(because);
        list.sort();
        list.dedup();
        why
    }
}
