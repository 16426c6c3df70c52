"""Folds the extractors' JSON, one file per minor, into catalog/generated/gates.tsv and fields.tsv.

Usage: tables.py DIR DATE, where DIR is what run.sh and run-etcd.sh wrote. A row is a span of minors in which nothing
changed; `until` is the last minor of the span, and empty when that is the newest one.
"""

import json
import pathlib
import sys

GENERATED = pathlib.Path(__file__).resolve().parents[2] / "catalog" / "generated"


# kube-proxy's main package registers these from 1.27 on; every other component in all minors.
LOGGING_GATES = {"ContextualLogging", "LoggingAlphaOptions", "LoggingBetaOptions"}


def order(minor):
    """Sorts 1.9 before 1.10."""
    return [int(x) for x in minor.split(".")]


def load(directory, kind):
    """{minor: parsed JSON} of every file of this kind."""
    files = {p.name.removesuffix(f".{kind}.json"): p for p in directory.glob(f"*.{kind}.json")}
    return {m: json.loads(files[m].read_text()) for m in sorted(files, key=order)}


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
    """{name: spans} of {minor: {name: value}}."""
    names = sorted({name for table in tables.values() for name in table})
    return {name: spans({minor: table.get(name) for minor, table in tables.items()}) for name in names}


def go_value(flag):
    """A flag's default as JSON: the text upstream prints, or a bare number or boolean; "" when it holds nothing."""
    text = flag["default"]
    kind = flag["type"].lower()
    if text in ("", "[]"):
        return ""
    if text in ("true", "false") or any(word in kind for word in ("int", "float", "level")):
        return text
    if "slice" in kind:
        return json.dumps(text.strip("[]").split(","))
    return json.dumps(text)


def write(name, head, rows):
    """One table, its head as comments, then the column names as the last comment."""
    lines = [f"# {line}".rstrip() for line in head] + ["\t".join(row) for row in rows]
    (GENERATED / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(name, len(rows), "rows")


def main(directory, date):
    """Writes both tables."""
    directory = pathlib.Path(directory)
    fields, flags = load(directory, "fields"), load(directory, "flags")
    etcd = {p.stem.removeprefix("etcd-"): json.loads(p.read_text()) for p in sorted(directory.glob("etcd-*.json"))}
    read = [(directory / f"{m}.version").read_text().strip().rstrip(";").replace(";", ", ") for m in fields]
    failed = (directory / "failed").read_text().split("\n") if (directory / "failed").exists() else []
    common = [
        f"date: {date}",
        "recipe: tools/upstream-facts/run.sh DIR; tools/upstream-facts/run-etcd.sh DIR; "
        f"python3 tools/upstream-facts/tables.py DIR {date}",
        "versions read (k8s.io/kubernetes, then the staging modules taken from an older patch, none if none named):",
        *(f"  {line}" for line in read),
        *(f"not built: {line}" for line in failed if line),
    ]

    shared = {m: {g["name"]: g for g in d["gates"]} for m, d in fields.items()}
    manager = {m: {g["name"]: g for g in d["gates"]} for m, d in flags.items()}
    states = {}
    for minor in fields:
        states[minor] = {}
        for name, gate in {**manager.get(minor, {}), **shared[minor]}.items():
            who = "all" if name in shared[minor] else "kube-controller-manager"
            if name in LOGGING_GATES and order(minor) < [1, 27]:
                who = "kubelet,kube-scheduler,kube-controller-manager,kube-apiserver"
            truth = ("false", "true")
            states[minor][name] = (gate["stage"], truth[gate["default"]], truth[gate["locked"]], who)
    rows = [(name, s, u, *value) for name, found in fold(states).items() for s, u, value in found]
    write("gates.tsv", [
        "Feature gates of the Kubernetes components, by span of minors. A minor outside every span does not know the gate.",
        "source: the default feature gate of each release, k8s.io/kubernetes/pkg/features and what it registers",
        *common,
        "components: all means kubelet, kube-proxy, kube-scheduler, kube-controller-manager and kube-apiserver alike",
        "name\tsince\tuntil\tstage\tdefault\tlocked\tcomponents",
    ], rows)

    known = {}
    for minor, facts in fields.items():
        known[minor] = {f["path"]: (f["type"], json.dumps(f["default"], sort_keys=True) if "default" in f else "") for f in facts["fields"]}
        for flag in flags.get(minor, {"flags": []})["flags"]:
            known[minor][f"kube-controller-manager/{flag['name']}"] = (flag["type"], go_value(flag))
    rows = [(name, s, u, *value) for name, found in fold(known).items() for s, u, value in found]
    server = {m: {f"etcd/{f['name']}": (f["type"], go_value(f)) for f in table} for m, table in etcd.items()}
    rows += [(name, s, u, *value) for name, found in fold(server).items() for s, u, value in found]
    versions = ", ".join((directory / f"etcd-{m}.version").read_text().strip() for m in etcd)
    write("fields.tsv", [
        "Fields of KubeletConfiguration v1beta1, KubeProxyConfiguration v1alpha1 and KubeSchedulerConfiguration v1, flags of",
        "kube-controller-manager and etcd, with their defaults, by span of minors (etcd's own minors for etcd).",
        "source: upstream's types by reflection, and its defaulting functions and flag sets, called",
        *common,
        f"etcd: {versions} (the first is release 3.4.13)",
        "kubelet/evictionHard: from 1.26 the default is what loading the configuration file adds",
        "kube-controller-manager: without --help, --version and the legacy flags of cloud providers' packages",
        "default: JSON; empty when the defaulted object holds nothing. What upstream sets later is not in this table.",
        "path\tsince\tuntil\tgo type\tdefault",
    ], sorted(rows, key=lambda r: (r[0], order(r[1]))))


main(*sys.argv[1:])
