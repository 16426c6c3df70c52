//! Changes that claim to alter nothing, held to it: all of them are made to copies of the texts, which are read again, and in
//! every version asked for each component has to have the same effective settings, the same gates and the same refusals.

use super::expression::Settings;
use super::mend::applied;
use super::scene::At;
use super::{Scene, check};
use crate::catalog;
use crate::current::{Current, is_drop_in, is_open};
use crate::diag::{Finding, Fix, Severity, Sources};
use crate::quantity::Minor;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// Times that everything is read for finding out which of many changes is not what it claims, and bytes that are read for it;
/// those that are left then are not safe.
const MOST_TRIALS: usize = 32;
const MOST_READ: usize = 32 << 20;

/// The scenes of the files that were read, some of them with another text; nothing where they cannot be read.
pub type Again<'a> = &'a dyn Fn(&BTreeMap<String, String>) -> Option<Vec<Scene>>;

/// What changes are held to.
pub struct Held<'a> {
    /// What was found, and in it the changes.
    pub scenes: &'a [Scene],
    /// Minors of Kubernetes that were asked for.
    pub versions: &'a [Minor],
    /// Minors of etcd that it may be: one, or all where nobody says which.
    pub etcd: &'a [Minor],
    /// The texts.
    pub sources: &'a Sources,
    /// How they are read.
    pub again: Again<'a>,
}

/// Findings with those changes called safe that are, all together.
#[must_use]
pub fn settled(held: &Held<'_>, mut findings: Vec<Finding>) -> Vec<Finding> {
    let unsure = unsure(held);
    for fix in findings.iter_mut().flat_map(|f| &mut f.fixes) {
        fix.safe = fix.safe && !unsure.contains(&*fix.path);
    }
    let mut claimed: Vec<Fix> = Vec::new();
    for fix in findings.iter().flat_map(|f| &f.fixes).filter(|fix| fix.safe) {
        if !claimed.contains(fix) {
            claimed.push(fix.clone());
        }
    }
    // The order in which they are made: of those that touch each other, the first is.
    claimed.sort_by(|a, b| (&a.path, a.span.start, a.span.end).cmp(&(&b.path, b.span.start, b.span.end)));
    if claimed.is_empty() {
        return findings;
    }
    let before = before(held);
    let mut trial = Trial { held, before: &before, kept: Vec::new(), alone: Vec::new(), trials: 0, read: 0 };
    trial.keep(&idle(held, &before, &claimed));
    let safe: Vec<&Fix> = trial.kept.into_iter().chain(trial.alone).collect();
    for fix in findings.iter_mut().flat_map(|f| &mut f.fixes) {
        fix.safe = fix.safe && safe.contains(&&*fix);
    }
    findings
}

/// Flags that name a component's configuration file.
const FILES: [&str; 3] = ["kubelet/config", "kube-proxy/config", "kube-scheduler/config"];

/// Whether a file of a component is missing: one that its command line names, or the one that its drop-ins lie over. What is
/// stated then may cover another value, and be no default of anybody's.
fn is_partial(current: &Current) -> bool {
    let named = |flag: &&str| current.place(flag).is_some_and(|stated| stated.value.as_str() != Some(""));
    let main = current.documents.iter().any(|(path, _)| !is_drop_in(path));
    !main && (!current.documents.is_empty() || FILES.iter().any(named))
}

/// Files in which no change is safe: not all that counts beside them is known.
fn unsure<'s>(held: &Held<'s>) -> BTreeSet<&'s str> {
    let parts = held.scenes.iter().flat_map(|scene| scene.parts.values());
    let open = |current: &Current| !current.open.is_empty() || current.flags.iter().any(|flag| is_open(&flag.name));
    let partial = parts.filter(|current| is_partial(current) || open(current));
    let mut out: BTreeSet<&str> = partial.flat_map(|c| c.stated.values().map(|stated| &*stated.key.path)).collect();
    // A variable may stand for whole flags.
    let variable = |path: &&str| is_open(held.sources.text(path));
    out.extend(
        held.scenes
            .iter()
            .flat_map(|s| s.parts.values())
            .flat_map(|c| c.flags.iter().map(|f| &*f.key.path))
            .filter(variable),
    );
    out
}

/// What a scene refuses at a version, and the names of settings that its findings call idle.
struct Before {
    refused: Vec<(&'static str, String)>,
    idle: BTreeSet<String>,
}

struct Trial<'a> {
    held: &'a Held<'a>,
    /// By scene, and in it by version.
    before: &'a [Vec<Before>],
    /// Changes that are safe together.
    kept: Vec<&'a Fix>,
    /// Changes that are safe, and touch one of those before them: these are for another run.
    alone: Vec<&'a Fix>,
    trials: usize,
    read: usize,
}

