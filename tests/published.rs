//! Published formulas and tables, reproduced: addresses of every AWS type, and each provider's reservations by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{plan, read, root};
use plimsoll::catalog;
use plimsoll::plan::{ClassPlan, Plan};
use plimsoll::quantity::{Bytes, Milli};
use std::collections::{BTreeMap, BTreeSet};

/// The only class of a plan.
fn class(plan: &Plan) -> &ClassPlan {
    plan.classes.values().next().unwrap()
}

fn text(class: &ClassPlan, name: &str) -> String {
    class.values[name].value.as_str().unwrap().to_string()
}

/// Types that the list has and the catalogue has not, since their vendor's page does not describe them.
#[rustfmt::skip]
const NOT_IN_CATALOGUE: &[&str] = &[
    "bmn-sf1.metal", "c5a.metal", "c5ad.metal", "c7i.32xlarge", "cr1.8xlarge", "dl1.24xlarge", "f1.16xlarge",
    "f1.2xlarge", "f1.4xlarge", "hs1.8xlarge", "mac-m3ultra.metal", "mac-m4.metal", "mac-m4max.metal",
    "mac-m4pro.metal", "mac1.metal", "mac2-m1ultra.metal", "mac2-m2.metal", "mac2-m2pro.metal", "mac2.metal",
    "p3.16xlarge", "p3.2xlarge", "p3.8xlarge", "trn2.3xlarge", "u-12tb1.metal", "u-18tb1.metal", "u-24tb1.metal",
    "u-6tb1.metal", "u-9tb1.metal",
];

/// Types that the catalogue has and the list has not.
const NOT_IN_LIST: &[&str] = &[];

/// Types whose published pods are not interfaces × (addresses − 1) + 2 of the catalogue, with ours and theirs.
const OTHERWISE: &[(&str, i64, i64)] = &[];

/// Without limits but addresses, an EKS node has the pods of Amazon's own list (`eni-max-pods.txt`).
#[test]
fn every_instance_type_has_the_addresses_that_amazon_publishes() {
    let list: BTreeMap<String, i64> = read(root().join("tests/fixtures/aws_eni_max_pods.tsv"))
        .lines()
        .filter(|l| !l.starts_with('#') && !l.starts_with("instance_type"))
        .map(|l| l.split_once('\t').map(|(name, pods)| (name.to_string(), pods.parse().unwrap())).unwrap())
        .collect();
    assert!(list.len() > 1_000);
    // One spec with a class per type: names of types have a dot, names of classes have not.
    let mut spec = String::from(
        "[cluster]\nname = \"aws\"\nkubernetes = \"1.34\"\nplatform = \"self-managed\"\ncni = \"aws-vpc\"\n",
    );
    let named: Vec<&String> = list.keys().filter(|name| catalog::instance(name).is_some()).collect();
    for (at, name) in named.iter().enumerate() {
        // Pods of nothing, since only addresses are asked about; the pin lifts the goal's ceiling out of the way.
        spec.push_str(&format!(
            "[node-class.t{at}]\ninstance-type = \"{name}\"\nreservation = \"eks\"\ngoal = \"density\"\nos = {{ kernel = \"6.1\" }}\n\
             workload = [{{ name = \"none\", share = 1.0, cpu = \"0\", memory = \"0\" }}]\n"
        ));
    }
    let plan = plan(&spec).plan();
    let mut otherwise = BTreeSet::new();
    for (at, name) in named.iter().enumerate() {
        let value = &plan.classes[&format!("t{at}")].values["kubelet/maxPods"];
        let bounds = value.binding.iter().chain(&value.behind);
        let ours = bounds.filter(|b| b.rule == "aws-pod-addresses").filter_map(|b| b.limit.as_i64()).next().unwrap();
        let theirs = list[*name];
        if ours != theirs {
            otherwise.insert((name.as_str(), ours, theirs));
        }
        // Where nothing else is tighter, the addresses are what maxPods is.
        let pods = value.value.as_i64().unwrap();
        assert!(pods <= ours, "{name}: {pods} pods on {ours} addresses");
        if value.binding.iter().all(|b| b.rule == "aws-pod-addresses") {
            assert_eq!(pods, ours, "{name}");
        }
    }
    assert_eq!(otherwise, OTHERWISE.iter().copied().collect(), "types that differ from the list");
    let missing: BTreeSet<&str> = list.keys().map(String::as_str).filter(|n| catalog::instance(n).is_none()).collect();
    assert_eq!(missing, NOT_IN_CATALOGUE.iter().copied().collect(), "types of the list that the catalogue lacks");
    let unlisted: BTreeSet<&str> = catalog::instance_names().filter(|n| !list.contains_key(*n)).collect();
    assert_eq!(unlisted, NOT_IN_LIST.iter().copied().collect(), "types of the catalogue that the list lacks");
}

