//! Flags beside a configuration file, which components leave out in silence.

use super::Find;
use crate::check::constraint::Constraint;
use crate::check::report;
use crate::check::scene::At;
use crate::diag::Finding;

pub(super) const FIND: &[(&str, Find)] = &[("flags-beside-file", flags)];

fn flags(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let Some(current) = at.scene.parts.get(at.component) else { return };
    for (name, stated) in &current.left_out {
        let short = name.split_once('/').map_or(name.as_str(), |(_, path)| path);
        let says = format!("`{short}` is set by a flag beside a configuration file");
        out.push(report::finding(at, constraint, &says, &[]).at(&report::place(stated), ""));
    }
}