impl<'a> Trial<'a> {
    /// Keeps those of a set that are safe beside what is kept: all at once, else half by half.
    fn keep(&mut self, set: &[&'a Fix]) {
        if set.is_empty() || self.trials > MOST_TRIALS || self.read > MOST_READ {
            return;
        }
        let together: Vec<&Fix> = self.kept.iter().chain(set).copied().collect();
        if self.works(&together) {
            self.kept.extend(set);
        } else if let [one] = set {
            let touches = |other: &&Fix| {
                other.path == one.path && other.span.start < one.span.end && one.span.start < other.span.end
            };
            if self.kept.iter().any(touches) && self.works(&[one]) {
                self.alone.push(one);
            }
        } else {
            let (front, back) = set.split_at(set.len() / 2);
            self.keep(front);
            self.keep(back);
        }
    }

    fn works(&mut self, set: &[&Fix]) -> bool {
        let mut by_path: BTreeMap<&str, Vec<&Fix>> = BTreeMap::new();
        set.iter().for_each(|fix| by_path.entry(&fix.path).or_default().push(fix));
        let mut texts = BTreeMap::new();
        for (path, fixes) in by_path {
            let (text, count) = applied(self.held.sources.text(path), &fixes);
            if count < fixes.len() {
                return false;
            }
            texts.insert(path.to_string(), text);
        }
        self.trials += 1;
        self.read += self.held.sources.bytes();
        (self.held.again)(&texts).is_some_and(|after| same(self.held, self.before, &after))
    }
}

/// Those changes that touch nothing but what is idle, or the default, in each version: of most that are not safe this shows it,
/// and nothing has to be read again.
fn idle<'f>(held: &Held<'_>, before: &[Vec<Before>], claimed: &'f [Fix]) -> Vec<&'f Fix> {
    let mut by_path: BTreeMap<&str, Vec<(usize, &Fix)>> = BTreeMap::new();
    claimed.iter().enumerate().for_each(|(at, fix)| by_path.entry(&fix.path).or_default().push((at, fix)));
    let mut moves: BTreeSet<usize> = BTreeSet::new();
    for (scene, before) in held.scenes.iter().zip(before) {
        for (at, before) in each(held, scene).into_iter().zip(before) {
            for (component, current) in &scene.parts {
                let version = at.minor(component);
                let same = |name: &str, value: &Json| {
                    before.idle.contains(name) || current.default_of(name, version) == *value
                };
                for (name, stated) in &current.stated {
                    let touched = by_path.get(&*stated.key.path).into_iter().flatten();
                    let touched = touched.filter(|(_, f)| within(&stated.key.span, &f.span)).map(|(at, _)| *at);
                    let touched: Vec<usize> = touched.collect();
                    if !touched.is_empty() && !same(name, &stated.value) {
                        moves.extend(touched);
                    }
                }
            }
        }
    }
    claimed.iter().enumerate().filter(|(at, _)| !moves.contains(at)).map(|(_, fix)| fix).collect()
}

fn within(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Each version that a scene is looked at in. That of etcd matters to etcd alone.
fn each<'s>(held: &Held<'_>, scene: &'s Scene) -> Vec<At<'s>> {
    let many = scene.parts.keys().any(|component| component.starts_with("etcd"));
    let etcd = if many { held.etcd } else { &held.etcd[..held.etcd.len().min(1)] };
    let at = |kubernetes: &Minor| {
        let kubernetes = *kubernetes;
        etcd.iter().map(move |etcd| At { scene, kubernetes, etcd: *etcd, component: "" })
    };
    held.versions.iter().flat_map(at).collect()
}

fn before(held: &Held<'_>) -> Vec<Vec<Before>> {
    let of = |at: At<'_>| {
        let found = check(at.scene, at.kubernetes, at.etcd);
        let safe = found.iter().flat_map(|f| &f.proposals).filter(|p| p.safe);
        let names = safe.flat_map(|p| {
            let stated = at.scene.parts.values().flat_map(|current| &current.stated);
            stated.filter(|(_, s)| s.key == p.key && s.node.span == p.value.span).map(|(name, _)| name.clone())
        });
        Before { idle: names.collect(), refused: refused(&found) }
    };
    held.scenes.iter().map(|scene| each(held, scene).into_iter().map(of).collect()).collect()
}

fn refused(found: &[Finding]) -> Vec<(&'static str, String)> {
    let errors = found.iter().filter(|f| f.severity == Severity::Error);
    let mut out: Vec<_> = errors.map(|f| (f.id, f.message.clone())).collect();
    out.sort();
    out
}

/// Whether all scenes are to their components what they were.
fn same(held: &Held<'_>, before: &[Vec<Before>], after: &[Scene]) -> bool {
    let pairs = held.scenes.iter().zip(after).zip(before);
    held.scenes.len() == after.len()
        && pairs.into_iter().all(|((was, is), before)| {
            was.parts == is.parts
                || each(held, was)
                    .into_iter()
                    .zip(each(held, is))
                    .zip(before)
                    .all(|((was, is), before)| same_at(&was, &is, before))
        })
}

fn same_at(was: &At<'_>, is: &At<'_>, before: &Before) -> bool {
    let parts = was.scene.parts.iter().zip(&is.scene.parts);
    was.scene.parts.len() == is.scene.parts.len()
        && parts.into_iter().all(|((component, old), (other, new))| {
            component == other && (old == new || same_settings(was, is, (component, old, new), &before.idle))
        })
        && refused(&check(is.scene, is.kubernetes, is.etcd)) == before.refused
}

fn same_settings(
    was: &At<'_>,
    is: &At<'_>,
    (component, old, new): (&str, &Arc<Current>, &Arc<Current>),
    idle: &BTreeSet<String>,
) -> bool {
    let version = was.minor(component);
    let own = format!("{component}/");
    let of_catalogue = catalog::names().filter(|name| name.starts_with(&own)).map(ToString::to_string);
    let names: BTreeSet<String> =
        of_catalogue.chain(old.names(version)).chain(new.names(version)).filter(|name| !idle.contains(name)).collect();
    let gates = catalog::gate_names().map(|gate| format!("{component}/{gate}"));
    names.iter().all(|name| plain(old.effective(name, version)) == plain(new.effective(name, version)))
        && gates.into_iter().all(|gate| was.gate(&gate) == is.gate(&gate))
}

/// A map that nothing is left in is that map unset, where no default is lost with it.
fn plain(value: Json) -> Json {
    match value {
        Json::Object(map) if map.is_empty() => Json::Null,
        other => other,
    }
}
