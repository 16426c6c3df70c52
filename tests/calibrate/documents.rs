//! Documents of `/stats/summary`: every form they come in, what is left out of them, and every mistake in one run.

use crate::common::{read as text_of, root};
use crate::nodes::{document, fleet, lines};
use plimsoll::calibrate::{Container, Fit, Observed, Resource, Short, calibrate, read, remarks};
use proptest::prelude::*;
use serde_json::{Value, json};

fn texts(all: &[String]) -> Vec<(String, String)> {
    all.iter().enumerate().map(|(at, text)| (format!("{at}.json"), text.clone())).collect()
}

fn observed(all: &[String]) -> Observed {
    read(&texts(all), &[]).unwrap_or_else(|list| panic!("{list:?}"))
}

fn refused(all: &[String]) -> Vec<(&'static str, String)> {
    read(&texts(all), &[]).unwrap_err().into_iter().map(|f| (f.id, f.message)).collect()
}

/// Ids of what is said about documents, at a quantile.
fn said(documents: &[Value], quantile: i64) -> Vec<&'static str> {
    let observed = observed(&[lines(documents)]);
    remarks(&observed, &calibrate(&observed, quantile)).iter().map(|f| f.id).collect()
}

#[test]
fn a_document_as_upstream_writes_it_is_read() {
    let observed = observed(&[text_of(root().join("tests/fixtures/stats/whole.json"))]);
    let of = |container, resource| {
        let mut all = observed.samples.iter().filter(|s| (s.container, s.resource) == (container, resource));
        (all.next().map(|s| (s.pods, s.value, &*s.node)), all.count())
    };
    // 130,023,424 bytes of working set and 41,237,771 billionths of a core, rounded up.
    assert_eq!(
        of(Container::Kubelet, Resource::Memory),
        (Some((2, 126_976, "ip-10-0-1-17.eu-west-1.compute.internal")), 0)
    );
    assert_eq!(of(Container::Kubelet, Resource::Cpu).0.unwrap().1, 41_238);
    assert_eq!(of(Container::Runtime, Resource::Memory).0.unwrap().1, 94_977);
    assert_eq!(of(Container::Misc, Resource::Memory).0, None);
}

#[test]
fn every_form_of_many_documents_is_the_same() {
    let documents = fleet(3, 4, 6);
    let forms = [
        lines(&documents),
        Value::Array(documents.clone()).to_string(),
        json!({ "items": documents }).to_string(),
        documents.iter().map(|d| format!("{d:#}")).collect::<Vec<_>>().join("\n\n"),
    ];
    let first = observed(&forms[..1]);
    for form in &forms {
        assert_eq!(observed(std::slice::from_ref(form)), first);
    }
    let mut apart: Vec<String> = documents.iter().map(ToString::to_string).collect();
    assert_eq!(observed(&apart), first);
    apart.reverse();
    assert_eq!(observed(&apart), first, "order of files does not matter");
    assert_eq!(first.samples.len(), 4 * 6 * 6);
}

#[test]
fn a_figure_read_twice_counts_once() {
    let documents = fleet(3, 4, 6);
    let once = observed(&[lines(&documents)]);
    let twice = observed(&[lines(&documents), lines(&documents)]);
    assert_eq!(twice.samples, once.samples);
    assert_eq!(twice.repeated, once.samples.len());
    assert!(said(&[documents.clone(), documents].concat(), 500_000).contains(&"stats-repeated"));
}

#[test]
fn a_node_without_pods_is_a_sample_and_one_without_the_key_is_not_known() {
    let mut none = document("a", 0, "2026-11-20T10:00:00Z", &[("kubelet", 1 << 20, 5_000_000)]);
    none["pods"] = Value::Null;
    assert_eq!(observed(&[none.to_string()]).samples[0].pods, 0);
    none.as_object_mut().unwrap().remove("pods");
    let list = refused(&[none.to_string()]);
    assert_eq!((list[0].0, list.len()), ("stats-not-summary", 1));
}

#[test]
fn all_mistakes_of_all_files_are_told() {
    let good = document("a", 3, "2026-11-20T10:00:00Z", &[("kubelet", 1 << 20, 5_000_000)]);
    let mut negative = good.clone();
    negative["node"]["systemContainers"][0]["memory"]["workingSetBytes"] = json!(-1);
    let mut vast = good.clone();
    vast["node"]["systemContainers"][0]["cpu"]["usageNanoCores"] = json!(u64::MAX);
    let mut nameless = good.clone();
    nameless["node"]["nodeName"] = json!("a\nb");
    let all = [
        "{".to_string(),
        json!({ "kind": "PodList", "items": [] }).to_string(),
        format!("{good}\n{negative}\n[{good},{vast}]"),
        "[1]".to_string(),
        nameless.to_string(),
        good.to_string(),
        String::new(),
    ];
    let list = refused(&all);
    let ids: Vec<_> = list.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids.iter().filter(|id| **id == "stats-not-json").count(), 1, "{list:?}");
    assert_eq!(ids.iter().filter(|id| **id == "stats-not-summary").count(), 6, "{list:?}");
    assert!(list.iter().any(|(_, m)| m.starts_with("document 2 of `2.json`")), "{list:?}");
    assert!(list.iter().any(|(_, m)| m.starts_with("document 4 of `2.json`")), "{list:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(any in ".*", near in r#"[{}\[\]":,nodepsitm0-9.e -]{0,60}"#, at in 0_usize..4_000, with in "[\\x00-\\x7f]{0,3}") {
        let mut whole = text_of(root().join("tests/fixtures/stats/whole.json"));
        whole.insert_str(at, &with);
        for text in [any, near, whole] {
            if let Ok(observed) = read(&texts(&[text]), &[Container::Kubelet]) {
                let _ = remarks(&observed, &calibrate(&observed, 950_000));
            }
        }
    }
}

