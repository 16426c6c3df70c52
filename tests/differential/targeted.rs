//! Mutants made for one rule: its examples laid over valid files, and its settings at the ends of what its condition allows.
//! Our own verdict sorts them into those that break the rule and those that just keep it; upstream's says whether it is right.

use super::mutant::{Body, Mutant};
use super::mutate::replace;
use super::ours;
use super::random::Random;
use super::seeds::{COMPONENTS, Seeds};
use super::tree::{Tree, quoted};
use super::values;
use plimsoll::catalog::{self, Form, Type};
use plimsoll::check::expression::{Expr, Function, Val};
use plimsoll::check::{Consequence, Constraint, example};
use plimsoll::quantity::Minor;

/// How many of each direction are made for a rule.
pub const EACH: usize = 24;
/// How often it is tried at most.
const TRIES: usize = 240;
/// How often, while one direction is never met: it then needs more than the settings that the condition names.
const VAIN: usize = 80;
/// One whole in the numbers of conditions.
const ONE: i128 = 1_000_000_000;

/// Whether upstream's code has a say in a rule at this minor.
pub fn judged(rule: &Constraint, kubernetes: Minor, etcd: Minor) -> bool {
    let minor = if rule.component == "etcd" { etcd } else { kubernetes };
    matches!(rule.consequence, Consequence::Refuses | Consequence::Ignored)
        && rule.component != "cluster"
        && rule.holds_in(minor)
}

/// Mutants for a rule: up to `EACH` that break it and `EACH` that keep it.
pub fn mutants(rule: &'static Constraint, minor: Minor, seeds: &Seeds, random: &mut Random) -> Vec<Mutant> {
    let (mut broken, mut kept): (Vec<Mutant>, Vec<Mutant>) = (Vec::new(), Vec::new());
    let examples: Vec<Example> = [&rule.fails, &rule.passes]
        .into_iter()
        .flat_map(|e| example::samples(rule, e))
        .filter_map(Example::of)
        .collect();
    for attempt in 0..TRIES {
        let (most, least) = (broken.len().max(kept.len()), broken.len().min(kept.len()));
        if least >= EACH || most >= EACH && least == 0 && attempt >= VAIN {
            break;
        }
        let Some(mutant) = one(rule, &examples, attempt, minor, seeds, random) else { continue };
        let verdict = ours::verdict(&mutant, minor);
        let hit = verdict.all.contains(rule.id);
        let alone = verdict.refused.iter().all(|id| id == rule.id);
        // What other rules refuse too says little of this one.
        if !alone && attempt < TRIES / 2 {
            continue;
        }
        let side = if hit { &mut broken } else { &mut kept };
        if side.len() < EACH {
            side.push(mutant);
        }
    }
    broken.append(&mut kept);
    broken
}

struct Example {
    component: &'static str,
    body: Body,
    drop_in: bool,
}

