//! What a full node pulls, how fast, and the room that collection leaves for it.

use crate::{Planned, planned, spec, workload};
use serde_json::json;

const QPS: &str = "kubelet/registryPullQPS";
const BURST: &str = "kubelet/registryBurst";
const SERIAL: &str = "kubelet/serializeImagePulls";

fn of(class: &str, write: &str, images: &str) -> Planned {
    let disk = format!(
        "disks = [{{ mount = \"/\", kind = \"nvme\", size = \"400Gi\", {write} holds = [\"nodefs\", \"imagefs\"] }}]"
    );
    planned(&spec("1.34", class, &disk, &workload("web", "share = 1.0", images)))
}

#[test]
fn without_sizes_upstreams_limits_are_not_even_written() {
    let plan = of("", "write = \"1Gi/s\",", "");
    assert!(plan.value(QPS).is_null() && plan.value(BURST).is_null());
}

#[test]
fn large_images_are_slower_than_the_limit() {
    let plan = of("", "write = \"1Gi/s\",", "containers = 2\nimage-size = \"1Gi\"\nimages = 30");
    assert_eq!((plan.value(QPS), plan.value(BURST)), (&json!(5), &json!(10)));
    // Ten pulls of 40Mi/s each: 30Gi ÷ 400Mi/s = 76.8s.
    assert!(plan.reason(SERIAL).contains("60 images, 30.0Gi, in 1m17s at 400Mi/s"), "{}", plan.reason(SERIAL));
}

#[test]
fn small_images_on_a_fast_disk_raise_the_limit() {
    let plan = of("", "write = \"1Gi/s\",", "containers = 2\nimage-size = \"32Mi\"\nimages = 40");
    // 400Mi/s ÷ 16Mi an image.
    assert_eq!((plan.value(QPS), plan.value(BURST)), (&json!(25), &json!(50)));
    let slow = of("", "write = \"50Mi/s\",", "containers = 2\nimage-size = \"32Mi\"\nimages = 40");
    assert_eq!(slow.value(QPS), &json!(5), "{}", slow.reason(QPS));
    let few = of("", "write = \"1Gi/s\",", "containers = 2\nimage-size = \"32Mi\"\nimages = 4");
    assert_eq!(few.value(QPS), &json!(5), "eight pulls begin at once");
}

#[test]
fn a_pod_kind_has_no_more_images_than_pods() {
    let disk = r#"disks = [{ mount = "/", size = "400Gi", holds = ["nodefs", "imagefs"] }]"#;
    let pods = workload("web", "share = 1.0", "containers = 1\nimage-size = \"1Gi\"")
        + &workload("agent", "count = 2", "containers = 1\nimage-size = \"2Gi\"\nimages = 50");
    let plan = planned(&spec("1.34", "", disk, &pods));
    assert!(plan.reason(SERIAL).contains("pulls 3 images, 5.0Gi,"), "{}", plan.reason(SERIAL));
}

#[test]
fn collection_leaves_room_for_what_arrives_between_two_of_its_rounds() {
    let high = |plan: &Planned| plan.value("kubelet/imageGCHighThresholdPercent").as_i64().unwrap();
    let few = of("", "write = \"1Gi/s\",", "image-size = \"100Mi\"");
    let many = of("", "write = \"1Gi/s\",", "image-size = \"1Gi\"\nimages = 80");
    assert!(high(&few) >= high(&many), "{} {}", high(&few), high(&many));
    assert!(many.reason("kubelet/imageGCHighThresholdPercent").contains("80.0Gi of images that arrive"));
}
