//! From the kubelet's `/stats/summary` documents to samples, with every mistake of every file.
//!
//! Field names are those of `k8s.io/kubelet/pkg/apis/stats/v1alpha1/types.go`. A text may hold one document, several one after
//! the other (a line each, for instance), a JSON list of them, or an object with `items`.

use super::sample::{Container, Resource, Sample};
use crate::diag::{Finding, Place};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Everything that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Samples, sorted, each once.
    pub samples: Vec<Sample>,
    /// Documents per node.
    pub nodes: BTreeMap<Arc<str>, usize>,
    /// Nodes of which no document has a system container that is not for pods.
    pub pods_only: Vec<Arc<str>>,
    /// Figures left out because they were read before: the kubelet had not measured again, or a file was given twice.
    pub repeated: usize,
    /// Containers whose figures were taken out of `misc`.
    pub held: Vec<Container>,
    /// Documents in which `misc` has at least the memory of kubelet and runtime together, and documents with all three: where
    /// the two are equal, `misc` may be a cgroup above the others.
    pub holding: (usize, usize),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NodeStats {
    node_name: String,
    #[serde(default)]
    system_containers: Vec<ContainerStats>,
}

#[derive(Deserialize)]
struct ContainerStats {
    name: String,
    cpu: Option<CpuStats>,
    memory: Option<MemoryStats>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CpuStats {
    #[serde(default)]
    time: String,
    usage_nano_cores: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MemoryStats {
    #[serde(default)]
    time: String,
    working_set_bytes: Option<u64>,
}

/// No machine has as much: 1Pi in bytes, and 100,000 cores in billionths.
const MOST: [u64; 2] = [1 << 50, 100_000_000_000_000];

/// Reads texts, each with its name. `held` are containers whose cgroups lie within that of `misc`; their figures are taken out
/// of it, so that each is counted once.
///
/// # Errors
/// Every document that is no `/stats/summary`, of all texts.
pub fn read(texts: &[(String, String)], held: &[Container]) -> Result<Observed, Vec<Finding>> {
    let (mut out, mut findings) = (Observed { held: held.to_vec(), ..Observed::default() }, Vec::new());
    for (name, text) in texts {
        let place = Place::new(&Arc::from(name.as_str()), 0..0);
        let documents = match documents(text) {
            Ok(documents) => documents,
            Err(why) => {
                let message = format!("`{name}` is not JSON");
                findings.push(Finding::error("stats-not-json", message).at(&place, "this file").note(why));
                continue;
            }
        };
        if documents.is_empty() {
            let message = format!("`{name}` has no `/stats/summary` document");
            findings.push(Finding::error("stats-not-summary", message).at(&place, "this file"));
        }
        let many = documents.len() > 1;
        for (at, document) in documents.iter().enumerate() {
            if let Err(what) = out.add(document) {
                let which = if many { format!("document {} of `{name}`", at + 1) } else { format!("`{name}`") };
                let finding =
                    Finding::error("stats-not-summary", format!("{which} {}", what.0)).at(&place, "this file");
                findings.push(match what.1 {
                    Some(note) => finding.note(note),
                    None => finding.help("write one with `kubectl get --raw /api/v1/nodes/NODE/proxy/stats/summary`"),
                });
            }
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    out.samples.sort();
    let before = out.samples.len();
    out.samples.dedup_by(|a, b| a == b && !a.time.is_empty());
    out.repeated = before - out.samples.len();
    let measured: BTreeSet<&Arc<str>> = out.samples.iter().map(|s| &s.node).collect();
    out.pods_only = out.nodes.keys().filter(|n| !measured.contains(n)).cloned().collect();
    Ok(out)
}

/// The documents of a text, in its order; or where and why it is not JSON.
fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut out = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        match value.map_err(|e| e.to_string())? {
            Value::Array(list) => out.extend(list),
            Value::Object(mut object) => match object.get_mut("items") {
                Some(Value::Array(list)) => out.append(list),
                _ => out.push(Value::Object(object)),
            },
            other => out.push(other),
        }
    }
    Ok(out)
}

/// What is wrong with a document, to follow its name, and what the reader of JSON says.
struct Wrong(String, Option<String>);

impl Observed {
    fn add(&mut self, document: &Value) -> Result<(), Wrong> {
        let lacks = |what: &str| Wrong(format!("is no `/stats/summary`: it has no `{what}`"), None);
        let node = document.get("node").ok_or_else(|| lacks("node"))?;
        // A node without pods has `null` here; without the key, the pods are not known.
        let pods = match document.get("pods").ok_or_else(|| lacks("pods"))? {
            Value::Array(list) => list.len(),
            Value::Null => 0,
            _ => return Err(Wrong("is no `/stats/summary`: `pods` is not a list".into(), None)),
        };
        let stats = NodeStats::deserialize(node)
            .map_err(|e| Wrong("has a `node` that is not upstream's `NodeStats`".into(), Some(e.to_string())))?;
        let name: Arc<str> = Arc::from(stats.node_name.as_str());
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(Wrong("has a `nodeName` that is no name".into(), Some(format!("it is {name:?}"))));
        }
        let mut own: Vec<Sample> = Vec::new();
        for container in Container::ALL {
            for resource in Resource::ALL {
                let Some((amount, time)) = stats.figure(container, resource) else { continue };
                let inner = match container {
                    Container::Misc => self.held.clone(),
                    _ => Vec::new(),
                };
                let within: Option<Vec<u64>> =
                    inner.iter().map(|c| stats.figure(*c, resource).map(|(amount, _)| amount)).collect();
                // What is to be taken out and is not reported leaves nothing that could be said of the rest.
                let Some(within) = within else { continue };
                let within = within.into_iter().fold(0, u64::saturating_add);
                if within > amount && resource == Resource::Memory {
                    let text =
                        format!("has {amount} bytes in `misc`, less than the {within} in what it is said to hold");
                    return Err(Wrong(text, Some(format!("node `{name}`"))));
                }
                // The CPU of two cgroups is not taken at the same instant, so a little less is no contradiction.
                let amount = amount.saturating_sub(within);
                let (most, unit) = match resource {
                    Resource::Memory => (MOST[0], 1024),
                    Resource::Cpu => (MOST[1], 1000),
                };
                if amount > most {
                    let text = format!("reports {amount} as {} of `{}`", resource.name(), container.name());
                    return Err(Wrong(text, Some(format!("no machine has more than {most}"))));
                }
                own.push(Sample {
                    container,
                    resource,
                    pods: i64::try_from(pods).unwrap_or(i64::MAX),
                    value: i64::try_from(amount.div_ceil(unit)).unwrap_or(i64::MAX),
                    node: Arc::clone(&name),
                    time: Arc::from(time),
                });
            }
        }
        let memory = |c: Container| stats.figure(c, Resource::Memory).map(|(amount, _)| amount);
        if let [Some(kubelet), Some(runtime), Some(misc)] = Container::ALL.map(memory) {
            self.holding.0 += usize::from(misc >= kubelet.saturating_add(runtime));
            self.holding.1 += 1;
        }
        *self.nodes.entry(name).or_default() += 1;
        self.samples.append(&mut own);
        Ok(())
    }
}

impl NodeStats {
    /// A container's figure with the time it was taken: bytes of working set, which is what evictions count, or billionths of
    /// a core.
    fn figure(&self, container: Container, resource: Resource) -> Option<(u64, &str)> {
        let of = self.system_containers.iter().find(|c| c.name == container.name())?;
        match resource {
            Resource::Memory => of.memory.as_ref().and_then(|m| Some((m.working_set_bytes?, m.time.as_str()))),
            Resource::Cpu => of.cpu.as_ref().and_then(|c| Some((c.usage_nano_cores?, c.time.as_str()))),
        }
    }
}
