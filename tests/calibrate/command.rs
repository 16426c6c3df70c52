//! The command: statuses, formats, what it says and where, and that its output is a piece of a spec.

use crate::common::{Run, root, run_in};
use crate::nodes::{TRUE, fleet, lines};
use serde_json::{Value, json};

fn calibrate(files: &[(&str, &str)], args: &[&str], input: &str) -> Run {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let args: Vec<&str> = ["calibrate"].iter().chain(args).copied().collect();
    run_in(folder.path(), &args, input)
}

#[test]
fn the_output_is_toml_whatever_is_in_it() {
    let text = lines(&fleet(21, 6, 8));
    let run = calibrate(&[("a.json", &text)], &["a.json", "--class", "web"], "");
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let toml: toml::Table = toml::from_str(&run.out).unwrap();
    let measured = &toml["node-class"]["web"]["measured"];
    assert_eq!(measured["samples"].as_integer(), Some(48));
    assert_eq!(measured["quantile"].as_float(), Some(0.95));
    for key in ["kubelet", "runtime", "system"] {
        assert_eq!(measured[key].as_table().unwrap().len(), 4, "{}", run.out);
    }
    assert!(run.out.lines().all(|l| l.len() < 160), "{}", run.out);
    // Without a class the table has a stand-in that no spec accepts.
    let unnamed = calibrate(&[("a.json", &text)], &["a.json"], "");
    assert!(unnamed.out.contains("[node-class.NAME.measured]"));
    let few = calibrate(&[("a.json", &lines(&fleet(21, 2, 2)))], &["a.json"], "");
    assert_eq!(few.code, 0);
    assert!(
        few.out.contains("# Nothing can be stated.") && few.err.contains("warning[stats-too-few]"),
        "{}{}",
        few.out,
        few.err
    );
    assert!(toml::from_str::<toml::Table>(&few.out).unwrap().is_empty());
}

#[test]
fn order_and_packing_of_files_do_not_show() {
    let documents = fleet(22, 6, 8);
    let (first, second) = documents.split_at(20);
    let one = calibrate(&[("a.json", &lines(&documents))], &["a.json"], "");
    let two = calibrate(&[("a.json", &lines(first)), ("b.json", &lines(second))], &["b.json", "a.json"], "");
    let piped = calibrate(&[], &["-"], &json!({ "items": documents }).to_string());
    assert_eq!((two.code, &two.out), (0, &one.out));
    assert_eq!((piped.code, &piped.out), (0, &one.out));
}

#[test]
fn json_has_the_same_figures_and_what_is_said() {
    let mut documents = fleet(23, 6, 8);
    for document in &mut documents {
        document["node"]["systemContainers"].as_array_mut().unwrap().pop();
    }
    let run = calibrate(&[("a.json", &lines(&documents))], &["a.json", "--class", "web", "--format", "json"], "");
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let value: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(value["formatVersion"], "1.0");
    assert_eq!(value["findings"][0]["id"], "stats-container-missing");
    let fits = value["fits"].as_array().unwrap();
    assert_eq!(fits.len(), 4);
    for (fit, (name, memory, cpu)) in fits.iter().zip([TRUE[0], TRUE[0], TRUE[1], TRUE[1]]) {
        assert_eq!(fit["container"], name);
        let [node, pod, noise] = if fit["resource"] == "memory" { memory } else { cpu };
        // At most pods, the line lies within the noise of the true one.
        let pods = fit["pods"]["most"].as_i64().unwrap();
        let at = fit["line"]["node"].as_i64().unwrap() + pods * fit["line"]["perPod"].as_i64().unwrap();
        let over = at - node - pod * pods;
        assert!((noise / 2..=noise * 5 / 4).contains(&over), "{over} over at {pods} pods: {fit}");
        assert!(fit["covered"].as_i64().unwrap() * 100 >= fit["samples"].as_i64().unwrap() * 95, "{fit}");
        let [above, below] = ["above", "below"].map(|k| fit["farthest"][k]["distance"].as_i64());
        assert!(above.is_none_or(|d| d > 0) && below.is_some_and(|d| d < 0), "{fit}");
        let (least, most) = (fit["withoutOneNode"]["least"].as_i64(), fit["withoutOneNode"]["most"].as_i64());
        assert!(least.is_some() && least <= most, "{fit}");
    }
    let human = calibrate(&[("a.json", &lines(&documents))], &["a.json", "--class", "web"], "");
    assert!(human.out.ends_with(value["measured"].as_str().unwrap()), "{}", human.out);
}

#[test]
fn all_bad_files_are_told_in_one_run() {
    let good = lines(&fleet(24, 3, 8));
    let files = [("a.json", "{\"node\":"), ("b.json", "{}"), ("c.json", good.as_str())];
    for format in ["human", "json"] {
        let args = ["a.json", "b.json", "c.json", "gone.json", "--format", format];
        let run = calibrate(&files, &args, "");
        assert_eq!(run.code, 2);
        let said = if format == "json" { &run.out } else { &run.err };
        for id in ["stats-not-json", "stats-not-summary", "stats-unreadable"] {
            assert_eq!(said.matches(id).count(), 1, "{said}");
        }
    }
    let nothing = calibrate(
        &[("a.json", &good.replace("kubelet", "x").replace("runtime", "y").replace("misc", "z"))],
        &["a.json"],
        "",
    );
    assert_eq!((nothing.code, nothing.out.as_str()), (2, ""));
    assert!(nothing.err.starts_with("error[stats-nothing-to-fit]"), "{}", nothing.err);
}

#[test]
fn arguments_are_checked() {
    let good = lines(&fleet(24, 3, 8));
    let files = [("a.json", good.as_str())];
    for bad in ["0.4", "1", "1.5", "95%", "-0.9", "0.9999999"] {
        assert_eq!(calibrate(&files, &["a.json", "--quantile", bad], "").code, 2, "{bad}");
    }
    assert_eq!(calibrate(&files, &["a.json", "--class", "Web"], "").code, 2);
    assert_eq!(calibrate(&files, &["a.json", "--misc-holds", "pods"], "").code, 2);
    assert_eq!(calibrate(&files, &[], "").code, 2);
    let half = calibrate(&files, &["a.json", "--quantile", ".50"], "");
    assert!(half.code == 0 && half.out.contains("quantile = 0.5\n"), "{}{}", half.out, half.err);
}

#[test]
fn the_shipped_documents_calibrate() {
    let run = run_in(
        &root(),
        &["calibrate", "examples/stats/worker-1.json", "examples/stats/worker-2.json", "examples/stats/worker-3.json"],
        "",
    );
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("[node-class.NAME.measured]"), "{}", run.out);
}
