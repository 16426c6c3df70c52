//! Mutations of any file or list of flags, whatever the rules are: what people get wrong, and what parsers trip over.

use super::machines;
use super::mutant::{Body, Mutant};
use super::random::Random;
use super::seeds::Seeds;
use super::tree::{Tree, quoted};
use super::values;
use plimsoll::catalog::{self, Form, Tunable, Type};
use plimsoll::quantity::Minor;

/// Flags that end the program, read files of the host, or have the component take itself for another version.
pub const NEVER: [&str; 14] = [
    "allow-metric-labels-manifest",
    "help",
    "version",
    "config",
    "config-file",
    "emulated-version",
    "emulation-forward-compatible",
    "min-compatibility-version",
    "authorization-config",
    "service-account-signing-endpoint",
    "authentication-config",
    "egress-selector-config-file",
    "runtime-config-emulation-forward-compatible",
    "admission-control-config-file",
];

/// Settings of a later patch release of a minor than the judge is of.
const LATER: [(&str, &str); 1] = [("etcd/experimental-enable-lease-checkpoint-persist", "3.4")];

/// What is known of one minor.
pub struct Mutator<'s> {
    /// The minor of Kubernetes.
    pub minor: Minor,
    /// Valid files.
    pub seeds: &'s Seeds,
}

