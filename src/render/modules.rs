//! The file of kernel modules: one name a line, as modules-load.d(5) reads them.

use super::{Bug, Options, Texts, lines, object};
use crate::plan::{ClassPlan, Plan};

/// The file for `/etc/modules-load.d`; none where the plan loads no module.
pub(super) fn file(plan: &Plan, name: &str, class: &ClassPlan, options: &Options) -> Result<Texts, Bug> {
    let header = [
        object::written_by(plan, &format!("kernel modules of node class {name}"), class.kubernetes),
        "Put it into /etc/modules-load.d as plimsoll.conf, then restart systemd-modules-load.".to_string(),
    ];
    let modules = class.values.iter().filter_map(|(n, v)| Some((n.strip_prefix("module/")?, v)));
    let items: Vec<(String, String)> =
        modules.filter(|(_, v)| v.value == true).map(|(module, v)| (module.to_string(), v.reason.clone())).collect();
    Ok(lines(&header, &items, options)?.into_iter().map(|text| ("modules-load.conf".into(), text)).collect())
}
