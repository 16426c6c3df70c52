//! Texts inside of texts: where a byte of a decoded scalar stands in the file that holds it.

use crate::yaml::{Member, Node, Value};
use std::iter::repeat_n;
use std::ops::Range;

/// Places in the outer text, for each byte of the inner text that of its character, and one for its end.
#[derive(Clone, Debug)]
pub(super) struct Offsets {
    written: Vec<Range<usize>>,
    whole: Range<usize>,
}

impl Offsets {
    /// Aligns a decoded scalar with what is written at `at`. Where that fails, every place is that of the whole scalar.
    pub(super) fn new(outer: &str, at: &Range<usize>, inner: &str) -> Self {
        let written = outer.get(at.clone()).and_then(|written| align(written, at.start, inner)).unwrap_or_default();
        Self { written, whole: at.clone() }
    }

    /// The range of the outer text that the inner one stands at.
    pub(super) fn range(&self, inner: &Range<usize>) -> Range<usize> {
        let Some(start) = self.written.get(inner.start).map(|at| at.start) else { return self.whole.clone() };
        // The end is after the last character, not before the next one: indentation may lie between the two.
        let end = match inner.end.checked_sub(1).filter(|last| *last >= inner.start) {
            Some(last) => self.written.get(last).map(|at| at.end),
            None => Some(start),
        };
        end.filter(|end| *end >= start).map_or_else(|| self.whole.clone(), |end| start..end)
    }

    /// Moves every place of a document of the inner text into the outer one.
    pub(super) fn moved(&self, node: &Node) -> Node {
        let value = match &node.value {
            Value::Scalar(scalar) => Value::Scalar(scalar.clone()),
            Value::List(items) => Value::List(items.iter().map(|item| self.moved(item)).collect()),
            Value::Map(members) => Value::Map(
                members
                    .iter()
                    .map(|m| Member { at: self.range(&m.at), node: self.moved(&m.node), ..m.clone() })
                    .collect(),
            ),
        };
        Node { value, span: self.range(&node.span) }
    }
}

/// Where the character of each byte of `inner` is written; nothing where the two do not fit together.
fn align(written: &str, start: usize, inner: &str) -> Option<Vec<Range<usize>>> {
    let mut out = Vec::with_capacity(inner.len() + 1);
    let end = match written.bytes().next()? {
        b'"' => double(written, inner, &mut out)?,
        b'\'' => lines(written, 1, inner, Some('\''), &mut out)?,
        b'|' | b'>' => lines(written, header(written), inner, None, &mut out)?,
        _ => lines(written, 0, inner, None, &mut out)?,
    };
    out.push(end..end);
    out.iter_mut().for_each(|at| *at = at.start + start..at.end + start);
    (out.len() == inner.len() + 1).then_some(out)
}

/// Length of the line that begins a block scalar.
fn header(written: &str) -> usize {
    written.find('\n').map_or(written.len(), |at| at + 1)
}

/// Text without escapes: line breaks and what is left out at the beginning and end of lines are skipped.
fn lines(written: &str, from: usize, inner: &str, quote: Option<char>, out: &mut Vec<Range<usize>>) -> Option<usize> {
    let mut at = from;
    for c in inner.chars() {
        let rest = written.get(at..)?;
        let skipped = if rest.starts_with(c) {
            0
        } else if c == '\n' || c == ' ' {
            // A folded line break, or trailing space that does not count.
            rest.find('\n')?
        } else {
            rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len()
        };
        at += skipped;
        let here = written.get(at..)?;
        let length = here.chars().next().filter(|h| *h == c || (*h == '\n' && c == ' '))?.len_utf8();
        out.extend(repeat_n(at..at + length, c.len_utf8()));
        at += length;
        if quote == Some(c) && written.get(at..)?.starts_with(c) {
            at += c.len_utf8();
        }
    }
    Some(at)
}

/// Text in double quotes, with its escapes.
fn double(written: &str, inner: &str, out: &mut Vec<Range<usize>>) -> Option<usize> {
    let mut at = 1;
    for c in inner.chars() {
        let rest = written.get(at..)?;
        let length = match rest.strip_prefix('\\') {
            Some(escape) => 1 + escaped(escape, c)?,
            None if rest.starts_with(c) => c.len_utf8(),
            None => return None,
        };
        out.extend(repeat_n(at..at + length, c.len_utf8()));
        at += length;
    }
    Some(at)
}

/// Length of an escape that stands for `c`, without its backslash.
fn escaped(escape: &str, c: char) -> Option<usize> {
    let digits = match escape.chars().next()? {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        other => return Some(other.len_utf8()),
    };
    let code = u32::from_str_radix(escape.get(1..=digits)?, 16).ok()?;
    // A pair of surrogates is one character.
    let pair = digits == 4 && (0xd800..0xdc00).contains(&code) && c as u32 > 0xffff;
    Some(1 + digits + if pair { 6 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::documents;

    /// What stands in the outer text at the place of the inner `maxPods`.
    fn found(outer: &str) -> (String, String) {
        let document = documents(outer).unwrap().remove(0);
        let holder = document.get("kubelet").unwrap();
        let text = holder.text().unwrap();
        let offsets = Offsets::new(outer, &holder.span, text);
        let inner = offsets.moved(&documents(text).unwrap()[0]);
        let member = inner.members().find(|m| m.key == "maxPods").unwrap().clone();
        (outer[member.at.clone()].to_string(), outer[member.node.span.clone()].to_string())
    }

    #[test]
    fn places_in_a_block_are_places_of_the_file() {
        let wanted = ("maxPods".to_string(), "110".to_string());
        assert_eq!(found("a: 1\nkubelet: |\n  # ü\n  kind: K\n\n  maxPods: 110\n  port: 1\nb: 2\n"), wanted);
        assert_eq!(found("kubelet: |-\n    kind: K\n    maxPods: 110"), wanted);
        assert_eq!(found("kubelet: \"kind: K\\nx: \\\"\\u00fc\\\"\\nmaxPods: 110\\n\"\n"), wanted);
        assert_eq!(found("{\"kubelet\": \"kind: \\u004b\\nmaxPods: 110\\n\"}"), wanted);
        assert_eq!(found("kubelet: >\n  kind: K\n\n  maxPods: 110\n"), wanted);
        assert_eq!(found("kubelet: 'kind: it''s\n\n  maxPods: 110'\n"), wanted);
        let escaped = ("maxP\\u006fds".to_string(), "ü".to_string());
        assert_eq!(found("{\"kubelet\": \"maxP\\u006fds: ü\"}"), escaped);
        let escaped = ("maxPod\\u0073".to_string(), "1".to_string());
        assert_eq!(found("kubelet: \"maxPod\\u0073: 1\\n\"\n"), escaped);
        assert_eq!(found("kubelet: |2\n   maxPods: 110\n   kind: K\n"), wanted);
    }
}
