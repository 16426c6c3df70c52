//! Texts of the node's own settings that have a form: taints, paths, addresses, versions, sizes.

use super::super::Find;
use super::super::asked::{broken, broken_at, keys, machine, stated_as, text};
use crate::catalog::{self, Bound};
use crate::check::constraint::Constraint;
use crate::check::go::Quantity;
use crate::check::scene::At;
use crate::current::Layer;
use crate::diag::Finding;
use crate::yaml::Node;
use std::net::IpAddr;

pub(in super::super) const FIND: &[(&str, Find)] = &[
    ("taint", taints),
    ("pod-logs-dir", logs_dir),
    ("cluster-dns-address", dns),
    ("tracing-endpoint", endpoint),
    ("log-size", log_size),
    ("log-rotation-off", no_rotation),
    ("qos-reserved-share", qos_share),
    ("vmodule-pattern", patterns),
    ("pods-per-core-decides", per_core),
    ("user-ids-multiple", user_ids),
];

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

fn taints(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(stated) = stated_as(at, "registerWithTaints") else { return };
    for item in stated.node.items() {
        let of = |field: &str| item.get(field).and_then(Node::text).unwrap_or_default();
        let (key, value, effect) = (of("key"), of("value"), of("effect"));
        let says = if !is_qualified(key) {
            format!("the taint's key `{key}` is no name such as `example.com/role`")
        } else if !value.is_empty() && !is_label(value) {
            format!("the taint's value `{value}` is no value of a label")
        } else if !effect.is_empty() && !EFFECTS.contains(&effect) {
            format!("the taint's effect `{effect}` is none of {}", EFFECTS.join(", "))
        } else if item.get("timeAdded").is_some_and(|n| !n.is_null()) {
            "the taint has a `timeAdded`, which only a node controller sets".to_string()
        } else {
            continue;
        };
        out.push(broken_at(at, constraint, &says, stated, &item.span));
    }
}

