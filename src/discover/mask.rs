//! CPU sets as kernels print them: lists, which may be empty, and masks in hexadecimal words.

use crate::quantity::{CpuSet, Fault};

/// Reads a list; an empty text is the empty set.
pub fn list(text: &str) -> Result<CpuSet, Fault> {
    if text.trim().is_empty() { Ok(CpuSet::default()) } else { CpuSet::parse(text.trim()) }
}

/// Reads a mask: hexadecimal digits, the last is CPUs 0 to 3, commas between words.
pub fn mask(text: &str) -> Result<CpuSet, Fault> {
    let fault = || Fault(format!("`{}` is not a CPU mask", text.chars().take(40).collect::<String>()));
    let digits: Vec<u32> = text
        .trim()
        .chars()
        .filter(|c| *c != ',')
        .map(|c| c.to_digit(16).ok_or_else(fault))
        .collect::<Result<_, _>>()?;
    // 65536 CPUs, as for lists.
    if digits.is_empty() || digits.len() > 16_384 {
        return Err(fault());
    }
    let bits = digits.iter().rev().zip(0_u32..);
    Ok(CpuSet(bits.flat_map(|(d, at)| (0..4).filter(move |b| d >> b & 1 == 1).map(move |b| at * 4 + b)).collect()))
}

/// Reads whichever of a list and a mask is there.
pub fn either(list_text: Option<&str>, mask_text: Option<&str>) -> Result<Option<CpuSet>, Fault> {
    match (list_text, mask_text) {
        (Some(text), _) => list(text).map(Some),
        (None, Some(text)) => mask(text).map(Some),
        (None, None) => Ok(None),
    }
}
