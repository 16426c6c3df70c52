//! Numbers as Kubernetes writes them: quantities, Go durations, CPU sets and rates, parsed exactly and printed canonically.
//!
//! Nothing here rounds. A text that cannot be held exactly in the type's unit is an error that says so.

mod bytes;
mod cpu;
mod cpuset;
mod decimal;
mod duration;
mod number;
mod threshold;
mod version;

pub use bytes::Bytes;
pub use cpu::{Micro, Milli};
pub use cpuset::CpuSet;
pub use decimal::{Decimal, ppm};
pub use duration::GoDuration;
pub use number::{go_float, go_integer};
pub use threshold::Threshold;
pub use version::{Kernel, Minor, Version};

/// Why a text is not the number it should be: a sentence without a subject, such as "needs a unit".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub String);

impl Fault {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// `value / by`, rounded up; `by` is positive.
#[must_use]
pub const fn ceil_div(value: i64, by: i64) -> i64 {
    value.div_euclid(by) + (value.rem_euclid(by) != 0) as i64
}
