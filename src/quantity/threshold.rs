//! An eviction threshold: a percentage of the capacity or an absolute quantity, as the kubelet reads it.

use super::{Bytes, Decimal, Fault};

/// `10%` in millionths of the whole, or a size in bytes (or a bare count for inodes and PIDs).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// A share of the capacity, in millionths: `10%` is 100,000.
    Share(i64),
    /// An absolute quantity.
    Absolute(Bytes),
}

impl Threshold {
    /// Reads a threshold.
    ///
    /// # Errors
    /// As the kubelet does: a share is within 0% and 100%, an absolute one is more than nothing.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if let Some(number) = text.strip_suffix('%') {
            let ppm = Decimal::parse(number)?
                .times(10_000, 1)
                .ok_or_else(|| Fault::new(format!("`{text}` has more than four decimals")))?;
            if ppm == 1_000_000 && text != "100%" {
                // The kubelet switches off by the literal text; any other spelling is a threshold of the whole capacity.
                return Err(Fault::new(format!("`{text}` is all of the capacity; a signal is switched off by `0%`")));
            }
            return if (0..=1_000_000).contains(&ppm) {
                Ok(Self::Share(ppm))
            } else {
                Err(Fault::new(format!("`{text}` is not within 0% and 100%")))
            };
        }
        match Bytes::parse(text)? {
            Bytes(0) => Err(Fault::new(format!("`{text}` is not positive; a signal is switched off by `0%`"))),
            bytes => Ok(Self::Absolute(bytes)),
        }
    }

    /// Bytes of `capacity` that the threshold stands for, as the kubelet computes it: the percentage is held in
    /// 32-bit floating point and the product cut to whole bytes (pkg/kubelet/eviction/api GetThresholdQuantity).
    #[must_use]
    pub fn of(self, capacity: Bytes) -> Bytes {
        match self {
            Self::Absolute(bytes) => bytes,
            // Exactly 0% and 100% switch the signal off.
            Self::Share(0 | 1_000_000) => Bytes(0),
            #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
            Self::Share(ppm) => {
                let share = (ppm as f64 / 10_000.0) as f32 / 100.0_f32;
                Bytes((capacity.0 as f64 * f64::from(share)) as i64)
            }
        }
    }
}

impl std::fmt::Display for Threshold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Absolute(bytes) => write!(f, "{bytes}"),
            Self::Share(ppm) if ppm % 10_000 == 0 => write!(f, "{}%", ppm / 10_000),
            Self::Share(ppm) => {
                let text = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
                write!(f, "{}%", text.trim_end_matches('0'))
            }
        }
    }
}
