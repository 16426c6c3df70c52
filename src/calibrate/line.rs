//! The line at a quantile: `node + per-pod × pods` with the least pinball loss among all lines of whole, non-negative numbers.
//!
//! A sample above the line costs its distance times the quantile, one below its distance times the rest. That cost, with the
//! best intercept for each slope, is convex in the slope. Whole slopes are therefore searched by halving, and what is found is
//! the best line that can be written, not a rounded one.

/// A sample of a line: pods on the node, and what was used in the resource's unit. Neither is negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// Pods.
    pub pods: i64,
    /// KiB or µCPU.
    pub value: i64,
}

/// So much per node and so much more with every pod, in the resource's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Whatever the pods.
    pub node: i64,
    /// Per pod.
    pub pod: i64,
}

impl Line {
    /// The line's value at a number of pods.
    #[must_use]
    pub fn at(self, pods: i64) -> i64 {
        self.node.saturating_add(self.pod.saturating_mul(pods))
    }

    /// Pinball loss over the points, in millionths of the unit.
    #[must_use]
    pub fn loss(self, points: &[Point], quantile_ppm: i64) -> i128 {
        let (above, below) = (i128::from(quantile_ppm), i128::from(1_000_000 - quantile_ppm));
        let cost = |p: &Point| match i128::from(p.value) - i128::from(self.at(p.pods)) {
            over @ 0.. => over * above,
            under => -under * below,
        };
        points.iter().map(cost).sum()
    }
}

/// The best line through the points at a quantile in millionths; of several, the steepest, and of those the lowest: plans
/// hold more pods than nodes on which there was time to measure. At least the quantile's share of the points is on or below it.
/// Points at one number of pods only are no base for a slope: the caller must not ask for one.
#[must_use]
pub fn fit_line(points: &[Point], quantile_ppm: i64) -> Line {
    let mut rest = Vec::with_capacity(points.len());
    let mut best = |pod: i64| {
        let line = Line { node: intercept(points, quantile_ppm, pod, &mut rest), pod };
        (line.loss(points, quantile_ppm), line)
    };
    // No two points, nor a point and the origin, are joined by a steeper line than the largest value.
    let (mut low, mut high) = (0, points.iter().map(|p| p.value).max().unwrap_or(0));
    while low < high {
        let middle = low + (high - low) / 2;
        // Convex: once the next whole slope is worse, every steeper one is.
        if best(middle + 1).0 > best(middle).0 { high = middle } else { low = middle + 1 }
    }
    best(low).1
}

/// The value that at least the quantile's share of the points does not exceed, whatever their pods.
#[must_use]
pub fn constant(points: &[Point], quantile_ppm: i64) -> i64 {
    intercept(points, quantile_ppm, 0, &mut Vec::new())
}

/// The lowest intercept with the least loss for a slope: the quantile of what the slope leaves, and never below zero.
fn intercept(points: &[Point], quantile_ppm: i64, pod: i64, rest: &mut Vec<i128>) -> i64 {
    rest.clear();
    rest.extend(points.iter().map(|p| i128::from(p.value) - i128::from(pod) * i128::from(p.pods)));
    let share = (points.len() as i128 * i128::from(quantile_ppm) + 999_999) / 1_000_000;
    let Some(at) = usize::try_from(share - 1).ok().filter(|at| *at < rest.len()) else { return 0 };
    let (_, node, _) = rest.select_nth_unstable(at);
    i64::try_from((*node).max(0)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Line, Point, fit_line};

    fn points(of: &[(i64, i64)]) -> Vec<Point> {
        of.iter().map(|(pods, value)| Point { pods: *pods, value: *value }).collect()
    }

    #[test]
    fn points_on_a_line_give_the_line_at_every_quantile() {
        let points = points(&[(3, 130), (10, 200), (40, 500), (41, 510)]);
        for quantile in [500_000, 900_000, 950_000, 990_000] {
            assert_eq!(fit_line(&points, quantile), Line { node: 100, pod: 10 });
        }
    }

    #[test]
    fn nothing_is_below_zero() {
        // The straight line through these would begin below zero, and the other one would fall.
        assert_eq!(fit_line(&points(&[(10, 10), (20, 120), (30, 230)]), 950_000).node, 0);
        assert_eq!(fit_line(&points(&[(10, 230), (20, 120), (30, 10)]), 950_000), Line { node: 230, pod: 0 });
    }

    #[test]
    fn no_points_and_no_usage_are_no_fault() {
        assert_eq!(fit_line(&[], 950_000), Line::default());
        assert_eq!(fit_line(&points(&[(0, 0), (5, 0)]), 950_000), Line::default());
        assert_eq!(fit_line(&points(&[(0, 7), (0, 7)]), 950_000).node, 7);
    }
}
