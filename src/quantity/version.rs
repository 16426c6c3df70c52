//! Versions: a Kubernetes (or etcd) minor with an optional patch, and a kernel release.

use super::Fault;

/// `1.34` or `1.34.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Major and minor.
    pub minor: Minor,
    /// Exact patch, when stated.
    pub patch: Option<u32>,
}

/// Major and minor: what nearly every fact depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minor(pub u32, pub u32);

/// A kernel release, as far as features go by it: `6.8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kernel(pub u32, pub u32);

fn numbers(text: &str) -> Option<Vec<u32>> {
    text.split('.')
        .map(|part| {
            let plain = !part.is_empty() && part.len() <= 6 && part.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| part.parse().ok()).flatten()
        })
        .collect()
}

impl Version {
    /// Reads `1.34`, `1.34.2`, with or without a leading `v`.
    ///
    /// # Errors
    /// Says so when the text is not of that form.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        match numbers(text.strip_prefix('v').unwrap_or(text)).as_deref() {
            Some([major, minor]) => Ok(Self { minor: Minor(*major, *minor), patch: None }),
            Some([major, minor, patch]) => Ok(Self { minor: Minor(*major, *minor), patch: Some(*patch) }),
            _ => Err(Fault::new(format!("`{text}` is not a version such as `1.34` or `1.34.2`"))),
        }
    }
}

impl Minor {
    /// Reads exactly `major.minor`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match numbers(text)?.as_slice() {
            [major, minor] => Some(Self(*major, *minor)),
            _ => None,
        }
    }
}

impl Kernel {
    /// Reads `6.8`, `5.15.0-91-generic`: the first two numbers count.
    ///
    /// # Errors
    /// Says so when the text does not begin with two numbers.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let plain = text.split(['-', '+', '~']).next().unwrap_or(text);
        match numbers(plain).as_deref() {
            Some([major, minor, ..]) => Ok(Self(*major, *minor)),
            _ => Err(Fault::new(format!("`{text}` is not a kernel release such as `6.8`"))),
        }
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.patch {
            Some(patch) => write!(f, "{}.{patch}", self.minor),
            None => write!(f, "{}", self.minor),
        }
    }
}

impl std::fmt::Display for Minor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl std::fmt::Display for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}
