//! etcd: compaction, and flags that shut each other out.

use super::Find;
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::go;
use crate::check::report;
use crate::check::scene::At;
use crate::diag::Finding;
use crate::quantity::GoDuration;
use std::collections::BTreeSet;

pub(super) const FIND: &[(&str, Find)] = &[
    ("compaction-retention", retention),
    ("compaction-revisions", revisions),
    ("flag-both-names", both_names),
    ("etcd-urls", urls),
    ("flag-ignored", ignored),
    ("log-rotation-without-file", rotation),
    ("log-outputs-form", outputs),
    ("log-outputs-default", default_alone),
    ("discovery-endpoints-empty", endpoints),
];

fn name(at: &At<'_>, flag: &str) -> String {
    format!("{}/{flag}", at.component)
}

/// The retention as it is stated.
fn stated<'s>(at: &At<'s>) -> Option<&'s str> {
    let current = at.scene.parts.get(at.component)?;
    current.stated.get(&name(at, "auto-compaction-retention"))?.value.as_str()
}

/// Whether it is what Go reads as a whole number.
fn whole(text: &str) -> Option<i64> {
    text.strip_prefix('+').unwrap_or(text).parse().ok()
}

fn duration(text: &str) -> Option<i64> {
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    GoDuration::parse(rest).ok().map(|d| sign * d.0)
}

fn retention(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(text) = stated(at).filter(|t| whole(t).is_none_or(|n| n < 0) && duration(t).is_none()) else { return };
    let says = format!("auto-compaction-retention is `{text}`, which is neither a number nor a duration");
    out.push(report::finding(at, constraint, &says, &[name(at, "auto-compaction-retention")]));
}

fn revisions(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let mode = at.json(&name(at, "auto-compaction-mode"));
    let Some(text) = stated(at).filter(|_| mode.is_some_and(|m| m == "revision")) else { return };
    let Some(nanos) = duration(text).filter(|n| whole(text).is_none() && *n > 0) else { return };
    let says = format!("auto-compaction-retention is {text}, which keeps {nanos} revisions");
    let blamed = ["auto-compaction-retention", "auto-compaction-mode"].map(|flag| name(at, flag));
    out.push(report::finding(at, constraint, &says, &blamed));
}

fn both_names(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(current) = at.scene.parts.get(at.component) else { return };
    for old in current.stated.keys() {
        let Some(flag) = old.strip_prefix(&name(at, "experimental-")) else { continue };
        let new = name(at, flag);
        let both = [old, &new].iter().all(|n| catalog::find(n).is_some_and(|f| f.tunable.exists_in(at.etcd)));
        if both && current.stated.contains_key(&new) {
            let says = format!("`experimental-{flag}` and `{flag}` are both stated, and are one setting");
            out.push(report::finding(at, constraint, &says, &[old.clone(), new]));
        }
    }
}

/// Flags that hold URLs, and whether etcd listens on them.
const URLS: [(&str, bool); 6] = [
    ("advertise-client-urls", false),
    ("initial-advertise-peer-urls", false),
    ("listen-client-http-urls", true),
    ("listen-client-urls", true),
    ("listen-metrics-urls", true),
    ("listen-peer-urls", true),
];

fn urls(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(current) = at.scene.parts.get(at.component) else { return };
    for (flag, listens) in URLS {
        let stated = current.stated.get(&name(at, flag)).and_then(|s| s.value.as_str()).filter(|t| !t.is_empty());
        let Some(text) = stated.filter(|_| exists(at, flag)) else { continue };
        for url in text.split(',') {
            if let Err(what) = url_fault(url.trim(), listens) {
                let says = format!("`{url}` in {flag} {what}");
                out.push(report::finding(at, constraint, &says, &[name(at, flag)]));
            }
        }
    }
}

fn exists(at: &At<'_>, flag: &str) -> bool {
    catalog::find(&name(at, flag)).is_some_and(|f| f.tunable.exists_in(at.etcd))
}

fn url_fault(url: &str, listens: bool) -> Result<(), &'static str> {
    let (scheme, rest) = url.split_once("://").ok_or("is no URL with a scheme")?;
    match scheme {
        "unix" | "unixs" => return Ok(()),
        "http" | "https" => {}
        _ => return Err("has another scheme than http, https, unix and unixs"),
    }
    let (host, port) = rest.rsplit_once(':').ok_or("has no port")?;
    if rest.contains('/') {
        return Err("has a path");
    }
    if !port.bytes().all(|c| c.is_ascii_digit()) || port.is_empty() {
        return Err("has no port");
    }
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    if bare.is_empty() {
        return Err("has no host");
    }
    let address = bare == "localhost" || super::address::ip(bare).is_some();
    if listens && !address { Err("names a host, and etcd listens on IP addresses only") } else { Ok(()) }
}

