//! Go durations: `1m30s`, `500ms`, `1.5h`, printed as Go's `Duration.String` prints them.

use super::{Decimal, Fault};

/// A duration in nanoseconds, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GoDuration(pub i64);

const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

impl GoDuration {
    /// One second.
    pub const SECOND: i64 = 1_000_000_000;

    /// `count` seconds.
    #[must_use]
    pub const fn seconds(count: i64) -> Self {
        Self(count * Self::SECOND)
    }

    /// Reads a Go duration. `0` needs no unit.
    ///
    /// # Errors
    /// Says so when a unit is missing or unknown, when the text is negative, or finer than a nanosecond.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if ["0", "+0", "-0"].contains(&text) {
            return Ok(Self(0));
        }
        if text.starts_with('-') {
            return Err(Fault::new(format!("`{text}` is negative")));
        }
        let mut rest = text.strip_prefix('+').unwrap_or(text);
        let mut total: i64 = 0;
        if rest.is_empty() {
            return Err(Fault::new("is empty; a duration looks like `1m30s`"));
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let (number, tail) = rest.split_at(digits);
            let unit_len = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
            let (unit, next) = tail.split_at(unit_len);
            let value = Decimal::parse(number)?;
            if unit.is_empty() {
                return Err(Fault::new(format!("`{text}` needs a unit: ns, us, ms, s, m or h")));
            }
            let (_, nanos) = UNITS
                .iter()
                .find(|(name, _)| *name == unit)
                .ok_or_else(|| Fault::new(format!("has the unknown unit `{unit}`; Go knows ns, us, ms, s, m and h")))?;
            total = value
                .times(*nanos, 1)
                .and_then(|part| total.checked_add(part))
                .ok_or_else(|| Fault::new(format!("`{text}` is finer than a nanosecond or longer than 292 years")))?;
            rest = next;
        }
        Ok(Self(total))
    }
}

impl std::fmt::Display for GoDuration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let nanos = self.0;
        if nanos == 0 {
            return f.write_str("0s");
        }
        // Go uses one small unit below a second, and h, m, s above it.
        for (unit, size) in [("ns", 1), ("µs", 1_000), ("ms", 1_000_000)] {
            if nanos < size * 1_000 {
                return write!(f, "{}{unit}", fraction(nanos, size));
            }
        }
        let (hours, rest) = (nanos / (3_600 * Self::SECOND), nanos % (3_600 * Self::SECOND));
        let (minutes, rest) = (rest / (60 * Self::SECOND), rest % (60 * Self::SECOND));
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if hours > 0 || minutes > 0 {
            write!(f, "{minutes}m")?;
        }
        write!(f, "{}s", fraction(rest, Self::SECOND))
    }
}

/// `value / size` with as many decimals as it takes and no trailing zeros.
fn fraction(value: i64, size: i64) -> String {
    let (whole, rest) = (value / size, value % size);
    if rest == 0 {
        return whole.to_string();
    }
    let width = size.ilog10() as usize;
    format!("{whole}.{}", format!("{rest:0width$}").trim_end_matches('0'))
}
