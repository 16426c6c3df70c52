//! Containers' layers apart from images.

use crate::common::plan;
use crate::{planned, spec, workload};
use serde_json::json;

const GATE: &str = "kubelet/featureGates.KubeletSeparateDiskGC";
const CRIO: &str = "runtime = { name = \"crio\" }";

fn of(kubernetes: &str, class: &str, node: &str, image: &str) -> String {
    let disks = format!(
        "disks = [{{ mount = \"/\", size = \"200Gi\", holds = {node} }}, {{ mount = \"/images\", size = \"200Gi\", holds = {image} }}]"
    );
    spec(kubernetes, class, &disks, &workload("web", "share = 1.0", ""))
}

#[test]
fn the_gate_is_switched_on_where_it_is_not() {
    let split = |minor: &str| planned(&of(minor, CRIO, r#"["nodefs", "containerfs"]"#, r#"["imagefs"]"#));
    assert_eq!(split("1.29").value(GATE), &json!(true));
    assert_eq!(split("1.30").value(GATE), &json!(true));
    assert!(split("1.31").value(GATE).is_null(), "on by default");
    let plan = split("1.34");
    assert_eq!(plan.class["machine"]["containerfs"], "nodefs");
    assert!(plan.reason("kubelet/evictionHard.nodefs.available").contains("containers write"));
    let values = plan.class["values"].as_object().unwrap();
    assert!(!values.keys().any(|k| k.contains("containerfs.")), "thresholds of containerfs are nobody's to set");
}

#[test]
fn containers_beside_images_are_what_everybody_has() {
    let stated = planned(&of("1.25", "", r#"["nodefs"]"#, r#"["imagefs", "containerfs"]"#));
    assert!(stated.value(GATE).is_null() && stated.class["machine"]["containerfs"].is_null());
}

#[test]
fn what_no_kubelet_or_runtime_has_is_refused() {
    let split =
        |minor: &str, class: &str| plan(&of(minor, class, r#"["nodefs", "containerfs"]"#, r#"["imagefs"]"#)).refused();
    assert_eq!(split("1.28", CRIO), ["containerfs-version"]);
    assert_eq!(split("1.34", ""), ["containerfs-runtime"]);
    assert_eq!(split("1.34", "runtime = { name = \"crio\", version = \"1.28\" }"), ["containerfs-runtime"]);
}
