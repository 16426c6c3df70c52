//! `plimsoll fields`: searches the catalogue, and says what changed between minors.

use super::{Exit, Format, cli, output};
use crate::catalog::{self, Role};
use crate::quantity::{Minor, Version};
use crate::view;

/// Lists what matches, in one version, or what changed since another one.
pub fn run(args: &cli::Fields) -> Exit {
    let versions = catalog::versions();
    // A version below 2 with a major of 3 is etcd's: the two never overlap.
    let etcd_changes = args
        .changed_since
        .as_deref()
        .and_then(|v| Version::parse(v).ok())
        .is_some_and(|v| v.minor.0 == versions.etcd_newest.0);
    let read = |given: Option<&String>, etcd: bool, otherwise: Minor| -> Result<Minor, String> {
        let Some(text) = given else { return Ok(otherwise) };
        let version = Version::parse(text).map_err(|f| f.0)?;
        if catalog::covers(version.minor, etcd) {
            return Ok(version.minor);
        }
        let (of, oldest, newest) = match etcd {
            true => ("etcd", versions.etcd_oldest, versions.etcd_newest),
            false => ("Kubernetes", versions.oldest, versions.newest),
        };
        Err(format!("the catalogue covers {of} {oldest} to {newest}, not {text}"))
    };
    let asked = || -> Result<_, String> {
        let kubernetes = read(args.kubernetes.as_ref(), false, versions.newest)?;
        let etcd = read(args.etcd.as_ref(), true, versions.etcd_newest)?;
        let to = if etcd_changes { etcd } else { kubernetes };
        let since = args.changed_since.as_ref().map(|v| read(Some(v), etcd_changes, to)).transpose()?;
        if let Some(since) = since.filter(|s| *s > to) {
            return Err(format!("{since} is newer than {to}: nothing can have changed since then"));
        }
        Ok((kubernetes, etcd, to, since))
    };
    let (kubernetes, etcd, to, since) = match asked() {
        Ok(asked) => asked,
        Err(message) => {
            output::talk(&format!("error[version-not-covered]: {message}\n"));
            return Exit::BadInput;
        }
    };
    let matches = |name: &str| args.pattern.as_deref().is_none_or(|p| matches(p, name));
    if let Some(since) = since {
        let mut list = catalog::changes(since, to, etcd_changes);
        list.retain(|c| matches(&c.name));
        return match args.format {
            Format::Json => output::json(&view::changes_json(&list, since, to)),
            _ if list.is_empty() => nothing(args.pattern.as_deref()),
            _ => output::data(&view::changes(&list)),
        };
    }
    // One version was asked for, so what it lacks is left out; else everything of any version is shown.
    let exact = args.kubernetes.is_some() || args.etcd.is_some() || args.format == Format::Json;
    let rows: Vec<_> = catalog::rows()
        .iter()
        .filter(|t| matches(t.name))
        .filter(|t| args.all || args.format == Format::Json || matches!(t.role, Role::Setting | Role::Alias(_)))
        .filter(|t| !exact || t.exists_in(if t.component() == "etcd" { etcd } else { kubernetes }))
        .collect();
    let gates: Vec<_> = catalog::gates()
        .iter()
        .filter(|g| matches(&format!("gate {}", g.name)) && (!exact || g.state(kubernetes).is_some()))
        .collect();
    match args.format {
        Format::Json => output::json(&view::fields_json(&rows, &gates, kubernetes, etcd)),
        _ if rows.is_empty() && gates.is_empty() => nothing(args.pattern.as_deref()),
        _ => output::data(&view::fields(&rows, &gates, kubernetes, etcd)),
    }
}

fn nothing(pattern: Option<&str>) -> Exit {
    let close = pattern.and_then(|p| crate::diag::nearest(p, catalog::names().chain(catalog::gate_names())));
    let help = close.map_or_else(String::new, |c| format!("; did you mean `{c}`?"));
    output::talk(&format!("nothing matches{help}\n"));
    Exit::Ok
}

/// Whether a name matches: anywhere in it, whatever the case; with `*`, the whole of it.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    if !pattern.contains('*') {
        return name.contains(&pattern);
    }
    let parts: Vec<&str> = pattern.split('*').collect();
    let (first, last) = (parts[0], parts[parts.len() - 1]);
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    for part in &parts[1..parts.len() - 1] {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_pattern_is_a_part_of_a_name_or_with_stars_the_whole() {
        assert!(matches("maxpods", "kubelet/maxPods"));
        assert!(matches("kubelet/*Frequency", "kubelet/nodeStatusReportFrequency"));
        assert!(matches("*conntrack*", "kube-proxy/conntrack.min"));
        assert!(!matches("kubelet/*Frequency", "kubelet/nodeStatusReportFrequencyX"));
        assert!(!matches("max*max", "max"));
        assert!(!matches("eviction", "kubelet/maxPods"));
    }
}
