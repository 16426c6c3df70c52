//! The model: named variables, rows that carry their cause, goals in the order they count.

use std::collections::{BTreeMap, BTreeSet};

use crate::expr::{Expr, Var};
use crate::row::{Pending, Row, RowKind, Statement};
use crate::unit::Unit;

/// The largest size an integer's bound may have. Solvers keep whole numbers in 32 bits and refuse or saturate beyond
/// (in silence), and a step of one would drown in the tolerances: choose a coarser unit.
pub const INTEGER_LIMIT: i64 = (1 << 31) - 2;

/// How many tiers a model may have, the one of the preferences not counted.
pub const TIER_LIMIT: usize = 6;

/// Whether the search decides a variable or its definitions do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Decided by the search, always whole.
    Integer,
    /// The smallest value its definitions allow.
    Derived,
}

/// What is known of a variable.
#[derive(Clone, Debug)]
pub(crate) struct VarInfo {
    pub name: String,
    pub unit: Unit,
    pub kind: Kind,
    pub min: i64,
    pub max: i64,
    /// What arithmetic calls it, where that is not its name.
    pub label: Option<String>,
}

/// One goal, always stated as something to minimise.
#[derive(Clone, Debug)]
pub(crate) struct Tier {
    pub name: String,
    /// What is minimised: negated where the caller maximises.
    pub cost: Expr,
    pub maximized: bool,
}

/// A lexicographic program over whole numbers whose every row carries a cause `C`.
///
/// All rows with the same cause form one group: conflicts, limits and binding constraints are told by cause.
/// Mistakes of the caller (a bound the solver cannot take, a name used twice) are collected and make
/// [`solve`](fn@crate::solve) return [`Fault::Model`](crate::Fault::Model).
#[derive(Clone, Debug)]
pub struct Model<C> {
    pub(crate) vars: Vec<VarInfo>,
    pub(crate) by_name: BTreeMap<String, Var>,
    pub(crate) rows: Vec<Statement<C>>,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) mistakes: Vec<String>,
}

impl<C: Clone + Ord + std::fmt::Debug> Default for Model<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Clone + Ord + std::fmt::Debug> Model<C> {
    /// A model without variables, rows or goals.
    pub fn new() -> Self {
        Self { vars: Vec::new(), by_name: BTreeMap::new(), rows: Vec::new(), tiers: Vec::new(), mistakes: Vec::new() }
    }

    /// A variable the search decides, in base units of `unit`, from `min` to `max` inclusive.
    ///
    /// Bounds beyond ±[`INTEGER_LIMIT`] are a mistake: choose a coarser unit.
    pub fn integer(&mut self, name: impl Into<String>, unit: Unit, min: i64, max: i64) -> Var {
        let name = name.into();
        if min < -INTEGER_LIMIT || max > INTEGER_LIMIT {
            self.mistakes.push(format!("the bounds {min} to {max} of `{name}` are beyond ±{INTEGER_LIMIT}"));
        }
        if min > max {
            self.mistakes.push(format!("the bounds {min} to {max} of `{name}` leave nothing"));
        }
        self.variable(VarInfo { name, unit, kind: Kind::Integer, min, max, label: None })
    }

    /// A variable that follows from others: never below zero, never above `max` (base units), and otherwise exactly the
    /// smallest value its definitions allow, computed in closed form. Without a definition it is zero.
    ///
    /// A definition that asks for more than `max` makes the model infeasible.
    pub fn derived(&mut self, name: impl Into<String>, unit: Unit, max: i64) -> Var {
        let name = name.into();
        if max < 0 {
            self.mistakes.push(format!("the bound {max} of the derived `{name}` is below zero"));
        }
        self.variable(VarInfo { name, unit, kind: Kind::Derived, min: 0, max, label: None })
    }

    pub(crate) fn variable(&mut self, info: VarInfo) -> Var {
        let var = Var(self.vars.len());
        if info.unit.per < 1 || info.unit.scale < 1 {
            self.mistakes.push(format!("the unit of `{}` has a factor below one", info.name));
        }
        if self.by_name.insert(info.name.clone(), var).is_some() {
            self.mistakes.push(format!("two variables are named `{}`", info.name));
        }
        self.vars.push(info);
        var
    }

