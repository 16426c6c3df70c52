//! What one pod asks for, as the scheduler and the kubelet count it (k8s.io/component-helpers resource.PodRequests).

use crate::current::Amounts;
use crate::quantity::{Bytes, Micro, Milli, ceil_div};
use serde_json::Value as Json;

/// Resources in the order of [`Asks`].
const NAMES: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
/// Those that may be stated for a pod as a whole.
const OF_PODS: usize = 2;

/// Milli-CPU, bytes of memory, bytes of storage.
type Asks = [i64; 3];

/// The requests of a pod that takes up room on its node, with that node; nothing of one that does not.
pub(super) fn asks(pod: &Json) -> Result<Option<(&str, Amounts)>, String> {
    let Some(node) = pod.pointer("/spec/nodeName").and_then(Json::as_str).filter(|n| !n.is_empty()) else {
        return Ok(None);
    };
    if matches!(pod.pointer("/status/phase").and_then(Json::as_str), Some("Succeeded" | "Failed")) {
        return Ok(None);
    }
    let total = total(pod).map_err(|what| {
        let part = |path: &str| pod.pointer(path).and_then(Json::as_str).unwrap_or_default();
        format!("pod {}/{}: {what}", part("/metadata/namespace"), part("/metadata/name"))
    })?;
    let [cpu, memory, storage] = total.map(Some);
    Ok(Some((node, Amounts { cpu, memory, storage, pods: Some(1) })))
}

fn total(pod: &Json) -> Result<Asks, String> {
    let list = |path: &str| pod.pointer(path).and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let (mut sum, mut sidecars, mut most) = ([0; 3], [0; 3], [0; 3]);
    for container in list("/spec/containers") {
        sum = add(sum, container_asks(container, list("/status/containerStatuses"))?);
    }
    // The n-th init container runs beside the sidecars before it.
    for container in list("/spec/initContainers") {
        let sidecar = container.get("restartPolicy").and_then(Json::as_str) == Some("Always");
        let statuses = if sidecar { list("/status/initContainerStatuses") } else { &[] };
        let own = container_asks(container, statuses)?;
        let beside = add(sidecars, own);
        if sidecar {
            sum = add(sum, own);
            sidecars = beside;
        }
        most = greater(most, beside);
    }
    let mut out = greater(sum, most);
    let whole = amounts(pod.pointer("/spec/resources/requests"))?;
    for at in 0..OF_PODS {
        out[at] = whole[at].unwrap_or(out[at]);
    }
    Ok(add(out, amounts(pod.pointer("/spec/overhead"))?.map(Option::unwrap_or_default)))
}

/// A container's requests; while it is resized, the greater of old and new.
fn container_asks(container: &Json, statuses: &[Json]) -> Result<Asks, String> {
    let stated = amounts(container.pointer("/resources/requests"))?.map(Option::unwrap_or_default);
    let status = statuses.iter().find(|s| s.get("name") == container.get("name") && s.get("resources").is_some());
    let Some(status) = status else { return Ok(stated) };
    let actual = amounts(status.pointer("/resources/requests"))?.map(Option::unwrap_or_default);
    let allocated = amounts(status.get("allocatedResources"))?.map(Option::unwrap_or_default);
    Ok(greater(stated, greater(actual, allocated)))
}

fn amounts(list: Option<&Json>) -> Result<[Option<i64>; 3], String> {
    let mut out = [None; 3];
    for (at, name) in NAMES.into_iter().enumerate() {
        out[at] = list.and_then(|l| l.get(name)).map(|value| quantity(name, value)).transpose()?;
    }
    Ok(out)
}

/// An amount in the unit of its resource, rounded up as upstream rounds it.
pub(super) fn quantity(resource: &str, value: &Json) -> Result<i64, String> {
    let text = value.as_str().map_or_else(|| value.to_string(), ToString::to_string);
    let read = if resource == "cpu" {
        Milli::parse(&text)
            .map(|m| m.0)
            .or_else(|fault| Micro::parse(&text).map(|m| ceil_div(m.0, 1000)).map_err(|_| fault))
    } else {
        // Thousandths of a byte are legal, and come out of autoscalers.
        Bytes::parse(&text).map(|b| b.0).or_else(|fault| match text.strip_suffix('m') {
            Some(_) => Milli::parse(&text).map(|m| ceil_div(m.0, 1000)).map_err(|_| fault),
            None => Err(fault),
        })
    };
    read.map_err(|fault| format!("{resource} `{text}` {}", fault.0))
}

fn add(a: Asks, b: Asks) -> Asks {
    [a[0].saturating_add(b[0]), a[1].saturating_add(b[1]), a[2].saturating_add(b[2])]
}

fn greater(a: Asks, b: Asks) -> Asks {
    [a[0].max(b[0]), a[1].max(b[1]), a[2].max(b[2])]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(spec: Json, status: Json) -> (Option<i64>, Option<i64>) {
        let mut spec = spec;
        spec["nodeName"] = json!("n");
        let pod = json!({ "spec": spec, "status": status });
        let (_, asks) = asks(&pod).unwrap().unwrap();
        (asks.cpu, asks.memory)
    }

    fn cpu(amount: &str) -> Json {
        json!({ "name": amount, "resources": { "requests": { "cpu": amount } } })
    }

    #[test]
    fn init_containers_count_by_the_greatest_and_sidecars_by_their_sum() {
        let mut sidecar = cpu("300m");
        sidecar["restartPolicy"] = json!("Always");
        let spec =
            json!({ "containers": [cpu("100m"), cpu("200m")], "initContainers": [cpu("500m"), sidecar, cpu("400m")] });
        // 300m + 300m while it runs; 300m + 400m while the last init container does.
        assert_eq!(of(spec, json!({})).0, Some(700));
        let spec = json!({ "containers": [cpu("1500m")], "initContainers": [cpu("1")], "overhead": { "cpu": "250m" } });
        assert_eq!(of(spec, json!({})).0, Some(1750));
    }

    #[test]
    fn a_pods_own_requests_replace_those_of_its_containers() {
        let spec = json!({ "containers": [cpu("1")], "resources": { "requests": { "cpu": "2", "memory": "1Gi" } } });
        assert_eq!(of(spec, json!({})), (Some(2000), Some(1 << 30)));
    }

    #[test]
    fn a_resize_counts_by_the_greater() {
        let spec = json!({ "containers": [cpu("1")] });
        let status = json!({ "containerStatuses": [{ "name": "1", "resources": { "requests": { "cpu": "1500m" } } }] });
        assert_eq!(of(spec, status).0, Some(1500));
    }

    #[test]
    fn what_is_done_or_waits_asks_for_nothing() {
        assert_eq!(asks(&json!({ "spec": { "containers": [cpu("1")] } })), Ok(None));
        assert_eq!(asks(&json!({ "spec": { "nodeName": "n" }, "status": { "phase": "Succeeded" } })), Ok(None));
    }

    #[test]
    fn fine_amounts_are_rounded_up() {
        assert_eq!(quantity("cpu", &json!("100u")), Ok(1));
        assert_eq!(quantity("memory", &json!("1500m")), Ok(2));
        assert_eq!(quantity("cpu", &json!(2)), Ok(2000));
        assert!(quantity("cpu", &json!("lots")).is_err());
    }
}
