//! Units: how a whole number of base units is shown to people and scaled for the floating-point solver.

/// How a quantity is shown and scaled. Values are always `i64` counts of the base unit (for instance KiB).
///
/// ```
/// use plimsoll_solver::Unit;
/// const MI: Unit = Unit { symbol: "Mi", per: 1024, scale: 1 << 20 };
/// assert_eq!(MI.show(2730 * 1024), "2730Mi");
/// assert_eq!(MI.show(1536), "1.5Mi");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unit {
    /// Shown directly after the number: `"Mi"`, or `""` for counts.
    pub symbol: &'static str,
    /// Base units in one shown unit: 1024 where the base is KiB and `symbol` is `"Mi"`.
    pub per: i64,
    /// Base units in one unit handed to the floating-point solver: `1 << 20` turns KiB into GiB.
    pub scale: i64,
}

impl Unit {
    /// A plain count: no symbol, no scaling.
    pub const COUNT: Unit = Unit { symbol: "", per: 1, scale: 1 };

    /// `value` base units as text: a whole number where it divides, else rounded to three decimals without trailing
    /// zeros.
    pub fn show(&self, value: i64) -> String {
        self.show_wide(i128::from(value))
    }

    /// As [`Unit::show`], for sums that may leave `i64`.
    pub(crate) fn show_wide(&self, value: i128) -> String {
        let per = i128::from(self.per.max(1));
        let sign = if value < 0 { "-" } else { "" };
        let size = value.abs();
        if size % per == 0 {
            return format!("{sign}{}{}", size / per, self.symbol);
        }
        // Rounded half away from zero in whole thousandths: text must not depend on floating point.
        let thousandths = (size * 2000 + per) / (per * 2);
        if thousandths == 0 {
            return format!("0{}", self.symbol);
        }
        let decimals = format!("{:03}", thousandths % 1000);
        let decimals = decimals.trim_end_matches('0');
        let point = if decimals.is_empty() { "" } else { "." };
        format!("{sign}{}{point}{decimals}{}", thousandths / 1000, self.symbol)
    }
}
