//! The screens of `plimsoll calibrate`. For people, everything is TOML: what is said is comments, so that the whole output can
//! be appended to a spec.

use super::Table;
use crate::calibrate::{Fit, Fitted, Observed, Residual, Resource, Short, amount, basis, fragment, unreached_ppm};
use crate::diag::{Finding, Sources, formats};
use serde_json::{Value, json};
use std::fmt::Write;

/// What was asked for.
pub struct Asked<'a> {
    /// The class of the printed table.
    pub class: &'a str,
    /// The quantile as printed.
    pub quantile: &'a str,
    /// The quantile in millionths.
    pub quantile_ppm: i64,
}

/// The table of lines and residuals as comments, and the table of the spec.
#[must_use]
pub fn calibration(observed: &Observed, fits: &[Fit], asked: &Asked<'_>) -> String {
    let mut out = format!(
        "# {} quantile over {}: what a node uses with no pods, and what every pod adds.\n#\n",
        asked.quantile,
        basis(observed)
    );
    let mut table = Table::new(0, &[false, false, true, true, true, true, true, true, false, false]);
    let heads = [
        "container",
        "resource",
        "samples",
        "nodes",
        "pods",
        "per node",
        "per pod",
        "covered",
        "farthest above",
        "farthest below",
    ];
    table.row(heads);
    for fit in fits {
        table.row(row(fit));
    }
    table.text(2).lines().for_each(|line| {
        let _ = writeln!(out, "# {line}");
    });
    let fitted = fits.iter().filter_map(|f| Some((f, f.result.as_ref().ok()?)));
    let alone: Vec<String> = fitted.filter_map(|(fit, fitted)| alone(fit, fitted)).collect();
    if !alone.is_empty() {
        out.push_str("#\n# With any one node left out:\n");
        alone.iter().for_each(|line| {
            let _ = writeln!(out, "#   {line}");
        });
    }
    if let Some(samples) = fits.iter().filter(|f| f.result.is_ok()).map(|f| f.samples).min() {
        let _ = writeln!(
            out,
            "#\n# With {samples} samples, were they independent, the chance that none reaches the true quantile is {}% ({}^{samples}).",
            percent(unreached_ppm(asked.quantile_ppm, samples)),
            asked.quantile
        );
    }
    match fragment(observed, fits, asked.class, asked.quantile) {
        Some(text) => {
            out.push_str(
                "#\n# In a plan with the policy `fitted` these stand in for the catalogue's costs of the same containers. What is in no\n\
                 # container stays the catalogue's: kernel memory with the connection table, storage, PIDs.\n",
            );
            let _ = write!(out, "\n{text}");
        }
        None => out.push_str("#\n# Nothing can be stated.\n"),
    }
    out
}

fn row(fit: &Fit) -> Vec<String> {
    let pods =
        if fit.pods.0 == fit.pods.1 { fit.pods.0.to_string() } else { format!("{} to {}", fit.pods.0, fit.pods.1) };
    let mut out: Vec<String> = vec![
        fit.container.name().into(),
        fit.resource.name().into(),
        fit.samples.to_string(),
        fit.nodes.to_string(),
        pods,
    ];
    match &fit.result {
        Ok(fitted) => out.extend([
            amount(fit.resource, fitted.line.node),
            amount(fit.resource, fitted.line.pod),
            format!("{}%", percent(share(fitted.covered, fit.samples))),
            fitted.above.as_ref().map_or_else(|| "–".into(), |r| residual(fit.resource, r)),
            fitted.below.as_ref().map_or_else(|| "–".into(), |r| residual(fit.resource, r)),
        ]),
        Err(short) => out.extend(["–".into(), "–".into(), "–".into(), why(fit, short)]),
    }
    out
}

/// Why there is no line, in a table's words.
fn why(fit: &Fit, short: &Short) -> String {
    match short {
        Short::Samples { least } => format!("no line: {} samples of {least} needed", fit.samples),
        Short::Spread { constant } => {
            let value = amount(fit.resource, *constant);
            format!("no line: {value} at {} pods; the slope cannot be told from a constant", fit.pods.0)
        }
        Short::Shared { with } => format!("no line: the cgroup is that of `{}`", with.name()),
    }
}

fn residual(resource: Resource, r: &Residual) -> String {
    let sign = if r.distance > 0 { "+" } else { "−" };
    format!("{sign}{} ({}, {} pods)", amount(resource, r.distance.abs()), r.node, r.pods)
}

/// How much rests on a single node.
fn alone(fit: &Fit, fitted: &Fitted) -> Option<String> {
    let (least, most) = fitted.without_one?;
    let show = |value| amount(fit.resource, value);
    Some(format!(
        "{} of `{}` at {} pods is {} to {} instead of {}",
        fit.resource.name(),
        fit.container.name(),
        fit.pods.1,
        show(least),
        show(most),
        show(fitted.line.at(fit.pods.1))
    ))
}

/// Part of a whole in millionths, rounded down: a coverage is never shown larger than it is.
fn share(part: i64, whole: i64) -> i64 {
    i64::try_from(i128::from(part) * 1_000_000 / i128::from(whole.max(1))).unwrap_or(0)
}

/// Millionths as a percentage with at most two decimals.
fn percent(ppm: i64) -> String {
    let text = format!("{}.{:02}", ppm / 10_000, ppm % 10_000 / 100);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// The same as a document.
#[must_use]
pub fn calibration_json(observed: &Observed, fits: &[Fit], findings: &[Finding], asked: &Asked<'_>) -> Value {
    let lines: Vec<Value> = fits.iter().map(fit_json).collect();
    json!({
        "formatVersion": "1.0",
        "tool": format!("plimsoll {}", env!("CARGO_PKG_VERSION")),
        "quantile": { "text": asked.quantile, "ppm": asked.quantile_ppm },
        "nodes": observed.nodes.iter().map(|(n, documents)| json!({ "name": &**n, "documents": documents })).collect::<Vec<_>>(),
        "fits": lines,
        "measured": fragment(observed, fits, asked.class, asked.quantile),
        "findings": formats::json(findings, &Sources::default()),
    })
}

fn fit_json(fit: &Fit) -> Value {
    let residual = |r: &Option<Residual>| {
        r.as_ref().map(|r| json!({ "node": &*r.node, "pods": r.pods, "value": r.value, "distance": r.distance }))
    };
    let mut out = json!({
        "container": fit.container.name(),
        "resource": fit.resource.name(),
        "unit": if fit.resource == Resource::Memory { "KiB" } else { "uCPU" },
        "samples": fit.samples,
        "nodes": fit.nodes,
        "pods": { "least": fit.pods.0, "most": fit.pods.1 },
    });
    match &fit.result {
        Ok(fitted) => {
            out["line"] = json!({ "node": fitted.line.node, "perPod": fitted.line.pod });
            out["covered"] = json!(fitted.covered);
            out["farthest"] = json!({ "above": residual(&fitted.above), "below": residual(&fitted.below) });
            out["withoutOneNode"] = fitted
                .without_one
                .map_or(Value::Null, |(least, most)| json!({ "pods": fit.pods.1, "least": least, "most": most }));
        }
        Err(short) => {
            out["line"] = Value::Null;
            out["why"] = json!(why(fit, short));
        }
    }
    out
}
