//! How kube-proxy tells the traffic of pods from that of others, beside where pods have their addresses.

use super::Find;
use super::asked::text;
use super::ranges::nets;
use crate::check::constraint::Constraint;
use crate::check::report;
use crate::check::scene::At;
use crate::diag::Finding;
use ipnet::IpNet;

pub(super) const FIND: &[(&str, Find)] = &[("pod-range-agrees", outside)];

const CLUSTER: &str = "kube-controller-manager/cluster-cidr";
const KNOWN: &str = "kube-proxy/clusterCIDR";
const MODE: &str = "kube-proxy/detectLocalMode";

/// Pods whose addresses kube-proxy does not take for pods'. It may know a wider range than is given out, and of a family that
/// it knows no range of it tells nothing apart.
fn outside(at: &At<'_>, constraint: &'static Constraint, out: &mut Vec<Finding>) {
    // The other modes look at no range.
    let mode = text(at, MODE).unwrap_or_default();
    let (Some(pods), Some(known)) = (nets(at, CLUSTER), nets(at, KNOWN)) else { return };
    if !["", "ClusterCIDR"].contains(&mode.as_str()) {
        return;
    }
    let family = |net: &IpNet| matches!(net, IpNet::V4(_));
    let unknown = |pods: &&IpNet| {
        let mut same = known.iter().filter(|k| family(k) == family(pods)).peekable();
        same.peek().is_some() && !same.any(|k| k.contains(*pods))
    };
    if let Some(pods) = pods.iter().find(unknown) {
        let list: Vec<String> = known.iter().map(ToString::to_string).collect();
        let says = format!(
            "kube-proxy takes {} for the pods' range, and the controller-manager gives nodes parts of {pods}",
            list.join(", ")
        );
        out.push(report::finding(at, constraint, &says, &[KNOWN.to_string(), CLUSTER.to_string()]));
    }
}
