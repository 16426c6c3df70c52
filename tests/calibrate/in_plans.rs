//! Measured costs in plans: what is printed, pasted into a spec, is what is reserved, and each cost is in exactly one place.

use crate::common::{Outcome, document, plan, run_in};
use crate::nodes::{fleet, lines};
use plimsoll::calibrate::{Container, Fit, Line, Resource, calibrate, read};
use plimsoll::catalog;
use plimsoll::quantity::{Bytes, Milli};
use proptest::prelude::*;
use serde_json::Value;

const SPEC: &str = r#"
[cluster]
name = "measured"
kubernetes = "1.34"
cni = "flannel"
pod-cidrs = ["10.0.0.0/12"]

[node-class.web]
goal = "edge"
os = { kernel = "6.8" }
runtime = { name = "RUNTIME" }
pin = { "kubelet/maxPods" = PODS }

[node-class.web.hardware]
cpus = 8
memory = "31Gi"
disks = [{ mount = "/", kind = "nvme", size = "200Gi", holds = ["nodefs", "imagefs"] }]

[[node-class.web.workload]]
name = "services"
share = 1.0
cpu = "50m"
memory = "128Mi"
"#;

fn spec(runtime: &str, pods: i64, more: &str) -> String {
    format!("{}\n{more}", SPEC.replace("RUNTIME", runtime).replace("PODS", &pods.to_string()))
}

/// The class of a plan of a spec.
fn class(text: &str) -> Value {
    document(&plan(text).plan())["nodeClasses"]["web"].clone()
}

/// Bytes or milli-CPU of a reservation.
fn reserved(class: &Value, field: &str) -> i64 {
    let text = class["values"][format!("kubelet/{field}")]["value"].as_str().unwrap();
    if field.ends_with(".cpu") { Milli::parse(text).unwrap().0 } else { Bytes::parse(text).unwrap().0 }
}

fn line(fits: &[Fit], container: Container, resource: Resource) -> Line {
    let fit = fits.iter().find(|f| (f.container, f.resource) == (container, resource)).unwrap();
    fit.result.as_ref().unwrap().line
}

fn ceil(amount: i64, by: i64) -> i64 {
    (amount + by - 1) / by
}

fn typical(id: &str) -> i64 {
    catalog::cost(id).unwrap().typical
}

/// What `calibrate` prints for made-up nodes, and the lines in it.
fn printed(args: &[&str]) -> (String, Vec<Fit>) {
    let text = lines(&fleet(11, 8, 12));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("all.json"), &text).unwrap();
    let args: Vec<&str> = ["calibrate", "all.json", "--class", "web"].iter().chain(args).copied().collect();
    let run = run_in(folder.path(), &args, "");
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    let observed = read(&[("all.json".into(), text)], &[]).unwrap();
    (run.out, calibrate(&observed, 950_000))
}

#[test]
fn what_is_printed_is_what_is_reserved() {
    let (printed, fits) = printed(&[]);
    for pods in [20, 60, 100] {
        let class = class(&spec("containerd", pods, &printed));
        for (resource, unit) in [(Resource::Memory, 1024), (Resource::Cpu, 1000)] {
            let [kubelet, runtime] = [Container::Kubelet, Container::Runtime].map(|c| line(&fits, c, resource));
            let whole = ceil(kubelet.at(pods) + runtime.at(pods), unit);
            let field = format!("kubeReserved.{}", resource.name());
            let scale = if resource == Resource::Memory { Bytes::MI } else { 1 };
            assert_eq!(reserved(&class, &field), whole * scale, "{field} at {pods} pods");
            let value = &class["values"][format!("kubelet/{field}")];
            assert_eq!(value["origin"], "measured");
            let because = value["because"].to_string();
            for key in ["kubelet", "runtime"] {
                let path = format!("node-class.web.measured.{key}.{}-per-pod", resource.name());
                assert!(because.contains(&path), "{because}");
            }
            assert!(!because.contains("cost/kubelet") && !because.contains("cost/containerd"), "{because}");
            let reason = value["reason"].as_str().unwrap();
            assert!(
                reason.contains("0.95 quantile of 96 samples, up to 60 pods, plimsoll calibrate, 8 nodes"),
                "{reason}"
            );
        }
        let misc = line(&fits, Container::Misc, Resource::Cpu);
        assert_eq!(reserved(&class, "systemReserved.cpu"), ceil(misc.at(pods) + typical("kernel-cpu"), 1000));
    }
}

#[test]
fn kernel_memory_storage_and_pids_stay_the_catalogues() {
    let (printed, fits) = printed(&[]);
    let pods = 50;
    let (with, without) = (class(&spec("containerd", pods, &printed)), class(&spec("containerd", pods, "")));
    let misc = line(&fits, Container::Misc, Resource::Memory);
    let moved = (misc.at(pods) - typical("system-memory")) * 1024;
    let seen = reserved(&with, "systemReserved.memory") - reserved(&without, "systemReserved.memory");
    assert!((seen - moved).abs() < Bytes::MI, "{seen} against {moved}: only the host's processes are replaced");
    assert_eq!(with["values"]["kubelet/systemReserved.memory"]["origin"], "measured");
    let because = with["values"]["kubelet/systemReserved.memory"]["because"].to_string();
    for cost in ["kernel-memory-node", "kernel-memory-pod", "conntrack-entry-memory"] {
        assert!(because.contains(&format!("cost/{cost}")), "{because}");
    }
    assert!(!because.contains("cost/system-memory"), "{because}");
    for field in
        ["kubeReserved.ephemeral-storage", "systemReserved.ephemeral-storage", "kubeReserved.pid", "systemReserved.pid"]
    {
        let name = format!("kubelet/{field}");
        assert_eq!(with["values"][&name], without["values"][&name]);
    }
}

