//! sysctl.d(5) and modules-load.d(5): files of one setting a line.

use super::expand::{Entries, Entry};
use super::{Layer, Reading};
use crate::catalog::{self, Type};
use crate::yaml::Node;
use serde_json::Value as Json;
use std::ops::Range;

/// First words of the kernel's parameters.
const TREES: [&str; 9] = ["abi", "crypto", "debug", "dev", "fs", "kernel", "net", "user", "vm"];

/// Lines that say something, each with its place.
fn lines(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut from = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = from + line.len() - line.trim_start().len();
        from += line.len();
        let line = line.trim();
        (!line.is_empty() && !line.starts_with(['#', ';'])).then_some((line, at))
    })
}

/// `vm.max_map_count = 1` as its parts; a dash before the name says that a failure is no error.
fn parameter(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim().trim_start_matches('-').trim_start();
    let tree = name.split(['.', '/']).next().unwrap_or(name);
    (TREES.contains(&tree) && name.len() > tree.len()).then_some((name, value.trim()))
}

/// Whether the first line that says something is a parameter of the kernel.
pub(super) fn looks_like(text: &str) -> bool {
    lines(text).next().is_some_and(|(line, _)| parameter(line).is_some())
}

/// What a file of parameters states. Of two lines with one name the last one counts.
pub(super) fn reading(path: &str, text: &str) -> Reading {
    let mut stated = Entries::new();
    for (line, at) in lines(text) {
        let Some((name, value)) = parameter(line) else { continue };
        let start = at + line.find(name).unwrap_or_default();
        let from = at + line.len() - value.len();
        let tunable = format!("sysctl/{}", dotted(name));
        let json = match catalog::find(&tunable).map(|f| f.kind()) {
            Some(Type::Integer) => value.parse::<i64>().map_or_else(|_| Json::from(value), Json::from),
            _ => Json::from(value),
        };
        let node = Node::from_json(&json, &(from..from + value.len()));
        stated.insert(tunable, Entry::new(node, start..start + name.len()));
    }
    Reading { layer: Layer::File, verbatim: true, ..Reading::new(path, "sysctl", stated) }
}

/// A name with slashes has its dots inside of its parts: `net/ipv4/conf/eth0.100/rp_filter`.
fn dotted(name: &str) -> String {
    if name.find(['.', '/']).and_then(|at| name.get(at..)).is_none_or(|rest| rest.starts_with('.')) {
        return name.to_string();
    }
    let swap = |c: char| match c {
        '/' => '.',
        '.' => '/',
        other => other,
    };
    name.chars().map(swap).collect()
}

/// Whether a file lists modules: only its name or folder can tell, or that every line is a module of the catalogue.
pub(super) fn is_modules(path: &str, text: &str) -> bool {
    let known = |name: &str| catalog::find(&format!("module/{name}")).is_some();
    let all = lines(text).count() > 0 && lines(text).all(|(line, _)| known(&line.replace('-', "_")) || known(line));
    path.contains("modules-load.d/") || path.ends_with("modules-load.conf") || path.ends_with("etc/modules") || all
}

/// The modules that a file has the node load.
pub(super) fn modules(path: &str, text: &str) -> Reading {
    let mut stated = Entries::new();
    for (line, at) in lines(text) {
        // The kernel takes `-` for `_`; parameters may follow in /etc/modules.
        let module = line.split_whitespace().next().unwrap_or(line);
        let place: Range<usize> = at..at + module.len();
        let name = |module: &str| format!("module/{module}");
        let known = Some(name(module)).filter(|n| catalog::find(n).is_some());
        let tunable = known.unwrap_or_else(|| name(&module.replace('-', "_")));
        stated.insert(tunable, Entry::new(Node::from_json(&Json::from(true), &place), place.clone()));
    }
    Reading { verbatim: true, ..Reading::new(path, "module", stated) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parameters_in_both_spellings() {
        let text = "# x\n-net/ipv4/conf/eth0.100/rp_filter = 2\nvm.max_map_count=262144\n; y\nkernel.core_pattern = |/bin/x = %p\n";
        let found = reading("f", text);
        let names: Vec<&str> = found.stated.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["sysctl/kernel.core_pattern", "sysctl/net.ipv4.conf.eth0/100.rp_filter", "sysctl/vm.max_map_count"]
        );
        let entry = &found.stated["sysctl/vm.max_map_count"];
        assert_eq!((&text[entry.key.clone()], &text[entry.node.span.clone()]), ("vm.max_map_count", "262144"));
        assert_eq!(entry.value, json!(262_144));
        assert_eq!(found.stated["sysctl/kernel.core_pattern"].value, json!("|/bin/x = %p"));
    }

    #[test]
    fn modules_are_true() {
        let found = modules("modules-load.d/k8s.conf", "overlay\nbr-netfilter\n");
        assert_eq!(found.stated["module/br_netfilter"].value, json!(true));
        assert!(is_modules("x", "br_netfilter\n") && !is_modules("x", "word\n") && !is_modules("x", ""));
    }
}
