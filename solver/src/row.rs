//! Rows: what a model states, and the proof by type that no row is stated without a cause.

use crate::expr::{Expr, Var};
use crate::model::{Kind, Model, VarInfo};
use crate::unit::Unit;

/// The id of a row of one [`Model`]. Meaningless in any other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Row(pub(crate) usize);

/// What a row says about its two sides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RowKind {
    /// `var ≥ lhs`
    Define,
    /// `var ≥ min(lhs, rhs)`
    DefineMin,
    /// `var ≥ ⌈lhs / divisor⌉`
    DefineCeil,
    /// `lhs ≤ rhs`
    AtMost,
    /// `lhs ≥ rhs`
    AtLeast,
    /// `lhs = rhs`
    Exactly,
    /// `lhs ≤ rhs`, if it can be had
    PreferAtMost,
    /// `lhs ≥ rhs`, if it can be had
    PreferAtLeast,
}

impl RowKind {
    /// Whether the row defines a derived variable.
    pub fn is_definition(self) -> bool {
        matches!(self, Self::Define | Self::DefineMin | Self::DefineCeil)
    }

    /// Whether the row is a preference.
    pub fn is_soft(self) -> bool {
        matches!(self, Self::PreferAtMost | Self::PreferAtLeast)
    }

    /// Whether an answer must satisfy the row as it stands.
    pub fn is_hard(self) -> bool {
        matches!(self, Self::AtMost | Self::AtLeast | Self::Exactly)
    }
}

/// A stated row.
#[derive(Clone, Debug)]
pub struct Statement<C> {
    /// Why it is stated.
    pub cause: C,
    /// How the sides relate.
    pub kind: RowKind,
    /// The derived variable a definition defines, or the shortfall of a preference.
    pub defines: Option<Var>,
    /// The left side; of a definition the (first) expression or the numerator.
    pub lhs: Expr,
    /// The right side; of [`RowKind::DefineMin`] the second expression, of other definitions empty.
    pub rhs: Expr,
    /// The divisor of [`RowKind::DefineCeil`], else one.
    pub divisor: i64,
    /// The unit its amounts are shown in.
    pub unit: Unit,
}

/// A row that has no cause yet. Its only way into the model is [`Pending::because`]; dropped, it was never stated.
///
/// ```compile_fail
/// #![deny(unused_must_use)]
/// use plimsoll_solver::{Model, Unit};
/// let mut model: Model<&str> = Model::new();
/// let pods = model.integer("pods", Unit::COUNT, 0, 10);
/// model.at_most(pods, 5); // refused: a constraint without a cause is not stated
/// ```
///
/// The same with a cause is accepted:
///
/// ```
/// #![deny(unused_must_use)]
/// use plimsoll_solver::{Model, Unit};
/// let mut model: Model<&str> = Model::new();
/// let pods = model.integer("pods", Unit::COUNT, 0, 10);
/// model.at_most(pods, 5).because("addresses");
/// ```
#[must_use = "a constraint without a cause is not stated"]
pub struct Pending<'m, C> {
    model: &'m mut Model<C>,
    kind: RowKind,
    defines: Option<Var>,
    lhs: Expr,
    rhs: Expr,
    divisor: i64,
    unit: Option<Unit>,
}

impl<'m, C: Clone + Ord + std::fmt::Debug> Pending<'m, C> {
    pub(crate) fn compare(model: &'m mut Model<C>, kind: RowKind, lhs: Expr, rhs: Expr) -> Self {
        Self { model, kind, defines: None, lhs, rhs, divisor: 1, unit: None }
    }

    pub(crate) fn define(model: &'m mut Model<C>, var: Var, kind: RowKind, lhs: Expr) -> Self {
        Self { model, kind, defines: Some(var), lhs, rhs: Expr::new(), divisor: 1, unit: None }
    }

    pub(crate) fn other(mut self, rhs: Expr) -> Self {
        self.rhs = rhs;
        self
    }

    pub(crate) fn divisor(mut self, divisor: i64) -> Self {
        self.divisor = divisor;
        self
    }

    /// Says in which unit the row's amounts are shown, where its variables do not tell: a row that adds pods to a
    /// constant number of KiB has no variable in memory.
    pub fn shown_in(mut self, unit: Unit) -> Self {
        self.unit = Some(unit);
        self
    }

    /// States the row, because of `cause`.
    pub fn because(mut self, cause: C) -> Row {
        let unit = self.unit.unwrap_or_else(|| self.own_unit());
        let row = Row(self.model.rows.len());
        self.note_mistakes(&cause);
        let Self { model, kind, mut defines, lhs, rhs, divisor, .. } = self;
        if kind.is_soft() {
            let name = format!("shortfall {} of {cause:?}", row.0);
            // Half of the range, so that a sum of two still fits where it is added up.
            defines = Some(model.variable(VarInfo {
                name,
                unit,
                kind: Kind::Derived,
                min: 0,
                max: i64::MAX / 2,
                label: None,
            }));
        }
        model.rows.push(Statement { cause, kind, defines, lhs, rhs, divisor: divisor.max(1), unit });
        row
    }

    /// A definition shows the unit of what it defines; other rows that of the first variable that is not a count.
    fn own_unit(&self) -> Unit {
        let of = |var: Var| self.model.unit(var);
        match self.defines {
            Some(var) => of(var),
            None => {
                self.lhs.vars().chain(self.rhs.vars()).map(of).find(|unit| *unit != Unit::COUNT).unwrap_or(Unit::COUNT)
            }
        }
    }

    fn note_mistakes(&mut self, cause: &C) {
        let known = self.model.vars.len();
        let mut mistakes = Vec::new();
        if self.lhs.vars().chain(self.rhs.vars()).chain(self.defines).any(|var| var.0 >= known) {
            mistakes.push(format!("a row of {cause:?} uses a variable of another model"));
        }
        if self.lhs.overflow || self.rhs.overflow {
            mistakes.push(format!("the numbers of a row of {cause:?} leave the 64-bit range"));
        }
        if self.divisor < 1 {
            mistakes.push(format!("a row of {cause:?} divides by {}", self.divisor));
        }
        if let Some(var) = self.defines.filter(|var| self.model.is_integer(*var)) {
            mistakes.push(format!("a row of {cause:?} defines `{}`, which is not derived", self.model.name(var)));
        }
        self.model.mistakes.extend(mistakes);
    }
}
