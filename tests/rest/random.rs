//! Many specs of all these keys together, over all minors: each has a plan, and the plan keeps what upstream and logind hold it
//! to. Computed here from the spec's own numbers.

use crate::common::{Outcome, plan};
use crate::{Planned, of_plan};
use std::collections::BTreeSet;
use std::fmt::Write;

/// A small generator of numbers, so that the same specs come every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.roll(list.len() as u64)).unwrap()]
    }
}

/// What a spec says of one workload.
struct Pods {
    grace: Option<i64>,
    priority: i64,
}

struct Made {
    text: String,
    minor: u64,
    pods: Vec<Pods>,
    swap: bool,
    cgroup: u64,
    split: bool,
}

fn made(dice: &mut Dice) -> Made {
    let minor = 25 + dice.roll(13);
    let cgroup = dice.of(&[1, 2, 2]);
    let split = minor >= 29 && dice.roll(3) == 0;
    let swap = dice.of(&["", "512Mi", "64Gi"]);
    let goal = dice.of(&["density", "balanced", "latency", "batch", "stability", "edge"]);
    let runtime = if split { "crio" } else { dice.of(&["containerd", "crio"]) };
    let mut text = format!(
        "[cluster]\nname = \"rest\"\nkubernetes = \"1.{minor}\"\ncni = \"flannel\"\npod-cidrs = [\"10.0.0.0/16\"]\n\n\
         [node-class.a]\ngoal = \"{goal}\"\nos = {{ kernel = \"6.8\", cgroup = {cgroup} }}\nruntime = {{ name = \"{runtime}\" }}\n"
    );
    let enforce = dice.of(&["", "pods", if minor >= 32 { "compressible" } else { "all" }, "all"]);
    if !enforce.is_empty() {
        let _ = writeln!(text, "enforce = \"{enforce}\"");
    }
    if cgroup == 2 && dice.roll(3) == 0 {
        let _ = writeln!(text, "memory-throttling = {}", dice.of(&["0.5", "0.9", "1.0"]));
    }
    text.push_str("\n[node-class.a.hardware]\ncpus = 16\nmemory = \"62Gi\"\n");
    if !swap.is_empty() {
        let _ = writeln!(text, "swap = \"{swap}\"");
    }
    text.push_str(if split {
        "disks = [{ mount = \"/\", size = \"300Gi\", holds = [\"nodefs\", \"containerfs\"] }, { mount = \"/i\", size = \"300Gi\", write = \"1Gi/s\", holds = [\"imagefs\"] }]\n"
    } else {
        "disks = [{ mount = \"/\", size = \"400Gi\", write = \"600Mi/s\", holds = [\"nodefs\", \"imagefs\"] }]\n"
    });
    let mut pods = Vec::new();
    for at in 0..=dice.roll(3) {
        let amount = if at == 0 { "share = 1.0".to_string() } else { format!("count = {}", 1 + dice.roll(4)) };
        let _ = write!(
            text,
            "\n[[node-class.a.workload]]\nname = \"w{at}\"\n{amount}\ncpu = \"100m\"\nmemory = \"256Mi\"\n"
        );
        let grace = (dice.roll(3) > 0).then(|| dice.of(&[0, 1, 30, 600, 3600]));
        let _ = grace.map(|g| writeln!(text, "grace = \"{g}s\""));
        let priority = (dice.roll(2) == 0).then(|| dice.of(&[-5, 0, 7, 1000, 2_000_000_000, 2_000_001_000]));
        let _ = priority.map(|p| writeln!(text, "priority = {p}"));
        let mut maybe = |line: String| {
            if dice.roll(2) == 0 {
                let _ = writeln!(text, "{line}");
            }
        };
        maybe("log-rate = \"300Ki/s\"".into());
        maybe("peak-memory = \"400Mi\"".into());
        maybe("memory-growth = \"9Mi/s\"".into());
        maybe("image-size = \"40Mi\"\nimages = 30".into());
        pods.push(Pods { grace, priority: priority.unwrap_or(0) });
    }
    Made { text, minor, pods, swap: !swap.is_empty(), cgroup, split }
}

fn seconds(plan: &Planned, name: &str) -> i64 {
    let text = plan.value(name).as_str().unwrap_or("0s");
    let mut rest = text;
    let mut sum = 0;
    while let Some(at) = rest.find(|c: char| c.is_ascii_alphabetic()) {
        let number: i64 = rest[..at].parse().unwrap();
        sum += number
            * match &rest[at..=at] {
                "h" => 3600,
                "m" => 60,
                _ => 1,
            };
        rest = &rest[at + 1..];
    }
    sum
}

