//! Names as upstream's API machinery checks them.

/// Longest name of a label or resource, without its prefix.
const NAME: usize = 63;
/// Longest prefix.
const PREFIX: usize = 253;

/// Whether it is a qualified name (k8s.io/apimachinery pkg/util/validation IsQualifiedName): a name, with or without a DNS
/// name and a slash in front.
pub(super) fn qualified(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => subdomain(prefix) && word(name, NAME, "-_."),
        None => word(text, NAME, "-_."),
    }
}

fn word(text: &str, most: usize, between: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    text.len() <= most
        && text.starts_with(ends)
        && text.ends_with(ends)
        && text.chars().all(|c| ends(c) || between.contains(c))
}

/// Whether a label can have this value (IsValidLabelValue).
pub(super) fn is_value(text: &str) -> bool {
    text.is_empty() || word(text, NAME, "-_.")
}

fn subdomain(text: &str) -> bool {
    text.len() <= PREFIX && text.split('.').all(|part| word(part, PREFIX, "-") && part == part.to_ascii_lowercase())
}

/// Whether a node can offer a resource of this name beyond upstream's own (pkg/apis/core/v1/helper
/// IsExtendedResourceName).
pub(super) fn extended(text: &str) -> bool {
    let own = !text.contains('/') || text.contains("kubernetes.io/");
    !own && !text.starts_with("requests.") && qualified(&format!("requests.{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_as_upstream_does() {
        assert!(qualified("kubernetes.io/hostname") && qualified("zone") && qualified("a_b.c"));
        assert!(
            !qualified("")
                && !qualified("-a")
                && !qualified("A.b/c d")
                && !qualified("Up.case/x")
                && !qualified("a/b/c")
        );
        assert!(extended("example.com/gpu") && !extended("gpu") && !extended("kubernetes.io/gpu"));
    }
}
