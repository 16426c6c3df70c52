//! `net/url` Parse: what Go takes for a URL, and its parts.

/// Parts of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Url<'t> {
    /// Before the colon, as typed; empty where there is none.
    pub scheme: &'t str,
    /// Host and port.
    pub host: &'t str,
    /// From the first `/` behind the host.
    pub path: &'t str,
    /// The rest behind the scheme where no `/` follows it.
    pub opaque: &'t str,
}

/// A URL; nothing where Go refuses it.
#[must_use]
pub fn url(text: &str) -> Option<Url<'_>> {
    if text.chars().any(|c| c < ' ' || c == '\u{7f}') {
        return None;
    }
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (scheme, rest) = scheme(text)?;
    let rest = rest.split_once('?').map_or(rest, |(rest, _)| rest);
    if !escaped(fragment) {
        return None;
    }
    if !rest.starts_with('/') {
        if !scheme.is_empty() {
            return Some(Url { scheme, host: "", path: "", opaque: rest });
        }
        if rest.split('/').next().is_some_and(|first| first.contains(':')) {
            return None;
        }
    }
    let (host, path) = match rest.strip_prefix("//") {
        Some(after) if !(scheme.is_empty() && rest.starts_with("///")) => {
            after.find('/').map_or((after, ""), |at| after.split_at(at))
        }
        _ => ("", rest),
    };
    let (user, host) = host.rsplit_once('@').unwrap_or(("", host));
    let good = escaped(path) && escaped(user) && is_host(host);
    good.then_some(Url { scheme, host, path, opaque: "" })
}

/// The scheme and what follows its colon; nothing where a colon stands first.
fn scheme(text: &str) -> Option<(&str, &str)> {
    for (at, c) in text.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return None,
            ':' => return Some((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Some(("", text))
}

/// Whether each `%` is followed by two hexadecimal digits.
fn escaped(text: &str) -> bool {
    text.split('%').skip(1).all(|part| part.len() > 1 && part.bytes().take(2).all(|c| c.is_ascii_hexdigit()))
}

fn is_host(host: &str) -> bool {
    let port = match host.strip_prefix('[') {
        Some(rest) => match rest.rsplit_once(']') {
            Some((_, port)) => port,
            None => return false,
        },
        None => host.rfind(':').map_or("", |at| &host[at..]),
    };
    let port = port.is_empty() || port.strip_prefix(':').is_some_and(|p| p.bytes().all(|c| c.is_ascii_digit()));
    let good = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:[]<>\"".contains(c);
    port && host.chars().all(good)
}

#[cfg(test)]
mod tests {
    use super::url;

    #[test]
    fn urls_are_read_as_go_reads_them() {
        for good in ["https://a:80/b", "x", "unix:///run/x", "a/b:c", "", "mailto:x", "https://[::1]:80", "//a", "*"] {
            assert!(url(good).is_some(), "{good}");
        }
        for bad in ["a b:c", ":x", "1:2", "https://a b", "https://a:b", "https://[::1", "https://a/%zz", "10.0.0.1:80"]
        {
            assert!(url(bad).is_none(), "{bad}");
        }
        assert_eq!(url("HTTPS://a:1/b").map(|u| (u.scheme, u.host, u.path)), Some(("HTTPS", "a:1", "/b")));
    }
}