impl Mutator<'_> {
    /// A mutant of one to four mutations.
    pub fn mutant(&self, random: &mut Random) -> Option<Mutant> {
        let kinds: Vec<_> = self.seeds.valid.keys().copied().collect();
        // Kubelets have the most rules.
        let kind = if random.percent(35) { ("kubelet", "file") } else { *random.pick(&kinds)? };
        let mut mutant = random.pick(self.seeds.valid.get(&kind)?)?.clone();
        if mutant.component == "kubelet" && random.percent(15) {
            mutant.machine = random.pick(&self.seeds.machines).cloned();
        }
        if random.percent(50) {
            self.add_main(&mut mutant, random);
        }
        mutant.machine = mutant.machine.map(|machine| machines::vary(&machine, random));
        let count = [1, 1, 1, 2, 2, 3, 4][random.below(7)];
        for _ in 0..count {
            let done = match mutant.body.clone() {
                Body::File(mut tree) => self.file(&mut tree, &mutant, random).map(|(done, text)| {
                    mutant.body = text.map_or(Body::File(tree), Body::Text);
                    done
                }),
                Body::Flags(mut flags) => {
                    let done = self.flags(&mut flags, &mutant, random);
                    mutant.body = Body::Flags(flags);
                    done
                }
                Body::Text(_) => None,
            };
            mutant.done.extend(done);
        }
        Some(mutant)
    }

    /// Another main file for a drop-in, or a file beside flags.
    pub fn add_main(&self, mutant: &mut Mutant, random: &mut Random) -> Option<()> {
        let main = random.pick(self.seeds.valid.get(&(mutant.component, "file"))?)?;
        let form = mutant.form();
        match (&mut mutant.body, form) {
            (Body::Flags(flags), _) => {
                flags.insert(0, format!("--config={}.yaml", mutant.component));
                // Few flags, so that each may be seen: the file has the rest.
                flags.truncate(3);
            }
            (_, "drop-in") => {}
            _ => return None,
        }
        mutant.main = Some(main.text());
        mutant.machine.clone_from(&main.machine);
        Some(())
    }

    /// The minor of a mutant's component.
    fn of(&self, mutant: &Mutant) -> Minor {
        if mutant.component == "etcd" { mutant.etcd } else { self.minor }
    }

    /// A setting of the component that its minor has, or one that it lacks.
    fn setting(&self, mutant: &Mutant, has: bool, random: &mut Random) -> Option<&'static Tunable> {
        let prefix = format!("{}/", mutant.component);
        let wanted = if mutant.form() == "flags" { Form::Flag } else { Form::Field };
        let strict = random.percent(95); // else a flag's name in a file
        let all: Vec<&Tunable> = catalog::starting(&prefix)
            .filter(|t| {
                t.exists_in(self.of(mutant)) == has
                    && !is_later(t.name, self.of(mutant))
                    && !t.name.contains('[')
                    && !NEVER.contains(&&t.name[prefix.len()..])
            })
            .filter(|t| !strict || t.spans.iter().any(|s| s.form == wanted))
            // A key of a map is no flag: it stands in the value of the map's.
            .filter(|t| wanted == Form::Field || t.spans.iter().any(|s| !s.go.is_empty()))
            .collect();
        random.pick(&all).copied()
    }

    fn file(&self, tree: &mut Tree, mutant: &Mutant, random: &mut Random) -> Option<(String, Option<String>)> {
        let paths = tree.paths();
        let done = match random.below(100) {
            0..10 => {
                let path = random.pick(&paths)?;
                tree.remove(path);
                format!("drop {path:?}")
            }
            10..45 => self.set(tree, mutant, true, random)?,
            45..50 => self.set(tree, mutant, false, random)?,
            50..55 => misspelt(tree, random)?,
            55..63 => {
                let scalars: Vec<_> =
                    paths.iter().filter(|p| matches!(tree.clone().at(p), Some(Tree::Raw(_)))).collect();
                let path = random.pick(&scalars)?;
                let wrong = random.word(values::WRONG);
                *tree.at(path)? = Tree::Raw(wrong.clone());
                format!("write {wrong} at {path:?}")
            }
            63..67 => twice(tree, random)?,
            67..80 => self.gate(tree, mutant, random)?,
            80..85 => list(tree, random)?,
            85..92 => self.below_map(tree, mutant, random)?,
            _ => {
                let (done, text) = as_text(&tree.text(), random);
                return Some((done, Some(text)));
            }
        };
        Some((done, None))
    }

    fn set(&self, tree: &mut Tree, mutant: &Mutant, has: bool, random: &mut Random) -> Option<String> {
        let tunable = self.setting(mutant, has, random)?;
        let found = catalog::find(tunable.name)?;
        let value = values::value(&found, self.of(mutant), random);
        let path = tunable.name.split_once('/')?.1;
        let keys: Vec<&str> = path.split('.').collect();
        tree.put(&keys, value.clone());
        Some(format!("set {path} to {}", value.text().trim_end()))
    }

    /// A key of a map: one that it knows, or not.
    fn below_map(&self, tree: &mut Tree, mutant: &Mutant, random: &mut Random) -> Option<String> {
        let prefix = format!("{}/", mutant.component);
        let maps: Vec<&Tunable> = catalog::starting(&prefix)
            .filter(|t| {
                t.kind == Type::Map
                    && t.exists_in(self.of(mutant))
                    && !t.name.contains('[')
                    && !t.name.ends_with("featureGates")
            })
            .collect();
        let map = random.pick(&maps)?;
        let known = map.key_values.unwrap_or_default();
        let key = if !known.is_empty() && random.percent(75) {
            random.word(known)
        } else {
            random.word(&["x", "cpu", "memory", "", "memory.available", "Memory"])
        };
        let name = format!("{}.{key}", map.name);
        let value = values::value(&catalog::find(&name)?, self.of(mutant), random);
        let mut keys: Vec<&str> = map.name.split_once('/')?.1.split('.').collect();
        keys.push(&key);
        tree.put(&keys, value.clone());
        Some(format!("set {} to {}", keys.join("."), value.text().trim_end()))
    }

    fn gate(&self, tree: &mut Tree, mutant: &Mutant, random: &mut Random) -> Option<String> {
        let key = match mutant.component {
            "kubelet" | "kube-proxy" => "featureGates",
            _ => return None,
        };
        let (gate, value) = some_gate(random)?;
        tree.put(&[key, &gate], Tree::Raw(value.clone()));
        Some(format!("gate {gate}={value}"))
    }

    /// A flag that the component has, or one that it lacks, with a value.
    pub fn flag(&self, flags: &mut Vec<String>, mutant: &Mutant, has: bool, random: &mut Random) -> Option<String> {
        let bare = |tree: Tree| {
            let text = tree.text().trim_end().to_string();
            serde_json::from_str::<String>(&text).unwrap_or(text)
        };
        let tunable = self.setting(mutant, has, random)?;
        let found = catalog::find(tunable.name)?;
        let value = match values::value(&found, self.of(mutant), random) {
            Tree::List(items) => items.into_iter().map(bare).collect::<Vec<_>>().join(","),
            Tree::Map(members) => {
                members.into_iter().map(|(k, v)| format!("{k}={}", bare(v))).collect::<Vec<_>>().join(",")
            }
            raw => bare(raw),
        };
        let name = tunable.name.split_once('/')?.1;
        replace(flags, name, &value.replace('\n', " "))
    }

    fn flags(&self, flags: &mut Vec<String>, mutant: &Mutant, random: &mut Random) -> Option<String> {
        match random.below(100) {
            0..10 => {
                let at = random.below(flags.len());
                // The file beside them stays.
                if flags.get(at).is_none_or(|f| f.starts_with("--config=")) {
                    return None;
                }
                Some(format!("drop {}", flags.remove(at)))
            }
            10..75 => {
                let has = random.percent(90);
                self.flag(flags, mutant, has, random)
            }
            75..88 => {
                let (gate, value) = some_gate(random)?;
                replace(flags, "feature-gates", &format!("{gate}={value}"))
            }
            88..94 => {
                let flag = random.pick(flags).filter(|f| !f.starts_with("--config="))?.clone();
                let (name, value) = flag.split_once('=').unwrap_or((&flag, "true"));
                let wrong = [
                    format!("{name}s={value}"),
                    format!("{name}={value}x"),
                    format!("{name}="),
                    name.replace('-', "_") + "=" + value,
                ];
                let wrong = wrong[random.below(4)].clone();
                *flags.iter_mut().find(|f| **f == flag)? = wrong.clone();
                Some(format!("write {wrong}"))
            }
            _ => {
                let again = random.pick(flags).filter(|f| !f.starts_with("--config="))?.clone();
                flags.push(again.clone());
                Some(format!("twice {again}"))
            }
        }
    }
}