#[test]
fn conmon_is_in_no_container_and_stays() {
    let (printed, fits) = printed(&[]);
    let pods = 50;
    let class = class(&spec("crio", pods, &printed));
    let [kubelet, runtime] = [Container::Kubelet, Container::Runtime].map(|c| line(&fits, c, Resource::Memory));
    let conmon = typical("conmon-memory") * typical("demand-containers-pod") * pods;
    let whole = ceil(kubelet.at(pods) + runtime.at(pods) + conmon, 1024);
    assert_eq!(reserved(&class, "kubeReserved.memory"), whole * Bytes::MI);
}

#[test]
fn what_was_not_measured_stays_the_catalogues() {
    let pods = 50;
    let measured = "[node-class.web.measured]\nkubelet = { cpu = \"10m\", cpu-per-pod = \"900u\" }\n";
    let (with, without) = (class(&spec("containerd", pods, measured)), class(&spec("containerd", pods, "")));
    let runtime = typical("containerd-cpu-node") + typical("containerd-cpu-pod") * pods;
    assert_eq!(reserved(&with, "kubeReserved.cpu"), ceil(10_000 + 900 * pods + runtime, 1000));
    for field in ["kubeReserved.memory", "systemReserved.cpu", "systemReserved.memory"] {
        assert_eq!(
            with["values"][format!("kubelet/{field}")],
            without["values"][format!("kubelet/{field}")],
            "{field}"
        );
    }
}

#[test]
fn a_measured_cost_is_one_figure_and_no_range() {
    let (printed, _) = printed(&[]);
    let width = |class: &Value| {
        let end = |which: &str| Bytes::parse(class["allocatableSpread"]["memory"][which].as_str().unwrap()).unwrap().0;
        end("low") - end("high")
    };
    let with = class(&spec("containerd", 50, &printed));
    let without = class(&spec("containerd", 50, ""));
    assert!(width(&with) < width(&without) / 2, "{} against {}", width(&with), width(&without));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    /// However much was measured, the solver's own number of pods is what the lines are carried to, and nothing of it is a bug.
    #[test]
    fn the_lines_hold_at_the_number_of_pods_that_is_solved(
        memory in (0_i64..8_000_000, 0_i64..40_000, 0_i64..4_000_000, 0_i64..40_000),
        cpu in (0_i64..2_000_000, 0_i64..30_000, 0_i64..1_000_000, 0_i64..30_000),
        crio in any::<bool>(),
    ) {
        let measured = format!(
            "[node-class.web.measured]\nkubelet = {{ memory = \"{}Ki\", memory-per-pod = \"{}Ki\", cpu = \"{}u\", cpu-per-pod = \"{}u\" }}\n\
             runtime = {{ memory = \"{}Ki\", memory-per-pod = \"{}Ki\", cpu = \"{}u\", cpu-per-pod = \"{}u\" }}\n",
            memory.0, memory.1, cpu.0, cpu.1, memory.2, memory.3, cpu.2, cpu.3
        );
        let text = spec(if crio { "crio" } else { "containerd" }, 0, &measured).replace("pin = { \"kubelet/maxPods\" = 0 }\n", "");
        match plan(&text) {
            Outcome::Fits(plan) => {
                let class = document(&plan)["nodeClasses"]["web"].clone();
                let pods = class["values"]["kubelet/maxPods"]["value"].as_i64().unwrap();
                let conmon = if crio { typical("conmon-memory") * typical("demand-containers-pod") * pods } else { 0 };
                let whole = ceil(memory.0 + memory.2 + (memory.1 + memory.3) * pods + conmon, 1024) * Bytes::MI;
                prop_assert_eq!(reserved(&class, "kubeReserved.memory"), whole);
                prop_assert_eq!(reserved(&class, "kubeReserved.cpu"), ceil(cpu.0 + cpu.2 + (cpu.1 + cpu.3) * pods, 1000));
            }
            Outcome::Unfit(list) => prop_assert!(!list.is_empty()),
            other => prop_assert!(false, "{:?}", other.refused()),
        }
    }
}

/// Each resource of each container has costs in the catalogue that a measurement replaces, whatever the runtime, and no cost
/// that is paid by somebody else.
#[test]
fn every_measured_cost_replaces_something() {
    for runtime in ["containerd", "crio"] {
        for container in Container::ALL {
            for resource in Resource::ALL {
                let costs: Vec<_> = catalog::costs()
                    .values()
                    .filter(|c| c.container.as_deref() == Some(container.name()) && c.resource == resource.name())
                    .filter(|c| c.runtime.as_deref().is_none_or(|r| r == runtime))
                    .collect();
                assert!(!costs.is_empty(), "{runtime}: {} of {}", resource.name(), container.name());
                let pays = if container == Container::Misc { "systemReserved" } else { "kubeReserved" };
                assert!(costs.iter().all(|c| c.pays == pays), "{}", container.name());
            }
        }
    }
    let known: Vec<&str> = Container::ALL.iter().map(|c| c.name()).collect();
    let named = catalog::costs().values().filter_map(|c| c.container.as_deref());
    assert!(named.into_iter().all(|c| known.contains(&c)));
}
