//! YAML and JSON texts as documents, with both places of a fault: where the parser stopped, and what it was still in.

use crate::diag::{Finding, Place};
use crate::yaml::Node;
use std::ops::Range;
use std::sync::Arc;

/// Every document of a text, of which no map may have two equal keys.
pub(super) fn strict(path: &str, text: &str) -> Result<Vec<Node>, Box<Finding>> {
    let documents = documents(path, text)?;
    match documents.iter().flat_map(Node::twice).next() {
        Some((_, second)) => {
            let said = format!("duplicate mapping key: {}", second.key);
            Err(Box::new(fault(path, text, second.at.start, &said)))
        }
        None => Ok(documents),
    }
}

/// Every document of a text. JSON is read as the YAML it is.
pub(super) fn documents(path: &str, text: &str) -> Result<Vec<Node>, Box<Finding>> {
    crate::yaml::documents(text).map_err(|error| Box::new(fault(path, text, error.at, &error.said)))
}

fn fault(path: &str, text: &str, stopped: usize, said: &str) -> Finding {
    let file: Arc<str> = Arc::from(path);
    let form = if text.trim_start().starts_with(['{', '[']) { "JSON" } else { "YAML" };
    let message = format!("cannot read the current file `{path}`: not valid {form}");
    let place = |at: Range<usize>| Place::new(&file, at);
    let finding = Finding::error("current-unparsable", message)
        .at(&place(one(text, stopped)), "the parser lost its place here")
        .note(said);
    match open(text, stopped, said) {
        Some((at, what)) => finding.clash(&place(one(text, at)), what),
        None => finding,
    }
}

/// The character at `at`.
fn one(text: &str, at: usize) -> Range<usize> {
    at..text.get(at..).and_then(|t| t.chars().next()).map_or(at, |c| at + c.len_utf8())
}

/// What was begun before the parser stopped and never ended, or what the place clashes with.
fn open(text: &str, stopped: usize, said: &str) -> Option<(usize, &'static str)> {
    let before = text.get(..stopped)?;
    if let Some(key) = said.strip_prefix("duplicate mapping key: ") {
        return before.find(key).map(|at| (at, "the same key, first here"));
    }
    let (mut quote, mut brackets): (Option<(char, usize)>, Vec<usize>) = (None, Vec::new());
    let (mut previous, mut comment) = ('\n', false);
    for (at, c) in before.char_indices() {
        match (quote, c) {
            (_, '\n') if comment => comment = false,
            _ if comment => {}
            (Some((q, _)), c) if c == q && !(q == '"' && previous == '\\') => quote = None,
            (Some(_), _) => {}
            // Only a quote that begins a scalar is one: `it's` is not.
            (None, '"' | '\'') if matches!(previous, ' ' | '\n' | '[' | '{' | ',' | ':' | '-') => quote = Some((c, at)),
            (None, '#') if matches!(previous, ' ' | '\n') => comment = true,
            (None, '[' | '{') => brackets.push(at),
            (None, ']' | '}') => drop(brackets.pop()),
            _ => {}
        }
        previous = if c == '\\' && previous == '\\' { ' ' } else { c };
    }
    let quote = quote.map(|(_, at)| (at, "this quote is never closed"));
    quote.or_else(|| brackets.pop().map(|at| (at, "this bracket is never closed"))).or_else(|| line_above(before))
}

/// The last line with something on it above the place.
fn line_above(before: &str) -> Option<(usize, &'static str)> {
    let above = before.rfind('\n')?;
    let trimmed = before[..above].trim_end();
    let start = trimmed.rfind('\n').map_or(0, |at| at + 1);
    let indent = trimmed[start..].len() - trimmed[start..].trim_start().len();
    (!trimmed.is_empty()).then_some((start + indent, "after this line"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line and text of each label.
    fn labels(text: &str) -> Vec<(usize, String)> {
        let fault = strict("f", text).unwrap_err();
        fault.labels.iter().map(|l| (text[..l.span.start].matches('\n').count() + 1, l.text.clone())).collect()
    }

    #[test]
    fn an_open_quote_is_pointed_at_beside_the_place_where_the_parser_stopped() {
        let found = labels("a:\n  b: \"100Mi\n  c: \"10%\"\n");
        assert_eq!(
            found,
            [(3, "the parser lost its place here".to_string()), (2, "this quote is never closed".to_string())]
        );
    }

    #[test]
    fn an_open_bracket_and_a_second_key_are_pointed_at() {
        assert_eq!(labels("a: [1, 2\nb: 3\n")[1], (1, "this bracket is never closed".to_string()));
        assert_eq!(labels("a: 1\nb: 2\na: 3\n")[1], (1, "the same key, first here".to_string()));
        assert_eq!(labels("a: 1\n  b: 2\n")[1], (1, "after this line".to_string()));
    }

    #[test]
    fn depth_is_limited() {
        assert!(documents("f", &"[".repeat(100_000)).is_err());
        assert!(documents("f", &format!("{}1{}", "{\"a\":".repeat(500), "}".repeat(500))).is_err());
    }
}
