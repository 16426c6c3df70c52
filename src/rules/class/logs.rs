//! Container logs: size and files against the part of nodefs that logs may take.

use super::model::{ClassModel, MEMORY};
use crate::because;
use crate::catalog;
use crate::facts::{Cause, ClassFacts, Known};
use crate::quantity::Bytes;
use crate::rules::{Draft, Origin, Rule};
use plimsoll_solver::{Expr, Solution};
use serde_json::Value as Json;

/// Rules of this concern.
pub static RULES: &[&Rule] = &[&LOGS];

/// Logs fit.
pub static LOGS: Rule = Rule {
    id: "container-log-space",
    why: "every container may fill its log files, and logs share nodefs with volumes and the kubelet's own state",
    source: "profiles/menus.toml; kubernetes/kubernetes pkg/kubelet/logs/container_log_manager.go",
};

const SIZE: &str = "kubelet/containerLogMaxSize";
const FILES: &str = "kubelet/containerLogMaxFiles";

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

/// The part of nodefs that logs may take.
fn space(nodefs: &Known<Bytes>) -> Bytes {
    let bytes = i128::from(nodefs.value.0) * i128::from(catalog::menus().log_share) / 1_000_000;
    Bytes(i64::try_from(bytes).unwrap_or(i64::MAX))
}

/// States that the smallest allowed log files of all containers must fit.
pub fn constrain(facts: &ClassFacts, m: &mut ClassModel) {
    let Some(nodefs) = &facts.machine.disks.nodefs else { return };
    let Some(least) = menu(facts).into_iter().map(|(size, files)| size.0.saturating_mul(files)).min() else { return };
    // More than the whole space is as good as any more, and keeps the row's numbers small.
    let least = least.min(space(nodefs).0 + 1024);
    let mut because = because![nodefs; Cause::Fact("menu/container-log-max-size".into()), Cause::Fact("menu/container-log-max-files".into()), Cause::Fact("menu/log-share".into())];
    because.extend([SIZE, FILES].iter().filter_map(|n| facts.pins.get(*n)).map(|p| Cause::Spec(p.at.path.to_string())));
    because.extend(facts.mix.causes());
    let why = ClassModel::why(&mut m.causes, &LOGS, because);
    let (lhs, rhs) = (containers(facts, m) * (least / 1024), Expr::constant(space(nodefs).0 / 1024 * 1000, "for logs"));
    m.model.at_most(lhs, rhs).shown_in(plimsoll_solver::Unit { per: MEMORY.per * 1000, ..MEMORY }).because(why);
}

/// Thousandths of containers: those placed first, and the mix's average for the other pods.
fn containers(facts: &ClassFacts, m: &ClassModel) -> Expr {
    let average = facts.mix.average_milli(|k| k.containers);
    let first = facts.mix.fixed(|k| k.containers) * 1000 - facts.mix.fixed_pods() * average;
    m.vars.pods * average + Expr::from(first)
}

/// Sets containerLogMaxSize and containerLogMaxFiles.
///
/// # Errors
/// The arithmetic of the last pair tried, when none is allowed.
pub fn decide(facts: &ClassFacts, m: &ClassModel, solution: &Solution, draft: &mut Draft<'_>) -> Result<(), String> {
    let Some(nodefs) = &facts.machine.disks.nodefs else {
        draft.keep(SIZE, &LOGS, "no disk is stated, so upstream's default stays");
        draft.keep(FILES, &LOGS, "no disk is stated, so upstream's default stays");
        return Ok(());
    };
    let milli = solution.eval(&containers(facts, m));
    let count = milli.div_euclid(1000) + i64::from(milli.rem_euclid(1000) != 0);
    let space = space(nodefs);
    let mut last = "nothing on the menu is allowed by the pins".to_string();
    for (size, files) in menu(facts) {
        let need = i128::from(size.0) * i128::from(files) * i128::from(count);
        if need > i128::from(space.0) {
            last = format!("{count} containers × {size} × {files} > {} for logs", gib(space.0.into()));
            continue;
        }
        let reason = format!("{count} containers × {size} × {files} = {} of {}", gib(need), gib(space.0.into()));
        let mut because = because![nodefs; Cause::Value("kubelet/maxPods".into()), Cause::Fact("menu/container-log-max-size".into()), Cause::Fact("menu/container-log-max-files".into()), Cause::Fact("menu/log-share".into())];
        because.extend(facts.mix.causes());
        draft.set(SIZE, size.to_string(), Origin::Derived, &LOGS).reason(reason.clone()).because(because.clone());
        draft.set(FILES, files, Origin::Derived, &LOGS).reason(reason).because(because);
        return Ok(());
    }
    Err(last)
}

/// Bytes for people: GiB with one decimal, exact MiB below one.
pub fn gib(bytes: i128) -> String {
    if bytes < 1 << 30 {
        return format!("{}Mi", bytes >> 20);
    }
    let tenths = (bytes * 10 + (1 << 29)) >> 30;
    format!("{}.{}Gi", tenths / 10, tenths % 10)
}
