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

/// Whether a text is a range of ports to apimachinery's `ParsePortRange`: `30000-32767`, `30000+100`, one port, or nothing.
#[must_use]
pub fn is_port_range(text: &str) -> bool {
    let text = text.trim();
    let ends = match (text.split_once('-'), text.split_once('+')) {
        _ if text.is_empty() => return true,
        (Some(_), Some(_)) => return false,
        (Some((low, high)), None) => low.parse::<i64>().ok().zip(high.parse::<i64>().ok()),
        (None, Some((low, more))) => {
            let (low, more) = (low.parse::<i64>().ok(), more.parse::<i64>().ok());
            low.zip(more).and_then(|(low, more)| Some((low, low.checked_add(more)?)))
        }
        (None, None) => text.parse::<i64>().ok().map(|port| (port, port)),
    };
    ends.is_some_and(|(low, high)| low <= high && high <= 65535)
}

#[cfg(test)]
mod tests {
    use super::{is_port_range, share};

    #[test]
    fn a_range_of_ports_is_what_upstream_reads() {
        for text in ["", " ", "0", "80", "30000-32767", "30000+100", "65535"] {
            assert!(is_port_range(text), "{text}");
        }
        for text in ["x", "::1", "a b", "-1", "1-", "2-1", "1-2+3", "65536", "65535+1", "1--2"] {
            assert!(!is_port_range(text), "{text}");
        }
    }

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
