//! Command lines that a shell runs. One that is a single `exec PROGRAM --flag=value …` is read; what a longer script comes to,
//! only the shell knows.

use super::flags::{COMMANDS, Word};
use super::program;
use crate::diag::{Finding, Place};
use std::sync::Arc;

const SHELLS: [&str; 4] = ["sh", "bash", "ash", "dash"];

/// Characters by which a word is more to a shell than what is written.
const SPECIAL: &str = "|&;<>()$`\\\"'*?[]#~{}!\n";

/// What a command line is.
pub(super) enum Line<'w> {
    /// A program by itself.
    Plain,
    /// A component that a shell becomes, with its name among the first words.
    Read(Vec<Word<'w>>),
    /// A script in which a component is named.
    Script(&'static str, Word<'w>),
}

/// What a command line is. `called` is the component that stands for a script which names none.
pub(super) fn line<'w>(words: &[Word<'w>], called: Option<&'static str>) -> Line<'w> {
    let shell = words.first().is_some_and(|w| SHELLS.contains(&w.text.rsplit('/').next().unwrap_or_default()));
    let told = |w: &Word<'_>| w.text.starts_with('-') && !w.text.starts_with("--") && w.text.contains('c');
    // Without `-c` the first word is a script's file.
    let flag = words.iter().skip(1).position(told).map(|at| at + 2);
    let file = || words.iter().skip(1).position(|word| !word.text.starts_with('-')).map(|at| at + 1);
    let Some((at, script)) = flag.or_else(file).filter(|_| shell).and_then(|at| Some((at, words.get(at)?))) else {
        return Line::Plain;
    };
    if let Some(own) = simple(script).filter(|_| flag.is_some() && at + 1 == words.len())
        && program::started(&own).is_some()
    {
        return Line::Read(own);
    }
    // A program that is no component may start one.
    let apart = |c: char| c.is_whitespace() || "/;&|()\"'".contains(c);
    let named = COMMANDS.into_iter().find(|component| script.text.split(apart).any(|word| word == *component));
    named.or(called).map_or(Line::Plain, |component| Line::Script(component, script.clone()))
}

/// The words of a script that does nothing but start a program. Where its output goes to is left out.
fn simple<'w>(script: &Word<'w>) -> Option<Vec<Word<'w>>> {
    let text = script.text.as_ref();
    let mut out = Vec::new();
    let mut from = 0;
    for word in text.trim_end().split_inclusive([' ', '\t', '\n']) {
        let (own, at) = (word.trim_end_matches([' ', '\t']), from);
        from += word.len();
        let output = own.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix('>');
        let to = output.map(|to| to.trim_start_matches(['>', '&']));
        match to {
            Some(to) if !to.is_empty() && !to.contains(|c| SPECIAL.contains(c)) => {}
            _ if own.contains(|c| SPECIAL.contains(c)) => return None,
            _ if own.is_empty() || (own == "exec" && out.is_empty()) => {}
            _ => out.push(script.cut(at, at + own.len())),
        }
    }
    Some(out)
}

/// That the flags of a component are not known, at the script that starts it.
pub(super) fn unread(path: &str, component: &str, script: &Word<'_>) -> Finding {
    let message = format!("cannot read the flags of {component} in `{path}`: it is started through a shell");
    let from = script.from.clone().unwrap_or_else(|| Arc::from(path));
    Finding::warning("current-shell", message)
        .at(&Place::new(&from, script.at.clone()), "nothing in it is checked")
        .help(format!("start it without a shell, or as a single `exec {component} --flag=value`"))
        .help(format!("or write its flags into a file `{component}.flags`, one `--flag=value` a line"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&'static str]) -> String {
        let words: Vec<Word<'_>> = words.iter().map(|text| Word::new(text, 0..text.len())).collect();
        match line(&words, None) {
            Line::Plain => "plain".into(),
            Line::Read(words) => words.iter().map(|w| w.text.as_ref()).collect::<Vec<_>>().join(" "),
            Line::Script(component, _) => format!("script of {component}"),
        }
    }

    #[test]
    fn a_single_program_is_read_and_a_script_is_not() {
        assert_eq!(of(&["/bin/sh", "-c", "exec kubelet --v=2 --a b 1>>/var/log/k.log 2>&1\n"]), "kubelet --v=2 --a b");
        assert_eq!(of(&["sh", "-ec", "/usr/bin/kubelet --v=2"]), "/usr/bin/kubelet --v=2");
        assert_eq!(of(&["sh", "-c", "kubelet --v=$V"]), "script of kubelet");
        assert_eq!(of(&["sh", "-c", "sleep 1; exec /usr/bin/kubelet --v=2"]), "script of kubelet");
        assert_eq!(of(&["sh", "-c", "kubelet --v=2\nkube-proxy"]), "script of kubelet");
        assert_eq!(of(&["sh", "-c", "exec nginx"]), "plain");
        assert_eq!(of(&["bash", "-o", "pipefail", "-c", "exec kubelet --v=2"]), "kubelet --v=2");
        assert_eq!(of(&["sh", "-c", "GOMAXPROCS=4 kubelet --v=2"]), "GOMAXPROCS=4 kubelet --v=2");
        assert_eq!(of(&["sh", "-c", "exec chroot /host kubelet --v=2"]), "script of kubelet");
        assert_eq!(of(&["kubelet", "--v=2"]), "plain");
    }
}