fn ignored(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(current) = at.scene.parts.get(at.component) else { return };
    for full in current.stated.keys() {
        let span = catalog::find(full).and_then(|f| f.tunable.span(at.etcd));
        if span.is_some_and(|s| s.go.ends_with("IgnoredFlag")) {
            let flag = full.split_once('/').map_or(full.as_str(), |(_, flag)| flag);
            out.push(report::finding(
                at,
                constraint,
                &format!("`{flag}` is read by nobody"),
                std::slice::from_ref(full),
            ));
        }
    }
}

/// The outputs of the log that count, each once.
fn listed(at: &At<'_>) -> BTreeSet<String> {
    let outputs = at.json(&name(at, "log-outputs"));
    let text = outputs.as_ref().and_then(serde_json::Value::as_str).unwrap_or("default");
    text.split(',').map(ToString::to_string).collect()
}

fn default_alone(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let listed = listed(at);
    if listed.len() > 1 && listed.iter().any(|output| output == "default") {
        let says = "log-outputs names `default` beside others";
        out.push(report::finding(at, constraint, says, &[name(at, "log-outputs")]));
    }
}

fn outputs(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    if at.json(&name(at, "enable-log-rotation")) == Some(true.into()) {
        return;
    }
    // The oldest row is of etcd with two loggers; all but the newest are of a zap that parses paths as URLs, too.
    let plain = constraint.since.is_none() && at.json(&name(at, "logger")) != Some("zap".into());
    let parsed = constraint.until.is_some();
    let listed = listed(at);
    if plain && listed.len() > 1 {
        let says = format!("log-outputs names {} outputs, and the logger capnslog writes to one", listed.len());
        return out.push(report::finding(at, constraint, &says, &[name(at, "log-outputs")]));
    }
    let several = constraint.since.is_none() && listed.len() > 1;
    for output in listed {
        let what = if several && output == "default" {
            Some("stands for one output, and can only stand alone")
        } else if ["default", "stderr", "stdout"].contains(&output.as_str()) {
            None
        } else if plain {
            Some("is none of default, stderr and stdout, which the logger capnslog writes to")
        } else if output.starts_with('/') && !parsed {
            None
        } else {
            no_file(&output)
        };
        if let Some(what) = what {
            let says = format!("`{output}` in log-outputs {what}");
            out.push(report::finding(at, constraint, &says, &[name(at, "log-outputs")]));
        }
    }
}

/// What keeps zap from taking a text for a file, as a path or as a URL (go.uber.org/zap sink.go newFileSink).
fn no_file(text: &str) -> Option<&'static str> {
    let Some(url) = go::url(text) else { return Some("is neither a path nor a URL") };
    let (front, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (front, query) = front.split_once('?').unwrap_or((front, ""));
    let authority = front.split_once("//").map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
    let (host, port) = url.host.split_once(':').unwrap_or((url.host, ""));
    match () {
        () if !matches!(url.scheme.to_ascii_lowercase().as_str(), "" | "file") => {
            Some("is a URL of another scheme than file")
        }
        () if !url.host.is_empty() && authority.contains('@') => Some("names a user, which a file has none of"),
        () if !fragment.is_empty() => Some("has a fragment, and is read as a URL"),
        () if !query.is_empty() => Some("has a query, and is read as a URL"),
        () if !port.is_empty() => Some("names a port, which a file has none of"),
        () if !matches!(host, "" | "localhost") => Some("is a file of another host"),
        () if url.path.is_empty() => Some("names no file"),
        () => None,
    }
}

fn endpoints(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let full = name(at, "discovery-endpoints");
    let Some(current) = at.scene.parts.get(at.component) else { return };
    let Some(text) = current.stated.get(&full).and_then(|stated| stated.value.as_str()) else { return };
    if text.split(',').any(|endpoint| endpoint.trim().is_empty()) {
        out.push(report::finding(at, constraint, "discovery-endpoints has an empty element", &[full]));
    }
}

fn rotation(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let rotated = at.json(&name(at, "enable-log-rotation")) == Some(true.into());
    let listed = listed(at);
    if !rotated {
        return;
    }
    let files = listed.iter().filter(|o| !matches!(o.as_str(), "default" | "stderr" | "stdout")).count();
    if files > 1 || files == 0 && listed.len() == 1 {
        let says = format!("enable-log-rotation is on, and log-outputs names {files} files");
        let blamed = ["log-outputs", "enable-log-rotation"].map(|flag| name(at, flag));
        out.push(report::finding(at, constraint, &says, &blamed));
    }
}
