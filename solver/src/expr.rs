//! Exact linear expressions: whole-number coefficients, and constants that keep their names for display.

use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// A variable of one [`Model`](crate::Model). Meaningless in any other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Var(pub(crate) usize);

/// A sum of `i64` coefficients times variables plus constants, in base units.
///
/// Terms and labelled constants stay in the order they were added, because arithmetic is shown in that order.
/// A sum that leaves `i64` is remembered, and the model that receives it refuses to be solved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expr {
    pub(crate) terms: Vec<(Var, i64)>,
    pub(crate) constants: Vec<(i64, Option<String>)>,
    pub(crate) overflow: bool,
}

impl Expr {
    /// The empty sum.
    pub fn new() -> Self {
        Self::default()
    }

    /// `coefficient × var`.
    pub fn term(var: Var, coefficient: i64) -> Self {
        let mut expr = Self::new();
        expr.add_term(var, coefficient);
        expr
    }

    /// A constant with a name, shown as `100Mi eviction`. Constants with different names are kept apart.
    pub fn constant(value: i64, label: impl Into<String>) -> Self {
        Self { constants: vec![(value, Some(label.into()))], ..Self::default() }
    }

    /// The coefficient of `var`, zero where it does not occur.
    pub fn coefficient(&self, var: Var) -> i64 {
        self.terms.iter().find(|(v, _)| *v == var).map_or(0, |(_, c)| *c)
    }

    /// The sum of all constants, labelled or not, in base units (saturating).
    pub fn constant_sum(&self) -> i64 {
        self.constants.iter().fold(0, |sum: i64, (value, _)| sum.saturating_add(*value))
    }

    /// The variables that occur with a coefficient other than zero, in stated order.
    pub fn vars(&self) -> impl Iterator<Item = Var> + '_ {
        self.terms.iter().map(|(v, _)| *v)
    }

    fn add_term(&mut self, var: Var, coefficient: i64) {
        match self.terms.iter().position(|(v, _)| *v == var) {
            Some(at) => {
                let sum = self.terms[at].1.checked_add(coefficient);
                self.overflow |= sum.is_none();
                self.terms[at].1 = sum.unwrap_or(i64::MAX);
                if self.terms[at].1 == 0 {
                    self.terms.remove(at);
                }
            }
            None if coefficient != 0 => self.terms.push((var, coefficient)),
            None => {}
        }
    }

    fn add_constant(&mut self, value: i64, label: Option<String>) {
        match self.constants.iter().position(|(_, l)| *l == label) {
            Some(at) => {
                let sum = self.constants[at].0.checked_add(value);
                self.overflow |= sum.is_none();
                self.constants[at].0 = sum.unwrap_or(i64::MAX);
            }
            None if value != 0 || label.is_some() => self.constants.push((value, label)),
            None => {}
        }
    }
}

impl From<Var> for Expr {
    fn from(var: Var) -> Self {
        Self::term(var, 1)
    }
}

impl From<i64> for Expr {
    fn from(value: i64) -> Self {
        let mut expr = Self::new();
        expr.add_constant(value, None);
        expr
    }
}

impl From<&Expr> for Expr {
    fn from(expr: &Expr) -> Self {
        expr.clone()
    }
}

impl<R: Into<Expr>> AddAssign<R> for Expr {
    fn add_assign(&mut self, other: R) {
        let other = other.into();
        self.overflow = self.overflow || other.overflow;
        for (var, coefficient) in other.terms {
            self.add_term(var, coefficient);
        }
        for (value, label) in other.constants {
            self.add_constant(value, label);
        }
    }
}

impl<R: Into<Expr>> Add<R> for Expr {
    type Output = Expr;
    fn add(mut self, other: R) -> Expr {
        self += other;
        self
    }
}

impl<R: Into<Expr>> Sub<R> for Expr {
    type Output = Expr;
    fn sub(self, other: R) -> Expr {
        self + -other.into()
    }
}

impl Mul<i64> for Expr {
    type Output = Expr;
    fn mul(mut self, factor: i64) -> Expr {
        for value in self.terms.iter_mut().map(|(_, c)| c).chain(self.constants.iter_mut().map(|(c, _)| c)) {
            let product = value.checked_mul(factor);
            self.overflow = self.overflow || product.is_none();
            *value = product.unwrap_or(i64::MAX);
        }
        self.terms.retain(|(_, c)| *c != 0);
        self
    }
}

impl Neg for Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        self * -1
    }
}

impl<R: Into<Expr>> Add<R> for Var {
    type Output = Expr;
    fn add(self, other: R) -> Expr {
        Expr::from(self) + other
    }
}

impl<R: Into<Expr>> Sub<R> for Var {
    type Output = Expr;
    fn sub(self, other: R) -> Expr {
        Expr::from(self) - other
    }
}

impl Mul<i64> for Var {
    type Output = Expr;
    fn mul(self, factor: i64) -> Expr {
        Expr::term(self, factor)
    }
}

impl Neg for Var {
    type Output = Expr;
    fn neg(self) -> Expr {
        Expr::term(self, -1)
    }
}

impl<R: Into<Expr>> std::iter::Sum<R> for Expr {
    fn sum<I: Iterator<Item = R>>(iter: I) -> Expr {
        let mut total = Expr::new();
        for part in iter {
            total += part;
        }
        total
    }
}
