//! CPU in thousandths of a core: `2`, `0.5`, `500m`.

use super::{Decimal, Fault};

/// Milli-CPU. Prints as Kubernetes does: `16` when whole, else `15890m`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Milli(pub i64);

impl Milli {
    /// Reads a CPU quantity that is a whole, non-negative number of thousandths.
    ///
    /// # Errors
    /// Says so when the text is no number, has another suffix than `m`, or is finer than one thousandth.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (number, factor) = match text.strip_suffix('m') {
            Some(number) => (number, 1),
            None => (text, 1000),
        };
        let milli = Decimal::parse(number)?
            .times(factor, 1)
            .ok_or_else(|| Fault::new(format!("`{text}` is finer than one thousandth of a core (`1m`)")))?;
        if milli < 0 {
            return Err(Fault::new(format!("`{text}` is negative")));
        }
        Ok(Self(milli))
    }
}

impl std::fmt::Display for Milli {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 % 1000 == 0 { write!(f, "{}", self.0 / 1000) } else { write!(f, "{}m", self.0) }
    }
}
