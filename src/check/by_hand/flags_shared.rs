//! Flags that several components have: of metrics, and of the headers by which a proxy says who asks.

use super::Find;
use super::asked::{gate, stated_as, text};
use super::flag_forms::{place, texts};
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::report;
use crate::check::scene::At;
use crate::current::csv;
use crate::diag::Finding;

pub(super) const FIND: &[(&str, Find)] = &[
    ("hidden-metrics-version", hidden_metrics),
    ("disabled-metrics-form", disabled_metrics),
    ("metric-label-form", metric_labels),
    ("request-header-empty", empty_headers),
    ("request-header-uid", uid_headers),
];

fn hidden_metrics(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    let before = format!("{}.{}", version.0, version.1.saturating_sub(1));
    for name in ["showHiddenMetricsForVersion", "show-hidden-metrics-for-version"] {
        let stated = text(at, name).filter(|v| !v.is_empty() && *v != before);
        if let Some(value) = stated {
            let says = format!("`{name}` is `{value}`, and {version} takes `{before}` only");
            out.push(report::finding(at, constraint, &says, &[at.full(name)]));
        }
    }
}

/// A name of letters, digits and `_`, none of the digits first; of a metric with `:`, too.
fn is_name(text: &str, metric: bool) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || metric && c == ':';
    !text.is_empty() && text.chars().all(good) && !text.starts_with(|c: char| c.is_ascii_digit())
}

fn disabled_metrics(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for flag in texts(at, "disabled-metrics") {
        for metric in csv(&flag.text).unwrap_or_default().iter().filter(|metric| !is_name(metric, true)) {
            let says = format!("`{metric}` in disabled-metrics is no name of a metric");
            out.push(report::finding(at, constraint, &says, &[]).at(&place(flag), ""));
        }
    }
}

/// The keys of one text: a single pair may hold commas without quotes.
fn keys(text: &str) -> Vec<String> {
    let pairs = match text.matches('=').count() {
        1 => vec![text.trim_matches('"').to_string()],
        _ => csv(text).unwrap_or_default(),
    };
    pairs.iter().filter_map(|pair| Some(pair.split_once('=')?.0.to_string())).collect()
}

fn metric_labels(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let empty = catalog::behaviour("metric-label-empty-key", at.minor(at.component)).is_some();
    for flag in texts(at, "allow-metric-labels") {
        let good = |key: &String| {
            let pair = key.split_once(',');
            pair.is_some_and(|(metric, label)| is_name(metric, true) && is_name(label, false))
                || empty && key.is_empty()
        };
        for key in keys(&flag.text).iter().filter(|key| !good(key)) {
            let says = format!("`{key}` in allow-metric-labels is not `metric,label`");
            out.push(report::finding(at, constraint, &says, &[]).at(&place(flag), ""));
        }
    }
}

fn empty_headers(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    const LISTS: [&str; 5] =
        ["username-headers", "group-headers", "extra-headers-prefix", "allowed-names", "uid-headers"];
    for name in LISTS.map(|list| format!("requestheader-{list}")) {
        for flag in texts(at, &name) {
            if csv(&flag.text).unwrap_or_default().iter().any(|header| header.trim().is_empty()) {
                let says = format!("`{}` in {name} holds an empty text", flag.text);
                out.push(report::finding(at, constraint, &says, &[]).at(&place(flag), ""));
            }
        }
    }
}

fn uid_headers(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    const NAME: &str = "requestheader-uid-headers";
    let Some(stated) = stated_as(at, NAME) else { return };
    let listed: Vec<&str> = stated.node.items().iter().filter_map(|item| item.text()).collect();
    let what = if listed.is_empty() {
        return;
    } else if !gate(at, "RemoteRequestHeaderUID") {
        "is stated, and the feature gate RemoteRequestHeaderUID is off"
    } else if !listed.iter().any(|header| header.eq_ignore_ascii_case("X-Remote-Uid")) {
        "does not name X-Remote-Uid"
    } else {
        return;
    };
    out.push(report::finding(at, constraint, &format!("`{NAME}` {what}"), &[at.full(NAME)]));
}
