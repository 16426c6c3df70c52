//! A spec written in another order: every key on a line of its own, tables and named lists in any order.

use toml::{Table, Value};

/// A small generator with a seed: what fails once fails again.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as usize
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

/// The same spec as dotted keys in random order, with comments and blank lines strewn in.
pub fn shuffled(spec: &Table, random: &mut Random) -> String {
    let mut lines = Vec::new();
    flatten("", spec, random, &mut lines);
    random.shuffle(&mut lines);
    let mut out = String::new();
    for line in lines {
        match random.below(4) {
            0 => out.push_str("\n# a remark\n"),
            1 => out.push('\n'),
            _ => {}
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

fn flatten(prefix: &str, table: &Table, random: &mut Random, out: &mut Vec<String>) {
    for (key, value) in table {
        let name = format!("{prefix}{}", quoted(key));
        match value {
            Value::Table(inner) if !inner.is_empty() && random.below(3) > 0 => {
                flatten(&format!("{name}."), inner, random, out)
            }
            value => out.push(format!("{name} = {}", inline(value, random))),
        }
    }
}

fn quoted(key: &str) -> String {
    Value::String(key.into()).to_string()
}

fn inline(value: &Value, random: &mut Random) -> String {
    match value {
        Value::Table(table) => {
            let mut parts: Vec<String> =
                table.iter().map(|(k, v)| format!("{} = {}", quoted(k), inline(v, random))).collect();
            random.shuffle(&mut parts);
            format!("{{ {} }}", parts.join(", "))
        }
        Value::Array(items) => {
            let named = items.iter().all(|i| i.get("name").is_some());
            let mut parts: Vec<String> = items.iter().map(|v| inline(v, random)).collect();
            // Items without a name are known by their place: NUMA nodes, address ranges.
            if named {
                random.shuffle(&mut parts);
            }
            format!("[{}]", parts.join(", "))
        }
        value => value.to_string(),
    }
}
