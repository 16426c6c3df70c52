//! A spec with any number of node classes, all different: sizes, goals, policies and workloads turn at different speeds.

use std::fmt::Write;

/// The spec's text.
pub fn fleet(classes: usize) -> String {
    let mut out = String::from(
        "[cluster]\nname = \"generated\"\nkubernetes = \"1.34\"\nplatform = \"self-managed\"\ncni = \"flannel\"\n\
         pod-cidrs = [\"10.0.0.0/8\"]\nservice-cidrs = [\"172.20.0.0/16\"]\n",
    );
    let goals = ["density", "balanced", "latency"];
    let policies = ["fitted", "eks", "gke", "aks", "openshift"];
    for n in 0..classes {
        let cpus = 4 + (n * 2) % 124;
        let gib = cpus * (2 + n % 7) - 1;
        let _ = write!(
            out,
            "\n[node-class.c{n:05}]\ncount = {}\ngoal = \"{}\"\nreservation = \"{}\"\nos = {{ kernel = \"6.8\" }}\n\
             [node-class.c{n:05}.hardware]\ncpus = {cpus}\nmemory = \"{gib}Gi\"\n\
             disks = [{{ mount = \"/\", size = \"{}Gi\", write = \"{}Mi/s\", holds = [\"nodefs\", \"imagefs\"] }}]\n\
             [[node-class.c{n:05}.workload]]\nname = \"daemons\"\ncount = {}\ncpu = \"50m\"\nmemory = \"80Mi\"\n\
             [[node-class.c{n:05}.workload]]\nname = \"services\"\nshare = 1.0\ncpu = \"{}m\"\nmemory = \"{}Mi\"\n",
            1 + n % 5,
            goals[n % goals.len()],
            policies[n % policies.len()],
            100 + n % 400,
            50 + n % 300,
            2 + n % 5,
            50 + n % 250,
            100 + n % 900,
        );
    }
    out
}

/// One class of 8 NUMA nodes that are alike, 256 cores with two threads each, and 20 workloads, of which 12 want CPUs of their
/// own: the kind of machine on which integer placement hangs a solver.
#[allow(dead_code)]
pub fn symmetric() -> String {
    let mut out = String::from(
        "[cluster]\nname = \"symmetric\"\nkubernetes = \"1.36\"\ncni = \"other\"\n\n[node-class.a]\ncount = 10\n\
         goal = \"density\"\nos = { kernel = \"6.8\" }\n[node-class.a.hardware]\nthreads-per-core = 2\nnuma = [\n",
    );
    for node in 0..8 {
        let (first, second) = (node * 32, 256 + node * 32);
        let _ =
            writeln!(out, "  {{ cpus = \"{first}-{},{second}-{}\", memory = \"191Gi\" }},", first + 31, second + 31);
    }
    out.push_str("]\n");
    for n in 0..20 {
        let amount = if n < 12 { format!("count = {}", 1 + n % 3) } else { "share = 0.125".to_string() };
        let cpu = if n < 12 { format!("{}", 3 + n * 7 % 19) } else { format!("{}m", 90 + n * 20) };
        let _ = write!(
            out,
            "[[node-class.a.workload]]\nname = \"w{n:02}\"\n{amount}\ncpu = \"{cpu}\"\nmemory = \"{}Mi\"\nexclusive = {}\n",
            500 + n * 1_777 % 40_000,
            n < 12
        );
    }
    out
}

/// Prints a generated spec when this file is compiled as a program of its own (see `benches/whole-process`).
#[allow(dead_code)]
fn main() {
    let classes = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1);
    print!("{}", fleet(classes));
}
