"""Compares catalog/tunables/*.toml with catalog/generated/fields.tsv: names, since, removed, defaults.

Needs Python 3.11. Prints every difference that is not in EXPLAINED or NOT_CARRIED below, and exits 1 when there is one.
"""

import json
import pathlib
import re
import sys
import tomllib

CATALOG = pathlib.Path(__file__).resolve().parents[2] / "catalog"
OLDEST = {"etcd": "3.4"}  # every other component: 1.25

# Effective defaults that upstream sets after its defaulting functions ran, or reads into a zero.
EXPLAINED = {
    "kube-proxy/mode": "empty becomes iptables on Linux in cmd/kube-proxy/app/server_linux.go",
    "kube-proxy/detectLocalMode": "empty becomes ClusterCIDR in cmd/kube-proxy/app/server_linux.go",
    "kubelet/userNamespaces.idsPerPod": "unset means 65536 in pkg/kubelet/config/defaults.go",
    "kube-scheduler/profiles": "the default profile is the minor's whole plugin list: see fields.tsv",
    "kube-controller-manager/node-cidr-mask-size": "0 means 24 (IPv4) in cmd/kube-controller-manager/app/core.go",
    "kube-controller-manager/node-cidr-mask-size-ipv4": "0 means 24 in cmd/kube-controller-manager/app/core.go",
    "kube-controller-manager/node-cidr-mask-size-ipv6": "0 means 64 in cmd/kube-controller-manager/app/core.go",
    "etcd/quota-backend-bytes": "0 means 2 GiB in server/storage/quota.go",
    "kubelet/logging.flushFrequency": "5000000000 nanoseconds as a number up to 1.27",
    "etcd/backend-bbolt-freelist-type": "empty means map in server/embed/config.go",
    "etcd/experimental-backend-bbolt-freelist-type": "empty means array in embed/config.go of 3.4",
    "etcd/warning-unary-request-duration": "0s means 300ms in etcdmain/config.go of 3.6",
}
# Flags that patches of etcd 3.4 after the one read (3.4.13) added: CHANGELOG-3.4, 3.4.16 and 3.4.20.
LATE_IN_ETCD_3_4 = {
    "etcd/max-concurrent-streams",
    "etcd/experimental-enable-lease-checkpoint-persist",
    "etcd/experimental-warning-apply-duration",
}
# Entries for single keys of a map: upstream has no field for them.
KEYS_OF_MAPS = ("kubelet/cpuManagerPolicyOptions.", "kubelet/topologyManagerPolicyOptions.")
# Carried as part of the object or list above them, or flags that are no tuning: files, certificates, clouds.
NOT_CARRIED = re.compile(r"""
    .*(\.vmodule\[\]|tlsConfig|registerWithTaints\[\]|managedResources\[\]|\.plugins|addedAffinity|resources\[\]
      |defaultConstraints\[\]|requestedToCapacityRatio|\.shape\[\])\..+
  | kube-controller-manager/(allow-.*|authentication-.*|authorization-(kubeconfig|always-allow-paths)|cert-dir
      |client-ca-file|cloud-config|cluster-signing-.*(cert|key)-file|disable(-http2-serving|d-metrics)|emulated-version
      |min-compatibility-version|enable-hostpath-provisioner|external-cloud-volume-plugin|flex-volume-plugin-dir
      |kubeconfig|leader-migration-config|log-(text|json)-.*|master|permit-.*|pv-recycler-.*|requestheader-.*
      |root-ca-file|service-account-private-key-file|show-hidden-metrics-for-version|tls-(?!min-version).*|vmodule
      |volume-host-.*)
  | etcd/(.*(cert|key|crl|ca)-file|.*cert-allowed-.*|.*auto-tls|.*client-cert-auth|.*urls|discovery-.*|initial-cluster.*
      |.*distributed-tracing-.*|proxy.*|log-(outputs?|package-levels|rotation-config-json)|logger|debug|version|name|config-file
      |cors|host-whitelist|cipher-suites|tls-max-version|self-signed-cert-validity|enable-log-rotation|force-new-cluster
      |experimental-(enable-v2v3|peer-skip-client-san-verification)
      |cluster-(active-size|remove-delay|sync-interval)|config|force|max-(result-buffer|retry-attempts)|retry-interval
      |peer-(election-timeout|heartbeat-interval)|snapshot|test\..*|v|vv)  # the last two lines: accepted and ignored by 3.4
""", re.VERBOSE)


def order(minor):
    """Sorts 1.9 before 1.10."""
    return [int(x) for x in minor.split(".")]


def extracted():
    """{path: [(since, until, default)]} and the minors of each family."""
    fields, minors = {}, {}
    for line in (CATALOG / "generated" / "fields.tsv").read_text().splitlines():
        if line.startswith("#"):
            continue
        path, since, until, _, default = line.split("\t")
        value = json.loads(default) if default else None
        fields.setdefault(path, []).append((since, until, None if value in ("", [], {}) else value))
        family = "etcd" if path.startswith("etcd/") else "kubernetes"
        minors.setdefault(family, set()).update(x for x in (since, until) if x)
    return fields, {k: sorted(v, key=order) for k, v in minors.items()}


def default_at(spans, minor):
    """(present, default) of spans at a minor."""
    for since, until, value in spans:
        if order(since) <= order(minor) and (not until or order(minor) <= order(until)):
            return True, value
    return False, None


def catalogued_at(entry, minor):
    """(present, default) of a catalogue entry at a minor."""
    present = order(entry.get("since", "0.0")) <= order(minor) and order(minor) < order(entry.get("removed", "99.0"))
    reached = [d for d in entry.get("defaults", []) if order(d["since"]) <= order(minor)]
    return present, reached[-1].get("value") if reached else None


def main():
    """Prints every unexplained difference."""
    fields, minors = extracted()
    faults = []
    names = set()
    for path in sorted((CATALOG / "tunables").glob("*.toml")):
        entries = tomllib.loads(path.read_text())["tunable"]
        listed = [e["name"] for e in entries]
        if listed != sorted(set(listed)):
            faults.append(f"{path.name}: not sorted, or a name twice")
        for entry in entries:
            name = entry["name"]
            names.add(name)
            if name.startswith(KEYS_OF_MAPS):
                continue
            if name not in fields:
                faults.append(f"{name}: upstream has no such field")
                continue
            for minor in minors["etcd" if name.startswith("etcd/") else "kubernetes"]:
                if minor == "3.4" and name in LATE_IN_ETCD_3_4:
                    continue
                theirs, ours = default_at(fields[name], minor), catalogued_at(entry, minor)
                if theirs[0] != ours[0]:
                    faults.append(f"{name} in {minor}: upstream {'has' if theirs[0] else 'lacks'} it")
                elif theirs[0] and theirs[1] != ours[1] and name not in EXPLAINED:
                    faults.append(f"{name} in {minor}: default {theirs[1]!r}, catalogue {ours[1]!r}")
    for name in sorted(fields):
        below = any(other.startswith((name + ".", name + "[")) for other in names)
        if name not in names and not below and not NOT_CARRIED.fullmatch(name):
            faults.append(f"{name}: not in the catalogue")
    for fault in faults:
        print(fault)
    print(f"{len(names)} tunables, {len(fields)} upstream fields and flags, {len(faults)} differences")
    sys.exit(1 if faults else 0)


main()
