//! The values nearest to what is drafted with which a constraint holds.

use super::alternatives::{Atom, ways};
use super::linear::{self, Known};
use super::{Changes, Machine, at, holds, scene, within};
use crate::catalog::{self, Bound, Type};
use crate::check::expression::{self, Expr, Val};
use crate::check::{At, Constraint};
use crate::quantity::GoDuration;
use crate::rules::{Draft, Origin, Value};
use plimsoll_solver::{Expr as Linear, INTEGER_LIMIT, Model, Unit, Var, solve};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What is asked.
pub struct Search<'s, 'd> {
    /// The component whose settings are asked about.
    pub component: &'static str,
    /// Its machine.
    pub machine: &'s Machine,
    /// What is drafted.
    pub draft: &'s Draft<'d>,
    /// The constraint that is broken.
    pub rule: &'static Constraint,
    /// Every constraint that must hold where it held before.
    pub rules: &'s [&'static Constraint],
}

/// The settings that a condition names, with their values.
pub fn fixed(at: &At<'_>, rule: &Constraint) -> BTreeMap<String, Json> {
    rule.names().into_iter().filter_map(|name| at.json(&name).map(|value| (name, value))).collect()
}

/// A whole unknown of the program, and how its value is written.
struct Unknown {
    kind: Type,
    now: i64,
    least: i64,
    most: i64,
}

impl Search<'_, '_> {
    /// The changes of the first way in which the condition can hold; nothing where no free setting can make it.
    pub fn nearest(&self, at: &At<'_>) -> Option<Changes> {
        let ways = ways(self.rule.needs.as_ref()?, true)?;
        ways.iter().filter_map(|way| self.along(at, way)).find(|changes| self.keeps(at, changes))
    }

    /// Whether the changes keep the constraint, and break none that held.
    fn keeps(&self, before: &At<'_>, changes: &Changes) -> bool {
        let mut values = self.draft.values.clone();
        for (name, value) in changes {
            values.insert(name.clone(), Value::of(value.clone(), Origin::Derived));
        }
        let after = scene(self.component, self.machine, &values);
        let after = at(&after, self.component, self.draft.version());
        let mut others = self.rules.iter().filter(|rule| holds(rule, before) != Some(false));
        !changes.is_empty() && holds(self.rule, &after) == Some(true) && others.all(|r| holds(r, &after) != Some(false))
    }

    /// What has to change for every part of one way.
    fn along(&self, at: &At<'_>, way: &[Atom<'_>]) -> Option<Changes> {
        let mut rows = Vec::new();
        for (part, wanted) in way {
            let free = part.names().iter().any(|name| self.free(&self.rule.full(name)).is_some());
            match part {
                _ if !free => {
                    (expression::holds(part, at) == Some(*wanted)).then_some(())?;
                }
                Expr::Compare(sign, left, right) => {
                    rows.extend(linear::rows(sign, left, right, *wanted, &|name| self.known(at, name))?);
                }
                _ => return None,
            }
        }
        self.solved(at, &rows)
    }

    /// The type of a number that nobody states and nothing but upstream's default decides. A switch is never free: that a
    /// component elects no leader any more keeps a rule on elections, and is not what a pin of its times asks for.
    fn free(&self, name: &str) -> Option<Type> {
        let found = catalog::find(name).filter(|f| f.tunable.exists_in(self.draft.version()))?;
        let stated = self.draft.pins().keys().any(|pin| within(name, pin) || within(pin, name));
        let decided = self.draft.values.get(name).is_some_and(|v| v.origin != Origin::Default);
        let kind = found.kind_in(self.draft.version());
        (!stated && !decided && matches!(kind, Type::Integer | Type::Duration)).then_some(kind)
    }

    /// A name in a comparison: an unknown where it is a free number that has a whole value now.
    fn known(&self, at: &At<'_>, name: &str) -> Option<Known> {
        match self.unknown(at, name) {
            Some(_) => Some(Known::Unknown),
            None => expression::Settings::value(at, name).map(Known::Value),
        }
    }

    fn unknown(&self, at: &At<'_>, name: &str) -> Option<Unknown> {
        let name = self.rule.full(name);
        let kind = self.free(&name)?;
        let found = catalog::find(&name)?;
        let whole = |number: f64| {
            #[allow(clippy::cast_possible_truncation)]
            (number.abs() <= INTEGER_LIMIT as f64).then_some(number as i64)
        };
        let end = |bound: Option<Bound>, or: i64| match bound {
            Some(Bound::Number(number)) => whole(number).unwrap_or(or),
            Some(Bound::Duration(text)) => GoDuration::parse(text).map_or(or, |d| d.0 / GoDuration::SECOND),
            None => or,
        };
        Some(Unknown {
            kind,
            now: count(&at.json(&name)?, kind)?,
            least: end(found.tunable.min_in(self.draft.version()), 0),
            most: end(found.tunable.max, INTEGER_LIMIT),
        })
    }

    /// The values nearest to what is drafted that keep every row: the setting that is named first moves least.
    fn solved(&self, at: &At<'_>, rows: &[linear::Row]) -> Option<Changes> {
        if rows.is_empty() {
            return Some(Changes::new());
        }
        let mut model: Model<&'static str> = Model::new();
        let mut unknowns: BTreeMap<&str, (Var, Unknown)> = BTreeMap::new();
        for name in rows.iter().flat_map(|row| row.of.keys()) {
            if unknowns.contains_key(name.as_str()) {
                continue;
            }
            let unknown = self.unknown(at, name)?;
            let var = model.integer(name.clone(), Unit::COUNT, unknown.least, unknown.most);
            unknowns.insert(name, (var, unknown));
        }
        for row in rows {
            let terms = row.of.iter().filter_map(|(name, n)| Some(Linear::term(unknowns.get(name.as_str())?.0, *n)));
            let sum = terms.fold(Linear::new(), |sum, term| sum + term);
            model.at_most(sum, row.most).because(self.rule.id);
        }
        for (name, (var, unknown)) in &unknowns {
            let away = model.derived(format!("{name} away from what is drafted"), Unit::COUNT, INTEGER_LIMIT);
            model.define(away, *var - unknown.now).because(self.rule.id);
            model.define(away, -*var + unknown.now).because(self.rule.id);
            model.minimize(format!("departure of {name}"), away);
        }
        let solution = solve(&model).ok()?.solution()?;
        let moved = unknowns.iter().filter(|(_, (var, unknown))| solution.value(*var) != unknown.now);
        Some(moved.map(|(name, (var, u))| (self.rule.full(name), written(solution.value(*var), u.kind))).collect())
    }
}

/// A value as a whole number: of a duration its seconds.
fn count(value: &Json, kind: Type) -> Option<i64> {
    let Val::Number(number) = Val::of(value, kind)? else { return None };
    let one = i128::from(GoDuration::SECOND);
    (number % one == 0).then(|| i64::try_from(number / one).ok())?
}

fn written(count: i64, kind: Type) -> Json {
    match kind {
        Type::Duration => Json::from(GoDuration::seconds(count).to_string()),
        _ => Json::from(count),
    }
}
