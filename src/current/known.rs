//! Variables of a container, filled into its command line as the kubelet does it (third_party/forked/golang/expansion/expand.go).

use super::flags::Word;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Bytes that variables may put into all texts of a container. Variables of variables make more of them than any command line
/// holds; what is beyond stays as it is written, and is not known.
const LONGEST: usize = 1 << 20;

/// Variables with their values.
#[derive(Default)]
pub(super) struct Known {
    values: BTreeMap<String, String>,
    filled: usize,
}

impl Known {
    /// Sets a variable.
    pub(super) fn add(&mut self, name: &Word<'_>, value: &Word<'_>) {
        self.values.insert(name.text.to_string(), value.text.to_string());
    }

    /// A word with the variables that are known: `$(NAME)` is the variable, and stays where there is none; `$$` is a dollar sign.
    pub(super) fn filled<'n>(&mut self, word: Word<'n>) -> Word<'n> {
        let mut out = String::new();
        let mut rest = word.text.as_ref();
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let name = after.strip_prefix('(').and_then(|open| open.split_once(')'));
            rest = match name {
                Some((name, after)) => {
                    match self.values.get(name) {
                        Some(value) if self.filled + value.len() > LONGEST => return word,
                        Some(value) => {
                            self.filled += value.len();
                            out.push_str(value);
                        }
                        None => out.push_str(&format!("$({name})")),
                    }
                    after
                }
                None => {
                    out.push('$');
                    after.strip_prefix('$').unwrap_or(after)
                }
            };
        }
        out.push_str(rest);
        match out == word.text {
            true => word,
            false => Word { text: Cow::Owned(out), mixed: true, ..word },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &'static str) -> Word<'static> {
        Word::new(text, 0..0)
    }

    #[test]
    fn what_is_no_variable_stays() {
        let mut known = Known::default();
        known.add(&of("A"), &of("x"));
        let mut filled = |text| known.filled(of(text)).text.into_owned();
        assert_eq!([filled("$$(A)-$(A)"), filled("$A$(B)$(A")], ["$(A)-x", "$A$(B)$(A"]);
    }

    #[test]
    fn variables_do_not_grow_without_end() {
        let mut known = Known::default();
        let long = Word { text: Cow::Owned("x".repeat(LONGEST / 2)), ..of("") };
        known.add(&of("A"), &long);
        let lengths = [(); 4].map(|()| known.filled(of("$(A)")).text.len());
        assert_eq!(lengths, [LONGEST / 2, LONGEST / 2, 4, 4]);
    }
}
