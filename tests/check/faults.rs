//! A control plane as kubeadm leaves it, clean and with deliberate faults: each is found once, at its place, and none on the
//! clean copy.

use crate::command::{json, run};
use serde::Deserialize;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct File {
    fault: Vec<Wanted>,
}

/// A fault as a person lists it, by the words of its line: numbers would be taken from what the tool prints.
#[derive(Deserialize)]
struct Wanted {
    file: String,
    at: String,
    id: String,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone)]
struct Fault {
    file: String,
    line: u64,
    column: u64,
    id: String,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check/kubeadm").join(name)
}

/// Where the words stand; they have to stand in one line only.
fn place(wanted: Wanted) -> Fault {
    let text = std::fs::read_to_string(folder("faulty").join(&wanted.file)).unwrap();
    let (before, behind) = wanted.at.split_once('^').unwrap();
    let words = format!("{before}{behind}");
    let lines: Vec<(usize, &str)> = text.lines().enumerate().filter(|(_, line)| line.trim() == words).collect();
    let [(number, line)] = lines[..] else { panic!("{} has {words} in {} lines", wanted.file, lines.len()) };
    let indent = line.chars().take_while(|c| c.is_whitespace()).count();
    let column = indent + before.chars().count() + 1;
    Fault { file: wanted.file, line: number as u64 + 1, column: column as u64, id: wanted.id }
}

fn wanted() -> Vec<Fault> {
    let text = std::fs::read_to_string(folder("faults.toml")).unwrap();
    let mut list: Vec<Fault> = toml::from_str::<File>(&text).unwrap().fault.into_iter().map(place).collect();
    list.sort();
    list
}

/// What is found in the folder, with paths as the list has them.
fn found(name: &str) -> Vec<Fault> {
    let done = run(&folder(name), &["check", ".", "--format", "json", "--fail-on", "advice"]);
    let document = json(&done);
    let fault = |finding: &serde_json::Value| {
        let label = &finding["labels"][0];
        Fault {
            file: label["path"].as_str().unwrap().trim_start_matches("./").to_string(),
            line: label["line"].as_u64().unwrap(),
            column: label["column"].as_u64().unwrap(),
            id: finding["id"].as_str().unwrap().to_string(),
        }
    };
    let mut list: Vec<Fault> = document["findings"].as_array().unwrap().iter().map(fault).collect();
    list.sort();
    list
}

#[test]
fn nothing_is_found_in_the_clean_copy() {
    assert_eq!(found("clean"), []);
}

#[test]
fn nothing_is_found_in_what_kubeadm_itself_writes() {
    let mut minors = 0;
    for entry in std::fs::read_dir(folder("written")).unwrap() {
        let minor = entry.unwrap().file_name().into_string().unwrap();
        let folder = format!("written/{minor}");
        assert_eq!(found(&folder), [], "{minor}");
        let done = run(&self::folder(&folder), &["check", "."]);
        assert!(done.err.contains(&format!("nothing found in 7 files for Kubernetes {minor}")), "{}", done.err);
        minors += 1;
    }
    assert_eq!(minors, 4);
}

#[test]
fn every_fault_is_found_once_at_its_place() {
    let (wanted, found) = (wanted(), found("faulty"));
    assert!(wanted.len() >= 30);
    let missing: Vec<_> = wanted.iter().filter(|f| !found.contains(f)).collect();
    let more: Vec<_> = found.iter().filter(|f| !wanted.contains(f)).collect();
    assert!(missing.is_empty() && more.is_empty(), "not found: {missing:#?}\nbeside: {more:#?}");
    assert_eq!(found.len(), wanted.len());
}

#[test]
fn the_faults_are_in_files_of_every_kind() {
    let wanted = wanted();
    let files: std::collections::BTreeSet<&str> = wanted.iter().map(|f| f.file.rsplit('/').next().unwrap()).collect();
    for file in [
        "kube-apiserver.yaml",
        "etcd.yaml",
        "scheduler-config.yaml",
        "config.yaml",
        "kubeadm-flags.env",
        "10-kubeadm.conf",
        "kubelet",
        "logind.conf",
        "99-kubernetes.conf",
        "config.toml",
        "kube-proxy.yaml",
        "kubeadm-config.yaml",
    ] {
        assert!(files.contains(file), "no fault in {file}");
    }
}

#[test]
fn what_people_read_is_what_is_stored() {
    let done = run(&folder("faulty"), &["check", "."]);
    let stored = folder("faulty.txt");
    let text = format!("{}{}", done.out, done.err);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&stored, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&stored).unwrap());
    let widest = text.lines().map(|l| l.chars().count()).max().unwrap();
    assert!(widest <= 100, "{widest} columns");
    assert!(text.lines().count() <= 6 * wanted().len(), "{} lines", text.lines().count());
}
