//! containerd's file: a drop-in for its `imports`, in the version of its configuration that its minor has.

use super::tables::{self, Tables};
use super::{Bug, Options, Texts, object};
use crate::catalog;
use crate::plan::{ClassPlan, Plan};
use crate::quantity::Minor;

/// The drop-in; none for another runtime, for a version that is not known, or where nothing is set.
pub(super) fn file(plan: &Plan, name: &str, class: &ClassPlan, options: &Options) -> Result<Texts, Bug> {
    let ("containerd", Some(version)) = (class.runtime.0.as_str(), class.runtime.1) else { return Ok(Texts::new()) };
    let Some((schema, _)) = catalog::containerd_schema(version.minor) else { return Ok(Texts::new()) };
    let mut tables = Tables::new();
    for (key, value) in class.values.iter().filter_map(|(n, v)| Some((n.strip_prefix("containerd/")?, v))) {
        if let Some(table) = catalog::containerd_table(key, version.minor).filter(|_| !value.value.is_null()) {
            tables.entry(table.to_vec()).or_default().push((key, &value.value, &value.reason));
        }
        for beside in catalog::containerd_beside(key, version.minor) {
            let reason = "an import replaces this handler, so its type is said again";
            tables.entry(beside.table.clone()).or_default().push((&beside.key, &beside.value, reason));
        }
    }
    if tables.is_empty() {
        return Ok(Texts::new());
    }
    let mut header = vec![
        object::written_by(plan, &format!("containerd {version} of node class {name}"), class.kubernetes),
        "Put it into /etc/containerd/conf.d, and see that /etc/containerd/config.toml has".to_string(),
        "imports = [\"/etc/containerd/conf.d/*.toml\"]; then restart containerd.".to_string(),
    ];
    header.extend(merge(version.minor, schema));
    let top = [format!("version = {schema}")];
    let text = tables::text(&header, &top, &tables, options)?;
    Ok(Texts::from([("containerd.toml".to_string(), text)]))
}

/// How this version merges what it imports.
fn merge(version: Minor, schema: i64) -> Vec<String> {
    let holds = |id: &str| catalog::runtime_feature(id).is_some_and(|f| f.holds(version));
    if !holds("containerd-schema-3") {
        return vec![
            "This containerd lets an import replace all that config.toml says of the same plugin: where it says".into(),
            "anything of io.containerd.grpc.v1.cri, put the lines below into config.toml instead.".into(),
        ];
    }
    if holds("containerd-converts-imports") {
        return vec!["What config.toml says besides stays: tables are merged key by key.".into()];
    }
    vec![
        "What config.toml says besides stays: tables are merged key by key. config.toml must be of".into(),
        format!("version {schema} too (`containerd config migrate`), or what it says of plugins is lost."),
    ]
}