/// Plans one machine under a policy and returns what is reserved: milli-CPU and bytes, of kube and of system.
fn reserved(policy: &str, kubernetes: &str, cpus: i64, memory: &str, pods: i64) -> [i64; 4] {
    let spec = format!(
        "[cluster]\nname = \"p\"\nkubernetes = \"{kubernetes}\"\ncni = \"other\"\n[node-class.a]\n{policy}\nos = {{ kernel = \"6.1\" }}\n\
         hardware = {{ cpus = {cpus}, memory = \"{memory}\" }}\nworkload = [{{ name = \"none\", share = 1.0, cpu = \"0\", memory = \"0\" }}]\n\
         [node-class.a.pin]\n\"kubelet/maxPods\" = {pods}\n"
    );
    let plan = plan(&spec).plan();
    let class = class(&plan);
    assert_eq!(class.values["kubelet/maxPods"].value, pods);
    let milli = |n: &str| class.values.get(n).map_or(0, |v| Milli::parse(v.value.as_str().unwrap()).unwrap().0);
    let bytes = |n: &str| class.values.get(n).map_or(0, |v| Bytes::parse(v.value.as_str().unwrap()).unwrap().0);
    [
        milli("kubelet/kubeReserved.cpu"),
        bytes("kubelet/kubeReserved.memory"),
        milli("kubelet/systemReserved.cpu"),
        bytes("kubelet/systemReserved.memory"),
    ]
}

const MI: i64 = 1 << 20;

/// Figures of nodeadm's own test cases: 60m for the first core, 10m for the second, 5m each for two more, 2.5m each beyond,
/// every band floored by itself; 11Mi for each pod and 255Mi.
#[test]
fn eks_reserves_what_nodeadm_tests() {
    for (cpus, milli) in [(1, 60), (2, 70), (4, 80), (8, 90), (16, 110), (32, 150), (48, 190), (96, 310)] {
        assert_eq!(
            reserved("reservation = \"eks\"", "1.34", cpus, "64Gi", 100),
            [milli, 1355 * MI, 0, 0],
            "{cpus} CPUs"
        );
    }
    // 11 × 8 + 255 = 343; 11 × 737 + 255 = 8362.
    for (pods, mib) in [(8, 343), (29, 574), (58, 893), (110, 1465), (234, 2829), (737, 8362)] {
        assert_eq!(reserved("reservation = \"eks\"", "1.34", 4, "64Gi", pods)[1], mib * MI, "{pods} pods");
    }
}

/// 25% of the first 4 GiB, 20% of the next 4, 10% of the next 8, 6% up to 128 GiB, 2% beyond; each floored to MiB.
#[test]
fn gke_reserves_its_bands() {
    let table = [
        // At most 1 GiB: 255 MiB flat.
        ("1Gi", 255),
        ("2Gi", 512),
        ("4Gi", 1024),
        // 1024 + floor(819.2)
        ("8Gi", 1843),
        // 1024 + 819 + floor(409.6): half of the third band
        ("12Gi", 2252),
        // 1024 + 819 + floor(819.2)
        ("16Gi", 2662),
        // 1024 + 819 + 819 + floor(0.06 × 49152 = 2949.12)
        ("64Gi", 5611),
        // 1024 + 819 + 819 + floor(0.06 × 114688 = 6881.28)
        ("128Gi", 9543),
        // 9543 + floor(0.02 × 131072 = 2621.44)
        ("256Gi", 12164),
        // 9543 + floor(0.02 × (6291456 − 131072) = 123207.68)
        ("6Ti", 132750),
    ];
    for (memory, mib) in table {
        assert_eq!(reserved("reservation = \"gke\"", "1.34", 4, memory, 1)[1], mib * MI, "{memory}");
    }
    for (cpus, milli) in [(1, 60), (2, 70), (3, 75), (4, 80), (5, 82), (8, 90), (16, 110), (64, 230)] {
        // 5 CPUs: 60 + 10 + 10 + floor(2.5)
        assert_eq!(reserved("reservation = \"gke\"", "1.34", cpus, "64Gi", 1)[0], milli, "{cpus} CPUs");
    }
}

