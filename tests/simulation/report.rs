//! The report, for people and as JSON, both from the same study. Written by `tests/simulation/report`.

use super::outcome::{Limit, Outcome};
use super::study::{PARTS, QUANTILE, Study, studies};
use serde_json::{Value, json};

/// Share of seeds in percent, with one decimal.
fn share(count: usize, seeds: usize) -> String {
    let tenths = (count * 1000 + seeds / 2) / seeds;
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// Everything known of a class.
pub fn json(study: &Study) -> Value {
    let seeds = study.outcomes[0].len();
    let parts = PARTS.iter().enumerate().map(|(i, percent)| {
        let by: serde_json::Map<String, Value> =
            Limit::ALL.iter().zip(study.by_limit(i)).map(|(l, n)| (l.name().to_string(), json!(n))).collect();
        json!({ "reservations": percent, "broken": study.count(i, Outcome::node_broke), "byLimit": by })
    });
    let limits = study.limits().into_iter().map(|line| {
        let (have, used) = (line.planned, |percent| study.used(percent, line.of));
        json!({ "limit": line.name, "unit": line.unit, "planned": have, "median": used(50), "quantile": used(QUANTILE),
                "most": used(100), "margin": have - used(QUANTILE), "needed": used(QUANTILE) * 100 / have.max(1) })
    });
    json!({
        "class": study.node.name,
        "reservation": study.node.policy,
        "pods": study.node.pods,
        "seeds": seeds,
        "quantile": QUANTILE,
        "holds": { "promised": study.node.promised.map(|p| study.holds(p)), "quantile": study.holds(QUANTILE) },
        "parts": parts.collect::<Vec<_>>(),
        "limits": limits.collect::<Vec<_>>(),
        "startsWaited": { "unit": "s", "median": study.used(50, |o| o.wait), "quantile": study.used(QUANTILE, |o| o.wait) },
        "evicted": { "median": study.used(50, |o| o.evicted), "quantile": study.used(QUANTILE, |o| o.evicted) },
        "killedInside": { "median": study.used(50, |o| o.killed), "quantile": study.used(QUANTILE, |o| o.killed) },
    })
}

/// The same for people.
pub fn human(all: &[Value]) -> String {
    let mut out = String::new();
    for class in all {
        let seeds = class["seeds"].as_u64().unwrap_or(1) as usize;
        let yes = |key: &str| match class["holds"][key].as_bool() {
            Some(true) => "yes",
            Some(false) => "no",
            None => "nothing promised",
        };
        out += &format!(
            "{}: {} pods, {}, {seeds} seeds; promised: {}, on {QUANTILE}%: {}\n",
            class["class"].as_str().unwrap_or(""),
            class["pods"],
            class["reservation"].as_str().unwrap_or(""),
            yes("promised"),
            yes("quantile"),
        );
        out += "  limit                      planned     median        95%       most     margin     needed\n";
        for limit in class["limits"].as_array().into_iter().flatten() {
            let figure = |key: &str| format!("{}{}", limit[key], limit["unit"].as_str().unwrap_or(""));
            let name = limit["limit"].as_str().unwrap_or("");
            let cells = ["planned", "median", "quantile", "most", "margin"].map(|k| format!("{:>11}", figure(k)));
            out += &format!("  {name:<23}{}{:>10}%\n", cells.concat(), limit["needed"].to_string());
        }
        out += "  reservations   node breaks   memory  connections  tasks   disk   cpu short\n";
        for part in class["parts"].as_array().into_iter().flatten() {
            let of = |v: &Value| share(v.as_u64().unwrap_or(0) as usize, seeds);
            let by = &part["byLimit"];
            out += &format!(
                "  {:>11}%   {:>11} {:>8} {:>12} {:>6} {:>6} {:>11}\n",
                part["reservations"].to_string(),
                of(&part["broken"]),
                of(&by["memory"]),
                of(&by["connections"]),
                of(&by["tasks"]),
                of(&by["disk"]),
                of(&by["cpu"]),
            );
        }
        out += &format!(
            "  starting pods wait for CPU: {}s at the median, {}s at 95%; evicted {} and {}, killed inside their limit {} and {}\n\n",
            class["startsWaited"]["median"],
            class["startsWaited"]["quantile"],
            class["evicted"]["median"],
            class["evicted"]["quantile"],
            class["killedInside"]["median"],
            class["killedInside"]["quantile"],
        );
    }
    out
}

/// Many seeds, by recipe: `SEEDS=2000 tests/simulation/report`.
#[test]
#[ignore = "by recipe: tests/simulation/report"]
fn report() {
    let seeds = std::env::var("SEEDS").ok().and_then(|s| s.parse().ok()).unwrap_or(500);
    let all: Vec<Value> = studies(seeds).iter().map(json).collect();
    println!("{}", human(&all));
    if let Some(path) = std::env::var_os("REPORT_JSON") {
        let text = serde_json::to_string_pretty(&json!({ "formatVersion": "1.0", "classes": all })).unwrap();
        std::fs::write(path, text + "\n").unwrap();
    }
}
