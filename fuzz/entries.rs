//! What fuzzing calls: each reader with any bytes, and what must hold of the answer. A test runs all of them over mutated
//! seeds (tests/check/safety.rs), `fuzz/run` with coverage as the guide (CONTRIBUTING.md).

use plimsoll::calibrate;
use plimsoll::catalog::versions;
use plimsoll::check::{self, Scene, allow, assemble};
use plimsoll::commands::tree;
use plimsoll::current::{self, Current, Reading, precedence};
use plimsoll::diag::{Finding, Sources};
use plimsoll::diff::usage;
use plimsoll::discover;
use plimsoll::facts;
use plimsoll::spec;
use plimsoll::yaml::{self, Node};
use std::collections::BTreeMap;

/// A reader, by its name, which is that of its folder of seeds.
pub type Reader = (&'static str, fn(&str));

/// Every reader, by name.
pub const READERS: [Reader; 29] = [
    ("allow", |text| drop(allow::read("f.toml", text).map_err(|faults| held(&faults, text)))),
    ("base", base),
    ("calibrate", |text| drop(calibrate::read(&[("f.json".into(), text.into())], &[]))),
    ("config-map", |text| file("kubelet-config.yaml", text)),
    ("configz", |text| file("configz.json", text)),
    ("containerd", |text| file("etc/containerd/config.toml", text)),
    ("crio", |text| file("etc/crio/crio.conf.d/10.toml", text)),
    ("directory", directory),
    ("discover", |text| drop(discover::read("f", text, &mut Sources::default()))),
    ("drop-ins", drop_ins),
    ("environment", |text| file("etc/default/kubelet", text)),
    ("etcd-file", |text| file("etc/etcd/etcd.yaml", text)),
    ("flags", flags),
    ("flow-control", |text| file("priority-level-configuration.yaml", text)),
    ("kube-proxy", |text| file("kube-proxy.yaml", text)),
    ("kube-scheduler", |text| file("kube-scheduler.yaml", text)),
    ("kubeadm", |text| file("kubeadm.yaml", text)),
    ("kubelet", |text| file("kubelet.yaml", text)),
    ("logind", |text| file("etc/systemd/logind.conf.d/10.conf", text)),
    ("manifest", |text| drop(tree::listed(text.as_bytes()))),
    ("modules", |text| file("etc/modules-load.d/k8s.conf", text)),
    ("nodes", |text| file("nodes.json", text)),
    ("set", set),
    ("spec", of_spec),
    ("static-pod", |text| file("etc/kubernetes/manifests/kube-apiserver.yaml", text)),
    ("sysctl", |text| file("etc/sysctl.d/10.conf", text)),
    ("unit", |text| file("etc/systemd/system/kubelet.service.d/10-kubeadm.conf", text)),
    ("usage", |text| drop(usage::read(text, &mut usage::Nodes::new()))),
    ("yaml", of_yaml),
];

/// Runs the reader of this name. Files that are not UTF-8 are refused before any reader sees them.
pub fn run(name: &str, bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (_, read) = READERS.iter().find(|(own, _)| *own == name).expect("a reader has this name");
    read(text);
}

/// Reads a text by this name, as `diff` does and as `check` does.
fn readings(name: &str, text: &str) -> Vec<Reading> {
    let _ = current::could_be_read(name, text);
    let _ = current::read(name, text).map_err(|fault| held(&[*fault], text));
    let mut readings = current::read_as_upstream(name, text).map_err(|fault| held(&[*fault], text)).unwrap_or_default();
    readings.extend(current::commands(&[(name, text)]).unwrap_or_default());
    readings.iter().for_each(|reading| places(reading, text));
    readings
}

/// One file by itself, and what the oldest and the newest version make of it.
fn file(name: &str, text: &str) {
    for reading in readings(name, text) {
        effective(&Current::new(reading));
    }
}

fn effective(current: &Current) {
    for version in [versions().oldest, versions().newest] {
        for name in current.names(version) {
            let _ = current.effective(&name, version);
        }
    }
}

/// A file with one flag a line, of each component that has such files.
fn flags(text: &str) {
    for component in ["kubelet", "kube-proxy", "kube-apiserver", "kube-controller-manager", "etcd", "unknown"] {
        file(&format!("{component}.flags"), text);
    }
}

/// Files of one folder, divided by lines that begin with `%%% ` and name the next one.
fn files(text: &str) -> Vec<(&str, &str)> {
    let parts = text.split("%%% ").skip(1).take(8);
    parts.map(|part| part.split_once('\n').unwrap_or((part, ""))).collect()
}

/// A main file and drop-ins, merged as each version does.
fn drop_ins(text: &str) {
    let mut current = Current::default();
    for (at, part) in text.split("%%%\n").take(4).enumerate() {
        let name = if at == 0 { "kubelet.yaml".into() } else { format!("kubelet.conf.d/{at}.conf") };
        for reading in readings(&name, part).into_iter().filter(|r| r.component == "kubelet") {
            current.lay(reading, at > 0);
        }
    }
    let known = versions();
    let mut version = known.oldest;
    while version <= known.newest {
        for name in current.names(version) {
            let _ = current.effective(&name, version);
        }
        version.1 += 1;
    }
}

/// Several files as `check` takes them, and everything that it asks of them.
fn directory(text: &str) {
    let (hiding, plain): (Vec<_>, Vec<_>) = files(text).into_iter().partition(|(name, _)| precedence::hides(name));
    let files: Vec<_> = precedence::ordered(hiding, |f| f.0).into_iter().chain(plain).collect();
    let of_files = files.iter().flat_map(|(name, text)| {
        current::read_as_upstream(name, text).unwrap_or_default().into_iter().map(|r| (*name, r))
    });
    let commands = current::commands(&files).unwrap_or_default().into_iter().map(|r| ("", r));
    let given: Vec<assemble::Given> = of_files
        .chain(commands)
        .map(|(name, reading)| assemble::Given {
            class: None,
            drop_in: reading.component == "kubelet" && name.contains(".d/") && name.ends_with(".conf"),
            reading,
        })
        .collect();
    let _ = assemble::said(&given, "kubernetes");
    asked(&assemble::scenes(given), &files);
}

fn asked(scenes: &[Scene], files: &[(&str, &str)]) {
    let texts: BTreeMap<&str, &str> = files.iter().map(|(name, text)| (*name, *text)).collect();
    let mut sources = Sources::default();
    files.iter().for_each(|(name, text)| sources.add(*name, *text));
    // Of two files with one name, what is told of the first may point outside of the second.
    if texts.len() < files.len() {
        return;
    }
    let found = check::mended(check::check_all(scenes, &[versions().newest], versions().etcd_newest), &sources);
    for finding in &found {
        for label in &finding.labels {
            let text = texts.get(&*label.path).copied().unwrap_or_default();
            assert!(text.get(label.span.clone()).is_some(), "{}: {:?} is no place", finding.id, label.span);
        }
    }
}

/// A spec as far as its facts.
fn of_spec(text: &str) {
    let (read, faults) = spec::read_all("f.toml", text);
    held(&faults, text);
    if let Some(read) = read {
        let mut sources = Sources::default();
        sources.add("f.toml", text);
        drop(facts::facts(&read, &BTreeMap::new(), &mut sources));
    }
}

/// A base file, which a class of an otherwise sound spec names.
fn base(text: &str) {
    let spec = include_str!("base.toml");
    if let (Some(read), _) = spec::read_all("f.toml", spec) {
        let mut sources = Sources::default();
        sources.add("f.toml", spec);
        let bases = BTreeMap::from([("base.yaml".to_string(), text.to_string())]);
        drop(facts::facts(&read, &bases, &mut sources));
    }
}

/// `--set KEY=VALUE`, laid over a sound spec.
fn set(text: &str) {
    let of = |line: &str| line.split_once('=').map(|(k, v)| spec::Set { key: k.into(), value: v.into() });
    let sets: Vec<spec::Set> = text.lines().take(4).filter_map(of).collect();
    let (shown, _, faults) = spec::read_with("f.toml", include_str!("base.toml"), &sets);
    held(&faults, &shown);
}

/// Reads YAML; every place is one of the text.
fn of_yaml(text: &str) {
    match yaml::documents(text) {
        Ok(documents) => documents.iter().for_each(|node| within(node, text)),
        Err(fault) => assert!(fault.at <= text.len()),
    }
}

/// What is told of a text points into it.
fn held(faults: &[Finding], text: &str) {
    for label in faults.iter().flat_map(|fault| &fault.labels) {
        assert!(text.get(label.span.clone()).is_some(), "{:?} of {}", label.span, text.len());
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
