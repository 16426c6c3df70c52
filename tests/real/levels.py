"""Priority levels and flow schemas: created from the rendered manifests, and the seats that the API server then says it has."""

import math
import subprocess
import time
import urllib.error

import json

from processes import Failed, request, send
from shown import metrics

API = "apis/flowcontrol.apiserver.k8s.io/v1"
KINDS = {"PriorityLevelConfiguration": "prioritylevelconfigurations", "FlowSchema": "flowschemas"}
FILES = ("priority-level-configuration.yaml", "flow-schema.yaml")
SEATS = "apiserver_flowcontrol_nominal_limit_seats"


def manifests(binary, tree, work):
    """Every object of the rendered manifests, as the kubelet's own reader sees them."""
    for name in FILES:
        file = tree / "control-plane" / name
        if not file.exists():
            continue
        for number, part in enumerate(file.read_text(encoding="utf-8").split("\n---")):
            one = work / f"{number}-{name}"
            one.write_text(part.removeprefix("---"), encoding="utf-8")
            done = subprocess.run([binary, "json", one], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise Failed(f"{file}: {done.stderr.strip()}")
            made = json.loads(done.stdout)
            if made:
                yield from made.get("items", [made])


def apply(url, made):
    """Creates an object, or replaces the one that upstream suggests under its name."""
    where = f"{url}/apis/{made['apiVersion']}/{KINDS[made['kind']]}"
    name = made["metadata"]["name"]
    try:
        old = request(f"{where}/{name}")
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise Failed(f"{where}/{name}: {error.code}") from error
        send("POST", where, made)
        return
    meta = {**made["metadata"], "resourceVersion": old["metadata"]["resourceVersion"]}
    send("PUT", f"{where}/{name}", {**made, "metadata": meta})


def lost(planned, stored, path=""):
    """Every rendered field that the stored object does not have."""
    if isinstance(planned, dict) and isinstance(stored, dict):
        for name, value in planned.items():
            yield from lost(value, stored.get(name), f"{path}.{name}")
    elif isinstance(planned, list) and isinstance(stored, list) and len(planned) == len(stored):
        for number, value in enumerate(planned):
            yield from lost(value, stored[number], f"{path}[{number}]")
    elif planned != stored:
        yield f"{path.removeprefix('.')}: rendered {json.dumps(planned)}, stored {json.dumps(stored)}"


def expected(url, in_flight):
    """Seats of every level by upstream's arithmetic: its part of the requests in flight, rounded up."""
    shares = {}
    for level in request(f"{url}/{API}/prioritylevelconfigurations")["items"]:
        spec = level["spec"]
        part = spec.get("limited", spec.get("exempt", {}))
        # Absent is 30 for a limited level, and nothing for the exempt one.
        shares[level["metadata"]["name"]] = part.get("nominalConcurrencyShares", 30 if "limited" in spec else 0)
    return {name: math.ceil(in_flight * share / sum(shares.values())) for name, share in shares.items()}


def reported(url):
    """Seats of every level as the API server counts them."""
    return {name.split('priority_level="')[1].split('"')[0]: int(value) for name, value in metrics(url).items() if name.startswith(SEATS + "{")}


def check(url, binary, tree, work, in_flight, report, name):
    """Creates what was rendered; then the seats."""
    objects = list(manifests(binary, tree, work))
    for made in objects:
        apply(url, made)
    if objects:
        time.sleep(12)  # longer than the server's own pass over what it suggests, which would put changed ones back
        wrong = [f"{made['kind']} {made['metadata']['name']}: {text}" for made in objects
                 for text in lost({key: made[key] for key in ("spec",)}, request(
                     f"{url}/apis/{made['apiVersion']}/{KINDS[made['kind']]}/{made['metadata']['name']}"))]
        report.check(f"{name}: manifests created and kept", wrong, f"{len(objects)} objects")
    want, have = expected(url, in_flight), reported(url)
    wrong = [f"{level}: planned {want.get(level)}, reported {have.get(level)}" for level in sorted(want | have) if want.get(level) != have.get(level)]
    report.check(f"{name}: seats of priority levels as planned", wrong,
                 f"{in_flight} in flight: " + ", ".join(f"{level} {seats}" for level, seats in sorted(have.items())))
    less = expected(url, in_flight - 50)
    report.check(f"{name}: other seats are noticed", [] if less != have else ["50 fewer in flight come to the same seats"])
    return [f"{made['kind']}/{made['metadata']['name']}" for made in objects]
