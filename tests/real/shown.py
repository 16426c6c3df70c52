"""What a component of the control plane says of itself, tunable by tunable: its flags (/flagz), its configuration (/configz), the line
with which etcd starts. And whether that is what was planned."""

import json
import re
import urllib.error
import urllib.request

import compare
from processes import TOKEN, Failed, unverified

FLAGZ = "application/json;v=v1beta1;g=config.k8s.io;as=Flagz"
# What the controller-manager's configuration calls something else than the flag, dashes and case apart.
CONFIGZ = {
    "kube-api-qps": "ClientConnection.QPS", "kube-api-burst": "ClientConnection.Burst",
    "service-cluster-ip-range": "NodeIPAMController.ServiceCIDR", "concurrent-replicaset-syncs": "ReplicaSetController.ConcurrentRSSyncs",
    "concurrent-serviceaccount-token-syncs": "SAController.ConcurrentSATokenSyncs",
    "leader-elect-lease-duration": "LeaderElection.LeaseDuration", "leader-elect-renew-deadline": "LeaderElection.RenewDeadline",
    "leader-elect-retry-period": "LeaderElection.RetryPeriod"}


def ask(url, accept="*/*"):
    """The text of an answer, None where there is no such page."""
    asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {TOKEN}", "Accept": accept})
    try:
        with urllib.request.urlopen(asked, timeout=10, context=unverified()) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        if error.code in (404, 406):
            return None
        raise Failed(f"{url}: {error.code}: {error.read().decode()[:300]}") from error


def flagz(url):
    """Every flag with its value; none before 1.36, where the page is behind a gate."""
    text = ask(f"{url}/flagz", FLAGZ)
    return json.loads(text)["flags"] if text else {}


def configz(url):
    """The one configuration that a component registers."""
    documents = list(json.loads(ask(f"{url}/configz") or "{}").values())
    if len(documents) != 1:
        raise Failed(f"{url}/configz has {len(documents)} configurations")
    return documents[0]


def etcd_started(process):
    """The settings that etcd's log names when it starts."""
    for line in process.text().splitlines():
        if '"starting an etcd server"' in line:
            return json.loads(line)
    raise Failed(f"etcd does not say what it starts with\n{process.tail()}")


def metrics(url):
    """Every series of /metrics with its number."""
    lines = [line for line in (ask(f"{url}/metrics") or "").splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def by_path(document, path):
    """The value at a tunable's path: members by name, in any case; an entry of a list by the field that names it."""
    for word in re.findall(r"\[[^\]]*\]|[^.\[\]]+", path):
        if word.startswith("["):
            entries = document if isinstance(document, list) else []
            found = [entry for entry in entries if word[1:-1] in (entry.get("name"), entry.get("schedulerName"))]
        else:
            members = document if isinstance(document, dict) else {}
            found = [value for name, value in members.items() if name.lower() == word.lower()]
        if not found:
            return None
        document = found[0]
    return document


def by_flag(document, flag):
    """(path, value) of the one setting of a configuration that a flag's name stands for."""
    if flag in CONFIGZ:
        found = [(path, value) for path, value in walk(document) if f".{path}".endswith("." + CONFIGZ[flag])]
    else:
        plain = flag.replace("-", "").lower()
        found = [(path, value) for path, value in walk(document) if path.rpartition(".")[2].lower() == plain]
    return found[0] if len(found) == 1 else (None, None)


def walk(document, prefix=""):
    """Every member of a document that is no table, with its dotted path."""
    for name, value in document.items():
        if isinstance(value, dict):
            yield from walk(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def canonical(value):
    """A value in which two ways to write the same are equal: numbers, durations, booleans, lists in flags' brackets."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return float(f"{value:.6g}") if isinstance(value, float) else float(value)
    if isinstance(value, list):
        return [canonical(one) for one in value]
    if isinstance(value, dict):
        return sorted(f"{key}={canonical(one)}" for key, one in value.items())
    text = str(value).strip()
    if text.startswith("[") and text.endswith("]"):
        return [canonical(one) for one in text[1:-1].split(",") if one]
    try:
        return canonical(float(text))
    except ValueError:
        pass
    try:
        return ("duration", compare.duration(text)) if text else text
    except ValueError:
        return text


def same(planned, reported):
    """Whether a reported value is the planned one. A list of one may be written without brackets."""
    a, b = canonical(planned), canonical(reported)
    if isinstance(a, list) != isinstance(b, list):
        a, b = (one if isinstance(one, list) else [canonical(part) for part in str(raw).split(",")] for one, raw in ((a, planned), (b, reported)))
    return a == b


class Reported:
    """All that one component says, ready to be asked for a tunable."""

    def __init__(self, component, flags, document, by_flags):
        self.component, self.flags, self.document, self.by_flags = component, flags, document, by_flags

    def of(self, path):
        """(where, value) of every place that shows the setting."""
        if path in self.flags:
            yield f"--{path}", self.flags[path]
        if self.by_flags:
            place, value = by_flag(self.document, path)
        else:
            place, value = path, by_path(self.document, path)
        if place and value is not None:
            yield place, value

    def differences(self, planned):
        """Every planned value that one of the places shows otherwise; and the names that no place shows."""
        wrong, unseen = {}, []
        for path, value in sorted(planned.items()):
            places = list(self.of(path))
            if not places:
                unseen.append(path)
            for place, have in places:
                if not same(value, have):
                    wrong[path] = f"{self.component}/{path}: planned {json.dumps(value)}, {place} is {json.dumps(have)}"
        return wrong, unseen

    def unnoticed(self, planned):
        """Planned values whose falsified copies the comparison takes for what is reported."""
        for path, value in sorted(planned.items()):
            if list(self.of(path)) and not self.differences({path: other(value)})[0]:
                yield f"{self.component}/{path} = {json.dumps(other(value))}"


def other(value):
    """Another value, of the smallest step."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value + 0.01
    if isinstance(value, list):
        return [*value, "other"]
    if isinstance(value, dict):
        return {**value, "other": True}
    found = canonical(value)
    if isinstance(found, tuple):
        return f"{int(found[1]) + 10**6}ns"
    return str(int(found) + 1) if isinstance(found, float) else f"{value}-other"