/// AKS from 1.29 on: the lesser of 20Mi × pods + 50Mi and a quarter of the memory. Before: the bands of GKE.
#[test]
fn aks_reserves_by_its_generation() {
    for (memory, pods, mib) in [
        // 20 × 110 + 50
        ("64Gi", 110, 2250),
        ("64Gi", 30, 650),
        // 20 × 250 + 50
        ("64Gi", 250, 5050),
        // A quarter of 8 GiB is 2048Mi, less than 2250Mi.
        ("8Gi", 110, 2048),
        ("8Gi", 99, 2030),
        // A quarter of 4 GiB is 1024Mi, less than 20 × 110 + 50.
        ("4Gi", 110, 1024),
    ] {
        assert_eq!(reserved("reservation = \"aks\"", "1.34", 4, memory, pods)[1], mib * MI, "{memory}, {pods} pods");
        assert_eq!(reserved("reservation = \"aks\"", "1.29", 4, memory, pods)[1], mib * MI, "{memory}, {pods} pods");
    }
    for (memory, mib) in [("4Gi", 1024), ("8Gi", 1843), ("16Gi", 2662), ("64Gi", 5611)] {
        assert_eq!(reserved("reservation = \"aks\"", "1.28", 4, memory, 30)[1], mib * MI, "{memory}");
        assert_eq!(
            reserved("reservation = \"aks\"\nformula = \"pre-1.29\"", "1.34", 4, memory, 30)[1],
            mib * MI,
            "{memory}"
        );
    }
    for kubernetes in ["1.28", "1.34"] {
        // 60 for the first core, 40 for the second, 20 each for two more, 10 each beyond: 100 + 40 + 10 × (n − 4).
        for (cpus, milli) in [(1, 60), (2, 100), (4, 140), (8, 180), (16, 260), (32, 420), (64, 740)] {
            assert_eq!(
                reserved("reservation = \"aks\"", kubernetes, cpus, "64Gi", 30)[0],
                milli,
                "{cpus} CPUs, {kubernetes}"
            );
        }
    }
}

/// The hard eviction that belongs to each generation: 750Mi before 1.29, 100Mi since.
#[test]
fn aks_evicts_by_its_generation() {
    for (kubernetes, threshold) in [("1.28", "750Mi"), ("1.29", "100Mi")] {
        let spec = format!(
            "[cluster]\nname = \"p\"\nkubernetes = \"{kubernetes}\"\ncni = \"other\"\n[node-class.a]\nreservation = \"aks\"\nhardware = {{ cpus = 4, memory = \"16Gi\" }}\n"
        );
        assert_eq!(text(class(&plan(&spec).plan()), "kubelet/evictionHard.memory.available"), threshold);
    }
}

/// OpenShift's script: 1 GiB up to 8 GiB, 6% of what is between 8 and 128 GiB, 2% beyond, rounded to whole GiB, paid by
/// systemReserved.
#[test]
fn openshift_reserves_what_its_script_prints() {
    let table = [
        ("4Gi", 1),
        ("8Gi", 1),
        // 1 + 0.06 × 8 = 1.48
        ("16Gi", 1),
        // 1 + 0.06 × 9 = 1.54
        ("17Gi", 2),
        // 1 + 0.06 × 24 = 2.44
        ("32Gi", 2),
        // 1 + 0.06 × 56 = 4.36
        ("64Gi", 4),
        // 1 + 0.06 × 120 = 8.2
        ("128Gi", 8),
        // 1 + 6.72 + 0.02 × (248 − 112) = 10.44: above 128 GiB the script adds 6.72 and takes 112 away, not 7.2 and 120
        ("256Gi", 10),
    ];
    for (memory, gib) in table {
        for formula in ["v1", "v2"] {
            let policy = format!("reservation = \"openshift\"\nformula = \"{formula}\"");
            let [kube_cpu, kube_memory, _, memory_system] = reserved(&policy, "1.34", 4, memory, 30);
            assert_eq!((kube_cpu, kube_memory, memory_system), (0, 0, gib << 30), "{memory} {formula}");
        }
    }
    // Version 1 is 0.06 + 0.01 + 2 × 0.005 + 0.0025 for each further core, version 2 is 0.06 + 0.012 for each further core
    // with two decimals; both are at least half a core.
    for (cpus, v1, v2) in [
        (1, 500, 500),
        (4, 500, 500),
        (37, 500, 500),
        (38, 500, 500),
        (64, 500, 820),
        (96, 500, 1200),
        (128, 500, 1580),
        (192, 550, 2350),
    ] {
        // 64: 0.06 + 63 × 0.012 = 0.816; 96: 1.2; 128: 1.584; 192: 2.352, and 0.08 + 188 × 0.0025 = 0.55
        let at = |formula: &str| {
            reserved(&format!("reservation = \"openshift\"\nformula = \"{formula}\""), "1.34", cpus, "64Gi", 30)[2]
        };
        assert_eq!((at("v1"), at("v2")), (v1, v2), "{cpus} CPUs");
    }
}
