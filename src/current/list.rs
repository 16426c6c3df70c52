//! Lists on a command line: elements with commas between them, and quotes around one that holds a comma.

/// The elements of a list (`encoding/csv`, one record, as pflag reads it); nothing where a `"` stands within one.
#[must_use]
pub fn csv(text: &str) -> Option<Vec<String>> {
    let mut out = Vec::new();
    if text.is_empty() {
        return Some(out);
    }
    let mut rest = Some(text);
    while let Some(text) = rest {
        let (element, after) = match text.strip_prefix('"') {
            Some(quoted) => in_quotes(quoted)?,
            None => {
                let (element, after) = text.split_once(',').map_or((text, None), |(one, after)| (one, Some(after)));
                (element.to_string(), after)
            }
        };
        if !text.starts_with('"') && element.contains('"') {
            return None;
        }
        out.push(element);
        rest = after;
    }
    Some(out)
}

/// An element up to its closing quote, and what follows the comma behind it. Two quotes stand for one.
fn in_quotes(text: &str) -> Option<(String, Option<&str>)> {
    let (mut out, mut rest) = (String::new(), text);
    loop {
        let (before, after) = rest.split_once('"')?;
        out.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                out.push('"');
                rest = more;
            }
            None if after.is_empty() => return Some((out, None)),
            None => return after.strip_prefix(',').map(|after| (out, Some(after))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::csv;

    #[test]
    fn lists_are_read_as_go_reads_them() {
        let read = |text| csv(text).map(|list| list.join("|"));
        assert_eq!(read(""), Some(String::new()));
        assert_eq!(read("a,,b,"), Some("a||b|".to_string()));
        assert_eq!(read("\"a,b\",\"c\"\"d\""), Some("a,b|c\"d".to_string()));
        assert_eq!((read("a\"b"), read("\"a"), read("\"a\"b")), (None, None, None));
    }
}
