"""Priority levels and flow schemas: created from the rendered manifests, and the seats that the API server then says it has."""

import json
import math
import subprocess
import time
import urllib.error
import urllib.request

from processes import TOKEN, Failed, request, send, unverified
from shown import metrics

API = "apis/flowcontrol.apiserver.k8s.io"
KINDS = {"PriorityLevelConfiguration": "prioritylevelconfigurations", "FlowSchema": "flowschemas"}
FILES = ("priority-level-configuration.yaml", "flow-schema.yaml")
SEATS = ("apiserver_flowcontrol_nominal_limit_seats{", "apiserver_flowcontrol_request_concurrency_limit{")  # the second before 1.26


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


def stored(url, kind):
    """The specs of all objects of a kind, by name."""
    version = request(f"{url}/{API}")["preferredVersion"]["version"]
    return {one["metadata"]["name"]: one["spec"] for one in request(f"{url}/{API}/{version}/{KINDS[kind]}")["items"]}


def shares(url):
    """The shares of every level."""
    found = {}
    for name, spec in stored(url, "PriorityLevelConfiguration").items():
        part = spec.get("limited", spec.get("exempt", {}))
        # Absent is 30 for a limited level, and nothing for the exempt one. Before v1beta3 they had another name.
        found[name] = part.get("nominalConcurrencyShares", part.get("assuredConcurrencyShares", 30 if "limited" in spec else 0))
    return found


def schemas(url):
    """Of every flow schema: its level, its place in the order, and the service account that it is for."""
    found = {"level": {}, "precedence": {}, "service-account": {}}
    for name, spec in stored(url, "FlowSchema").items():
        found["level"][name] = spec["priorityLevelConfiguration"]["name"]
        found["precedence"][name] = spec["matchingPrecedence"]
        for subject in (one for rule in spec.get("rules", []) for one in rule["subjects"]):
            if subject["kind"] == "ServiceAccount":
                found["service-account"][name] = "{namespace}/{name}".format(**subject["serviceAccount"])
    return found


def seats(shares_of, in_flight):
    """Seats of every level by upstream's arithmetic: its part of the requests in flight, rounded up."""
    whole = sum(shares_of.values())
    return {name: math.ceil(in_flight * share / whole) for name, share in shares_of.items()}


def reported(url):
    """Seats of every level as the API server counts them."""
    series = metrics(url)
    found = next((name for name in SEATS if any(one.startswith(name) for one in series)), SEATS[0])
    return {name.split('priority_level="')[1].split('"')[0]: int(value) for name, value in series.items() if name.startswith(found)}


def taken(url, account):
    """The name of the flow schema that a request of a service account falls under, by the API server's own answer."""
    namespace, name = account.split("/")
    asked = urllib.request.Request(f"{url}/api/v1/namespaces/default/configmaps?limit=1", headers={
        "Authorization": f"Bearer {TOKEN}", "Impersonate-User": f"system:serviceaccount:{namespace}:{name}",
        "Impersonate-Group": "system:serviceaccounts"})
    with urllib.request.urlopen(asked, timeout=10, context=unverified()) as answer:
        uid = answer.headers["X-Kubernetes-PF-FlowSchema-UID"]
    version = request(f"{url}/{API}")["preferredVersion"]["version"]
    return next(one["metadata"]["name"] for one in request(f"{url}/{API}/{version}/flowschemas")["items"] if one["metadata"]["uid"] == uid)


def clients(url, accounts, report, name):
    """Requests of each client fall under the schema that was planned for it."""
    found = {schema: taken(url, account) for schema, account in sorted(accounts.items())}
    wrong = [f"{accounts[schema]}: planned {schema}, taken {have}" for schema, have in found.items() if schema != have]
    report.check(f"{name}: clients fall under their flow schemas", wrong, ", ".join(f"{accounts[schema]} under {schema}" for schema in found))


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
    planned = shares(url)
    want, have = seats(planned, in_flight), reported(url)
    wrong = [f"{level}: planned {want.get(level)}, reported {have.get(level)}" for level in sorted(want | have) if want.get(level, 0) != have.get(level, 0)]
    report.check(f"{name}: seats of priority levels as planned", wrong,
                 f"{in_flight} in flight: " + ", ".join(f"{level} {seats}" for level, seats in sorted(have.items())))
    less = seats(planned, in_flight - 50)
    report.check(f"{name}: other seats are noticed", [] if less != have else ["50 fewer in flight come to the same seats"])
