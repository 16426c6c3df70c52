//! Files of sections and `Key=value` lines, as systemd reads them: comments, continued lines, quoting.

use std::ops::Range;

/// One assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// The section it stands in.
    pub section: String,
    /// Its name.
    pub key: String,
    /// Where the name stands.
    pub at: Range<usize>,
    /// The value, with continued lines joined.
    pub value: Text,
}

/// A text that knows where each of its bytes stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    /// The text.
    pub text: String,
    /// Place of each byte.
    pub places: Vec<usize>,
}

impl Text {
    /// A stretch of a file.
    pub(super) fn new(file: &str, range: Range<usize>) -> Self {
        let text = file.get(range.clone()).unwrap_or_default().to_string();
        let places = (range.start..range.start + text.len()).collect();
        Self { text, places }
    }

    fn push(&mut self, other: &Self) {
        self.text.push_str(&other.text);
        self.places.extend(&other.places);
    }

    /// The stretch of the file that the part `from..to` of the text stands at.
    pub(super) fn at(&self, from: usize, to: usize) -> Range<usize> {
        let start = self.places.get(from).or(self.places.last()).copied().unwrap_or_default();
        let end = to.checked_sub(1).filter(|last| *last >= from).and_then(|last| self.places.get(last));
        start..end.map_or(start, |end| end + 1).max(start)
    }

    /// What stands at a place, where nothing is left out there.
    fn written(&self, at: &Range<usize>) -> Option<&str> {
        let from = self.places.binary_search(&at.start).ok()?;
        self.text.get(from..from + at.len()).filter(|_| self.at(from, from + at.len()) == *at)
    }

    /// Where all of it stands.
    pub(super) fn whole(&self) -> Range<usize> {
        self.at(0, self.text.len())
    }

    /// The part `from..to` of the text.
    pub(super) fn part(&self, from: usize, to: usize) -> Self {
        Self {
            text: self.text.get(from..to).unwrap_or_default().to_string(),
            places: self.places.get(from..to).unwrap_or_default().to_vec(),
        }
    }

    fn trimmed(self) -> Self {
        let start = self.text.len() - self.text.trim_start().len();
        let text = self.text.trim().to_string();
        let places = self.places.get(start..start + text.len()).unwrap_or_default().to_vec();
        Self { text, places }
    }
}

/// A word of a value: its text without quotes, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The text.
    pub text: String,
    /// Byte range.
    pub at: Range<usize>,
}

/// Whether the first line that says something is the head of a section of systemd's.
pub(super) fn looks_like(text: &str) -> bool {
    const SECTIONS: [&str; 10] = [
        "[Unit]",
        "[Service]",
        "[Slice]",
        "[Manager]",
        "[Login]",
        "[Install]",
        "[Socket]",
        "[Scope]",
        "[Timer]",
        "[Mount]",
    ];
    let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with(['#', ';']));
    lines.next().is_some_and(|line| SECTIONS.contains(&line))
}

/// Every assignment, in order.
pub(super) fn settings(text: &str) -> Vec<Setting> {
    let mut out = Vec::new();
    let mut section = String::new();
    for line in lines(text) {
        let trimmed = line.text.trim();
        if let Some(name) = trimmed.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
            section = name.to_string();
        } else if let Some(equals) = line.text.find('=') {
            let key = line.text[..equals].trim().to_string();
            let start = line.text.len() - line.text.trim_start().len();
            let at = line.at(start, start + key.len());
            let value = Text {
                text: line.text[equals + 1..].to_string(),
                places: line.places.get(equals + 1..).unwrap_or_default().to_vec(),
            };
            out.push(Setting { section: section.clone(), key, at, value: value.trimmed() });
        }
    }
    out
}

/// Lines with what continues them; comments within are left out.
pub(super) fn lines(text: &str) -> Vec<Text> {
    let mut out = Vec::new();
    let mut open: Option<Text> = None;
    let mut from = 0;
    for line in text.split_inclusive('\n') {
        let at = from;
        from += line.len();
        let body = line.trim_end_matches(['\n', '\r']);
        if body.trim_start().starts_with(['#', ';']) {
            continue;
        }
        let (body, continues) = match body.strip_suffix('\\') {
            Some(front) => (front, true),
            None => (body, false),
        };
        let mut own = Text::new(text, at..at + body.len());
        if continues {
            // A backslash at the end of a line and the line break are one space.
            own.text.push(' ');
            own.places.push(at + body.len());
        }
        let mut whole = open.take().unwrap_or_default();
        whole.push(&own);
        match continues {
            true => open = Some(whole),
            false if whole.text.trim().is_empty() => {}
            false => out.push(whole),
        }
    }
    out.extend(open);
    out
}

/// The words of a value as they are written, quotes included: from and to.
pub(super) fn ranges(value: &Text) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut start = None;
    let (mut quote, mut escaped) = (None, false);
    for (at, c) in value.text.char_indices() {
        if quote.is_none() && !escaped && c.is_whitespace() {
            out.extend(start.take().map(|start| (start, at)));
            continue;
        }
        start = start.or(Some(at));
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some('"') | None, '\\') => escaped = true,
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            _ => {}
        }
    }
    out.extend(start.map(|start| (start, value.text.len())));
    out
}

/// The words of a value: split at white space, quotes taken off, backslashes that quote taken off.
pub(super) fn words(value: &Text) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut open: Option<(Piece, usize)> = None;
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, c) in value.text.char_indices() {
        if quote.is_none() && !escaped && c.is_whitespace() {
            out.extend(open.take().map(|(piece, _)| piece));
            continue;
        }
        let (piece, first) =
            open.get_or_insert_with(|| (Piece { text: String::new(), at: value.at(at, at + c.len_utf8()) }, at));
        piece.at = value.at(*first, at + c.len_utf8());
        match (quote, c) {
            _ if escaped => {
                escaped = false;
                piece.text.push(c);
            }
            (Some('"') | None, '\\') => escaped = true,
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            _ => piece.text.push(c),
        }
    }
    out.extend(open.map(|(piece, _)| piece));
    // Where nothing but the quotes around it differs, the place is what they hold.
    for piece in &mut out {
        // The quotes may as well stand in the middle of the word.
        let around = value.written(&piece.at).is_some_and(|word| {
            word.chars().next().is_some_and(|quote| matches!(quote, '"' | '\'') && word.ends_with(quote))
        });
        if around && piece.at.len() == piece.text.len() + 2 {
            piece.at = piece.at.start + 1..piece.at.end - 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_words_and_places() {
        let text = "[Service]\n# no\nExecStart=/bin/a --x=1 \\\n  ; no\n  \"--y=two words\" $Z\n\nSlice = kube.slice\n";
        let found = settings(text);
        assert_eq!(found.iter().map(|s| s.key.as_str()).collect::<Vec<_>>(), ["ExecStart", "Slice"]);
        let words = words(&found[0].value);
        assert_eq!(
            words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>(),
            ["/bin/a", "--x=1", "--y=two words", "$Z"]
        );
        assert_eq!(&text[words[1].at.clone()], "--x=1");
        assert_eq!(&text[words[2].at.clone()], "--y=two words");
        assert_eq!(super::words(&Text::new("a'b'", 0..4))[0].at, 0..4);
        assert_eq!(&text[found[1].value.whole()], "kube.slice");
        assert_eq!(&text[found[1].at.clone()], "Slice");
    }
}
