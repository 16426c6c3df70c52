//! The order of files that configure one thing: by file name, of equal names the one nearest to the administrator.

use std::collections::BTreeMap;

/// Folders from the one that wins to the one that loses.
const ROOTS: [&str; 6] = ["/etc/", "/run/", "/usr/local/lib/", "/usr/lib/", "/usr/local/", "/lib/"];

fn rank(path: &str) -> usize {
    let path = format!("/{path}");
    ROOTS.iter().position(|root| path.contains(root)).unwrap_or(ROOTS.len())
}

/// What makes two files one thing: the folder of drop-ins, where there is one, and the file's name.
fn key(path: &str) -> (bool, String) {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or(path);
    match parts.next().filter(|folder| folder.ends_with(".d")) {
        Some(folder) => (true, format!("{folder}/{name}")),
        None => (false, name.to_string()),
    }
}

/// Whether a file is of a kind whose like-named ones hide each other.
#[must_use]
pub fn hides(path: &str) -> bool {
    let unit = super::unit::unit(path).is_some();
    let folder = |name: &str| path.split('/').any(|part| part == name);
    unit || ["sysctl.d", "modules-load.d", "logind.conf.d", "system.conf.d"].into_iter().any(folder)
}

/// Files in the order in which they are read, those that another one of the same name hides left out. Those in no folder of
/// drop-ins come first.
pub fn ordered<T>(files: Vec<T>, path: impl Fn(&T) -> &str) -> Vec<T> {
    let mut by_name: BTreeMap<(bool, String), T> = BTreeMap::new();
    for file in files {
        let own = path(&file).to_string();
        let key = key(&own);
        match by_name.get(&key) {
            Some(other) if rank(path(other)) <= rank(&own) => {}
            _ => drop(by_name.insert(key, file)),
        }
    }
    by_name.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_administrator_hides_the_vendor() {
        let files =
            vec!["usr/lib/sysctl.d/10.conf", "etc/sysctl.d/50.conf", "run/sysctl.d/10.conf", "usr/lib/x.service"];
        assert_eq!(ordered(files, |f| f), ["usr/lib/x.service", "run/sysctl.d/10.conf", "etc/sysctl.d/50.conf"]);
    }
}