    /// States `var ≥ at_least`, as one of the definitions of the derived `var`.
    pub fn define(&mut self, var: Var, at_least: impl Into<Expr>) -> Pending<'_, C> {
        Pending::define(self, var, RowKind::Define, at_least.into())
    }

    /// States `var ≥ min(a, b)`, as one of the definitions of the derived `var`.
    pub fn define_min(&mut self, var: Var, a: impl Into<Expr>, b: impl Into<Expr>) -> Pending<'_, C> {
        Pending::define(self, var, RowKind::DefineMin, a.into()).other(b.into())
    }

    /// States `var ≥ ⌈numerator / divisor⌉`, rounded up exactly, as one of the definitions of the derived `var`.
    /// A divisor below one is a mistake.
    pub fn define_ceil(&mut self, var: Var, numerator: impl Into<Expr>, divisor: i64) -> Pending<'_, C> {
        Pending::define(self, var, RowKind::DefineCeil, numerator.into()).divisor(divisor)
    }

    /// States `lhs ≤ rhs`.
    pub fn at_most(&mut self, lhs: impl Into<Expr>, rhs: impl Into<Expr>) -> Pending<'_, C> {
        Pending::compare(self, RowKind::AtMost, lhs.into(), rhs.into())
    }

    /// States `lhs ≥ rhs`. On a derived variable this is a demand on its definitions, not a further definition.
    pub fn at_least(&mut self, lhs: impl Into<Expr>, rhs: impl Into<Expr>) -> Pending<'_, C> {
        Pending::compare(self, RowKind::AtLeast, lhs.into(), rhs.into())
    }

    /// States `lhs = rhs`. On a derived variable this is a demand on its definitions, not a further definition.
    pub fn exactly(&mut self, lhs: impl Into<Expr>, rhs: impl Into<Expr>) -> Pending<'_, C> {
        Pending::compare(self, RowKind::Exactly, lhs.into(), rhs.into())
    }

    /// Prefers `lhs ≤ rhs`: what it is exceeded by is minimised before every tier.
    ///
    /// Shortfalls of different units are added as solver units (one pod weighs as much as one GiB where that is the
    /// scale).
    pub fn prefer_at_most(&mut self, lhs: impl Into<Expr>, rhs: impl Into<Expr>) -> Pending<'_, C> {
        Pending::compare(self, RowKind::PreferAtMost, lhs.into(), rhs.into())
    }

    /// Prefers `lhs ≥ rhs`; see [`Model::prefer_at_most`].
    pub fn prefer_at_least(&mut self, lhs: impl Into<Expr>, rhs: impl Into<Expr>) -> Pending<'_, C> {
        Pending::compare(self, RowKind::PreferAtLeast, lhs.into(), rhs.into())
    }

    /// Adds the next tier: the smallest `e` that the tiers before it leave.
    pub fn minimize(&mut self, tier: impl Into<String>, e: impl Into<Expr>) {
        self.tiers.push(Tier { name: tier.into(), cost: e.into(), maximized: false });
    }

    /// Adds the next tier: the largest `e` that the tiers before it leave.
    pub fn maximize(&mut self, tier: impl Into<String>, e: impl Into<Expr>) {
        self.tiers.push(Tier { name: tier.into(), cost: -e.into(), maximized: true });
    }

    /// The name of `v`; empty for a variable of another model.
    pub fn name(&self, v: Var) -> &str {
        self.vars.get(v.0).map_or("", |info| &info.name)
    }

    /// Calls `v` something else in arithmetic: names tell variables apart, labels need not.
    pub fn label(&mut self, v: Var, label: impl Into<String>) {
        if let Some(info) = self.vars.get_mut(v.0) {
            info.label = Some(label.into());
        }
    }

    /// What arithmetic calls `v`: its label, else its name.
    pub fn called(&self, v: Var) -> &str {
        self.vars.get(v.0).and_then(|info| info.label.as_deref()).unwrap_or_else(|| self.name(v))
    }

    /// The unit of `v`.
    pub fn unit(&self, v: Var) -> Unit {
        self.vars.get(v.0).map_or(Unit::COUNT, |info| info.unit)
    }

    /// The smallest and largest value of `v`'s domain, in base units.
    pub fn bounds(&self, v: Var) -> (i64, i64) {
        self.vars.get(v.0).map_or((0, 0), |info| (info.min, info.max))
    }

    /// Whether the search decides `v`.
    pub fn is_integer(&self, v: Var) -> bool {
        self.vars.get(v.0).is_some_and(|info| info.kind == Kind::Integer)
    }

    /// The variable named `name`.
    pub fn var(&self, name: &str) -> Option<Var> {
        self.by_name.get(name).copied()
    }

    /// All variables, in stated order; the shortfalls of preferences are among them.
    pub fn vars(&self) -> impl Iterator<Item = Var> + use<C> {
        (0..self.vars.len()).map(Var)
    }

    /// All rows, in stated order.
    pub fn rows(&self) -> impl Iterator<Item = Row> + use<C> {
        (0..self.rows.len()).map(Row)
    }

    /// The statement behind `row`, unless the row is of another model.
    pub fn statement(&self, row: Row) -> Option<&Statement<C>> {
        self.rows.get(row.0)
    }

    /// The cause of `row`, unless the row is of another model.
    pub fn cause(&self, row: Row) -> Option<&C> {
        self.rows.get(row.0).map(|row| &row.cause)
    }

    /// The variable that holds what a preference is short of, in base units; `None` for other rows.
    pub fn shortfall(&self, row: Row) -> Option<Var> {
        self.rows.get(row.0).and_then(|row| row.defines).filter(|_| self.rows[row.0].kind.is_soft())
    }

    /// All rows of one cause, in stated order.
    pub fn rows_of<'a>(&'a self, cause: &'a C) -> impl Iterator<Item = Row> + 'a {
        self.rows().filter(move |row| self.rows[row.0].cause == *cause)
    }

    /// All causes, in their own order.
    pub fn causes(&self) -> BTreeSet<C> {
        self.rows.iter().map(|row| row.cause.clone()).collect()
    }
}
