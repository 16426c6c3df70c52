//! Which component a command line starts: by itself, or through a wrapper that stands before it, such as `go-runner --log-file=… kubelet`.

use super::flags::{COMMANDS, Word, is_open};

/// The component that a program is by its file's name.
pub(super) fn named(program: &str) -> Option<&'static str> {
    let name = program.rsplit('/').next().unwrap_or(program);
    COMMANDS.into_iter().find(|component| *component == name)
}

/// The component that is started, and where its arguments begin. A wrapper's own flags are passed over; what follows them is
/// what it starts.
pub(super) fn started(words: &[Word<'_>]) -> Option<(&'static str, usize)> {
    let first = words.first()?;
    if let Some(component) = named(&first.text) {
        return Some((component, 1));
    }
    // A variable that is not known stands for any number of words, most of all for flags; `env` is given variables, `nice` a number.
    let own = |text: &str| {
        text.starts_with('-') || is_open(text) || text.contains('=') || text.bytes().all(|b| b.is_ascii_digit())
    };
    let at = 1 + words[1..].iter().position(|word| !own(&word.text))?;
    named(&words[at].text).map(|component| (component, at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Option<(&'static str, usize)> {
        let words: Vec<Word<'_>> = line.split(' ').map(|word| Word::new(word, 0..0)).collect();
        started(&words)
    }

    #[test]
    fn a_wrapper_with_flags_of_its_own_is_passed_over() {
        assert_eq!(of("/usr/bin/kubelet --v=2"), Some(("kubelet", 1)));
        assert_eq!(
            of("/go-runner --log-file=/var/log/a.log --also-stdout /usr/bin/kube-proxy --v=2"),
            Some(("kube-proxy", 4))
        );
        assert_eq!(of("env A=1 nice kubelet"), None, "one wrapper is enough");
        assert_eq!(of("nice -n 5 kubelet --v=2"), Some(("kubelet", 4)));
        assert_eq!(of("/usr/bin/env A=1 /usr/bin/kubelet --v=2"), Some(("kubelet", 3)));
        assert_eq!(of("hyperkube kube-apiserver --v=2"), Some(("kube-apiserver", 2)));
    }

    #[test]
    fn a_name_among_arguments_starts_nothing() {
        assert_eq!(of("docker run --name kubelet image"), None);
        assert_eq!(of("nginx"), None);
    }
}
