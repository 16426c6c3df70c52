"""Folds the answers of run.sh and run-etcd.sh, one per minor and program, into the tables of catalog/generated.

Usage: tables.py DIR DATE. A row is a span of minors in which nothing changed; `until` is the last minor of the span, and
empty when that is the newest one. A table whose rows did not change keeps its date.
"""

import json
import pathlib
import sys

GENERATED = pathlib.Path(__file__).resolve().parents[2] / "catalog" / "generated"
COMPONENTS = ["kubelet", "kube-proxy", "kube-scheduler", "kube-controller-manager", "kube-apiserver"]


def order(minor):
    """Sorts 1.9 before 1.10."""
    return [int(x) for x in minor.split(".")]


def load(directory, kind):
    """{minor: parsed JSON} of every file MINOR.KIND.json."""
    files = {p.name.removesuffix(f".{kind}.json"): p for p in directory.glob(f"[0-9]*.{kind}.json")}
    return {m: json.loads(files[m].read_text()) for m in sorted(files, key=order)}


def load_etcd(directory):
    """The same for etcd's minors."""
    found = {p.stem.removeprefix("etcd-"): json.loads(p.read_text()) for p in directory.glob("etcd-*.json")}
    return dict(sorted(found.items(), key=lambda item: order(item[0])))


def spans(by_minor):
    """[(since, until or "", value)] of {minor: value or None}, in order; None ends a span."""
    minors = sorted(by_minor, key=order)
    rows = []
    for minor in minors:
        value = by_minor[minor]
        if rows and rows[-1][1] == "" and rows[-1][2] == value and value is not None:
            continue
        if rows and rows[-1][1] == "":
            rows[-1][1] = minors[minors.index(minor) - 1]
        if value is not None:
            rows.append([minor, "", value])
    return rows


def fold(tables):
    """Rows (name, since, until, …) of {minor: {name: value}}; two names may be one with different second parts."""
    names = sorted({name for table in tables.values() for name in table})
    rows = []
    for name in names:
        first = name if isinstance(name, str) else name[0]
        rows += [(first, s, u, *value) for s, u, value in spans({m: t.get(name) for m, t in tables.items()})]
    return sorted(rows, key=lambda row: (row[0].encode(), order(row[1])))


def write(name, head, rows):
    """One table, its head as comments, the column names as the last of them."""
    lines = [f"# {line}".rstrip() for line in head] + ["\t".join(row) for row in rows]
    path = GENERATED / name

    def undated(text):
        return [line for line in text if not line.startswith("# date: ")]

    if path.exists() and undated(path.read_text(encoding="utf-8").splitlines()) == undated(lines):
        return
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(name, len(rows), "rows")


def word(truth):
    """A boolean as the tables spell it."""
    return "true" if truth else "false"


def gates(directory, minor):
    """{(name, nth): (stage, default, locked, components, requires)} of one minor. A gate has a second row when a component
    has its own default; the row of most components comes first."""
    states = {}
    for component in COMPONENTS:
        for gate in json.loads((directory / f"{minor}.{component}.gates.json").read_text())["gates"]:
            state = (gate["stage"], word(gate["default"]), word(gate["locked"]), ",".join(gate.get("requires", [])))
            states.setdefault(gate["name"], {}).setdefault(state, []).append(component)
    table = {}
    for name, found in states.items():
        for nth, (state, who) in enumerate(sorted(found.items(), key=lambda item: -len(item[1]))):
            table[name, nth] = (*state[:3], "all" if who == COMPONENTS else ",".join(who), state[3])
    return table


def field(f):
    """The columns of fields.tsv after path and span."""
    default = json.dumps(f["default"], sort_keys=True, ensure_ascii=False) if "default" in f else ""
    return f["kind"], f["type"], default, "true" if f.get("deprecated") else "", f.get("sets", "")


def union(documents, key):
    """What any minor says under this key."""
    return ", ".join(sorted({x for d in documents for x in d.get(key, [])}))


def main(directory, date):
    """Writes all tables."""
    directory = pathlib.Path(directory)
    facts, servers, etcd = load(directory, "judge"), load(directory, "apiserver"), load_etcd(directory)
    failed = [line for line in (directory / "failed").read_text().splitlines() if line]
    common = [
        f"date: {date}",
        "recipe: tools/upstream-facts/regenerate",
        "versions read (k8s.io/kubernetes, then the staging modules taken from an older patch, none if none named):",
        *(f"  {', '.join([d['kubernetes'].removeprefix('v'), *d.get('others', [])])}" for d in facts.values()),
        *(f"not read: {line}" for line in failed),
    ]
    write("gates.tsv", [
        "Feature gates of the Kubernetes components, by span of minors. A minor outside every span does not know the gate.",
        "source: the default feature gate of each component's process, which its packages fill",
        *common,
        "components: all means kubelet, kube-proxy, kube-scheduler, kube-controller-manager and kube-apiserver alike; a",
        "component with a default of its own has a row of its own, after that of the others",
        "requires: gates that must be on too, as far as upstream declares them (from 1.35 on)",
        "name\tsince\tuntil\tstage\tdefault\tlocked\tcomponents\trequires",
    ], fold({minor: gates(directory, minor) for minor in facts}))

    known = {m: {f["path"]: field(f) for f in d["fields"] + servers[m]["fields"]} for m, d in facts.items()}
    rows = fold(known) + fold({m: {f["path"]: field(f) for f in d["fields"]} for m, d in etcd.items()})
    versions = ", ".join((directory / f"etcd-{m}.version").read_text().strip() for m in etcd)
    documents = facts.values()
    write("fields.tsv", [
        "Fields of KubeletConfiguration v1beta1, KubeProxyConfiguration v1alpha1 and KubeSchedulerConfiguration v1, and flags of",
        "kubelet, kube-proxy, kube-scheduler, kube-controller-manager, kube-apiserver and etcd, by span of minors (etcd's own).",
        "source: upstream's types by reflection; its loading of an empty file; its commands' flag sets; each flag tried",
        *common,
        f"etcd: {versions} (the first is release 3.4.13)",
        "default: JSON; empty when nothing is set. What upstream sets or reads into it later is not in this table.",
        "sets: the field that a flag of kubelet, kube-proxy or kube-scheduler writes",
        f"flags left out because a field has the same path: {union(documents, 'clashes') or 'none'}",
        "flags left out: help, version; kube-proxy's boot-id-file and machine-id-file, which its libraries add",
        f"flags for which no value tried told what they set: {union(documents, 'undetermined') or 'none'}",
        "path\tsince\tuntil\tkind\ttype\tdefault\tdeprecated\tsets",
    ], sorted(rows, key=lambda row: (row[0].encode(), order(row[1]))))

    write("plugins.tsv", [
        "Plugins that kube-scheduler itself has, by span of minors, and those enabled in its default profile.",
        "source: its registry, and the defaulting function of its configuration",
        *common,
        "weight: as the default profile states it; empty when it states none",
        "name\tsince\tuntil\tdefault\tweight",
    ], fold({m: {p["name"]: (word(p["default"]), str(p.get("weight", ""))) for p in d["plugins"]} for m, d in facts.items()}))
    write("controllers.tsv", [
        "Controllers of kube-controller-manager, as --controllers names them, by span of minors.",
        "source: its own list, with every feature gate at its default",
        *common,
        "default: whether it runs without being named",
        "name\tsince\tuntil\tdefault",
    ], fold({m: {c["name"]: (word(c["default"]),) for c in d["controllers"]} for m, d in facts.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
