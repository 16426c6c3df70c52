//! Single values of a spec: what each kind accepts, and what is said when it is something else.

use super::node::Val;
use super::shape::Kind;
use crate::catalog;
use crate::diag::nearest;
use crate::quantity::{Bytes, CpuSet, Fault, GoDuration, Kernel, Micro, Milli, Version, ppm};
use toml::de::{DeInteger, DeValue};

/// A value that is not of its kind.
pub struct Mistake {
    /// Finding id.
    pub id: &'static str,
    /// What is wrong, to follow the key's name.
    pub text: String,
    /// What stands under the marks.
    pub label: String,
    /// What to do.
    pub help: Option<String>,
}

impl Mistake {
    pub(super) fn new(id: &'static str, fault: Fault) -> Self {
        Self { id, text: fault.0, label: "here".into(), help: None }
    }

    fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

/// Understands `value` as `kind`.
pub fn read(kind: Kind, value: &DeValue<'_>) -> Result<Val, Mistake> {
    let text = value.as_str();
    let quoted = |sample: &str| {
        text.ok_or_else(|| {
            if value.is_integer() || value.is_float() {
                let number = number_text(value);
                let mistake = Mistake::new("spec-missing-unit", Fault(format!("needs a unit: `{number}` has none")));
                return Mistake { label: "a bare number".into(), ..mistake }
                    .help(format!("write a quoted quantity such as `\"{sample}\"`"));
            }
            wrong_type(value, &format!("a quoted quantity such as `\"{sample}\"`"))
        })
    };
    let bad = |fault| Mistake::new("spec-bad-value", fault);
    match kind {
        Kind::Bool => value.as_bool().map(Val::Bool).ok_or_else(|| wrong_type(value, "`true` or `false`")),
        Kind::Int(min, max) => integer(value, min, max),
        Kind::Ratio(min, max) => ratio(value, min, max),
        Kind::Text => text.map(|t| Val::Text(t.into())).ok_or_else(|| wrong_type(value, "a quoted text")),
        Kind::Name => {
            let text = text.ok_or_else(|| wrong_type(value, "a quoted name"))?;
            name(text).map_err(|f| Mistake::new("spec-bad-name", f))?;
            Ok(Val::Text(text.into()))
        }
        Kind::Kubernetes => kubernetes(value),
        Kind::Version => {
            let sample = format!("a quoted version such as `\"{}\"`", catalog::versions().etcd_newest);
            let text = text.ok_or_else(|| wrong_type(value, &sample))?;
            Version::parse(text).map(Val::Version).map_err(bad)
        }
        Kind::Kernel => {
            let text = text.ok_or_else(|| wrong_type(value, "a quoted release such as `\"6.8\"`"))?;
            Kernel::parse(text).map(Val::Kernel).map_err(bad)
        }
        Kind::Bytes => fractional_bytes(quoted("64Gi")?)
            .and_then(|b| within(b, b.0, MOST_BYTES, "1Pi"))
            .map(Val::Bytes)
            .map_err(bad),
        Kind::Cpu | Kind::MicroCpu if value.is_integer() || value.is_float() => {
            let number = number_text(value);
            let mistake = Mistake::new("spec-missing-quotes", Fault(format!("needs quotes around `{number}`")));
            Err(Mistake { label: "a bare number".into(), ..mistake }.help(format!("write `\"{number}\"`")))
        }
        Kind::Cpu => Milli::parse(quoted("500m")?)
            .and_then(|c| within(c, c.0, MOST_MILLI, "100000 cores"))
            .map(Val::Cpu)
            .map_err(bad),
        Kind::MicroCpu => Micro::parse(quoted("900u")?)
            .and_then(|c| within(c, c.0, MOST_MILLI * 1000, "100000 cores"))
            .map(Val::Micro)
            .map_err(bad),
        Kind::Duration => GoDuration::parse(quoted("1m30s")?)
            .and_then(|d| within(d, d.0, MOST_NANOS, "24h"))
            .map(Val::Duration)
            .map_err(bad),
        Kind::Rate => {
            let text = quoted("1.2Gi/s")?;
            let amount = text.strip_suffix("/s").ok_or_else(|| {
                bad(Fault(format!("`{text}` is not a rate"))).help("write bytes per second, such as `\"1.2Gi/s\"`")
            })?;
            fractional_bytes(amount).map(Val::Bytes).map_err(bad)
        }
        Kind::Cidr => cidr(value),
        Kind::Cpus => {
            let text = text.ok_or_else(|| wrong_type(value, "a quoted CPU list such as `\"0-31,64-95\"`"))?;
            CpuSet::parse(text).map(Val::Cpus).map_err(bad)
        }
        Kind::OneOf(words) => one_of(value, words),
        Kind::List(_) | Kind::Tables(_) => Err(wrong_type(value, "a list")),
        Kind::Table(_) | Kind::Named(_) | Kind::Map(_) | Kind::Pins => Err(wrong_type(value, "a table")),
    }
}

/// Sizes beyond what any machine has are typing mistakes, and sums of them would leave 64 bits.
const MOST_BYTES: i64 = 1 << 50;
const MOST_MILLI: i64 = 100_000_000;
const MOST_NANOS: i64 = 24 * 3_600 * GoDuration::SECOND;

fn within<T>(value: T, amount: i64, most: i64, text: &str) -> Result<T, Fault> {
    if amount <= most { Ok(value) } else { Err(Fault(format!("is more than {text}"))) }
}

fn wrong_type(value: &DeValue<'_>, wanted: &str) -> Mistake {
    let found = match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    let mistake = Mistake::new("spec-wrong-type", Fault(format!("is {found}, not {wanted}")));
    Mistake { label: format!("this is {found}"), ..mistake }
}

fn number_text(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Integer(n) => n.as_str().to_string(),
        DeValue::Float(n) => n.as_str().to_string(),
        _ => String::new(),
    }
}

