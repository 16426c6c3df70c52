//! Container logs: size and files against the part of nodefs that logs may take, and what is written between two looks.

use super::model::{ClassModel, MEMORY};
use crate::because;
use crate::catalog;
use crate::diag::Finding;
use crate::facts::{Cause, ClassFacts, Known, PodKind};
use crate::quantity::{Bytes, GoDuration, ceil_div};
use crate::rules::{Draft, Origin, Rule};
use plimsoll_solver::{Expr, Solution};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&LOGS, &LOOKS, &WORKERS];

/// Logs fit.
pub static LOGS: Rule = Rule {
    id: "container-log-space",
    why: "every container may fill its log files, and logs share nodefs with volumes and the kubelet's own state",
    source: "profiles/menus.toml; kubernetes/kubernetes pkg/kubelet/logs/container_log_manager.go",
};
/// Looks that come often enough.
pub static LOOKS: Rule = Rule {
    id: "container-log-looks",
    why: "a log is rotated when the kubelet looks, so each file may be longer than its limit by what is written between two looks",
    source: "kubernetes/kubernetes pkg/kubelet/logs/container_log_manager.go rotateLogs",
};
/// Workers that keep up.
pub static WORKERS: Rule = Rule {
    id: "container-log-workers",
    why: "a worker compresses what it has rotated, so all workers together must compress as fast as the node logs",
    source: "profiles/menus.toml; kubernetes/kubernetes pkg/kubelet/logs/container_log_manager.go compressLog",
};

const SIZE: &str = "kubelet/containerLogMaxSize";
const FILES: &str = "kubelet/containerLogMaxFiles";
const LOOK: &str = "kubelet/containerLogMonitorInterval";
const WORKER: &str = "kubelet/containerLogMaxWorkers";
/// KiB per second beyond which no container logs; keeps sums within their type.
const FASTEST: i64 = 1 << 32;

/// Allowed (size, files), most preferred first: departing in one of the two before departing in both.
fn menu(facts: &ClassFacts) -> Vec<(Bytes, i64)> {
    let menus = catalog::menus();
    let sizes: Vec<Json> = menus.container_log_max_size.iter().map(|s| Json::from(s.as_str())).collect();
    let files: Vec<Json> = menus.container_log_max_files.iter().map(|f| Json::from(*f)).collect();
    let allowed = |name: &str, menu: &[Json]| facts.pins.get(name).map_or(menu.to_vec(), |p| p.candidates(menu));
    let sizes = allowed(SIZE, &sizes);
    let files = allowed(FILES, &files);
    let mut out: Vec<(usize, Bytes, i64)> = Vec::new();
    for (i, size) in sizes.iter().filter_map(|s| Bytes::parse(s.as_str()?).ok()).enumerate() {
        for (j, files) in files.iter().filter_map(Json::as_i64).enumerate() {
            out.push((i.max(j) * 100 + i + j, size, files));
        }
    }
    out.sort();
    out.into_iter().map(|(_, size, files)| (size, files)).collect()
}

/// Times between two looks that are allowed, most preferred first, in milliseconds; the one that a version has where it
/// cannot be set.
fn looks(facts: &ClassFacts) -> Vec<i64> {
    let exists = catalog::setting(LOOK).is_some_and(|t| t.exists_in(facts.minor()));
    if !exists {
        return vec![catalog::limit_value("log-monitor-period") * 1000];
    }
    let menu: Vec<Json> =
        catalog::menus().container_log_monitor_interval.iter().map(|l| Json::from(l.as_str())).collect();
    let list = facts.pins.get(LOOK).map_or(menu.clone(), |p| p.candidates(&menu));
    let milliseconds = |l: &Json| Some(GoDuration::parse(l.as_str()?).ok()?.0 / 1_000_000);
    list.iter().filter_map(milliseconds).collect()
}

/// What the times between looks rest on.
fn look_causes(facts: &ClassFacts) -> Vec<Cause> {
    let exists = catalog::setting(LOOK).is_some_and(|t| t.exists_in(facts.minor()));
    let fact = if exists { "menu/container-log-monitor-interval" } else { "behaviour/log-monitor-period" };
    let pin = facts.pins.get(LOOK).map(|p| Cause::Spec(p.at.path.to_string()));
    pin.into_iter().chain([Cause::Fact(fact.into())]).chain(because![facts.version]).collect()
}

/// The part of nodefs that logs may take.
fn space(nodefs: &Known<Bytes>) -> Bytes {
    let bytes = i128::from(nodefs.value.0) * i128::from(catalog::menus().log_share) / 1_000_000;
    Bytes(i64::try_from(bytes).unwrap_or(i64::MAX))
}