fn shutdown(made: &Made, plan: &Planned) {
    let (total, last) =
        (seconds(plan, "kubelet/shutdownGracePeriod"), seconds(plan, "kubelet/shutdownGracePeriodCriticalPods"));
    let steps = plan.value("kubelet/shutdownGracePeriodByPodPriority").as_array().cloned().unwrap_or_default();
    let steps: Vec<(i64, i64)> = steps
        .iter()
        .map(|s| (s["priority"].as_i64().unwrap(), s["shutdownGracePeriodSeconds"].as_i64().unwrap()))
        .collect();
    assert!(last <= total, "{last} of {total}");
    assert!(steps.is_empty() || total == 0, "upstream refuses both");
    let asked = if steps.is_empty() { total } else { steps.iter().map(|s| s.1).sum() };
    assert!(asked <= 5 || seconds(plan, "logind/InhibitDelayMaxSec") >= asked, "logind waits less than {asked}");
    if asked == 0 {
        return;
    }
    for pods in &made.pods {
        // The step of a pod: the last whose priority is not above its own, or the first.
        let own = if steps.is_empty() {
            if pods.priority >= 2_000_000_000 { last } else { total - last }
        } else {
            steps.iter().rfind(|s| s.0 <= pods.priority).unwrap_or(&steps[0]).1
        };
        let needs = pods.grace.unwrap_or(30);
        assert!(own >= needs, "{own}s for a grace of {needs}s at priority {}", pods.priority);
    }
}

fn rest(made: &Made, plan: &Planned) {
    assert_eq!(plan.value("kubelet/failSwapOn").is_null(), !made.swap);
    let mode = plan.value("kubelet/memorySwap.swapBehavior").as_str();
    assert!(mode.is_none() || (made.swap && made.minor >= 30), "{mode:?}");
    assert!(mode != Some("LimitedSwap") || made.cgroup == 2);
    let gate = plan.value("kubelet/featureGates.KubeletSeparateDiskGC");
    assert_eq!(gate == true, made.split && made.minor < 31);
    let list = plan.value("kubelet/enforceNodeAllocatable").to_string();
    for (word, cgroup) in
        [("system-reserved", "kubelet/systemReservedCgroup"), ("kube-reserved", "kubelet/kubeReservedCgroup")]
    {
        assert_eq!(list.contains(word), !plan.value(cgroup).is_null());
    }
    assert!(made.minor >= 32 || !list.contains("compressible"));
    assert_eq!(plan.file("systemd/kube.slice").is_some(), list.contains("kube-reserved"));
    assert!(made.cgroup == 2 || !plan.files.keys().any(|f| f.contains("system.slice")));
    for (name, since) in
        [("containerLogMonitorInterval", 30), ("containerLogMaxWorkers", 30), ("maxParallelImagePulls", 27)]
    {
        assert!(made.minor >= since || plan.value(&format!("kubelet/{name}")).is_null(), "{name}");
    }
    let burst = plan.value("kubelet/registryBurst").as_i64().unwrap_or(10);
    assert!(burst >= plan.value("kubelet/registryPullQPS").as_i64().unwrap_or(5));
}

#[test]
fn plans_of_many_specs_hold() {
    let mut dice = Dice(20_261_121);
    let mut seen = BTreeSet::new();
    for at in 0..400 {
        let made = made(&mut dice);
        let plan = match plan(&made.text) {
            Outcome::Fits(plan) => of_plan(&plan),
            Outcome::Refused(list) => {
                panic!("{at}: {:?}\n{}", list.iter().map(|f| &f.message).collect::<Vec<_>>(), made.text)
            }
            _ => panic!("{at}: no plan\n{}", made.text),
        };
        let held = std::panic::catch_unwind(|| {
            shutdown(&made, &plan);
            rest(&made, &plan);
        });
        assert!(held.is_ok(), "{at}:\n{}", made.text);
        seen.extend(plan.class["values"].as_object().unwrap().keys().cloned());
        seen.extend(plan.value("kubelet/memorySwap.swapBehavior").as_str().map(ToString::to_string));
    }
    // What the checks are about did occur.
    let wanted = [
        "LimitedSwap",
        "NoSwap",
        "kubelet/shutdownGracePeriodByPodPriority",
        "kubelet/kubeReservedCgroup",
        "kubelet/featureGates.KubeletSeparateDiskGC",
        "kubelet/containerLogMonitorInterval",
        "logind/InhibitDelayMaxSec",
        "systemd/system.slice.MemoryMin",
    ];
    assert!(wanted.iter().all(|w| seen.contains(*w)), "{:?}", wanted.iter().filter(|w| !seen.contains(**w)));
}
