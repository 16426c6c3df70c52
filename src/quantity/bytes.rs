//! Memory and storage in whole bytes: `64Gi`, `1465Mi`, `128974848`, `129e6`.

use super::{Decimal, Fault};

/// A size in bytes. Prints as Kubernetes' canonical binary form: the largest suffix that leaves a whole number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub i64);

/// Suffixes that a Kubernetes quantity may carry, with their factor.
const SUFFIXES: [(&str, i128); 13] = [
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("Pi", 1 << 50),
    ("Ei", 1 << 60),
    ("k", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("P", 1_000_000_000_000_000),
    ("E", 1_000_000_000_000_000_000),
    ("", 1),
];

impl Bytes {
    /// One mebibyte.
    pub const MI: i64 = 1 << 20;

    /// `count` mebibytes.
    #[must_use]
    pub const fn mi(count: i64) -> Self {
        Self(count << 20)
    }

    /// Whole mebibytes, rounded down.
    #[must_use]
    pub const fn whole_mi(self) -> i64 {
        self.0 >> 20
    }

    /// Whole kibibytes, rounded down.
    #[must_use]
    pub const fn whole_ki(self) -> i64 {
        self.0 >> 10
    }

    /// Reads a Kubernetes quantity that is a whole, non-negative number of bytes.
    ///
    /// # Errors
    /// Says what is wrong with the text: no number, an unknown suffix, part of a byte, negative, or too large.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (number, suffix) = text.split_at(split);
        let value = Decimal::parse(number)?;
        let factor = match SUFFIXES.iter().find(|(s, _)| *s == suffix) {
            Some((_, factor)) => *factor,
            None => exponent(suffix).ok_or_else(|| unknown_suffix(suffix))?,
        };
        let bytes = value
            .times(factor, 1)
            .ok_or_else(|| Fault::new(format!("`{text}` is not a whole number of bytes below 8Ei")))?;
        if bytes < 0 {
            return Err(Fault::new(format!("`{text}` is negative")));
        }
        Ok(Self(bytes))
    }
}

/// `e3` or `E3`: the decimal exponent form of a quantity.
fn exponent(suffix: &str) -> Option<i128> {
    let digits = suffix.strip_prefix(['e', 'E'])?;
    10_i128.checked_pow(digits.parse::<u32>().ok().filter(|n| *n <= 18)?)
}

fn unknown_suffix(suffix: &str) -> Fault {
    let hint = match suffix {
        "KB" | "Kb" | "kB" | "kb" | "K" | "ki" | "KiB" => "; write `Ki` (1024) or `k` (1000)",
        "MB" | "Mb" | "mb" | "mi" | "MiB" => "; write `Mi` or `M`",
        "GB" | "Gb" | "gb" | "g" | "gi" | "GiB" => "; write `Gi` or `G`",
        "TB" | "Tb" | "tb" | "t" | "ti" | "TiB" => "; write `Ti` or `T`",
        "m" => "; `m` is thousandths, which memory does not have: write `Mi` or `M`",
        _ => "; Kubernetes knows Ki, Mi, Gi, Ti, Pi, Ei and k, M, G, T, P, E",
    };
    Fault::new(format!("has the unknown unit `{suffix}`{hint}"))
}

impl std::fmt::Display for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (mut value, mut suffix) = (self.0, "");
        for next in ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] {
            if value == 0 || value % 1024 != 0 {
                break;
            }
            (value, suffix) = (value / 1024, next);
        }
        write!(f, "{value}{suffix}")
    }
}
