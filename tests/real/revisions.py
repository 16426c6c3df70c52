"""What etcd was told to change between two moments: every revision, in order, by the key it changes and the kind of object."""
import base64
import collections
import json
import urllib.request

MARK = "/plimsoll-mark"
# The owners' status is one line: which of them has it depends on who made the pods.
KINDS = {"services/endpoints": "endpoints", "events": "events", "pods": "pods", "endpointslices": "endpointslices",
         "replicasets": "owners", "deployments": "owners", "jobs": "owners", "leases/kube-node-lease": "node leases",
         "minions": "nodes", "leases": "other leases", "masterleases": "other leases"}


def call(url, path, body):
    """One answer of etcd's JSON gateway."""
    return urllib.request.urlopen(urllib.request.Request(url + path, json.dumps(body).encode()), timeout=60)


def text(value):
    """As the gateway wants bytes."""
    return base64.b64encode(value.encode()).decode()


def mark(url):
    """Writes a key of no object; its revision stands for now."""
    with call(url, "/v3/kv/put", {"key": text(MARK), "value": text("now")}) as answer:
        return int(json.load(answer)["header"]["revision"])


def kind(key):
    """`pods`, `events` …, by the longest name above; what it does not name, by the first word."""
    rest = key.removeprefix("/registry/")
    named = [name for name in KINDS if rest.startswith(name + "/")]
    return KINDS[max(named, key=len)] if named else rest.split("/")[0]


def between(url, first, last):
    """(key, 'put' or 'delete') of every revision after `first` and before `last`, which are two marks."""
    found = []
    body = {"create_request": {"key": text("\0"), "range_end": text("\0"), "start_revision": str(first + 1)}}
    with call(url, "/v3/watch", body) as answer:
        for line in answer:
            result = json.loads(line).get("result", {})
            if result.get("canceled"):
                raise RuntimeError("etcd has compacted the revisions: %s" % result)
            for event in result.get("events", []):
                key = base64.b64decode(event["kv"]["key"]).decode()
                if int(event["kv"]["mod_revision"]) >= last:
                    return found
                found.append((key, "delete" if event.get("type") == "DELETE" else "put"))
    raise RuntimeError("etcd ended the watch")


def count(found):
    """Revisions by kind of object."""
    return collections.Counter(kind(key) for key, _ in found)
