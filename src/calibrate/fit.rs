//! One line per system container and resource, or why there is none, with how well it covers the samples.

use super::enough::least_samples;
use super::line::{Line, Point, constant, fit_line};
use super::read::Observed;
use super::sample::{Container, Resource, Sample};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How far one sample lies from the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Residual {
    /// Its node.
    pub node: Arc<str>,
    /// Pods on the node then.
    pub pods: i64,
    /// What was used, in KiB or µCPU.
    pub value: i64,
    /// What was used less the line's value.
    pub distance: i64,
}

/// A line with how it lies among its samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// The line.
    pub line: Line,
    /// Samples on it or below.
    pub covered: i64,
    /// The sample that is farthest above it, when one is above.
    pub above: Option<Residual>,
    /// The sample that is farthest below it, when one is below.
    pub below: Option<Residual>,
    /// Least and largest value at the most pods when any one node is left out: how much rests on a single node. None where
    /// the other nodes have too few samples, and with more than fifty nodes.
    pub without_one: Option<(i64, i64)>,
}

/// Why there is no line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Short {
    /// Fewer samples than the quantile needs.
    Samples {
        /// The least that it needs.
        least: i64,
    },
    /// The container is another one's cgroup, where it is counted already.
    Shared {
        /// That container.
        with: Container,
    },
    /// All samples at one number of pods: a slope cannot be told from a constant.
    Spread {
        /// The quantile of the samples, which holds at this number of pods only.
        constant: i64,
    },
}

/// What can be said of one resource of one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The container.
    pub container: Container,
    /// The resource.
    pub resource: Resource,
    /// Samples.
    pub samples: i64,
    /// Nodes they come from.
    pub nodes: i64,
    /// Fewest and most pods.
    pub pods: (i64, i64),
    /// The line, or why there is none.
    pub result: Result<Fitted, Short>,
}

/// Nodes up to which each is left out in turn: each costs a fit of its own, and among more than these one decides little.
const MOST_LEFT_OUT: usize = 50;

/// Fits what was observed at a quantile in millionths. Containers and resources without a sample are not in it.
#[must_use]
pub fn calibrate(observed: &Observed, quantile_ppm: i64) -> Vec<Fit> {
    let pairs = Container::ALL.iter().flat_map(|c| Resource::ALL.iter().map(move |r| (*c, *r)));
    pairs.filter_map(|(container, resource)| fit(&observed.samples, container, resource, quantile_ppm)).collect()
}

fn fit(all: &[Sample], container: Container, resource: Resource, quantile_ppm: i64) -> Option<Fit> {
    let samples: Vec<&Sample> = all.iter().filter(|s| (s.container, s.resource) == (container, resource)).collect();
    let (first, last) = (samples.iter().map(|s| s.pods).min()?, samples.iter().map(|s| s.pods).max()?);
    let nodes: BTreeSet<&Arc<str>> = samples.iter().map(|s| &s.node).collect();
    let points = points(&samples);
    let least = least_samples(quantile_ppm);
    let result = if container == Container::Runtime && shared(all) {
        Err(Short::Shared { with: Container::Kubelet })
    } else if count(points.len()) < least {
        Err(Short::Samples { least })
    } else if first == last {
        Err(Short::Spread { constant: constant(&points, quantile_ppm) })
    } else {
        Ok(fitted(&samples, &points, &nodes, last, quantile_ppm))
    };
    let (samples, nodes) = (count(points.len()), count(nodes.len()));
    Some(Fit { container, resource, samples, nodes, pods: (first, last), result })
}

/// Whether kubelet and runtime are one cgroup: every figure of the one is a figure of the other.
fn shared(all: &[Sample]) -> bool {
    let of = |container: Container| -> Vec<(i64, i64, &Arc<str>)> {
        let memory = all.iter().filter(|s| (s.container, s.resource) == (container, Resource::Memory));
        memory.map(|s| (s.pods, s.value, &s.node)).collect()
    };
    let kubelet = of(Container::Kubelet);
    !kubelet.is_empty() && kubelet == of(Container::Runtime)
}

fn fitted(
    samples: &[&Sample],
    points: &[Point],
    nodes: &BTreeSet<&Arc<str>>,
    most_pods: i64,
    quantile_ppm: i64,
) -> Fitted {
    let line = fit_line(points, quantile_ppm);
    let residual = |s: &&Sample| Residual {
        node: Arc::clone(&s.node),
        pods: s.pods,
        value: s.value,
        distance: s.value - line.at(s.pods),
    };
    // Samples are sorted, so of equal distances the same one is named whatever the order of files.
    let all: Vec<Residual> = samples.iter().map(residual).collect();
    let above = all.iter().filter(|r| r.distance > 0).min_by_key(|r| -r.distance).cloned();
    let below = all.iter().filter(|r| r.distance < 0).min_by_key(|r| r.distance).cloned();
    let covered = count(all.iter().filter(|r| r.distance <= 0).count());
    let without = |node: &&Arc<str>| {
        let rest: Vec<Point> = samples.iter().filter(|s| s.node != **node).map(|s| point(s)).collect();
        let spread = rest.iter().any(|p| p.pods != rest[0].pods);
        // The rest must be enough for the quantile, or its line is that of the largest samples and no comparison.
        let enough = count(rest.len()) >= least_samples(quantile_ppm);
        (spread && enough).then(|| fit_line(&rest, quantile_ppm).at(most_pods))
    };
    let ends: Vec<i64> = match nodes.len() {
        2..=MOST_LEFT_OUT => nodes.iter().filter_map(without).collect(),
        _ => Vec::new(),
    };
    let without_one = ends.iter().min().copied().zip(ends.iter().max().copied());
    Fitted { line, covered, above, below, without_one }
}

fn point(sample: &Sample) -> Point {
    Point { pods: sample.pods, value: sample.value }
}

fn points(samples: &[&Sample]) -> Vec<Point> {
    samples.iter().map(|s| point(s)).collect()
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}
