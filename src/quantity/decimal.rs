//! Exact decimal numbers: the mantissa that every quantity begins with.

use super::Fault;

/// `digits × 10^exponent`, exactly as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: i128,
    exponent: i32,
}

impl Decimal {
    /// Reads `[+-]digits[.digits]`. At least one digit is needed; no exponent, no spaces.
    ///
    /// # Errors
    /// Says what is not a number, or that there are more digits than can be held.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (negative, rest) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let mut digits: i128 = 0;
        let mut exponent = 0;
        let (mut seen, mut point) = (false, false);
        for byte in rest.bytes() {
            match byte {
                b'0'..=b'9' => {
                    seen = true;
                    digits = digits
                        .checked_mul(10)
                        .and_then(|d| d.checked_add(i128::from(byte - b'0')))
                        .filter(|d| *d < 10_i128.pow(30))
                        .ok_or_else(|| Fault::new("has more digits than any machine needs"))?;
                    exponent -= i32::from(point);
                }
                b'.' if !point => point = true,
                _ => return Err(Fault::new(format!("`{text}` is not a number"))),
            }
        }
        if !seen {
            return Err(Fault::new(format!("`{text}` is not a number")));
        }
        Ok(Self { digits: if negative { -digits } else { digits }, exponent })
    }

    /// This number × `numerator` ÷ `denominator`, when that is whole and fits 64 bits.
    #[must_use]
    pub fn times(self, numerator: i128, denominator: i128) -> Option<i64> {
        let top = self.digits.checked_mul(numerator)?;
        let bottom = denominator.checked_mul(10_i128.checked_pow(self.exponent.unsigned_abs())?)?;
        (top % bottom == 0).then(|| i64::try_from(top / bottom).ok()).flatten()
    }
}

/// A ratio as typed in TOML (`0.075`) in millionths, exactly.
///
/// # Errors
/// Says so when the text is not a decimal number or has more than six decimals.
pub fn ppm(text: &str) -> Result<i64, Fault> {
    Decimal::parse(&text.replace('_', ""))?
        .times(1_000_000, 1)
        .ok_or_else(|| Fault::new(format!("`{text}` has more than six decimals")))
}
