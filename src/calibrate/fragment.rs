//! The table `[node-class.X.measured]` that a spec takes, as TOML.

use super::fit::Fit;
use super::read::Observed;
use super::sample::{Container, Resource};
use crate::quantity::{Bytes, Micro};
use std::fmt::Write;

/// The table for a class, or nothing when no line was found. Only pairs of node and per-pod figures are in it: what could not
/// be fitted stays the catalogue's.
#[must_use]
pub fn fragment(observed: &Observed, fits: &[Fit], class: &str, quantile: &str) -> Option<String> {
    let stated: Vec<&Fit> = fits.iter().filter(|f| f.result.is_ok()).collect();
    // The weakest of the lines counts for all.
    let samples = stated.iter().map(|f| f.samples).min()?;
    let pods = stated.iter().map(|f| f.pods.1).min()?;
    let mut out =
        format!("[node-class.{class}.measured]\nquantile = {quantile}\nsamples = {samples}\npods-max = {pods}\n");
    let _ = writeln!(out, "source = \"plimsoll calibrate, {}\"", basis(observed));
    for container in Container::ALL {
        let keys: Vec<String> = stated.iter().filter(|f| f.container == container).flat_map(|f| keys(f)).collect();
        if !keys.is_empty() {
            let _ = writeln!(out, "{} = {{ {} }}", container.key(), keys.join(", "));
        }
    }
    Some(out)
}

fn keys(fit: &Fit) -> Vec<String> {
    let Ok(fitted) = &fit.result else { return Vec::new() };
    let name = fit.resource.name();
    [(name.to_string(), fitted.line.node), (format!("{name}-per-pod"), fitted.line.pod)]
        .map(|(key, value)| format!("{key} = \"{}\"", amount(fit.resource, value)))
        .to_vec()
}

/// A figure as a spec takes it.
#[must_use]
pub fn amount(resource: Resource, value: i64) -> String {
    match resource {
        Resource::Memory => Bytes(value.saturating_mul(1024)).to_string(),
        Resource::Cpu => Micro(value).to_string(),
    }
}

/// `12 nodes, 2026-11-20 to 2026-11-21`: the days that the kubelets wrote, never that of the run.
#[must_use]
pub fn basis(observed: &Observed) -> String {
    let nodes = observed.nodes.len() - observed.pods_only.len();
    let mut out = if nodes == 1 { "1 node".to_string() } else { format!("{nodes} nodes") };
    let day =
        |text: &str| text.get(..10).filter(|d| d.bytes().all(|b| b.is_ascii_digit() || b == b'-')).map(String::from);
    let days = || observed.samples.iter().filter_map(|s| day(&s.time));
    if let (Some(first), Some(last)) = (days().min(), days().max()) {
        out.push_str(&if first == last { format!(", {first}") } else { format!(", {first} to {last}") });
    }
    out
}
