//! Flags that components leave out in silence beside a configuration file.

use crate::catalog::{self, Form};

/// The flag that names a component's configuration file, where other flags do not count beside it.
pub(super) fn file(component: &str) -> Option<&'static str> {
    match component {
        "etcd" | "etcd-events" => Some("config-file"),
        "kube-proxy" | "kube-scheduler" => Some("config"),
        _ => None,
    }
}

/// Whether a value of the command line only counts without a file. kube-proxy copies flags of logging over its file, and
/// kube-scheduler those of leader election; what no field says counts in any case.
pub(super) fn left_out(component: &str, name: &str) -> bool {
    let field = || catalog::find(name).is_some_and(|f| f.tunable.form() == Form::Field);
    let path = name.split_once('/').map_or(name, |(_, path)| path);
    match component {
        "etcd" | "etcd-events" => path != "config-file",
        "kube-proxy" => field() && !path.starts_with("logging"),
        _ => field() && !path.starts_with("leaderElection"),
    }
}
