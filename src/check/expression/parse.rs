//! From a condition's text to its parts. Conditions are data of ours, so a mistake in one is found by a test.

use super::value::{ONE, Val};
use super::{Expr, Function};
use crate::quantity::{Bytes, GoDuration};

/// Reads a condition.
///
/// # Errors
/// What is wrong with the text.
pub fn parse(text: &str) -> Result<Expr, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let expr = parser.or()?;
    match parser.tokens.get(parser.at) {
        None => Ok(expr),
        Some(token) => Err(format!("`{token}` is one word too many in `{text}`")),
    }
}

const SIGNS: [&str; 14] = ["<=", ">=", "==", "!=", "<", ">", "(", ")", "[", "]", ",", "+", "*", "/ "];

fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = if first == '"' {
            2 + rest[1..].find('"').ok_or_else(|| format!("a text is not closed in `{text}`"))?
        } else if let Some(sign) = SIGNS.iter().find(|s| rest.starts_with(**s)) {
            sign.trim_end().len()
        } else if rest.starts_with("- ") {
            1
        } else {
            word(rest)
        };
        if end == 0 {
            return Err(format!("cannot read `{rest}` in `{text}`"));
        }
        out.push(rest[..end].to_string());
        rest = rest[end..].trim_start();
    }
    Ok(out)
}

/// Length of a name, number or keyword. `profiles[].x` is one name; a bracket that nothing in it opened ends a list.
fn word(text: &str) -> usize {
    let mut open = 0;
    for (at, c) in text.char_indices() {
        match c {
            '[' => open += 1,
            ']' if open == 0 => return at,
            ']' => open -= 1,
            c if c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | '%') => {}
            _ => return at,
        }
    }
    text.len()
}

struct Parser {
    tokens: Vec<String>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.peek() == wanted;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        if self.take(wanted) { Ok(()) } else { Err(format!("`{wanted}` is expected before `{}`", self.peek())) }
    }

    fn or(&mut self) -> Result<Expr, String> {
        let mut left = self.and()?;
        while self.take("or") {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut left = self.not()?;
        while self.take("and") {
            left = Expr::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expr, String> {
        if self.take("not") { Ok(Expr::Not(Box::new(self.not()?))) } else { self.comparison() }
    }

    fn comparison(&mut self) -> Result<Expr, String> {
        let left = self.sum()?;
        let sign = ["<=", ">=", "==", "!=", "<", ">", "in"].into_iter().find(|s| self.take(s));
        match sign {
            Some(sign) => Ok(Expr::Compare(sign, Box::new(left), Box::new(self.sum()?))),
            None => Ok(left),
        }
    }

    fn sum(&mut self) -> Result<Expr, String> {
        let mut left = self.product()?;
        while let Some(sign) = ['+', '-'].into_iter().find(|s| self.take(&s.to_string())) {
            left = Expr::Arithmetic(sign, Box::new(left), Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Expr, String> {
        let mut left = self.atom()?;
        while let Some(sign) = ['*', '/'].into_iter().find(|s| self.take(&s.to_string())) {
            left = Expr::Arithmetic(sign, Box::new(left), Box::new(self.atom()?));
        }
        Ok(left)
    }

    fn atom(&mut self) -> Result<Expr, String> {
        if self.take("(") {
            let inner = self.or()?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.take("[") {
            return Ok(Expr::List(self.until("]")?));
        }
        let token = self.peek().to_string();
        if token.is_empty() {
            return Err("the condition ends too early".into());
        }
        self.at += 1;
        if let Some(text) = token.strip_prefix('"') {
            return Ok(Expr::Literal(Val::Text(text.trim_end_matches('"').to_string())));
        }
        if self.take("(") {
            let function = function(&token)?;
            return Ok(Expr::Call(function, self.until(")")?));
        }
        Ok(match token.as_str() {
            "true" => Expr::Literal(Val::Bool(true)),
            "false" => Expr::Literal(Val::Bool(false)),
            "null" => Expr::Literal(Val::Null),
            text if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                Expr::Literal(Val::Number(number(text).ok_or_else(|| format!("`{text}` is no number"))?))
            }
            name => Expr::Name(name.to_string()),
        })
    }

    fn until(&mut self, close: &str) -> Result<Vec<Expr>, String> {
        let mut out = Vec::new();
        while !self.take(close) {
            out.push(self.or()?);
            if !self.take(",") {
                self.expect(close)?;
                break;
            }
        }
        Ok(out)
    }
}

fn function(name: &str) -> Result<Function, String> {
    Ok(match name {
        "set" => Function::Set,
        "stated" => Function::Stated,
        "exists" => Function::Exists,
        "gate" => Function::Gate,
        "len" => Function::Len,
        "has" => Function::Has,
        "begins" => Function::Begins,
        "unique" => Function::Unique,
        other => return Err(format!("`{other}` is no function")),
    })
}

/// `5`, `-1`, `0.02`, `10s`, `64Ki`.
fn number(text: &str) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let magnitude = if digits.bytes().all(|b| b.is_ascii_digit()) {
        digits.parse::<i128>().ok()?.checked_mul(ONE)?
    } else if digits.ends_with('i') {
        i128::from(Bytes::parse(digits).ok()?.0) * ONE
    } else if let Some((whole, fraction)) =
        digits.split_once('.').filter(|(_, f)| f.bytes().all(|b| b.is_ascii_digit()))
    {
        let billionths = format!("{fraction:0<9}").get(..9)?.parse::<i128>().ok()?;
        whole.parse::<i128>().ok()?.checked_mul(ONE)? + billionths
    } else {
        i128::from(GoDuration::parse(digits).ok()?.0)
    };
    Some(sign * magnitude)
}
