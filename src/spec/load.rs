//! `[control-plane.load]` as types.

use super::get::{self, Get};
use super::node::Table;
use super::shape::At;
use crate::diag::Finding;
use crate::quantity::GoDuration;

/// What happens in the cluster, as stated.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// Pods that start in a minute, beside those of jobs and rollouts.
    pub pod_starts: Option<At<i64>>,
    /// Jobs that start in a minute.
    pub jobs: Option<At<i64>>,
    /// Deployments rolled out in an hour.
    pub rollouts: Option<At<i64>>,
    /// Pods that start at once, and the time within which they are to run.
    pub burst: Option<(At<i64>, At<GoDuration>)>,
    /// Clients with a priority level of their own.
    pub clients: Vec<Client>,
    /// Secrets that one pod uses.
    pub secrets_per_pod: Option<At<i64>>,
    /// Config maps that one pod uses.
    pub config_maps_per_pod: Option<At<i64>>,
}

/// A client that gets a priority level of its own.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its name.
    pub name: At<String>,
    /// Its service account, as namespace and name with a slash between.
    pub account: At<String>,
    /// Requests per second at its peak.
    pub requests: At<i64>,
}

/// Whether upstream would take a text as the name of a namespace or of a service account.
fn is_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    !text.is_empty()
        && text.len() <= 253
        && text.chars().all(inner)
        && !text.starts_with(['-', '.'])
        && !text.ends_with(['-', '.'])
}

fn clients(get: &mut Get<'_>, t: &Table) -> Vec<Client> {
    let items = t.get("client").map(super::node::Node::items).unwrap_or_default();
    let read = |item: &super::node::Node| {
        let t = item.table()?;
        let account = get::text(t, "service-account")?;
        Some(Client { name: get::text(t, "name")?, account, requests: get::int(t, "requests-per-second")? })
    };
    let clients: Vec<Client> = items.iter().filter_map(read).collect();
    get.unique_names("client", clients.iter().map(|c| &c.name));
    for client in &clients {
        let parts = client.account.value.split_once('/');
        if !parts.is_some_and(|(namespace, name)| is_name(namespace) && is_name(name)) {
            let message = format!("`{}` is no service account", client.account.value);
            let finding = Finding::error("client-account", message)
                .at(&get.place(&client.account.span), "a namespace and a name are due")
                .help("write `namespace/name`, such as `\"argocd/argocd-application-controller\"`");
            get.report(finding);
        }
    }
    clients
}

/// Reads `[control-plane.load]` from the table of the control plane.
pub(super) fn load(get: &mut Get<'_>, control_plane: &Table) -> Load {
    let Some(t) = get::table(control_plane, "load") else { return Load::default() };
    let burst = get::table(t, "burst").and_then(|b| get::int(b, "pods").zip(get::duration(b, "within")));
    Load {
        pod_starts: get::int(t, "pod-starts-per-minute"),
        jobs: get::int(t, "jobs-per-minute"),
        rollouts: get::int(t, "rollouts-per-hour"),
        burst,
        clients: clients(get, t),
        secrets_per_pod: get::int(t, "secrets-per-pod"),
        config_maps_per_pod: get::int(t, "config-maps-per-pod"),
    }
}
