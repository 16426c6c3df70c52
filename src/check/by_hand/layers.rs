//! Values that another layer of a component's configuration replaces.

use super::Find;
use super::fields::fields;
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::report::{self, place, shown};
use crate::check::scene::At;
use crate::current::{Layer, Overridden, is_drop_in};
use crate::diag::{Finding, Place};
use std::sync::Arc;

pub(super) const FIND: &[(&str, Find)] = &[
    ("overridden-by-flag", by_flag),
    ("flag-beside-file", beside_file),
    ("drop-in-not-read", not_read),
    ("drop-in-field-lost", lost),
    ("drop-in-spelling", spelling),
];

fn overridden<'s>(at: &At<'s>) -> impl Iterator<Item = &'s Overridden> {
    at.scene.parts.get(at.component).into_iter().flat_map(|current| &current.overridden)
}

fn short(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, path)| path)
}

fn by_flag(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    // No text is what a program writes where nothing is set, kubeadm too; of a pointer it says something.
    let version = at.minor(at.component);
    let pointer =
        |name: &str| catalog::row(name).and_then(|row| row.span(version)).is_some_and(|s| s.go.starts_with('*'));
    let says_nothing = |o: &Overridden| o.lost.value.as_str() == Some("") && !pointer(&o.name);
    for one in overridden(at).filter(|o| !o.file && o.by.layer == Layer::Flags && !says_nothing(o)) {
        let says = format!(
            "`{}` is {} here, and the command line has another value",
            short(&one.name),
            shown(&one.lost.value)
        );
        let told = format!("{} counts", shown(&one.by.value));
        let finding = report::finding(at, constraint, &says, &[]);
        out.push(finding.at(&place(&one.lost), "not used").clash(&place(&one.by), told));
    }
}

fn beside_file(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let flags = at.scene.parts.get(at.component).map_or(&[][..], |current| &current.flags);
    let mut told: Vec<&Place> = Vec::new();
    // A flag that holds a map comes to several settings.
    for one in overridden(at).filter(|o| o.file) {
        if told.contains(&&one.lost.key) {
            continue;
        }
        told.push(&one.lost.key);
        let typed = flags.iter().find(|flag| flag.key == one.lost.key);
        let name = typed.map_or(short(&one.name), |flag| flag.name.as_str());
        let says = format!("the flag `{name}` is given beside a configuration file");
        let finding = report::finding(at, constraint, &says, &[]);
        out.push(finding.at(&place(&one.lost), "not used").clash(&place(&one.by), "the file"));
    }
}

fn not_read(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let paths = at.scene.parts.get(at.component).into_iter().flat_map(|current| &current.passed_over);
    for path in paths {
        let file = path.rsplit('/').next().unwrap_or(path);
        let says = format!("`{file}` lies in a drop-in directory, and its name does not end in `.conf`");
        out.push(report::finding(at, constraint, &says, &[]).at(&Place::new(&Arc::from(path.as_str()), 0..0), ""));
    }
}

fn lost(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let version = at.minor(at.component);
    let stated = at.scene.parts.get(at.component).and_then(|current| current.lost_in_drop_in(version));
    if let Some(stated) = stated.filter(|_| at.component == "kubelet") {
        let says = format!("`resolvConf` is {} in a drop-in, where {version} loses it", shown(&stated.value));
        out.push(report::finding(at, constraint, &says, &[]).at(&place(stated), "not used"));
    }
}

fn spelling(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for field in fields(at).iter().filter(|f| f.map.is_none() && is_drop_in(f.path)) {
        let Some(row) = field.row else { continue };
        let (written, key) = (&field.member.key, row.name.rsplit(['/', '.']).next().unwrap_or(row.name));
        if written != key && written.eq_ignore_ascii_case(key) {
            let says = format!("`{written}` is taken for `{key}`");
            let finding = report::finding(at, constraint, &says, &[]).at(&field.name_place(), "");
            out.push(finding.help(format!("write `{key}`")));
        }
    }
}