/// KiB that one container of a kind logs per second, rounded up.
fn container_rate(kind: &PodKind) -> i64 {
    kind.habits.log_rate.as_ref().map_or(0, |r| ceil_div(r.value.0, 1024).min(FASTEST))
}

/// KiB that all containers of one pod log per second.
fn pod_rate(kind: &PodKind) -> i64 {
    container_rate(kind).saturating_mul(kind.containers).min(FASTEST)
}

/// Whether any workload states what it logs.
fn rated(facts: &ClassFacts) -> bool {
    facts.mix.kinds().any(|k| k.habits.log_rate.is_some())
}

/// What the rates rest on.
fn rate_causes(facts: &ClassFacts) -> Vec<Cause> {
    facts.mix.kinds().filter_map(|k| k.habits.log_rate.as_ref()).flat_map(|r| r.causes().cloned()).collect()
}

/// States that the smallest allowed log files of all containers must fit.
pub fn constrain(facts: &ClassFacts, m: &mut ClassModel) {
    let Some(nodefs) = &facts.machine.disks.nodefs else { return };
    let pairs = menu(facts);
    let Some(least) = pairs.iter().map(|(size, files)| size.0.saturating_mul(*files)).min() else { return };
    // More than the whole space is as good as any more, and keeps the row's numbers small.
    let least = least.min(space(nodefs).0 + 1024);
    let mut because = because![nodefs; Cause::Fact("menu/container-log-max-size".into()), Cause::Fact("menu/container-log-max-files".into()), Cause::Fact("menu/log-share".into())];
    because.extend([SIZE, FILES].iter().filter_map(|n| facts.pins.get(*n)).map(|p| Cause::Spec(p.at.path.to_string())));
    because.extend(facts.mix.causes());
    let mut lhs = containers(facts, m) * (least / 1024);
    if rated(facts)
        && let Some(files) = pairs.iter().map(|(_, files)| *files).min()
        && let Some(look) = looks(facts).into_iter().min()
    {
        because.extend(rate_causes(facts));
        because.extend(look_causes(facts));
        // Per KiB and second logged; whole seconds, rounded down, so that the row never asks for more than is checked after.
        lhs += rates(facts, m) * (files * (look / 1000)).min(space(nodefs).0 / 1024 + 1);
    }
    let why = ClassModel::why(&mut m.causes, &LOGS, because);
    let rhs = Expr::constant(space(nodefs).0 / 1024 * 1000, "for logs");
    m.model.at_most(lhs, rhs).shown_in(plimsoll_solver::Unit { per: MEMORY.per * 1000, ..MEMORY }).because(why);
}

/// Thousandths of a demand: that of pods placed first, and the mix's average for the other pods.
fn total(facts: &ClassFacts, m: &ClassModel, demand: fn(&PodKind) -> i64) -> Expr {
    let average = facts.mix.average_milli(demand);
    let first = facts.mix.fixed(demand) * 1000 - facts.mix.fixed_pods() * average;
    m.vars.pods * average + Expr::from(first)
}

/// Thousandths of containers.
fn containers(facts: &ClassFacts, m: &ClassModel) -> Expr {
    total(facts, m, |k| k.containers)
}

/// Thousandths of KiB that the node logs per second.
fn rates(facts: &ClassFacts, m: &ClassModel) -> Expr {
    total(facts, m, pod_rate)
}

/// Whole units of thousandths, rounded up.
fn whole(milli: i64) -> i64 {
    milli.div_euclid(1000) + i64::from(milli.rem_euclid(1000) != 0)
}

/// What one way of rotating comes to.
struct Way {
    size: Bytes,
    files: i64,
    look: i64,
    need: i128,
}

