//! Conditions of constraints: a small language over settings, so that one line of data is the check, its boundary cases and
//! its text.
//!
//! ```text
//! imageGCLowThresholdPercent < imageGCHighThresholdPercent
//! maxParallelImagePulls <= 1 or not serializeImagePulls
//! gate(ImageMaximumGCAge) or imageMaximumGCAge == 0s
//! topologyManagerScope in ["container", "pod"]
//! ```
//!
//! Names are settings of the constraint's component, or `component/setting` of another one; `machine/…` is what the spec says
//! of the machine. Numbers may be whole, decimal, durations (`10s`) or sizes (`64Ki`). A part that cannot be known, because
//! a value is of the wrong type or unset, makes the whole unknown unless the rest decides; an unknown condition is not
//! violated.

mod evaluate;
mod parse;
mod value;

pub use evaluate::{Settings, holds};
pub use parse::parse;
pub use value::Val;

/// A condition or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A literal.
    Literal(Val),
    /// A setting.
    Name(String),
    /// A list of literals.
    List(Vec<Expr>),
    /// Either side.
    Or(Box<Expr>, Box<Expr>),
    /// Both sides.
    And(Box<Expr>, Box<Expr>),
    /// The opposite.
    Not(Box<Expr>),
    /// A comparison: `<`, `<=`, `==`, `!=`, `>=`, `>`, `in`.
    Compare(&'static str, Box<Expr>, Box<Expr>),
    /// Arithmetic: `+`, `-`, `*`, `/`.
    Arithmetic(char, Box<Expr>, Box<Expr>),
    /// A function of a setting or gate.
    Call(Function, Vec<Expr>),
}

/// What can be asked of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `set(x)`: it has a value that is not empty, stated or by default.
    Set,
    /// `stated(x)`: the user states it.
    Stated,
    /// `exists(x)`: the version has it.
    Exists,
    /// `gate(X)`: the component's feature gate is on.
    Gate,
    /// `len(x)`: elements of a list, keys of a map, characters of a text.
    Len,
    /// `has(x, v)`: the list has the element, or the map the key.
    Has,
    /// `begins(x, v)`: the text begins with the text.
    Begins,
    /// `unique(x)`: no element of the list is there twice.
    Unique,
}

impl Expr {
    /// Every setting that is named, in the order of the text.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut out = Vec::new();
        self.walk(&mut |part| {
            if let Self::Name(name) = part {
                out.push(name.as_str());
            }
        });
        out
    }

    /// Every feature gate that is asked for.
    #[must_use]
    pub fn gates(&self) -> Vec<&str> {
        let mut out = Vec::new();
        self.walk(&mut |part| {
            if let Self::Call(Function::Gate, parts) = part
                && let Some(Self::Name(gate)) = parts.first()
            {
                out.push(gate.as_str());
            }
        });
        out
    }

    fn walk<'e>(&'e self, see: &mut impl FnMut(&'e Self)) {
        see(self);
        match self {
            Self::Literal(_) | Self::Name(_) => {}
            Self::Not(inner) => inner.walk(see),
            Self::Or(a, b) | Self::And(a, b) | Self::Compare(_, a, b) | Self::Arithmetic(_, a, b) => {
                a.walk(see);
                b.walk(see);
            }
            // The argument of gate() is a gate and no setting.
            Self::Call(Function::Gate, _) => {}
            Self::List(parts) | Self::Call(_, parts) => parts.iter().for_each(|part| part.walk(see)),
        }
    }
}