impl Example {
    fn of(sample: example::Sample) -> Option<Self> {
        let named = |c: &&(&'static str, &str)| sample.component == c.0 || sample.path.starts_with(c.0);
        let component = COMPONENTS.iter().find(named)?.0;
        let flags = sample
            .text
            .lines()
            .find(|l| !l.trim().is_empty() && !l.starts_with('#'))
            .is_some_and(|l| l.trim().starts_with("--"));
        let body = match flags {
            true => Body::Flags(
                sample.text.lines().map(str::trim).filter(|l| l.starts_with("--")).map(ToString::to_string).collect(),
            ),
            // What a tree would not keep, as a key that stands twice, stays a text.
            false => match Tree::read(&sample.text).filter(|t| t.text().lines().count() >= sample.text.lines().count())
            {
                Some(tree) => Body::File(tree),
                None => Body::Text(sample.text.clone()),
            },
        };
        Some(Self { component, body, drop_in: sample.path.contains(".d/") })
    }
}

fn one(
    rule: &'static Constraint,
    examples: &[Example],
    attempt: usize,
    minor: Minor,
    seeds: &Seeds,
    random: &mut Random,
) -> Option<Mutant> {
    let example = if attempt < examples.len() { examples.get(attempt) } else { random.pick(examples) }?;
    let form = match (&example.body, example.drop_in) {
        (Body::Flags(_), _) => "flags",
        (_, true) => "drop-in",
        _ => "file",
    };
    let valid = seeds.valid.get(&(example.component, form))?;
    let mut mutant = if attempt < 2 { valid.first()? } else { random.pick(valid)? }.clone();
    mutant.target = Some(rule.id);
    mutant.done.push(format!("for {}", rule.id));
    match (&mut mutant.body, &example.body) {
        // Without the example now and then: the settings of the condition are tried below.
        _ if attempt > 8 && rule.needs.is_some() && random.percent(30) => {}
        (Body::File(tree), Body::File(over)) => tree.lay(over),
        (Body::Flags(flags), Body::Flags(over)) => {
            for flag in over {
                let (name, value) = flag.split_once('=').unwrap_or((flag, "true"));
                replace(flags, name.trim_start_matches('-'), value);
            }
        }
        (body, Body::Text(text)) => *body = Body::Text(text.clone()),
        _ => return None,
    }
    let machine = rule.names().iter().any(|n| n.starts_with("machine/"));
    if mutant.component == "kubelet" && (machine || !rule.machine.is_empty() || random.percent(10)) && attempt > 1 {
        mutant.machine = random.pick(&seeds.machines).cloned();
    }
    if let Some(needs) = rule.needs.as_ref().filter(|_| attempt > 1) {
        assign(rule, needs, &mut mutant, minor, random);
    }
    Some(mutant)
}

/// Gives some of the condition's settings values at which it could turn.
fn assign(rule: &Constraint, needs: &Expr, mutant: &mut Mutant, minor: Minor, random: &mut Random) {
    let literals = literals(needs);
    for name in needs.names() {
        if random.percent(60) {
            let full = rule.full(name);
            if let Some(value) = candidate(&full, &literals, minor, random) {
                put(mutant, &full, value);
            }
        }
    }
    for gate in gates(needs) {
        match random.below(3) {
            0 => set_gate(mutant, &gate, "true"),
            1 => set_gate(mutant, &gate, "false"),
            _ => {}
        }
    }
}

fn set_gate(mutant: &mut Mutant, gate: &str, value: &str) {
    let gate = gate.rsplit('/').next().unwrap_or(gate);
    match &mut mutant.body {
        Body::File(tree) => tree.put(&["featureGates", gate], Tree::Raw(value.to_string())),
        Body::Flags(flags) => drop(replace(flags, "feature-gates", &format!("{gate}={value}"))),
        Body::Text(_) => {}
    }
}

/// Writes a setting; none takes it out.
fn put(mutant: &mut Mutant, full: &str, value: Option<Tree>) {
    let Some((component, path)) = full.split_once('/') else { return };
    if component != mutant.component || path.contains('[') {
        return;
    }
    let Some(found) = catalog::find(full) else { return };
    let form = if mutant.form() == "flags" { Form::Flag } else { Form::Field };
    if !found.tunable.spans.iter().any(|s| s.form == form) {
        return;
    }
    let above = found.tunable.name.split_once('/').filter(|_| found.key.is_some());
    let keys: Vec<&str> = match above {
        Some((_, map)) => map.split('.').chain([&path[map.len() + 1..]]).collect(),
        None => path.split('.').collect(),
    };
    match (&mut mutant.body, value) {
        (Body::Flags(flags), Some(Tree::Raw(text))) if above.is_some() => {
            let text = serde_json::from_str::<String>(&text).unwrap_or(text);
            let map = above.map_or("", |(_, map)| map);
            drop(replace(flags, map, &format!("{}={text}", &path[map.len() + 1..])));
        }
        (Body::File(tree), Some(value)) => tree.put(&keys, value),
        (Body::File(tree), None) => tree.take(&keys),
        (Body::Flags(flags), Some(Tree::Raw(text))) => {
            let text = serde_json::from_str::<String>(&text).unwrap_or(text);
            drop(replace(flags, path, &text));
        }
        (Body::Flags(flags), Some(Tree::List(items))) => {
            let items: Vec<String> = items.iter().map(|i| i.text().trim_end().trim_matches('"').to_string()).collect();
            drop(replace(flags, path, &items.join(",")));
        }
        _ => {}
    }
}

/// A value for a setting: beside a literal of the condition, beside a default, a word, or anything of its type.
fn candidate(full: &str, literals: &[Val], minor: Minor, random: &mut Random) -> Option<Option<Tree>> {
    let found = catalog::find(full)?;
    let kind = found.kind_in(minor);
    if random.percent(10) {
        return Some(None);
    }
    let texts: Vec<&str> =
        literals.iter().filter_map(|l| if let Val::Text(t) = l { Some(t.as_str()) } else { None }).collect();
    let numbers: Vec<i128> =
        literals.iter().filter_map(|l| if let Val::Number(n) = l { Some(*n) } else { None }).collect();
    let default = found.default_in(minor);
    let step = [-1, 0, 0, 1, 2][random.below(5)];
    Some(Some(match kind {
        _ if random.percent(15) => values::value(&found, minor, random),
        Type::Boolean => Tree::Raw(random.word(&["true", "false"])),
        Type::Integer => {
            let default = default.as_ref().and_then(serde_json::Value::as_i64).map(i128::from);
            let pool: Vec<i128> = numbers.iter().map(|n| n / ONE).chain(default).chain([0, 1]).collect();
            Tree::Raw((random.pick(&pool)? + step).to_string())
        }
        Type::Duration => {
            let default = default
                .as_ref()
                .and_then(|d| d.as_str())
                .and_then(|d| plimsoll::quantity::GoDuration::parse(d).ok())
                .map(|d| i128::from(d.0));
            let pool: Vec<i128> = numbers.iter().copied().chain(default).chain([0, ONE]).collect();
            let unit = [1, 1_000_000, ONE][random.below(3)];
            Tree::Raw(quoted(&values::duration(i64::try_from(random.pick(&pool)? + step * unit).ok()?)))
        }
        Type::Bytes | Type::Quantity | Type::Cpu if !numbers.is_empty() => {
            Tree::Raw(quoted(&(random.pick(&numbers)? / ONE + step).to_string()))
        }
        Type::String if !texts.is_empty() => {
            let word = random.word(&texts);
            Tree::Raw(quoted(
                &[word.clone(), word.clone(), word.to_uppercase(), format!("{word}x"), String::new()][random.below(5)],
            ))
        }
        Type::List if !texts.is_empty() => {
            Tree::List((0..random.below(4)).map(|_| Tree::Raw(quoted(&random.word(&texts)))).collect())
        }
        _ => values::value(&found, minor, random),
    }))
}

fn parts<'e>(expr: &'e Expr, see: &mut impl FnMut(&'e Expr)) {
    see(expr);
    match expr {
        Expr::Literal(_) | Expr::Name(_) => {}
        Expr::Not(inner) => parts(inner, see),
        Expr::Or(a, b) | Expr::And(a, b) | Expr::Compare(_, a, b) | Expr::Arithmetic(_, a, b) => {
            parts(a, see);
            parts(b, see);
        }
        Expr::List(all) | Expr::Call(_, all) => all.iter().for_each(|part| parts(part, see)),
    }
}

fn literals(expr: &Expr) -> Vec<Val> {
    let mut out = Vec::new();
    parts(expr, &mut |part| {
        if let Expr::Literal(value) = part {
            out.push(value.clone());
        }
    });
    out
}

fn gates(expr: &Expr) -> Vec<String> {
    let mut out = Vec::new();
    parts(expr, &mut |part| {
        if let Expr::Call(Function::Gate, arguments) = part
            && let Some(Expr::Name(gate) | Expr::Literal(Val::Text(gate))) = arguments.first()
        {
            out.push(gate.clone());
        }
    });
    out
}