#[test]
fn what_misc_holds_is_taken_out_of_it() {
    let used = [("kubelet", 100 << 20, 20_000_000), ("runtime", 60 << 20, 10_000_000), ("misc", 300 << 20, 45_000_000)];
    let text = document("a", 3, "2026-11-20T10:00:00Z", &used).to_string();
    let misc = |held: &[Container]| -> Vec<i64> {
        let observed = read(&texts(std::slice::from_ref(&text)), held).unwrap();
        observed.samples.iter().filter(|s| s.container == Container::Misc).map(|s| s.value).collect()
    };
    assert_eq!(misc(&[]), [300 << 10, 45_000]);
    assert_eq!(misc(&[Container::Kubelet]), [200 << 10, 25_000]);
    assert_eq!(misc(&[Container::Kubelet, Container::Runtime]), [140 << 10, 15_000]);
    let small = [("kubelet", 100 << 20, 20_000_000), ("misc", 30 << 20, 45_000_000)];
    let text = document("a", 3, "2026-11-20T10:00:00Z", &small).to_string();
    let list = read(&texts(&[text]), &[Container::Kubelet]).unwrap_err();
    assert!(list[0].message.contains("less than"), "{list:?}");
}

#[test]
fn too_few_samples_and_no_spread_are_said_and_never_filled_in() {
    let few = fleet(5, 3, 6);
    let observed_few = observed(&[lines(&few)]);
    let fits = calibrate(&observed_few, 950_000);
    assert_eq!(fits.len(), 6);
    assert!(fits.iter().all(|f| f.result == Err(Short::Samples { least: 20 }) && f.samples == 18));
    assert_eq!(said(&few, 950_000), ["stats-too-few"]);
    assert_eq!(said(&few, 900_000), Vec::<&str>::new(), "18 samples are enough for 0.9");

    let level: Vec<Value> = (0..30)
        .map(|at| {
            document(
                &format!("n{}", at % 3),
                40,
                &format!("2026-11-20T10:{at:02}:00Z"),
                &[("kubelet", (at + 100) << 10, at + 1)],
            )
        })
        .collect();
    let observed_level = observed(&[lines(&level)]);
    let fits: Vec<Fit> = calibrate(&observed_level, 950_000);
    // The 29th of 30 figures from 100 KiB on: 95 % of 30 is 28.5.
    assert_eq!(fits[0].result, Err(Short::Spread { constant: 128 }));
    assert_eq!(said(&level, 950_000).iter().filter(|id| **id == "stats-no-spread").count(), 1);
}

#[test]
fn windows_nodes_and_missing_containers_are_named() {
    let mut documents = fleet(5, 3, 8);
    let pods_only = document("win-1", 9, "2026-11-20T10:00:00Z", &[("pods", 5 << 30, 900_000_000)]);
    documents.push(pods_only.clone());
    documents.push(document("bare", 9, "2026-11-20T10:00:00Z", &[("kubelet", 130 << 20, 9_000_000)]));
    let observed = observed(&[lines(&documents)]);
    let list = remarks(&observed, &calibrate(&observed, 950_000));
    let messages: Vec<_> = list.iter().map(|f| f.message.as_str()).collect();
    assert!(messages.iter().any(|m| m.contains("`win-1`") && m.contains("Windows")), "{messages:?}");
    assert!(messages.contains(&"`runtime` is not reported by `bare`"), "{messages:?}");
    assert!(messages.contains(&"`misc` is not reported by `bare`"), "{messages:?}");
    assert_eq!(messages.len(), 3);
    assert_eq!(said(&[pods_only], 950_000), ["stats-nothing-to-fit"]);
}

#[test]
fn one_cgroup_under_two_names_is_counted_once() {
    let mut documents = fleet(5, 3, 8);
    for document in &mut documents {
        let kubelet = document["node"]["systemContainers"][0].clone();
        document["node"]["systemContainers"][1] = kubelet;
        document["node"]["systemContainers"][1]["name"] = json!("runtime");
    }
    let observed = observed(&[lines(&documents)]);
    let fits = calibrate(&observed, 950_000);
    let shared = fits.iter().filter(|f| f.container == Container::Runtime);
    assert!(
        shared.clone().count() == 2
            && shared.clone().all(|f| f.result == Err(Short::Shared { with: Container::Kubelet }))
    );
    assert_eq!(said(&documents, 950_000), ["stats-same-cgroup"]);
}