/// Sets containerLogMaxSize and containerLogMaxFiles; where rates are stated, how often and with how many workers logs are
/// looked at, too.
///
/// # Errors
/// The arithmetic of the last pair tried, when none is allowed.
pub fn decide(
    facts: &ClassFacts,
    m: &ClassModel,
    solution: &Solution,
    draft: &mut Draft<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(), String> {
    let rate = whole(solution.eval(&rates(facts, m)));
    let Some(nodefs) = &facts.machine.disks.nodefs else {
        draft.keep(SIZE, &LOGS, "no disk is stated, so upstream's default stays");
        draft.keep(FILES, &LOGS, "no disk is stated, so upstream's default stays");
        workers(facts, rate, draft, findings);
        return Ok(());
    };
    let count = whole(solution.eval(&containers(facts, m)));
    let space = space(nodefs);
    let rated = rated(facts);
    let looks = if rated { looks(facts) } else { vec![0] };
    let fastest = facts.mix.kinds().map(container_rate).max().unwrap_or(0);
    let mut last = "nothing on the menu is allowed by the pins".to_string();
    let mut ways: Vec<Way> = Vec::new();
    for (size, files) in menu(facts) {
        for look in &looks {
            let over = i128::from(written(rate, *look));
            let need = (i128::from(size.0) * i128::from(count) + over) * i128::from(files);
            let way = Way { size, files, look: *look, need };
            if need > i128::from(space.0) {
                last = format!("{} > {} for logs", way.sum(count, rate), gib(space.0.into()));
            } else {
                ways.push(way);
            }
        }
    }
    // A file that at most doubles between two looks is preferred to one that has no known length.
    let doubles = |w: &&Way| written(fastest, w.look) <= w.size.0;
    let Some(way) = ways.iter().find(doubles).or(ways.first()) else { return Err(last) };
    let reason = format!("{} = {} of {}", way.sum(count, rate), gib(way.need), gib(space.0.into()));
    let mut because = because![nodefs; Cause::Value("kubelet/maxPods".into()), Cause::Fact("menu/container-log-max-size".into()), Cause::Fact("menu/container-log-max-files".into()), Cause::Fact("menu/log-share".into())];
    because.extend(facts.mix.causes());
    because.extend(rate_causes(facts));
    if rated {
        let look = GoDuration(way.look * 1_000_000);
        let text = format!(
            "in {look} the fastest container logs {} beyond a file of {}",
            gib(written(fastest, way.look).into()),
            way.size
        );
        let causes = rate_causes(facts).into_iter().chain(look_causes(facts));
        if draft.exists(LOOK) {
            draft.set(LOOK, look.to_string(), Origin::Derived, &LOOKS).reason(text).because(causes);
            because.push(Cause::Value(LOOK.into()));
        } else {
            because.extend(causes);
        }
    }
    draft.set(SIZE, way.size.to_string(), Origin::Derived, &LOGS).reason(reason.clone()).because(because.clone());
    draft.set(FILES, way.files, Origin::Derived, &LOGS).reason(reason).because(because);
    workers(facts, rate, draft, findings);
    Ok(())
}

impl Way {
    /// `22 containers × 10Mi × 5`, and what is written between looks where that is known.
    fn sum(&self, count: i64, rate: i64) -> String {
        let files = format!("{count} containers × {} × {}", self.size, self.files);
        if rate == 0 || self.look == 0 {
            return files;
        }
        let look = GoDuration(self.look * 1_000_000);
        format!("{files} + {}/s × {look} × {}", gib(i128::from(rate) * 1024), self.files)
    }
}

/// Bytes written at a rate in KiB per second within milliseconds, rounded up.
fn written(rate: i64, milliseconds: i64) -> i64 {
    let bytes = i128::from(rate) * 1024 * i128::from(milliseconds);
    i64::try_from((bytes + 999) / 1000).unwrap_or(i64::MAX)
}

/// Sets how many workers rotate logs, and says so where too few do.
fn workers(facts: &ClassFacts, rate: i64, draft: &mut Draft<'_>, findings: &mut Vec<Finding>) {
    if !rated(facts) {
        return;
    }
    let each = Bytes::parse(&catalog::menus().log_compress).map_or(1, |b| (b.0 / 1024).max(1));
    let wanted = ceil_div(rate, each).max(1);
    let arithmetic =
        format!("{}/s logged ÷ {}/s a worker", gib(i128::from(rate) * 1024), catalog::menus().log_compress);
    let mut works = 1;
    if draft.exists(WORKER) {
        // More workers than CPUs only take them from each other.
        let most = wanted.min(facts.machine.cpus.value.max(1));
        let mut because = because![facts.machine.cpus; Cause::Fact("menu/log-compress".into()), Cause::Value("kubelet/maxPods".into())];
        because.extend(rate_causes(facts));
        draft.set(WORKER, most, Origin::Derived, &WORKERS).reason(arithmetic.clone()).because(because);
        works = draft.get(WORKER).and_then(Json::as_i64).unwrap_or(most);
    }
    if works < wanted {
        let message =
            format!("{}: logs are rotated by {works} of the {wanted} workers that what is logged takes", facts.name);
        let place = facts.pins.get(WORKER).map_or_else(|| facts.place.clone(), |p| facts.pin_place(p));
        findings.push(
            Finding::warning("log-rotation-slow", message)
                .at(&place, "log files grow beyond what is counted")
                .note(arithmetic)
                .help("log less, or send logs elsewhere than to standard output"),
        );
    }
}

/// Bytes for people: GiB with one decimal, exact MiB below one.
pub fn gib(bytes: i128) -> String {
    if bytes < 1 << 30 {
        return format!("{}Mi", bytes >> 20);
    }
    let tenths = (bytes * 10 + (1 << 29)) >> 30;
    format!("{}.{}Gi", tenths / 10, tenths % 10)
}