/// Whether the judge cannot know a setting, being of an earlier patch release.
fn is_later(name: &str, minor: Minor) -> bool {
    LATER.iter().any(|(own, of)| *own == name && minor.to_string() == *of)
}

/// Sets a flag.
pub fn replace(flags: &mut Vec<String>, name: &str, value: &str) -> Option<String> {
    let own = format!("--{name}=");
    flags.retain(|f| !f.starts_with(&own) && f != own.trim_end_matches('='));
    let flag = format!("{own}{value}");
    flags.push(flag.clone());
    Some(format!("set {flag}"))
}

fn some_gate(random: &mut Random) -> Option<(String, String)> {
    let names: Vec<&str> = catalog::gate_names().collect();
    let gate = match random.below(100) {
        0..4 => "AllAlpha".to_string(),
        4..8 => "AllBeta".to_string(),
        8..16 => format!("{}X", random.pick(&names)?),
        16..20 => random.pick(&names)?.to_lowercase(),
        _ => (*random.pick(&names)?).to_string(),
    };
    let value =
        if random.percent(94) { ["true", "false"][random.below(2)].to_string() } else { random.word(values::WRONG) };
    Some((gate, value))
}

/// A name with a letter too many, too few or of the wrong case; or one that nobody knows.
fn misspelt(tree: &mut Tree, random: &mut Random) -> Option<String> {
    let mut maps: Vec<Vec<usize>> =
        tree.paths().into_iter().filter(|p| matches!(tree.at(p), Some(Tree::Map(m)) if !m.is_empty())).collect();
    maps.push(Vec::new());
    let Some(Tree::Map(members)) = tree.at(random.pick(&maps)?) else { return None };
    if random.percent(30) || members.is_empty() {
        members.push(("noSuchSetting".to_string(), Tree::Raw("1".to_string())));
        return Some("add noSuchSetting".to_string());
    }
    let at = random.below(members.len());
    let key = &mut members[at].0;
    let cut: String = key.chars().take(key.chars().count().saturating_sub(1)).collect();
    let mut upper = key.chars();
    let upper: String = upper.next().into_iter().flat_map(char::to_uppercase).chain(upper).collect();
    let before = key.clone();
    *key = [format!("{key}s"), cut, upper, key.to_lowercase()][random.below(4)].clone();
    Some(format!("call {before} {key}"))
}

