//! Objects of priority and fairness: the levels that a plan changes or adds, and the flow schemas of single clients.

use super::{Bug, Options, Texts, fill, object, yaml};
use crate::catalog;
use crate::plan::Plan;
use minijinja::context;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The API's newest version in the planned minor, and what it calls a level's shares.
fn api(plan: &Plan) -> (&'static str, &'static str, bool) {
    let has = |id: &str| catalog::behaviour(id, plan.kubernetes.minor).is_some();
    match (has("flowcontrol-v1"), has("flowcontrol-v1beta3")) {
        (true, _) => ("flowcontrol.apiserver.k8s.io/v1", "nominalConcurrencyShares", true),
        (_, true) => ("flowcontrol.apiserver.k8s.io/v1beta3", "nominalConcurrencyShares", true),
        _ => ("flowcontrol.apiserver.k8s.io/v1beta2", "assuredConcurrencyShares", false),
    }
}

fn header(plan: &Plan, what: &str, options: &Options) -> Vec<String> {
    let text = object::written_by(plan, what, plan.kubernetes);
    if options.comments { vec![yaml::one_line(&text)] } else { Vec::new() }
}

/// The keys of a map, each with its value and reason: set one by one, or all at once by a pin, which then says it all.
fn keys(plan: &Plan, map: &str) -> BTreeMap<String, (Json, String)> {
    if let Some(whole) = plan.control_plane.get(map)
        && let Json::Object(object) = &whole.value
    {
        return object.iter().map(|(key, value)| (key.clone(), (value.clone(), whole.reason.clone()))).collect();
    }
    let prefix = format!("{map}.");
    let own = plan.control_plane.iter().filter_map(|(name, v)| Some((name.strip_prefix(&prefix)?, v)));
    own.map(|(key, v)| (key.to_string(), (v.value.clone(), v.reason.clone()))).collect()
}

/// `priority-level-configuration.yaml`; none where upstream's levels do.
pub(super) fn levels(plan: &Plan, options: &Options) -> Result<Texts, Bug> {
    let (api_version, shares, lending) = api(plan);
    let levels: Vec<_> = keys(plan, "priority-level/shares")
        .into_iter()
        .filter_map(|(name, (value, reason))| {
            let shipped = catalog::priority_level(&name);
            // One that is not upstream's queues as upstream's level for service accounts does.
            let like = shipped.or_else(|| catalog::priority_level("workload-low"))?;
            let reason = if options.comments { yaml::one_line(&reason) } else { String::new() };
            Some(context! {
                name => yaml::quoted(&name), shipped => shipped.is_some(), shares => value.as_i64(), reason,
                lendable => like.lendable_percent, queues => like.queues, hand_size => like.hand_size,
                queue_length => like.queue_length,
            })
        })
        .collect();
    if levels.is_empty() {
        return Ok(Texts::new());
    }
    let header = header(plan, "priority levels", options);
    let template = include_str!("../../templates/priority-level.yaml.j2");
    let text = fill("priority-level.yaml", template, context! { header, api_version, shares, lending, levels })?;
    Ok(Texts::from([("priority-level-configuration.yaml".into(), text)]))
}

/// `flow-schema.yaml`; none where no client has a level of its own.
pub(super) fn schemas(plan: &Plan, options: &Options) -> Result<Texts, Bug> {
    let of = |key: &str| keys(plan, &format!("flow-schema/{key}"));
    let (levels, accounts, precedences) = (of("level"), of("service-account"), of("precedence"));
    let schemas: Vec<_> = levels
        .iter()
        .filter_map(|(name, (level, _))| {
            let (namespace, account) = accounts.get(name)?.0.as_str()?.split_once('/')?;
            Some(context! {
                name => yaml::quoted(name), level => yaml::quoted(level.as_str()?),
                namespace => yaml::quoted(namespace), account => yaml::quoted(account),
                precedence => precedences.get(name)?.0.as_i64(),
            })
        })
        .collect();
    if schemas.is_empty() {
        return Ok(Texts::new());
    }
    let (api_version, ..) = api(plan);
    let header = header(plan, "flow schemas", options);
    let template = include_str!("../../templates/flow-schema.yaml.j2");
    let text = fill("flow-schema.yaml", template, context! { header, api_version, schemas })?;
    Ok(Texts::from([("flow-schema.yaml".into(), text)]))
}
