//! kube-apiserver: flags of authentication, admission, and of what it serves to browsers.

use super::asked::stated_as;
use super::flag_forms::{place, texts};
use super::{Find, at_node};
use crate::catalog;
use crate::check::constraint::Constraint;
use crate::check::go;
use crate::check::report;
use crate::check::scene::At;
use crate::current::csv;
use crate::diag::Finding;
use std::collections::BTreeSet;

pub(super) const FIND: &[(&str, Find)] = &[
    ("jwks-uri", jwks),
    ("service-account-issuers", issuers),
    ("transport-security-directives", directives),
    ("allowed-origins", origins),
    ("admission-plugin-twice", plugins),
    ("runtime-config-nothing", nothing),
    ("etcd-servers-overrides-form", overrides),
];

fn jwks(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    const NAME: &str = "service-account-jwks-uri";
    let text = stated_as(at, NAME).and_then(|s| s.value.as_str()).filter(|t| !t.is_empty());
    let Some(text) = text else { return };
    let what = match go::url(text) {
        None => "is no URL",
        Some(url) if !url.scheme.eq_ignore_ascii_case("https") => "is no URL of https",
        Some(_) => return,
    };
    out.push(report::finding(at, constraint, &format!("`{NAME}` is `{text}`, which {what}"), &[at.full(NAME)]));
}

fn issuers(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for flag in texts(at, "service-account-issuer") {
        let what = if flag.text.contains(':') && go::url(&flag.text).is_none() {
            "holds a colon and is no URL"
        } else if flag.text.is_empty() {
            "is empty"
        } else if !seen.insert(flag.text.as_str()) {
            "is there twice"
        } else {
            continue;
        };
        let says = format!("`{}` in service-account-issuer {what}", flag.text);
        out.push(report::finding(at, constraint, &says, &[]).at(&place(flag), ""));
    }
}

fn directives(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for flag in texts(at, "strict-transport-security-directives") {
        for directive in csv(&flag.text).unwrap_or_default() {
            let age = directive.split_once('=').is_some_and(|(name, age)| name == "max-age" && !age.contains('='));
            if !age && !matches!(directive.as_str(), "includeSubDomains" | "preload") {
                let says = format!("`{directive}` in strict-transport-security-directives is no directive");
                out.push(report::finding(at, constraint, &says, &[]).at(&place(flag), ""));
            }
        }
    }
}

fn origins(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    for flag in texts(at, "cors-allowed-origins") {
        for origin in csv(&flag.text).unwrap_or_default() {
            let what = if !origin.contains('^') && !origin.contains("//") {
                "does not bind the beginning of the host"
            } else if !origin.contains(['$', ':']) {
                "does not bind the end of the host"
            } else {
                continue;
            };
            let says = format!("`{origin}` in cors-allowed-origins {what}");
            out.push(report::finding(at, constraint, &says, &[]).at(&place(flag), ""));
        }
    }
}

fn plugins(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let listed = ["enable-admission-plugins", "disable-admission-plugins"].map(|name| stated_as(at, name));
    let [Some(on), Some(off)] = listed else { return };
    for item in off.node.items() {
        let Some(plugin) = item.text() else { continue };
        if on.node.items().iter().any(|other| other.text() == Some(plugin)) {
            let says = format!("`{plugin}` stands in enable-admission-plugins and in disable-admission-plugins");
            out.push(at_node(at, constraint, &says, off, item));
        }
    }
}

/// Only one key, which turns everything off. A key alone is one with an empty value.
fn nothing(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    const NAME: &str = "runtime-config";
    let mut keys: std::collections::BTreeMap<&str, &str> = std::collections::BTreeMap::new();
    for pair in texts(at, NAME).flat_map(|flag| flag.text.split(',')).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        keys.insert(key.trim(), value.trim());
    }
    if keys.len() == 1 && keys.get("api/all") == Some(&"false") {
        out.push(report::finding(at, constraint, "runtime-config turns all APIs off, and none on", &[at.full(NAME)]));
    }
}

fn overrides(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    let named = catalog::behaviour("etcd-override-servers-named", at.kubernetes).is_some();
    for flag in texts(at, "etcd-servers-overrides") {
        for entry in csv(&flag.text).unwrap_or_default() {
            let good = match entry.split('#').collect::<Vec<_>>()[..] {
                [resource, servers] => {
                    resource.split('/').count() == 2 && !(named && servers.split(';').any(str::is_empty))
                }
                _ => false,
            };
            if !good {
                let says = format!("`{entry}` in etcd-servers-overrides is not `group/resource#server;server`");
                out.push(report::finding(at, constraint, &says, &[]).at(&place(flag), ""));
            }
        }
    }
}
