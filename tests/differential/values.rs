//! Values worth trying, by type: at the ends of ranges and beyond, and what people write by mistake. All in YAML's spelling.

use super::random::Random;
use super::tree::{Tree, quoted};
use plimsoll::catalog::{self, Bound, Found, Tunable, Type};
use plimsoll::quantity::{GoDuration, Minor};
use serde_json::Value as Json;

/// A value for a setting: mostly one that it can take, at times one beyond its range or of another type.
pub fn value(found: &Found<'_>, minor: Minor, random: &mut Random) -> Tree {
    let kind = found.kind_in(minor);
    if random.percent(6) {
        return Tree::Raw(random.word(WRONG));
    }
    if let Some(words) = found.tunable.words_in(minor).filter(|_| found.key.is_none())
        && random.percent(85)
    {
        let of = |word: &Json, random: &mut Random| match word.as_str().filter(|_| random.percent(25)) {
            Some(text) => {
                quoted(&random.word(&[&text.to_uppercase(), &text.to_lowercase(), &format!("{text}x"), "", " "]))
            }
            None => word.to_string(),
        };
        let words: Vec<String> = words.iter().map(|word| of(word, random)).collect();
        return match kind {
            Type::List => {
                Tree::List((0..random.below(4)).filter_map(|_| random.pick(&words).cloned().map(Tree::Raw)).collect())
            }
            _ => Tree::Raw(random.pick(&words).cloned().unwrap_or_default()),
        };
    }
    let bounds = [found.tunable.min, found.tunable.max];
    let bounds: Vec<Bound> = bounds.into_iter().flatten().filter(|_| found.key.is_none()).collect();
    if random.percent(50)
        && let Some(bound) = random.pick(&bounds)
    {
        return Tree::Raw(beside(*bound, random));
    }
    typed(kind, found, minor, random)
}

fn typed(kind: Type, found: &Found<'_>, minor: Minor, random: &mut Random) -> Tree {
    match kind {
        Type::List => {
            let of = found.tunable.of.unwrap_or(Type::String);
            if matches!(of, Type::Object | Type::Map) {
                return found.default_in(minor).map_or_else(|| Tree::List(Vec::new()), |d| json(&d));
            }
            Tree::List((0..random.below(3)).map(|_| Tree::Raw(random.word(texts(of)))).collect())
        }
        Type::Map | Type::Object => found.default_in(minor).map_or_else(|| Tree::Map(Vec::new()), |d| json(&d)),
        kind => Tree::Raw(random.word(texts(kind))),
    }
}

/// A JSON value as a tree.
pub fn json(value: &Json) -> Tree {
    match value {
        Json::Array(items) => Tree::List(items.iter().map(json).collect()),
        Json::Object(map) => Tree::Map(map.iter().map(|(k, v)| (k.clone(), json(v))).collect()),
        scalar => Tree::Raw(scalar.to_string()),
    }
}

/// A list of one structure, where that is what a setting holds.
pub fn element(tunable: &Tunable) -> Option<Tree> {
    let prefix = format!("{}[].", tunable.name);
    let member = |row: &Tunable| {
        let text = match row.kind {
            Type::Boolean => "true",
            Type::Integer | Type::Number => "1",
            Type::Duration => "\"10s\"",
            Type::String => "\"x\"",
            _ => return None,
        };
        Some((row.name.strip_prefix(&prefix)?.to_string(), Tree::Raw(text.to_string())))
    };
    let members: Vec<_> = catalog::rows_starting(&prefix).filter_map(member).collect();
    (!members.is_empty()).then(|| Tree::List(vec![Tree::Map(members)]))
}

/// A value at an end of a setting's range, or beyond it.
pub fn around(found: &Found<'_>, minor: Minor, beyond: bool, random: &mut Random) -> Option<Tree> {
    let ends = [(found.tunable.min_in(minor), -1), (found.tunable.max, 1)];
    let ends: Vec<(Bound, i64)> = ends.into_iter().filter_map(|(end, out)| Some((end?, out))).collect();
    let (end, out) = *random.pick(&ends)?;
    let step = [1, 1, 2, 10, 100][random.below(5)] * if beyond { out } else { -out };
    let step = if beyond || random.percent(60) { step } else { 0 };
    let text = match end {
        Bound::Number(number) => {
            let unit = if found.kind_in(minor) == Type::Number { 0.001 } else { 1.0 };
            let at = number + f64::from(i32::try_from(step).unwrap_or(0)) * unit;
            if at.fract() == 0.0 { format!("{at:.0}") } else { at.to_string() }
        }
        Bound::Duration(text) => {
            let unit = [1, 1_000_000, 1_000_000_000][random.below(3)];
            quoted(&duration(GoDuration::parse(text).map_or(0, |d| d.0) + step * unit))
        }
    };
    Some(Tree::Raw(text))
}

