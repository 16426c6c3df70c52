//! What fuzzing calls: every reader with any bytes, and what must hold of the answer. Tests run it over mutated examples
//! (tests/check/safety.rs), cargo-fuzz without end (CONTRIBUTING.md).

use plimsoll::catalog::versions;
use plimsoll::check::{assemble, check_all};
use plimsoll::current::{self, Reading};
use plimsoll::yaml::Node;

/// Names by which some formats are known.
pub const NAMES: [&str; 8] = [
    "kubelet.yaml",
    "etc/kubelet.conf.d/10.conf",
    "kubelet.service.d/10-kubeadm.conf",
    "etc/default/kubelet",
    "etcd.flags",
    "config.toml",
    "etc/sysctl.d/10.conf",
    "etc/modules-load.d/k8s.conf",
];

/// Reads a text by each name: as `check` does and as `diff` does, and checks what was read.
pub fn read(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for name in NAMES {
        let _ = current::could_be_read(name, text);
        let _ = current::read(name, text);
        let mut readings = current::read_as_upstream(name, text).unwrap_or_default();
        readings.extend(current::commands(&[(name, text)]));
        readings.iter().for_each(|reading| places(reading, text));
        let given = readings.into_iter().map(|reading| assemble::Given {
            class: None,
            drop_in: name.contains("conf.d/"),
            reading,
        });
        let newest = versions().newest;
        for finding in check_all(&assemble::scenes(given.collect()), &[newest], versions().etcd_newest) {
            for label in finding.labels {
                assert!(text.get(label.span.clone()).is_some(), "{}: {:?} is no place", finding.id, label.span);
            }
        }
    }
}

/// Reads YAML; every place is one of the text.
pub fn yaml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match plimsoll::yaml::documents(text) {
        Ok(documents) => documents.iter().for_each(|node| within(node, text)),
        Err(fault) => assert!(fault.at <= text.len()),
    }
}

fn places(reading: &Reading, text: &str) {
    for (name, entry) in &reading.stated {
        assert!(text.get(entry.key.clone()).is_some(), "{name}: {:?}", entry.key);
        within(&entry.node, text);
    }
    for (_, first, last) in &reading.twice {
        assert!(text.get(first.clone()).is_some() && text.get(last.clone()).is_some());
    }
}

fn within(node: &Node, text: &str) {
    assert!(text.get(node.span.clone()).is_some(), "{:?} of {}", node.span, text.len());
    node.items().iter().for_each(|item| within(item, text));
    for member in node.members() {
        assert!(text.get(member.at.clone()).is_some(), "{:?} of {}", member.at, text.len());
        within(&member.node, text);
    }
}
