//! `time.ParseDuration`: signs, any order of units, fractions finer than a nanosecond cut off.

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

/// Nanoseconds of a duration; nothing where Go refuses it.
#[must_use]
pub fn duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let nanos = UNITS.iter().find(|(unit, _)| *unit == &after[..end])?.1;
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        total = total.checked_add(whole.checked_mul(nanos)?)?.checked_add(part(fraction, nanos))?;
        rest = &after[end..];
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// The fraction of a unit, cut to whole nanoseconds. No unit has more than thirteen decimals of them.
fn part(fraction: &str, nanos: i128) -> i128 {
    let kept = &fraction[..fraction.len().min(18)];
    let scale = u32::try_from(kept.len()).map_or(1, |n| 10_i128.pow(n));
    kept.parse::<i128>().unwrap_or(0) * nanos / scale
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_those_that_go_reads() {
        let cases = [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("1m30s", Some(90_000_000_000)),
            ("30s1m", Some(90_000_000_000)),
            ("-1.5h", Some(-5_400_000_000_000)),
            ("1.0000000001s", Some(1_000_000_000)),
            (".5s", Some(500_000_000)),
            ("1.s", Some(1_000_000_000)),
            ("5", None),
            ("", None),
            ("+", None),
            (".s", None),
            ("1 m", None),
            ("1d", None),
            ("1s ", None),
            ("9999999h", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(duration(text), wanted, "{text}");
        }
    }
}
