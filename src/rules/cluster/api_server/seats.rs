//! Upstream's arithmetic of priority and fairness: how many seats a level has, and how many a request takes.

use crate::quantity::ceil_div;

/// Seats of a level: its part of the server's limit by shares, rounded up.
#[must_use]
pub const fn nominal(limit: i64, shares: i64, all: i64) -> i64 {
    ceil_div(limit.saturating_mul(shares), if all < 1 { 1 } else { all })
}

/// What a write with `watchers` takes: upstream's numbers for its watchers.
#[derive(Clone, Copy, Debug)]
pub struct Watchers {
    /// Watchers that share one seat.
    pub per_seat: i64,
    /// Milliseconds for which they hold it.
    pub held: i64,
    /// Seats that one write takes at most.
    pub most: i64,
}

impl Watchers {
    /// Microseconds of one seat that a write takes which itself lasts `time` microseconds: the seats for its watchers are held
    /// from its beginning, and those beyond the most become time.
    #[must_use]
    pub fn seat_time(&self, time: i64, watchers: i64) -> i64 {
        if watchers < self.per_seat {
            return time;
        }
        let seats = ceil_div(watchers, self.per_seat.max(1));
        let held = seats.saturating_mul(self.held).saturating_mul(1000);
        time.saturating_mul(seats.min(self.most).max(1)).saturating_add(held)
    }
}
