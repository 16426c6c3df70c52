//! Whether a condition holds. What cannot be known is neither true nor false.

use super::value::{ONE, Val};
use super::{Expr, Function};

/// Where conditions find settings.
pub trait Settings {
    /// The effective value of a setting; nothing where it is not of its type or not known.
    fn value(&self, name: &str) -> Option<Val>;
    /// Whether the user states it.
    fn stated(&self, name: &str) -> bool;
    /// Whether it is known if the user states it. Of a map that is given as an unknown text nobody knows the keys.
    fn tells(&self, _name: &str) -> bool {
        true
    }
    /// Whether the version has it.
    fn exists(&self, name: &str) -> bool;
    /// The state of a feature gate.
    fn gate(&self, name: &str) -> Option<bool>;
}

/// Whether the condition holds; nothing where that cannot be known.
pub fn holds(expr: &Expr, settings: &impl Settings) -> Option<bool> {
    match expr {
        Expr::Or(a, b) => match (holds(a, settings), holds(b, settings)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        Expr::And(a, b) => match (holds(a, settings), holds(b, settings)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        Expr::Not(inner) => holds(inner, settings).map(|held| !held),
        Expr::Compare(sign, a, b) => compare(sign, &value(a, settings)?, &value(b, settings)?),
        other => match value(other, settings)? {
            Val::Bool(held) => Some(held),
            // A switch that is unset is off.
            Val::Null => Some(false),
            _ => None,
        },
    }
}

fn compare(sign: &str, a: &Val, b: &Val) -> Option<bool> {
    match (sign, a, b) {
        ("==", a, b) => Some(a == b),
        ("!=", a, b) => Some(a != b),
        ("in", a, Val::List(items)) => Some(items.contains(a)),
        (_, Val::Number(a), Val::Number(b)) => Some(match sign {
            "<" => a < b,
            "<=" => a <= b,
            ">" => a > b,
            _ => a >= b,
        }),
        _ => None,
    }
}

fn value(expr: &Expr, settings: &impl Settings) -> Option<Val> {
    match expr {
        Expr::Literal(literal) => Some(literal.clone()),
        Expr::Name(name) => settings.value(name),
        Expr::List(parts) => parts.iter().map(|p| value(p, settings)).collect::<Option<_>>().map(Val::List),
        Expr::Arithmetic(sign, a, b) => match (value(a, settings)?, value(b, settings)?) {
            (Val::Number(a), Val::Number(b)) => arithmetic(*sign, a, b).map(Val::Number),
            _ => None,
        },
        Expr::Call(function, parts) => call(*function, parts, settings),
        condition => holds(condition, settings).map(Val::Bool),
    }
}

fn arithmetic(sign: char, a: i128, b: i128) -> Option<i128> {
    match sign {
        '+' => a.checked_add(b),
        '-' => a.checked_sub(b),
        '*' => a.checked_mul(b)?.checked_div(ONE),
        _ => a.checked_mul(ONE)?.checked_div(b),
    }
}

fn call(function: Function, parts: &[Expr], settings: &impl Settings) -> Option<Val> {
    let name = || match parts.first() {
        Some(Expr::Name(name)) => Some(name.as_str()),
        _ => None,
    };
    Some(match function {
        Function::Set => Val::Bool(settings.value(name()?)?.is_set()),
        Function::Stated => Val::Bool(name().filter(|n| settings.tells(n)).map(|n| settings.stated(n))?),
        Function::Exists => Val::Bool(settings.exists(name()?)),
        Function::Gate => Val::Bool(settings.gate(name()?)?),
        Function::Len => {
            let length = match value(parts.first()?, settings)? {
                Val::List(items) => items.len(),
                Val::Keys(keys) => keys.len(),
                Val::Text(text) => text.chars().count(),
                Val::Null => 0,
                Val::Bool(_) | Val::Number(_) => return None,
            };
            Val::Number(i128::try_from(length).ok()? * ONE)
        }
        Function::Has => match (value(parts.first()?, settings)?, value(parts.get(1)?, settings)?) {
            (Val::List(items), item) => Val::Bool(items.contains(&item)),
            (Val::Keys(keys), Val::Text(key)) => Val::Bool(keys.contains(&key)),
            (Val::Null, _) => Val::Bool(false),
            _ => return None,
        },
        Function::Begins => match (value(parts.first()?, settings)?, value(parts.get(1)?, settings)?) {
            (Val::Text(text), Val::Text(start)) => Val::Bool(text.starts_with(&start)),
            (Val::Null, _) => Val::Bool(false),
            _ => return None,
        },
        Function::Unique => match value(parts.first()?, settings)? {
            Val::List(items) => Val::Bool(items.iter().enumerate().all(|(at, i)| !items[..at].contains(i))),
            Val::Null => Val::Bool(true),
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::catalog::Type;
    use serde_json::json;

    struct Some_;

    impl Settings for Some_ {
        fn value(&self, name: &str) -> Option<Val> {
            match name {
                "low" => Val::of(&json!(80), Type::Integer),
                "high" => Val::of(&json!(85), Type::Integer),
                "wait" => Val::of(&json!("1m30s"), Type::Duration),
                "size" => Val::of(&json!("64Ki"), Type::Bytes),
                "words" => Val::of(&json!(["a", "b", "a"]), Type::List),
                "kind" => Val::of(&json!("pod"), Type::String),
                "unset" => Some(Val::Null),
                _ => None,
            }
        }
        fn stated(&self, name: &str) -> bool {
            name == "low"
        }
        fn exists(&self, name: &str) -> bool {
            name != "gone"
        }
        fn gate(&self, name: &str) -> Option<bool> {
            (name != "Gone").then_some(name == "On")
        }
    }

    #[test]
    fn conditions_are_decided_or_unknown() {
        let cases = [
            ("low < high", Some(true)),
            ("high - low >= 5 and not low == high", Some(true)),
            ("wait == 90s", Some(true)),
            ("size * 2 == 128Ki", Some(true)),
            ("1.2 * low < 96", Some(false)),
            ("kind in [\"container\", \"pod\"]", Some(true)),
            ("unique(words)", Some(false)),
            ("has(words, \"b\") and len(words) == 3", Some(true)),
            ("set(unset) or gate(On)", Some(true)),
            ("gate(Gone)", None),
            ("gate(Gone) or low > 1", Some(true)),
            ("unset < 3", None),
            ("unset == null", Some(true)),
            ("bad < 3 and low > high", Some(false)),
            ("stated(high)", Some(false)),
            ("exists(gone)", Some(false)),
        ];
        for (text, wanted) in cases {
            assert_eq!(holds(&parse(text).unwrap(), &Some_), wanted, "{text}");
        }
        assert!(parse("low <").is_err() && parse("low low").is_err() && parse("nonsense(low)").is_err());
    }
}
