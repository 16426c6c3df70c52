//! The node class as text: what is known as keys of a spec, what is not as comments.

mod devices;
mod disks;
mod machine;
mod processors;

use super::known::{Known, Node};

/// The fragment for a class of this name.
#[must_use]
pub fn fragment(known: &Known, class: &str) -> String {
    let mut out = Text::default();
    out.comment(&format!("Read from {}.", known.source));
    out.line(&format!("[node-class.{class}]"));
    if let Some(count) = known.machines.filter(|n| *n > 1) {
        out.line(&format!("count = {count}"));
    }
    host(known, &mut out);
    out.lines.push(String::new());
    out.line(&format!("[node-class.{class}.hardware]"));
    let nodes: Vec<&Node> = known.nodes.iter().flatten().filter(|n| !n.cpus.is_empty()).collect();
    let written = machine::write(known, &nodes, &mut out);
    processors::write(known, &written, &mut out);
    devices::write(known, &nodes, &mut out);
    disks::write(known, &mut out);
    if let Some(entries) = known.conntrack_max {
        out.line(&format!("sysctl = {{ \"net.netfilter.nf_conntrack_max\" = {entries} }}"));
    }
    for remark in &known.remarks {
        out.comment(remark);
    }
    out.lines.join("\n") + "\n"
}

#[derive(Default)]
struct Text {
    lines: Vec<String>,
}

impl Text {
    fn line(&mut self, line: &str) {
        self.lines.push(line.to_string());
    }

    /// A comment; what came from a file cannot end the line.
    fn comment(&mut self, text: &str) {
        let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.lines.push(format!("# {plain}"));
    }
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.into()).to_string()
}

fn host(known: &Known, out: &mut Text) {
    let mut os = vec!["family = \"linux\"".to_string()];
    match known.arch.as_deref() {
        Some(arch @ ("amd64" | "arm64")) => os.push(format!("arch = \"{arch}\"")),
        Some(other) => out.comment(&format!("architecture: `{other}`, which a spec cannot state yet")),
        None => out.comment("architecture: not in what was read"),
    }
    os.extend(known.cgroup.map(|n| format!("cgroup = {n}")));
    os.extend(known.kernel.map(|k| format!("kernel = \"{k}\"")));
    os.extend(known.pid_max.map(|n| format!("pid-max = {n}")));
    out.line(&format!("os = {{ {} }}", os.join(", ")));
    if let Some((name, version)) = &known.runtime {
        // Of a version a spec takes the numbers.
        let numbers = version.split(['-', '+', '~']).next().unwrap_or_default();
        match crate::quantity::Version::parse(numbers) {
            Ok(version) => out.line(&format!("runtime = {{ name = \"{name}\", version = \"{version}\" }}")),
            Err(_) => out.line(&format!("runtime = {{ name = \"{name}\" }}")),
        }
    }
    if let Some(kind) = &known.instance_type {
        out.comment(&format!("instance type: `{kind}`"));
    }
}
