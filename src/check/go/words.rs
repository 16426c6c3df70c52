//! `strconv.ParseBool`, and percentages as the eviction manager reads them.

/// A truth value; nothing where Go refuses it.
#[must_use]
pub fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// A percentage as the share of the whole that it stands for, in 32-bit floating point as upstream holds it; nothing where
/// it is none. A value that is no number of its own (`nan%`) is read as Go reads it.
#[must_use]
pub fn share(text: &str) -> Option<f32> {
    let number = text.ends_with('%').then(|| text.trim_end_matches('%'))?;
    // Go's decimal forms are Rust's; a hexadecimal mantissa is not tried.
    Some(number.parse::<f64>().ok()? as f32 / 100.0)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_share_is_what_stands_before_the_signs() {
        assert_eq!(share("15%"), Some(0.15));
        assert_eq!(share("5%%"), Some(0.05));
        assert_eq!(share("-1%"), Some(-0.01));
        assert_eq!(share("15"), None);
        assert_eq!(share("10 %"), None);
        assert_eq!(share("%"), None);
    }
}
