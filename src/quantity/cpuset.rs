//! CPU lists as Linux and the kubelet write them: `0-3,8`.

use super::Fault;
use std::collections::BTreeSet;

/// A set of logical CPU numbers. Prints canonically: ascending, ranges joined.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CpuSet(pub BTreeSet<u32>);

/// No machine has more; a range above it is a typing mistake that would only fill memory.
const MOST: u32 = 65_536;

impl CpuSet {
    /// The first `count` CPUs.
    #[must_use]
    pub fn first(count: u32) -> Self {
        Self((0..count).collect())
    }

    /// How many CPUs are in the set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the set has no CPU.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads a list of numbers and ranges.
    ///
    /// # Errors
    /// Says which part is no number or range, or that a CPU is named twice.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut set = BTreeSet::new();
        for part in text.split(',').map(str::trim) {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let number = |digits: &str| {
                digits
                    .parse::<u32>()
                    .ok()
                    .filter(|n| *n < MOST)
                    .ok_or_else(|| Fault::new(format!("`{part}` is not a CPU number or range such as `0-3`")))
            };
            let (from, to) = (number(from)?, number(to)?);
            if from > to {
                return Err(Fault::new(format!("the range `{part}` runs backwards")));
            }
            for cpu in from..=to {
                if !set.insert(cpu) {
                    return Err(Fault::new(format!("names CPU {cpu} twice")));
                }
            }
        }
        Ok(Self(set))
    }
}

impl std::fmt::Display for CpuSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        let mut cpus = self.0.iter().copied().peekable();
        while let Some(from) = cpus.next() {
            let mut to = from;
            while cpus.peek() == Some(&(to + 1)) {
                to += 1;
                cpus.next();
            }
            parts.push(if from == to { from.to_string() } else { format!("{from}-{to}") });
        }
        f.write_str(&parts.join(","))
    }
}