fn twice(tree: &mut Tree, random: &mut Random) -> Option<String> {
    let mut maps: Vec<Vec<usize>> =
        tree.paths().into_iter().filter(|p| matches!(tree.at(p), Some(Tree::Map(m)) if !m.is_empty())).collect();
    maps.push(Vec::new());
    let Some(Tree::Map(members)) = tree.at(random.pick(&maps)?) else { return None };
    let (key, value) = random.pick(members)?.clone();
    let value = if random.percent(50) { value } else { Tree::Raw("1".to_string()) };
    members.push((key.clone(), value));
    Some(format!("{key} twice"))
}

fn list(tree: &mut Tree, random: &mut Random) -> Option<String> {
    let lists: Vec<Vec<usize>> =
        tree.paths().into_iter().filter(|p| matches!(tree.at(p), Some(Tree::List(_)))).collect();
    let Some(Tree::List(items)) = tree.at(random.pick(&lists)?) else { return None };
    match random.below(3) {
        0 => items.clear(),
        1 => {
            let again = random.pick(items)?.clone();
            items.push(again);
        }
        _ => items.push(Tree::Raw(random.word(values::WRONG))),
    }
    Some("a list longer, with an element twice, or empty".to_string())
}

/// Changes that no tree holds.
fn as_text(text: &str, random: &mut Random) -> (String, String) {
    let lines: Vec<&str> = text.lines().collect();
    let at = random.below(lines.len());
    let with = |line: String| {
        let mut out: Vec<String> = lines.iter().map(ToString::to_string).collect();
        out[at] = line;
        out.join("\n") + "\n"
    };
    let line = lines.get(at).copied().unwrap_or_default();
    let (done, text) = match random.below(16) {
        0 => ("a second document", format!("{text}---\nmaxPods: 5\n")),
        1 => ("a document before", format!("# nothing\n---\n{text}")),
        2 => ("an empty document before", format!("---\n---\n{text}")),
        3 => ("a tab", with(format!("\t{line}"))),
        4 => ("a tab behind", with(format!("{line}\t"))),
        5 => ("CRLF", text.replace('\n', "\r\n")),
        6 => ("a comment", with(format!("{line} # said"))),
        7 => ("indented", with(format!(" {line}"))),
        8 => ("no space after the colon", with(line.replacen(": ", ":", 1))),
        9 => ("a byte order mark", format!("\u{feff}{text}")),
        10 => ("an anchor", with(line.replacen(": ", ": &a ", 1))),
        11 => ("an alias of nothing", with(line.split_once(": ").map_or(String::new(), |(k, _)| format!("{k}: *a")))),
        12 => ("a merge", format!("{text}<<: {{maxPods: 50, enableServer: true}}\n")),
        13 => ("a line twice", with(format!("{line}\n{line}"))),
        14 => ("the end marked", format!("{text}...\n")),
        _ => ("JSON", Tree::read(text).map_or_else(|| text.to_string(), |tree| json(&tree))),
    };
    (done.to_string(), text)
}

fn json(tree: &Tree) -> String {
    match tree {
        Tree::Raw(text) => text.clone(),
        Tree::List(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(", ")),
        Tree::Map(members) => {
            let members: Vec<String> = members.iter().map(|(k, v)| format!("{}: {}", quoted(k), json(v))).collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}
