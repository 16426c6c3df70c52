//! `resource.ParseQuantity` of apimachinery, digit by digit: a leading sign, missing digits, and exponents included.

/// One whole, in billionths.
pub const NANO: i128 = 1_000_000_000;
/// What no value goes beyond here. Larger ones are cut to it: they are larger than anything that they are compared with.
pub const GIANT: i128 = 1 << 100;

/// A quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// The value in billionths, finer parts rounded away from zero.
    pub nano: i128,
    /// What upstream's `AsInt64` gives: nothing for parts of one, and for what is kept as a decimal (`1.5Gi`).
    pub whole: Option<i64>,
}

struct Parts<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
    suffix: &'t str,
}

enum Base {
    /// Powers of ten.
    Ten(i32),
    /// Powers of two.
    Two(u32),
}

impl Quantity {
    /// Reads a quantity; nothing where upstream refuses it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts = parts(text)?;
        let base = base(parts.suffix)?;
        let sign = if parts.negative { -1 } else { 1 };
        let digits = format!("{}{}", parts.whole, parts.fraction);
        let decimals = i32::try_from(parts.fraction.len()).ok()?;
        let nano = sign * magnitude(&digits, decimals, &base);
        Some(Self { nano, whole: whole(&parts, &digits, decimals, &base).map(|w| if parts.negative { -w } else { w }) })
    }

    /// What is left of nothing.
    pub const ZERO: Self = Self { nano: 0, whole: Some(0) };
}

fn parts(text: &str) -> Option<Parts<'_>> {
    if text.is_empty() {
        return None;
    }
    let (negative, rest) = match text.as_bytes()[0] {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let number = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let stripped = rest.trim_start_matches('0');
    let (whole, rest) = stripped.split_at(number(stripped));
    let whole = if whole.is_empty() { "0" } else { whole };
    let (fraction, suffix) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(number(rest)),
        None => ("", rest),
    };
    let exponent = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    exponent.bytes().all(|b| b.is_ascii_digit()).then_some(Parts { negative, whole, fraction, suffix })
}

fn base(suffix: &str) -> Option<Base> {
    let binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter().position(|s| *s == suffix);
    if let Some(at) = binary {
        return u32::try_from(at + 1).ok().map(|n| Base::Two(10 * n));
    }
    let decimal =
        [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
    if let Some((_, exponent)) = decimal.iter().find(|(s, _)| *s == suffix) {
        return Some(Base::Ten(*exponent));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    exponent.parse::<i64>().ok().map(|e| Base::Ten(i32::try_from(e.clamp(-1000, 1000)).unwrap_or(0)))
}

/// The value in billionths, rounded away from zero.
fn magnitude(digits: &str, decimals: i32, base: &Base) -> i128 {
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return 0;
    }
    // More digits than this are a number beyond all others, or decimals beyond all precision.
    let (kept, cut) = digits.split_at(digits.len().min(30));
    let cut = i32::try_from(cut.len()).unwrap_or(i32::MAX);
    let value = kept.parse::<i128>().unwrap_or(0);
    let (exponent, factor) = match base {
        Base::Ten(exponent) => (exponent - decimals + cut + 9, 1),
        Base::Two(power) => (cut - decimals + 9, 1_i128 << power),
    };
    let scale = 10_i128.checked_pow(exponent.unsigned_abs());
    let product = value.checked_mul(factor);
    match (product, scale) {
        (Some(product), Some(scale)) if exponent < 0 => product / scale + i128::from(product % scale != 0),
        (Some(_), None) if exponent < 0 => 1,
        (Some(product), Some(scale)) => product.checked_mul(scale).map_or(GIANT, |v| v.min(GIANT)),
        _ => GIANT,
    }
}

/// `AsInt64` without the sign: only what upstream's fast path reads is a whole number to it.
fn whole(parts: &Parts<'_>, digits: &str, decimals: i32, base: &Base) -> Option<i64> {
    let count = i32::try_from(digits.len()).ok()?;
    let (room, scale, mantissa) = match base {
        Base::Ten(exponent) => (18 - count, *exponent, 1),
        // As upstream has it: a binary suffix costs three digits for ten powers of two.
        Base::Two(power) if parts.fraction.is_empty() => (
            15 - i32::try_from(parts.whole.len()).ok()? - i32::try_from(power * 3 / 10).ok()? - 1,
            0,
            1_i64.checked_shl(*power)?,
        ),
        Base::Two(_) => return None,
    };
    let scale = scale - decimals;
    let value = digits.parse::<i64>().ok()?.checked_mul(mantissa)?;
    // The text `0` is the one that is not parsed.
    if digits == "0" && parts.suffix.is_empty() {
        return Some(0);
    }
    (room >= 0 && scale >= 0).then_some(())?;
    value.checked_mul(10_i64.checked_pow(scale.unsigned_abs())?)
}

#[cfg(test)]
mod tests {
    use super::{NANO, Quantity};

    #[test]
    fn quantities_are_those_that_upstream_reads() {
        let cases = [
            ("0", Some((0, Some(0)))),
            ("64Gi", Some((NANO << 36, Some(1 << 36)))),
            ("1.5Gi", Some(((3 * NANO) << 29, None))),
            ("100m", Some((NANO / 10, None))),
            ("1e3", Some((1000 * NANO, Some(1000)))),
            ("1E", Some((NANO * 10_i128.pow(18), Some(10_i64.pow(18))))),
            ("-1Gi", Some((-NANO << 30, Some(-(1 << 30))))),
            ("+5", Some((5 * NANO, Some(5)))),
            ("Mi", Some((0, Some(0)))),
            (".5", Some((NANO / 2, None))),
            ("1.", Some((NANO, Some(1)))),
            ("0.1n", Some((1, None))),
            ("123456Gi", Some((123_456 * (NANO << 30), None))),
            ("", None),
            ("1GB", None),
            ("1gi", None),
            ("1 Gi", None),
            ("ten", None),
            ("1K", None),
            ("1ei", None),
            ("10%", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(Quantity::parse(text).map(|q| (q.nano, q.whole)), wanted, "{text}");
        }
    }

    #[test]
    fn numbers_without_end_are_cut() {
        for text in ["1e900", "9".repeat(400).as_str(), &format!("0.{}1", "0".repeat(400)), "1e99999999999999999999"] {
            let _ = Quantity::parse(text);
        }
        assert!(Quantity::parse("1e900").is_some_and(|q| q.nano > 0 && q.whole.is_none()));
    }
}
