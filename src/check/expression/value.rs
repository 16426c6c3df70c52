//! Values in conditions. Numbers are exact: whole billionths, so that nanoseconds, bytes and thousandths all fit.

use crate::catalog::Type;
use crate::check::go;
use serde_json::Value as Json;

/// One whole, in billionths.
pub(super) const ONE: i128 = 1_000_000_000;

/// A value in a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Val {
    /// Unset.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number in billionths; of a duration its nanoseconds, of a size its bytes.
    Number(i128),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Val>),
    /// Keys of a map.
    Keys(Vec<String>),
}

impl Val {
    /// A setting's value as its type has it; nothing where it is not of its type.
    pub fn of(json: &Json, kind: Type) -> Option<Self> {
        Some(match (json, kind) {
            (Json::Null, _) => Self::Null,
            (Json::Bool(b), _) => Self::Bool(*b),
            (Json::Number(n), _) => Self::Number(number(n)?),
            (Json::Array(items), _) => {
                Self::List(items.iter().map(|i| Self::of(i, Type::String)).collect::<Option<_>>()?)
            }
            (Json::Object(map), _) => Self::Keys(map.keys().cloned().collect()),
            (Json::String(text), Type::Duration) => Self::Number(i128::from(go::duration(text)?)),
            (Json::String(text), Type::Cpu | Type::Bytes | Type::Quantity) => {
                Self::Number(go::Quantity::parse(text)?.nano)
            }
            (Json::String(text), Type::Threshold) if text.ends_with('%') => Self::Text(text.clone()),
            (Json::String(text), Type::Threshold) => Self::Number(go::Quantity::parse(text)?.nano),
            (Json::String(text), Type::Boolean | Type::Integer | Type::Number) => match text.parse::<i64>() {
                _ if kind == Type::Boolean => return None,
                Ok(number) => Self::Number(i128::from(number) * ONE),
                Err(_) => return None,
            },
            (Json::String(text), _) => Self::Text(text.clone()),
        })
    }

    /// Whether it says something.
    pub(super) fn is_set(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Keys(keys) => !keys.is_empty(),
            Self::Bool(_) | Self::Number(_) => true,
        }
    }
}

fn number(n: &serde_json::Number) -> Option<i128> {
    if let Some(whole) = n.as_i64() {
        return Some(i128::from(whole) * ONE);
    }
    if let Some(whole) = n.as_u64() {
        return Some(i128::from(whole) * ONE);
    }
    let float = n.as_f64().filter(|f| f.is_finite() && f.abs() < 1e18)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    Some((float * ONE as f64).round() as i128)
}
