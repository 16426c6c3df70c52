//! Mutants made for one rule: its examples laid over valid files, and its settings at the ends of what its condition allows.
//! Our own verdict sorts them into those that break the rule and those that just keep it; upstream's says whether it is right.

use super::examples::Example;
use super::machines;
use super::mutant::{Body, Mutant};
use super::mutate::{Mutator, replace};
use super::ours;
use super::random::Random;
use super::seeds::Seeds;
use super::tree::{Tree, quoted};
use super::values;
use plimsoll::catalog::{self, Form, Type};
use plimsoll::check::expression::{Expr, Function, Val};
use plimsoll::check::{Consequence, Constraint};
use plimsoll::quantity::Minor;

/// How many of each direction are made for a rule.
pub const EACH: usize = 24;
/// How often it is tried at most.
const TRIES: usize = 400;
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

/// Mutants for a rule: up to `EACH` that break it and `EACH` that keep it. `seeds` has one for each minor of etcd to try.
pub fn mutants(rule: &'static Constraint, minor: Minor, seeds: &[&Seeds], random: &mut Random) -> Vec<Mutant> {
    let (mut broken, mut kept): (Vec<Mutant>, Vec<Mutant>) = (Vec::new(), Vec::new());
    let examples = Example::all(rule);
    for attempt in 0..TRIES {
        let (most, least) = (broken.len().max(kept.len()), broken.len().min(kept.len()));
        if least >= EACH || most >= EACH && least == 0 && attempt >= VAIN || seeds.is_empty() {
            break;
        }
        let try_of =
            Try { rule, minor, seeds: seeds[attempt % seeds.len()], attempt, breaks: broken.len() <= kept.len() };
        let Some(mutant) = try_of.mutant(&examples, random) else { continue };
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

/// One attempt at a rule.
struct Try<'s> {
    rule: &'static Constraint,
    minor: Minor,
    seeds: &'s Seeds,
    attempt: usize,
    /// Whether the rule is to be broken.
    breaks: bool,
}

impl Try<'_> {
    fn mutant(&self, examples: &[Example], random: &mut Random) -> Option<Mutant> {
        let rule = self.rule;
        if rule.id == "flag-beside-file" {
            return self.beside_file(random);
        }
        let meant: Vec<&Example> = examples.iter().filter(|e| e.breaks == self.breaks || random.percent(25)).collect();
        let first = examples.get(self.attempt);
        let example = if first.is_some() { first? } else { *random.pick(&meant)? };
        let valid = self.seeds.valid.get(&(example.component, example.form()))?;
        let early = self.attempt < examples.len();
        let mut mutant = if early { valid.first()? } else { random.pick(valid)? }.clone();
        mutant.target = Some(rule.id);
        mutant.done.push(format!("for {}", rule.id));
        // Without the example now and then: the settings of the condition are tried below.
        let bare = self.attempt > 8 && rule.needs.is_some() && example.form() != "drop-in" && random.percent(25);
        if !bare {
            example.lay(&mut mutant, !early && random.percent(40), random);
        }
        if rule.id == "locked-gate" {
            // Which gates are locked is each minor's own.
            let locked = catalog::gates().iter().filter_map(|g| Some((g.name, g.state(self.minor)?)));
            let locked: Vec<_> = locked.filter(|(_, s)| s.locked && s.components.contains(&"kubelet")).collect();
            let (gate, state) = random.pick(&locked)?;
            set_gate(&mut mutant, gate, &(state.default != self.breaks).to_string());
        }
        let asked = rule.names().iter().any(|n| n.starts_with("machine/")) || !rule.machine.is_empty();
        if asked && (early || random.percent(70)) {
            mutant.machine = Some(machines::made(&rule.machine, random));
        } else if mutant.component == "kubelet" && !early && (asked || random.percent(20)) {
            mutant.machine = random.pick(&self.seeds.machines).cloned();
        }
        if let Some(needs) = rule.needs.as_ref().filter(|_| !early) {
            assign(needs, &|name| rule.full(name), &mut mutant, self.minor, if bare { 60 } else { 20 }, random);
        }
        Some(mutant)
    }

    /// Flags beside a configuration file, of a component that looks at few of them then.
    fn beside_file(&self, random: &mut Random) -> Option<Mutant> {
        let component = *random.pick(&["kube-proxy", "kube-scheduler"])?;
        let mut mutant = random.pick(self.seeds.valid.get(&(component, "flags"))?)?.clone();
        mutant.target = Some(self.rule.id);
        let mutator = Mutator { minor: self.minor, seeds: self.seeds };
        mutator.add_main(&mut mutant, random)?;
        let Body::Flags(mut flags) = mutant.body.clone() else { return None };
        flags.truncate(1);
        for _ in 0..if self.breaks { 1 + random.below(2) } else { random.below(2) } {
            mutant.done.extend(mutator.flag(&mut flags, &mutant, true, random));
        }
        mutant.body = Body::Flags(flags);
        Some(mutant)
    }
}

/// Gives some of the condition's settings, in `chance` of a hundred cases each, values at which it could turn.
pub fn assign(
    needs: &Expr,
    full: &dyn Fn(&str) -> String,
    mutant: &mut Mutant,
    minor: Minor,
    chance: usize,
    random: &mut Random,
) {
    let literals = literals(needs);
    for name in needs.names() {
        if random.percent(chance) {
            let full = full(name);
            if let Some(value) = candidate(&full, &literals, minor, random) {
                put(mutant, &full, value);
            }
        }
    }
    for gate in gates(needs) {
        if random.percent(chance) {
            set_gate(mutant, &gate, ["true", "false"][random.below(2)]);
        }
    }
}

/// Sets a gate.
pub fn set_gate(mutant: &mut Mutant, gate: &str, value: &str) {
    let gate = gate.rsplit('/').next().unwrap_or(gate);
    match &mut mutant.body {
        Body::File(tree) => tree.put(&["featureGates", gate], Tree::Raw(value.to_string())),
        Body::Flags(flags) => drop(replace(flags, "feature-gates", &format!("{gate}={value}"))),
        Body::Text(_) => {}
    }
}

/// Writes a setting; none takes it out.
pub fn put(mutant: &mut Mutant, full: &str, value: Option<Tree>) {
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
