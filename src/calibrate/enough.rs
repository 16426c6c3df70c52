//! How many samples a quantile needs before it can be stated, and how far they may still fall short of it.

/// Quantiles that can be asked for, in millionths: a reservation that half of the moments exceed is none, and what all nodes
/// will ever use cannot be sampled.
pub const QUANTILES: std::ops::RangeInclusive<i64> = 500_000..=999_900;

/// Samples below which a quantile (in millionths) is not stated: with fewer than `1 ÷ (1 − quantile)`, less than one sample
/// is expected above it, so that what is called the quantile would be the largest sample. 20 for 0.95.
///
/// A line leans on two samples, so up to twice as many it may still be the one that no sample exceeds. That is above the
/// quantile, which is the safe side for a reservation, and no reason to refuse it.
#[must_use]
pub fn least_samples(quantile_ppm: i64) -> i64 {
    let above = (1_000_000 - quantile_ppm).max(1);
    (1_000_000 + above - 1) / above
}

/// The chance, in millionths and rounded up, that no one of so many independent samples reaches the true quantile:
/// `quantile ^ samples`. Moments of one node are not independent, so the true chance is larger.
#[must_use]
pub fn unreached_ppm(quantile_ppm: i64, samples: i64) -> i64 {
    // Fixed point of 10^15, each product rounded up; after some thousand samples nothing is left to round.
    const ONE: i128 = 1_000_000_000_000_000;
    let mut chance = ONE;
    for _ in 0..samples.clamp(0, 1_000_000) {
        chance = (chance * i128::from(quantile_ppm) + 999_999) / 1_000_000;
        if chance < ONE / 10_000_000 {
            break;
        }
    }
    i64::try_from((chance + ONE / 1_000_000 - 1) / (ONE / 1_000_000)).unwrap_or(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::{least_samples, unreached_ppm};

    #[test]
    fn the_least_leaves_one_sample_above() {
        for (quantile, least) in [(500_000, 2), (900_000, 10), (950_000, 20), (990_000, 100), (333_333, 2)] {
            assert_eq!(least_samples(quantile), least);
        }
    }

    #[test]
    fn fifty_nine_samples_reach_the_95th_percentile_with_95_percent() {
        assert!(unreached_ppm(950_000, 58) > 50_000);
        assert!(unreached_ppm(950_000, 59) < 50_000);
        assert_eq!(unreached_ppm(950_000, 0), 1_000_000);
        assert_eq!(unreached_ppm(500_000, 1), 500_000);
        assert!(unreached_ppm(950_000, 100_000) <= 1);
    }
}