/// One of a setting's words, or none of them.
pub fn word(found: &Found<'_>, minor: Minor, wrong: bool, random: &mut Random) -> Option<Tree> {
    let words = found.tunable.words_in(minor)?;
    let word = random.pick(&words)?;
    let text = word.as_str().unwrap_or_default();
    let odd = [format!("{text}x"), format!("x{text}"), text.to_uppercase(), text.to_lowercase(), "x".to_string()];
    let word = if wrong { quoted(&odd[random.below(odd.len())]) } else { word.to_string() };
    let word = Tree::Raw(word);
    Some(if found.kind_in(minor) == Type::List { Tree::List(vec![word]) } else { word })
}

fn beside(bound: Bound, random: &mut Random) -> String {
    match bound {
        Bound::Number(number) => {
            let step = if number.fract() == 0.0 { 1.0 } else { 0.01 };
            let at = [number - step, number, number + step, number][random.below(4)];
            if at.fract() == 0.0 { format!("{at:.0}") } else { at.to_string() }
        }
        Bound::Duration(text) => {
            let at = GoDuration::parse(text).map_or(0, |d| d.0);
            quoted(&duration([at - 1, at, at + 1, at - 1_000_000_000, at + 1_000_000_000][random.below(5)]))
        }
    }
}

/// Nanoseconds as Go reads them.
pub fn duration(nanoseconds: i64) -> String {
    match nanoseconds {
        n if n % 1_000_000_000 == 0 => format!("{}s", n / 1_000_000_000),
        n if n % 1_000_000 == 0 => format!("{}ms", n / 1_000_000),
        n => format!("{n}ns"),
    }
}

/// What is of another type, whatever the type is, and YAML's own ways to write values.
pub const WRONG: &[&str] = &[
    "null",
    "~",
    "yes",
    "off",
    "y",
    "True",
    "\"true\"",
    "010",
    "0x1f",
    "0o17",
    "1_000",
    "\"5\"",
    "1.5",
    "1e3",
    ".inf",
    "[]",
    "{}",
    "[1, 2]",
    "{a: b}",
    "\"\"",
    "'x'",
    "5",
    "-1",
    "2001-01-01",
    "12:30:45",
    "=",
    "!!str 5",
    "!!int \"5\"",
    "|\n    text",
];

/// Values of a type.
pub fn texts(kind: Type) -> &'static [&'static str] {
    match kind {
        Type::Boolean => &["true", "false", "true", "false", "yes", "on", "\"true\"", "1"],
        Type::Integer => &[
            "0",
            "1",
            "2",
            "-1",
            "5",
            "10",
            "100",
            "110",
            "250",
            "1000",
            "2147483647",
            "2147483648",
            "-2147483648",
            "1.5",
            "1.0",
            "\"5\"",
            "1e3",
            "010",
        ],
        Type::Number => &["0", "1", "0.5", "-0.5", "1.5", "0.001", "100", "\"0.5\"", "1e-3"],
        Type::Duration => &[
            "\"0s\"",
            "\"1s\"",
            "\"10s\"",
            "\"1m30s\"",
            "\"1h\"",
            "\"24h0m0s\"",
            "\"1ns\"",
            "\"999ms\"",
            "\"-1s\"",
            "\"5\"",
            "5",
            "\"0\"",
            "0",
            "\"1d\"",
            "\"\"",
            "\"1.5h\"",
            "1m",
            "\"1 m\"",
            "\"300s\"",
            "\"301s\"",
        ],
        Type::Threshold => &[
            "\"10%\"",
            "\"0%\"",
            "\"100%\"",
            "\"101%\"",
            "\"-1%\"",
            "\"100Mi\"",
            "\"1Gi\"",
            "\"0\"",
            "\"1.5%\"",
            "\"5%%\"",
            "\"10 %\"",
            "\"\"",
            "\"-1Gi\"",
            "\"100M\"",
            "100",
            "\"1GB\"",
            "\"%\"",
        ],
        Type::Cpu => &[
            "\"100m\"",
            "\"1\"",
            "\"0\"",
            "\"0.5\"",
            "\"-1\"",
            "\"1.5\"",
            "\"2000m\"",
            "1",
            "\"1c\"",
            "\"\"",
            "\"100M\"",
            "\"1e1\"",
            "\"999999\"",
        ],
        Type::Quantity | Type::Bytes => &[
            "\"1Gi\"",
            "\"512Mi\"",
            "\"1G\"",
            "\"0\"",
            "\"1000\"",
            "\"-1Gi\"",
            "\"1GB\"",
            "\"1gi\"",
            "\"1.5Gi\"",
            "\"100m\"",
            "\"1e9\"",
            "\"\"",
            "1073741824",
            "\"1 Gi\"",
            "\"10Ti\"",
            "\"0.5\"",
            "\"1Gib\"",
            "\"10Mi\"",
            "\"1Ki\"",
            "\"+1Gi\"",
            "\"1E\"",
        ],
        Type::String => &[
            "\"\"",
            "\"x\"",
            "\"none\"",
            "\"/\"",
            "\"127.0.0.1\"",
            "\"0.0.0.0\"",
            "\"10.0.0.0/8\"",
            "\"::1\"",
            "\"fd00::/64\"",
            "\"a b\"",
            "\"0-1\"",
            "\"127.0.0.1:10249\"",
            "text",
        ],
        Type::List => &["[]", "[a]", "[a, a]"],
        Type::Map | Type::Object => &["{}", "{a: b}"],
    }
}