/// The whole number that a TOML integer stands for, in any of its four notations.
pub fn whole(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn integer(value: &DeValue<'_>, min: i64, max: i64) -> Result<Val, Mistake> {
    let DeValue::Integer(typed) = value else { return Err(wrong_type(value, "a whole number")) };
    let number = whole(typed).filter(|n| (min..=max).contains(n));
    number.map(Val::Int).ok_or_else(|| {
        let limits = if max == i64::MAX { format!("at least {min}") } else { format!("within {min} and {max}") };
        let mistake = Mistake::new("spec-out-of-range", Fault(format!("is {}; it must be {limits}", typed.as_str())));
        Mistake { label: limits, ..mistake }
    })
}

fn ratio(value: &DeValue<'_>, min: i64, max: i64) -> Result<Val, Mistake> {
    let text = match value {
        DeValue::Integer(_) | DeValue::Float(_) => number_text(value),
        _ => return Err(wrong_type(value, "a number such as `0.25`")),
    };
    let parts = ppm(&text).map_err(|f| Mistake::new("spec-bad-value", f))?;
    if !(min..=max).contains(&parts) {
        let show = |ppm: i64| {
            let text = format!("{}.{:06}", ppm / 1_000_000, ppm % 1_000_000);
            text.trim_end_matches('0').trim_end_matches('.').to_string()
        };
        let limits = format!("within {} and {}", show(min), show(max));
        let mistake = Mistake::new("spec-out-of-range", Fault(format!("is {text}; it must be {limits}")));
        return Err(Mistake { label: limits, ..mistake });
    }
    Ok(Val::Ppm(parts))
}

/// Checks a name that becomes a path and an object name: a DNS label.
pub fn name(text: &str) -> Result<(), Fault> {
    let inner = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let edges = !text.starts_with('-') && !text.ends_with('-');
    if text.is_empty() || text.len() > 63 || !inner || !edges {
        return Err(Fault(format!("`{text}` is not a name of at most 63 lower-case letters, digits and inner dashes")));
    }
    Ok(())
}

fn kubernetes(value: &DeValue<'_>) -> Result<Val, Mistake> {
    let versions = catalog::versions();
    let sample = format!("a quoted version such as `\"{}\"`", versions.newest);
    let text = value.as_str().ok_or_else(|| wrong_type(value, &sample))?;
    let version = Version::parse(text).map_err(|f| Mistake::new("spec-bad-value", f))?;
    if !catalog::covers(version.minor, false) {
        let text = format!("is {version}; the catalogue knows {} to {}", versions.oldest, versions.newest);
        let mistake = Mistake::new("version-unknown", Fault(text));
        return Err(Mistake { label: "not in the catalogue".into(), ..mistake });
    }
    Ok(Val::Version(version))
}

fn fractional_bytes(text: &str) -> Result<Bytes, Fault> {
    match Bytes::parse(text) {
        Ok(bytes) => Ok(bytes),
        Err(fault) => {
            let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len()));
            let one = Bytes::parse(&format!("1{unit}"))?;
            let parts = ppm(number).map_err(|_| fault)?;
            // Rounded up to whole bytes, as Kubernetes reads such a quantity.
            i64::try_from((i128::from(parts) * i128::from(one.0) + 999_999) / 1_000_000)
                .map(Bytes)
                .map_err(|_| Fault("is more than any disk writes".into()))
        }
    }
}

fn cidr(value: &DeValue<'_>) -> Result<Val, Mistake> {
    let text = value.as_str().ok_or_else(|| wrong_type(value, "a quoted range such as `\"10.0.0.0/12\"`"))?;
    let net: ipnet::IpNet = text.parse().map_err(|_| {
        Mistake::new("spec-bad-value", Fault(format!("`{text}` is not an address range such as `10.0.0.0/12`")))
    })?;
    if net.addr() != net.network() {
        let mistake = Mistake::new("spec-bad-value", Fault(format!("`{text}` has bits set behind its mask")));
        return Err(mistake.help(format!("write `{}`", net.trunc())));
    }
    Ok(Val::Cidr(net))
}

fn one_of(value: &DeValue<'_>, words: &[&str]) -> Result<Val, Mistake> {
    let list = words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ");
    let text = value.as_str().ok_or_else(|| wrong_type(value, &format!("one of {list}")))?;
    if words.contains(&text) {
        return Ok(Val::Text(text.into()));
    }
    let mistake = Mistake::new("spec-unknown-word", Fault(format!("is `{text}`, which is none of {list}")));
    Err(match nearest(text, words.iter().copied()) {
        Some(close) => mistake.help(format!("did you mean `{close}`?")),
        None => mistake,
    })
}
