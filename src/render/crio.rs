//! CRI-O's drop-in.

use super::tables::{self, Tables};
use super::{Bug, Options, Texts, object};
use crate::plan::{ClassPlan, Plan};

/// The drop-in for `/etc/crio/crio.conf.d`; none for another runtime, or where nothing is set.
pub(super) fn file(plan: &Plan, name: &str, class: &ClassPlan, options: &Options) -> Result<Texts, Bug> {
    let settings = class.values.iter().filter_map(|(n, v)| Some((n.strip_prefix("crio/")?, v)));
    let settings: Vec<tables::Setting<'_>> =
        settings.filter(|(_, v)| !v.value.is_null()).map(|(key, v)| (key, &v.value, v.reason.as_str())).collect();
    if class.runtime.0 != "crio" || settings.is_empty() {
        return Ok(Texts::new());
    }
    let header = [
        object::written_by(plan, &format!("CRI-O of node class {name}"), class.kubernetes),
        "Put it into /etc/crio/crio.conf.d as 20-plimsoll.conf, then restart crio.".to_string(),
    ];
    let tables = Tables::from([(vec!["crio".to_string(), "runtime".to_string()], settings)]);
    Ok(Texts::from([("crio.conf".to_string(), tables::text(&header, &[], &tables, options)?)]))
}
