//! Which node a file is of, by its path: what stands before the folders that every host has, else its own folder.

/// Folders of a host with what they hold for a node.
const HOST: [(&str, &[&str]); 6] = [
    (
        "etc",
        &[
            "kubernetes",
            "systemd",
            "sysctl.d",
            "sysctl.conf",
            "modules-load.d",
            "modules",
            "default",
            "sysconfig",
            "containerd",
            "crio",
            "etcd",
            "etcd.env",
            "kubelet.d",
            "kubelet.conf.d",
        ],
    ),
    ("var", &["lib", "snap"]),
    ("usr", &["lib", "local"]),
    ("run", &["systemd", "sysctl.d"]),
    ("lib", &["systemd", "sysctl.d", "modules-load.d", "kubelet", "kube-proxy", "etcd"]),
    ("opt", &["kubernetes"]),
];

/// Folders below one that is a node's or class's own.
const WITHIN: [&str; 4] = ["manifests", "systemd", "system", "kubernetes"];

/// The folder of a file's node; empty for the root, or where there is no folder.
#[must_use]
pub fn root(path: &str) -> &str {
    let starts = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
    for start in starts {
        let mut parts = path[start..].split('/');
        let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        // Which files lie in /etc itself, such as node-sizing.env, is each installer's own.
        let in_etc = first == "etc" && !second.is_empty() && parts.next().is_none();
        if in_etc || HOST.iter().any(|(folder, held)| *folder == first && held.contains(&second)) {
            return path[..start].trim_end_matches('/');
        }
    }
    let mut folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    // A kubelet walks its folder of drop-ins with all that is below.
    if let Some((at, _)) = folder.match_indices(".d/").next() {
        folder = &folder[..at + 2];
    }
    loop {
        let (above, last) = folder.rsplit_once('/').unwrap_or(("", folder));
        if last.is_empty() || !(last.ends_with(".d") || WITHIN.contains(&last)) {
            return folder;
        }
        folder = above;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_of_the_node_whose_tree_it_lies_in() {
        let cases = [
            ("/etc/kubernetes/manifests/etcd.yaml", ""),
            ("n1/var/lib/kubelet/config.yaml", "n1"),
            ("/var/tmp/copy/n1/etc/sysctl.d/k8s.conf", "/var/tmp/copy/n1"),
            ("out/c/node-class/web/kubelet.conf.d/20.conf", "out/c/node-class/web"),
            ("out/c/node-class/web/systemd/kubelet.service.d/20.conf", "out/c/node-class/web"),
            ("n1/kubelet.conf.d/10/a.conf", "n1"),
            ("n1/etc/node-sizing.env", "n1"),
            ("kubelet.yaml", ""),
            ("a/kubelet.yaml", "a"),
        ];
        for (path, wanted) in cases {
            assert_eq!(root(path), wanted, "{path}");
        }
    }
}
