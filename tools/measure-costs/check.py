#!/usr/bin/env python3
"""Checks every entry of catalog/costs/*.toml: known keys and values, order of low, typical and high, unique ids, sources and recipes.

Usage: check.py [FOLDER]      FOLDER is catalog/costs of this repository unless given; exit 1 on a fault. Needs Python 3.11 (tomllib).
"""
import datetime
import glob
import os
import re
import sys
import tomllib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAYS = {"kubeReserved", "systemReserved", "demand"}
RESOURCES = {"memory", "cpu", "pid", "ephemeral-storage", "count", "time"}
PER = {"node", "pod", "container", "cpu", "pod-cpu", "memory-gib", "conntrack-entry", "conntrack-bucket", "object",
       "object-kib", "etcd-sync", "etcd-commit", "stored-byte", "server", "leader", "watch", "connection", "write", "read", "change"}
HOW = {"measured", "published", "assumption"}
RUNTIMES = {"containerd", "crio"}
CONTAINERS = {"kubelet", "runtime", "misc"}
REQUIRED = {"id", "pays", "resource", "per", "unit", "low", "typical", "high", "how", "source", "date", "note"}
OPTIONAL = {"runtime", "container", "recipe"}
UNITS = {"memory": "KiB", "ephemeral-storage": "KiB", "cpu": "uCPU", "pid": "1", "count": "1", "time": "us"}
# Without one of these the policy `fitted` has a hole.
NEEDED = """kubelet-memory-node kubelet-memory-pod containerd-memory-node containerd-memory-pod containerd-shim-memory crio-memory-node
crio-memory-pod conmon-memory kubelet-cpu-node kubelet-cpu-pod containerd-cpu-node containerd-cpu-pod crio-cpu-node crio-cpu-pod kubelet-pids
containerd-pids containerd-shim-pids crio-pids conmon-pids kubelet-storage containerd-storage crio-storage system-storage kernel-memory-node
kernel-memory-pod kernel-memory-cpu conntrack-entry-memory conntrack-bucket-memory system-memory system-cpu kernel-cpu system-pids kernel-pids-cpu
demand-connections-pod demand-connection-rate-pod demand-pids-pod demand-containers-pod""".split()


def unit(e):
    if e["per"] in ("conntrack-entry", "conntrack-bucket", "object", "object-kib", "etcd-sync", "stored-byte") or (
            e["per"] == "etcd-commit" and e["resource"] != "count"):
        return "B"
    return UNITS[e["resource"]]


def faults(e):
    keys = set(e)
    for k in sorted(REQUIRED - keys):
        yield "has no %s" % k
    for k in sorted(keys - REQUIRED - OPTIONAL):
        yield "has an unknown key %s" % k
    if REQUIRED - keys:
        return
    for key, known in (("pays", PAYS), ("resource", RESOURCES), ("per", PER), ("how", HOW), ("runtime", RUNTIMES), ("container", CONTAINERS)):
        if key in e and e[key] not in known:
            yield "%s = %r is not one of %s" % (key, e[key], ", ".join(sorted(known)))
            return
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", e["id"]):
        yield "the id is not kebab-case"
    if e["unit"] != unit(e):
        yield "unit is %r where %r is due" % (e["unit"], unit(e))
    nums = [e[k] for k in ("low", "typical", "high")]
    if any(type(n) is not int or n < 0 for n in nums):
        yield "low, typical and high are not all whole numbers from 0"
    elif not nums[0] <= nums[1] <= nums[2]:
        yield "not low <= typical <= high: %s" % nums
    for k in ("source", "note"):
        if not isinstance(e[k], str) or not e[k].strip():
            yield "%s is empty" % k
    try:
        datetime.date.fromisoformat(e["date"])
    except (TypeError, ValueError):
        yield "date is not YYYY-MM-DD"
    if "container" in e and (e["resource"] not in ("memory", "cpu") or (e["container"] == "misc") != (e["pays"] == "systemReserved")):
        yield "container %s has only memory and cpu, and is not paid by %s" % (e["container"], e["pays"])
    if (e["how"] == "measured") != ("recipe" in e):
        yield "recipe goes with how = \"measured\" and with nothing else"
    if "recipe" in e and not os.path.isfile(os.path.join(ROOT, e["recipe"])):
        yield "recipe %s is not there" % e["recipe"]
    if e["how"] == "published" and "https://" not in e["source"]:
        yield "published without a link"


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "catalog", "costs")
    bad, seen, counts = 0, {}, dict.fromkeys(sorted(HOW), 0)
    files = sorted(glob.glob(os.path.join(folder, "*.toml")))
    for path in files:
        name = os.path.basename(path)
        with open(path, "rb") as f:
            text = f.read()
        if not text.startswith(b"#"):
            print("%s: does not open with a comment on what it is" % name)
            bad += 1
        try:
            doc = tomllib.loads(text.decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
            print("%s: %s" % (name, err))
            bad += 1
            continue
        if set(doc) != {"cost"}:
            print("%s: has more or less than [[cost]]" % name)
            bad += 1
        for i, e in enumerate(doc.get("cost", [])):
            who = "%s: %s" % (name, e.get("id", "entry %d" % (i + 1)))
            for fault in faults(e):
                print("%s %s" % (who, fault))
                bad += 1
            if e.get("id") in seen:
                print("%s is in %s too" % (who, seen[e["id"]]))
                bad += 1
            seen[e.get("id")] = name
            if e.get("how") in counts:
                counts[e["how"]] += 1
    for need in NEEDED:
        if need not in seen and len(sys.argv) == 1:
            print("no entry %s" % need)
            bad += 1
    print("%d files, %d entries (%s), %d faults" % (len(files), len(seen), ", ".join("%d %s" % (n, h) for h, n in counts.items()), bad))
    return 1 if bad or not files else 0


sys.exit(main())
