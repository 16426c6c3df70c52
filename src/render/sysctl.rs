//! The file of sysctls: one parameter a line, as sysctl.d(5) reads them.

use super::{Bug, Options, Texts, lines, object};
use crate::plan::{ClassPlan, Plan};

/// The file for `/etc/sysctl.d`; none where the plan sets no sysctl.
pub(super) fn file(plan: &Plan, name: &str, class: &ClassPlan, options: &Options) -> Result<Texts, Bug> {
    let header = [
        object::written_by(plan, &format!("sysctls of node class {name}"), class.kubernetes),
        "Put it into /etc/sysctl.d as 99-plimsoll.conf, then `sysctl --system`.".to_string(),
        "Files there are read in order of their names, and the last one decides.".to_string(),
    ];
    let settings = class.values.iter().filter_map(|(n, v)| Some((n.strip_prefix("sysctl/")?, v)));
    let items: Vec<(String, String)> = settings
        .filter(|(_, v)| !v.value.is_null())
        .map(|(sysctl, v)| (format!("{sysctl} = {}", v.value), v.reason.clone()))
        .collect();
    Ok(lines(&header, &items, options)?.into_iter().map(|text| ("sysctl.conf".into(), text)).collect())
}