/// `[prefix/]name`, as apimachinery's `IsQualifiedName` has it.
fn is_qualified(key: &str) -> bool {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let word = |part: &str, inner: fn(u8) -> bool| {
        let ends = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        ends(part.as_bytes().first()) && ends(part.as_bytes().last()) && part.bytes().all(inner)
    };
    let domain = prefix.is_none_or(|prefix| {
        prefix.len() <= 253
            && prefix.split('.').all(|p| word(p, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
    });
    domain && !name.is_empty() && is_label(name)
}

/// A value of a label that is not empty.
fn is_label(value: &str) -> bool {
    let ends = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let bytes = value.as_bytes();
    value.len() <= 63 && ends(bytes.first()) && ends(bytes.last()) && value.bytes().all(inner)
}

fn logs_dir(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(path) = text(at, "podLogsDir") else { return };
    let parts = || path.split('/').skip(1);
    // The main file's own folder is put before a path that is not absolute.
    let joined = stated_as(at, "podLogsDir").is_some_and(|s| s.layer == Layer::File) && !path.starts_with('/');
    let what = if joined && path.is_ascii() {
        return;
    } else if !joined && !path.starts_with('/') {
        "is no absolute path"
    } else if !joined && path != "/" && parts().any(|p| matches!(p, "" | "." | "..")) {
        "is not the shortest way to write this path"
    } else if !path.is_ascii() {
        "has characters beyond ASCII"
    } else {
        return;
    };
    out.push(broken(at, constraint, &format!("`podLogsDir` is `{path}`, which {what}"), &["podLogsDir"]));
}

fn dns(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(stated) = stated_as(at, "clusterDNS") else { return };
    for item in stated.node.items() {
        if let Some(address) = item.text().filter(|a| !is_address(a)) {
            let says = format!("`clusterDNS` holds `{address}`, which is no IP address");
            out.push(broken_at(at, constraint, &says, stated, &item.span));
        }
    }
}

/// Zeros before a number are let through, as upstream lets them.
fn is_address(text: &str) -> bool {
    let plain: Vec<&str> = text
        .split('.')
        .map(|part| match part.trim_start_matches('0') {
            "" if !part.is_empty() => "0",
            rest => rest,
        })
        .collect();
    text.parse::<IpAddr>().is_ok() || plain.join(".").parse::<std::net::Ipv4Addr>().is_ok()
}

fn endpoint(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    const NAME: &str = "tracing.endpoint";
    let Some(value) = text(at, NAME) else { return };
    let scheme = match value.split_once("//") {
        Some((scheme, _)) => scheme.strip_suffix(':').unwrap_or(""),
        None => "dns",
    };
    let what = if !["dns", "unix", "unix-abstract"].contains(&scheme.to_ascii_lowercase().as_str()) {
        "and its scheme is none of dns, unix, unix-abstract"
    } else if value.contains(|c: char| c == ' ' || c.is_ascii_control()) {
        "which is no address"
    } else {
        return;
    };
    out.push(broken(at, constraint, &format!("`{NAME}` is `{value}`, {what}"), &[NAME]));
}

const SIZE: &str = "containerLogMaxSize";

fn log_size(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let value = text(at, SIZE);
    if let Some(value) = value.filter(|v| Quantity::parse(v).is_some_and(|q| q.whole.is_none())) {
        let says = format!("`{SIZE}` is `{value}`, which upstream does not read as whole bytes");
        out.push(broken(at, constraint, &says, &[SIZE]));
    }
}

fn no_rotation(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    if text(at, SIZE).and_then(|v| Quantity::parse(&v)).is_some_and(|q| q.nano < 0) {
        out.push(broken(at, constraint, &format!("`{SIZE}` is {{{SIZE}}}, so that no log is ever rotated"), &[SIZE]));
    }
}

fn qos_share(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for (key, stated) in keys(at, "qosReserved").into_iter().filter(|(key, _)| *key == "memory") {
        let value = stated.value.as_str().unwrap_or_default();
        let share = value.ends_with('%').then(|| value.trim_end_matches('%').parse::<i64>().ok()).flatten();
        if !share.is_some_and(|s| (0..=100).contains(&s)) && stated.value.is_string() {
            let name = format!("qosReserved.{key}");
            let says = format!("`{name}` is `{value}`, not a whole percentage such as `50%`");
            out.push(broken(at, constraint, &says, &[&name]));
        }
    }
}

fn patterns(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let full = at.full("logging.vmodule");
    let Some((_, current)) = at.part(&full) else { return };
    for (rest, _) in current.below(&full) {
        let pattern = rest.strip_prefix('[').and_then(|r| r.split_once(']')).map_or("", |(pattern, _)| pattern);
        if pattern.is_empty() || pattern.contains(['=', ',']) {
            let says = format!("the file pattern `{pattern}` of `logging.vmodule` is empty, or has `=` or `,` in it");
            out.push(broken(at, constraint, &says, &[&format!("logging.vmodule{rest}")]));
        }
    }
}

fn per_core(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let number = |name: &str| at.json(name).and_then(|v| v.as_i64());
    let Some(((each, most), cpus)) = number("podsPerCore").zip(number("maxPods")).zip(machine(at, "cpus")) else {
        return;
    };
    if each > 0 && stated_as(at, "maxPods").is_some() && each.saturating_mul(cpus) < most {
        let says = format!("`maxPods` is {most}, and {each} pods for each of {cpus} CPUs are {} only", each * cpus);
        out.push(broken(at, constraint, &says, &["maxPods", "podsPerCore", "machine/cpus"]));
    }
}

fn user_ids(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    const NAME: &str = "userNamespaces.idsPerPod";
    let Some(Bound::Number(block)) = catalog::find(&at.full(NAME)).and_then(|f| f.tunable.min) else { return };
    #[allow(clippy::cast_precision_loss)]
    let parts = at.json(NAME).and_then(|v| v.as_i64()).map(|ids| ids as f64 / block);
    if parts.is_some_and(|p| p.fract() != 0.0) {
        out.push(broken(at, constraint, &format!("`{NAME}` is {{{NAME}}}, and no multiple of {block}"), &[NAME]));
    }
}

#[cfg(test)]
mod tests {
    use super::{is_address, is_label, is_qualified};

    #[test]
    fn names_and_addresses_are_those_that_upstream_takes() {
        for good in ["role", "example.com/role", "a.b/C_d", "node-role.kubernetes.io/control-plane"] {
            assert!(is_qualified(good), "{good}");
        }
        for bad in ["", "/a", "a/", "A.com/x", "-a", "a b", "a/b/c", "x..y/z"] {
            assert!(!is_qualified(bad), "{bad}");
        }
        assert!(is_label("v1.2") && !is_label("a b") && !is_label(&"a".repeat(64)));
        assert!(is_address("10.96.0.10") && is_address("010.096.00.1") && is_address("fd00::a"));
        assert!(!is_address("10.96.0") && !is_address("dns.local") && !is_address(""));
    }
}
