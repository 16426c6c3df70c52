//! Numbers as Go's `strconv` reads those of flags: in any base that their prefix says, with underscores between digits.

/// A whole number (`strconv.ParseInt` with base 0); nothing where Go refuses it. It may be more than 64 bits hold.
#[must_use]
pub fn go_integer(text: &str) -> Option<i128> {
    let (negative, rest) = signed(text);
    let lower = rest.to_ascii_lowercase();
    let (base, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, &lower[..]),
    };
    // A prefix counts as a digit that an underscore may follow.
    if !underscores_apart(digits, base != 10) {
        return None;
    }
    let digits = digits.replace('_', "");
    let plain = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_alphanumeric());
    let value = plain.then(|| i128::from_str_radix(&digits, base).ok())??;
    Some(if negative { -value } else { value })
}

/// A decimal number (`strconv.ParseFloat`); nothing where Go refuses it. Hexadecimal ones are not tried.
#[must_use]
pub fn go_float(text: &str) -> Option<f64> {
    let (_, rest) = signed(text);
    if !underscores_apart(rest, false) {
        return None;
    }
    // Go and Rust agree on the words for what is no number, and on all else.
    text.replace('_', "").parse().ok()
}

fn signed(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

/// Whether each underscore stands between two digits.
fn underscores_apart(digits: &str, prefix: bool) -> bool {
    let mut before = prefix;
    let mut open = false;
    for c in digits.chars() {
        if c == '_' {
            if !before {
                return false;
            }
            open = true;
            before = false;
        } else {
            if open && !c.is_ascii_alphanumeric() {
                return false;
            }
            open = false;
            before = c.is_ascii_alphanumeric();
        }
    }
    !open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        let cases = [
            ("5", Some(5)),
            ("+5", Some(5)),
            ("-5", Some(-5)),
            ("010", Some(8)),
            ("0x1f", Some(31)),
            ("0b11", Some(3)),
            ("0o17", Some(15)),
            ("1_000", Some(1000)),
            ("0x_1f", Some(31)),
            ("_1", None),
            ("1_", None),
            ("1__0", None),
            ("08", None),
            ("1.0", None),
            ("", None),
            ("-", None),
            ("0x", None),
            ("1e3", None),
            ("--5", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(go_integer(text), wanted, "{text}");
        }
        assert_eq!(go_float("1_0.5"), Some(10.5));
        assert_eq!(go_float("1e3"), Some(1000.0));
        assert!(go_float("").is_none() && go_float("x").is_none() && go_float("1_.5").is_none());
    }
}
