//! The order of files that configure one thing: by file name, of equal names the one nearest to the administrator.

use std::collections::BTreeMap;

/// Folders from the one that wins to the one that loses.
const ROOTS: [&str; 6] = ["/etc/", "/run/", "/usr/local/lib/", "/usr/lib/", "/usr/local/", "/lib/"];

fn rank(path: &str) -> usize {
    let path = format!("/{path}");
    ROOTS.iter().position(|root| path.contains(root)).unwrap_or(ROOTS.len())
}

/// Files in the order in which they are read, those that another one of the same name hides left out. Those in no folder of
/// drop-ins come first.
pub(crate) fn ordered<T>(files: Vec<T>, path: impl Fn(&T) -> &str) -> Vec<T> {
    let mut by_name: BTreeMap<(bool, String), T> = BTreeMap::new();
    for file in files {
        let own = path(&file).to_string();
        let name = own.rsplit('/').next().unwrap_or(&own).to_string();
        let key = (own.contains(".d/"), name);
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
        let files = vec!["usr/lib/sysctl.d/10.conf", "etc/sysctl.d/50.conf", "run/sysctl.d/10.conf", "usr/lib/x.service"];
        assert_eq!(
            ordered(files, |f| f),
            ["usr/lib/x.service", "run/sysctl.d/10.conf", "etc/sysctl.d/50.conf"]
        );
    }
}
