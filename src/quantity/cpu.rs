//! CPU in thousandths of a core, `2`, `0.5`, `500m`, and for what one pod costs in millionths, `900u`.

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

/// Micro-CPU: measured costs of one pod are finer than a thousandth of a core. Prints the coarsest unit that is whole: `2`,
/// `90m`, `900u`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micro(pub i64);

impl Micro {
    /// Reads a CPU quantity that is a whole, non-negative number of millionths.
    ///
    /// # Errors
    /// Says so when the text is no number, has another suffix than `m` or `u`, or is finer than one millionth.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (number, factor) = match (text.strip_suffix('u'), text.strip_suffix('m')) {
            (Some(number), _) => (number, 1),
            (None, Some(number)) => (number, 1_000),
            (None, None) => (text, 1_000_000),
        };
        let micro = Decimal::parse(number)?
            .times(factor, 1)
            .ok_or_else(|| Fault::new(format!("`{text}` is finer than one millionth of a core (`1u`)")))?;
        if micro < 0 {
            return Err(Fault::new(format!("`{text}` is negative")));
        }
        Ok(Self(micro))
    }
}

impl std::fmt::Display for Micro {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 % 1000 == 0 { Milli(self.0 / 1000).fmt(f) } else { write!(f, "{}u", self.0) }
    }
}
