//! A small checker of XML: every element closes, attributes are quoted, and nothing stands unescaped.

/// An element's name and its attributes.
pub type Element = (String, Vec<(String, String)>);

/// Elements of a document in order, with their attributes; a complaint when it is not well-formed.
pub fn elements(text: &str) -> Result<Vec<Element>, String> {
    let body = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").ok_or("no declaration")?;
    let (mut out, mut open, mut rest) = (Vec::new(), Vec::<String>::new(), body);
    while let Some(at) = rest.find('<') {
        escaped(&rest[..at])?;
        if open.is_empty() && !rest[..at].trim().is_empty() {
            return Err(format!("text outside of elements: {}", &rest[..at]));
        }
        let end = rest.find('>').ok_or("a tag does not end")?;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let last = open.pop().ok_or("a close tag too many")?;
            if last != name {
                return Err(format!("<{last}> is closed by </{name}>"));
            }
            continue;
        }
        let empty = tag.ends_with('/');
        let tag = tag.strip_suffix('/').unwrap_or(tag);
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
            return Err(format!("<{name}>"));
        }
        out.push((name.to_string(), self::attributes(attributes)?));
        if !empty {
            open.push(name.to_string());
        }
    }
    if open.is_empty() && rest.trim().is_empty() {
        Ok(out)
    } else {
        Err(format!("left open: {open:?}; left over: {rest}"))
    }
}

fn attributes(text: &str) -> Result<Vec<(String, String)>, String> {
    let (mut out, mut rest) = (Vec::new(), text.trim());
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").ok_or_else(|| format!("no value: {rest}"))?;
        let (value, after) = after.split_once('"').ok_or_else(|| format!("no closing quote: {after}"))?;
        escaped(value)?;
        if value.contains('\n') {
            return Err(format!("a line break in {name}, which a reader makes a space"));
        }
        out.push((name.to_string(), value.to_string()));
        rest = after.trim_start();
    }
    Ok(out)
}

/// Every `&` begins an entity that XML knows.
fn escaped(text: &str) -> Result<(), String> {
    for part in text.split('&').skip(1) {
        let entity = part.split(';').next().unwrap_or_default();
        if !["amp", "lt", "gt", "quot", "apos", "#10"].contains(&entity) {
            return Err(format!("&{entity};"));
        }
    }
    Ok(())
}

#[test]
fn the_checker_tells_good_from_bad() {
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    assert_eq!(elements(&format!("{head}<a b=\"&lt;\"><c/></a>\n")).unwrap().len(), 2);
    for bad in ["<a>", "<a></b>", "<a b=c/>", "<a>&nbsp;</a>", "<a/>text", "<a b=\"x/>"] {
        assert!(elements(&format!("{head}{bad}")).is_err(), "{bad}");
    }
}
