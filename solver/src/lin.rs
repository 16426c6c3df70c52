//! Exact linear forms over numbered variables, evaluated at points and over intervals in 128 bits.

/// `Σ coefficient × variable + constant`, in base units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lin {
    pub terms: Vec<(usize, i64)>,
    pub constant: i128,
}

/// The bounds of every variable of a problem, inclusive, in base units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub lo: Vec<i64>,
    pub hi: Vec<i64>,
}

impl Bounds {
    /// Whether one value is left for `var`.
    pub fn is_fixed(&self, var: usize) -> bool {
        self.lo[var] == self.hi[var]
    }

    /// The box with other bounds for `var`.
    pub fn with(&self, var: usize, lo: i64, hi: i64) -> Self {
        let mut part = self.clone();
        (part.lo[var], part.hi[var]) = (lo, hi);
        part
    }

    /// How many steps `var` may still take.
    pub fn width(&self, var: usize) -> i128 {
        i128::from(self.hi[var]) - i128::from(self.lo[var])
    }
}

impl Lin {
    /// The form `coefficient × var`.
    pub fn single(var: usize, coefficient: i64) -> Self {
        Self { terms: vec![(var, coefficient)], constant: 0 }
    }

    /// Adds `coefficient × var`, merging with what is there; `None` where the coefficient leaves 64 bits or could not
    /// be negated in them.
    pub fn add(&mut self, var: usize, coefficient: i64) -> Option<()> {
        match self.terms.iter().position(|(v, _)| *v == var) {
            Some(at) => {
                let sum = self.terms[at].1.checked_add(coefficient).filter(|sum| *sum != i64::MIN)?;
                if sum == 0 {
                    self.terms.remove(at);
                } else {
                    self.terms[at].1 = sum;
                }
            }
            None if coefficient == i64::MIN => return None,
            None if coefficient != 0 => self.terms.push((var, coefficient)),
            None => {}
        }
        Some(())
    }

    /// The value at a point. Sums of up to 2^60 terms of 64 × 64 bits cannot leave 128 bits, hence no checks.
    pub fn at(&self, values: &[i64]) -> i128 {
        self.terms.iter().fold(self.constant, |sum, (v, c)| sum + i128::from(*c) * i128::from(values[*v]))
    }

    /// The smallest value over a box.
    pub fn min(&self, bounds: &Bounds) -> i128 {
        self.terms.iter().fold(self.constant, |sum, (v, c)| {
            sum + i128::from(*c) * i128::from(if *c > 0 { bounds.lo[*v] } else { bounds.hi[*v] })
        })
    }

    /// The largest value over a box.
    pub fn max(&self, bounds: &Bounds) -> i128 {
        self.terms.iter().fold(self.constant, |sum, (v, c)| {
            sum + i128::from(*c) * i128::from(if *c > 0 { bounds.hi[*v] } else { bounds.lo[*v] })
        })
    }

    /// The same form with the opposite sign.
    pub fn negated(&self) -> Self {
        Self { terms: self.terms.iter().map(|(v, c)| (*v, -*c)).collect(), constant: -self.constant }
    }

    /// The coefficient of `var`.
    pub fn coefficient(&self, var: usize) -> i64 {
        self.terms.iter().find(|(v, _)| *v == var).map_or(0, |(_, c)| *c)
    }
}
