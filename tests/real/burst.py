"""Nodes that are objects only, and a burst of pods over them: what the controllers and the scheduler then do is theirs, at the planned
rate and with the planned number of workers. Every step is read from etcd's own history."""

import datetime
import ipaddress
import json
import threading
import time

import revisions
from processes import Failed, get, post, send

PODS = 540
NODES = 8
SLOW = 50  # writes a second that any machine of the test can make


def now():
    """As a lease has it."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Nodes:
    """Nodes without a kubelet, kept Ready by their leases."""

    def __init__(self, url):
        self.url, self.names, self.done = url, [f"node-{n}" for n in range(NODES)], threading.Event()
        for name in self.names:
            post(f"{url}/api/v1/nodes", {"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}})
            send("PATCH", f"{url}/api/v1/nodes/{name}/status", {"status": self.status(name)})
            post(self.lease(), {"metadata": {"name": name, "namespace": "kube-node-lease"}, "spec": self.renewed(name)})
        self.thread = threading.Thread(target=self.renew, daemon=True)
        self.thread.start()

    def lease(self, name=""):
        """Where the leases are."""
        return f"{self.url}/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases" + (f"/{name}" if name else "")

    @staticmethod
    def renewed(name):
        """A kubelet's lease."""
        return {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": now()}

    @staticmethod
    def status(name):
        """What a kubelet says of a machine with room."""
        room = {"cpu": "64", "memory": "256Gi", "pods": "1000", "ephemeral-storage": "500Gi"}
        conditions = [{"type": kind, "status": "True" if kind == "Ready" else "False", "lastHeartbeatTime": now()[:19] + "Z",
                       "lastTransitionTime": now()[:19] + "Z", "reason": "Test", "message": ""}
                      for kind in ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")]
        return {"capacity": room, "allocatable": room, "conditions": conditions,
                "addresses": [{"type": "InternalIP", "address": f"198.51.100.{int(name.split('-')[1]) + 1}"}]}

    def renew(self):
        """Until stopped, every ten seconds."""
        while not self.done.wait(10):
            for name in self.names:
                send("PATCH", self.lease(name), {"spec": self.renewed(name)})

    def stop(self):
        """No more renewals."""
        self.done.set()
        self.thread.join()


def wait(what, ask, seconds):
    """What `ask` answers, as soon as that is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.1)
    raise Failed(f"no {what} in {seconds} s")


def ranges(url, nodes, values):
    """What is wrong with the nodes' pod ranges, and the ranges."""
    def ask():
        found = [(get(f"{url}/api/v1/nodes/{name}") or {}).get("spec", {}).get("podCIDR") for name in nodes.names]
        return found if all(found) else None
    found = wait("pod ranges of the nodes", ask, 60)
    networks = [ipaddress.ip_network(cidr) for cidr in found]
    mask, whole = values["node-cidr-mask-size"], ipaddress.ip_network(values["cluster-cidr"].split(",")[0])
    wrong = [f"{network} has not the planned mask {mask}" for network in networks if network.prefixlen != mask]
    wrong += [f"{network} is not in {whole}" for network in networks if not network.subnet_of(whole)]
    wrong += [f"{a} overlaps {b}" for n, a in enumerate(networks) for b in networks[:n] if a.overlaps(b)]
    return wrong, found


def create(url, workers):
    """ReplicaSets of pods that nobody runs, more than twice as many as there are workers."""
    sets = max(2 * workers + 2, 12)
    each = max(8, -(-PODS // sets))  # fewer would be complete before the next set is begun
    for number in range(sets):
        post(f"{url}/apis/apps/v1/namespaces/default/replicasets", {"metadata": {"name": f"burst-{number}"}, "spec": {
            "replicas": each, "selector": {"matchLabels": {"set": str(number)}}, "template": {
                "metadata": {"labels": {"set": str(number)}},
                "spec": {"containers": [{"name": "main", "image": "localhost/none", "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}}}]}}}})
    return sets, each


def pods(etcd):
    """How many pods there are."""
    with revisions.call(etcd, "/v3/kv/range", {
            "key": revisions.text("/registry/pods/"), "range_end": revisions.text("/registry/pods0"), "count_only": True}) as answer:
        return int(json.load(answer).get("count", 0))


def at_once(found, each):
    """The most ReplicaSets that were begun and not complete at one moment, by the order in which their pods were created."""
    made, seen, most = {}, set(), 0
    for key, _ in found:
        words = key.split("/")
        if words[2] != "pods" or key in seen:
            continue
        seen.add(key)
        name = words[4].rpartition("-")[0]
        made[name] = made.get(name, 0) + 1
        most = max(most, sum(0 < n < each for n in made.values()))
    return most


def spent(found):
    """Writes with the ReplicaSet controller's client, which has one rate for all it sends: pods, its events, and status."""
    seen, events, status = set(), 0, 0
    for key, _ in found:
        words = key.split("/")
        if words[2] == "pods":
            seen.add(key)
        elif words[2] == "events" and words[4].split(".")[0].count("-") == 1:
            events += 1
        elif words[2] == "replicasets":
            status += 1
    return len(seen), events, status


class Burst:
    """Nodes and ReplicaSets that wait for their controllers, which are started last: so all work is there at once."""

    def __init__(self, cluster, values, report, name):
        self.cluster, self.values, self.report, self.name = cluster, values, report, name
        post(f"{cluster.url}/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
        self.nodes = Nodes(cluster.url)
        self.first = revisions.mark(cluster.etcd)
        self.sets, self.each = create(cluster.url, values["concurrent-replicaset-syncs"])
        self.times = []
        threading.Thread(target=self.clock, daemon=True).start()

    def clock(self):
        """When the first pod is there, and when all are."""
        for count in (1, self.sets * self.each):
            while pods(self.cluster.etcd) < count:
                time.sleep(0.05)
            self.times.append(time.monotonic())

    def check(self):
        """Once the controllers and the scheduler run."""
        cluster, values, report, name = self.cluster, self.values, self.report, self.name
        workers, qps, burst = (values[key] for key in ("concurrent-replicaset-syncs", "kube-api-qps", "kube-api-burst"))
        whole = self.sets * self.each
        began, ended = wait("pods", lambda: self.times if len(self.times) == 2 else None, 120)
        seconds = ended - began
        found = revisions.between(cluster.etcd, self.first, revisions.mark(cluster.etcd))
        most = at_once(found, self.each)
        report.check(f"{name}: planned workers at work", [] if most == workers else [f"{most} ReplicaSets were filled at once, planned {workers}"],
                     f"{self.sets} ReplicaSets of {self.each} pods, {most} of them filled at once")
        made, events, status = spent(found)
        status -= self.sets  # their creation is the test's
        rate = (made + events + status - burst) / seconds
        # A test machine may be too busy for the larger rates; none lets more through than planned.
        least = 0.5 * qps if qps <= SLOW else 0
        text = f"{made} pods, {events} events and {status} statuses in {seconds:.1f} s: " \
               f"{rate:.1f} a second beyond the burst of {burst}, planned {qps}"
        report.check(f"{name}: planned rate at work", [] if least < rate < 1.1 * qps else [text], text + ("" if least else ", only its top compared"))
        items = wait("binding of all pods", lambda: bound(cluster, whole), 180)
        report.passed(f"{name}: all pods bound", f"{len(items)} on {len(set(items))} nodes, {time.monotonic() - began:.1f} s after the first")
        wrong, found = ranges(cluster.url, self.nodes, values)
        report.check(f"{name}: nodes get ranges of the planned mask", wrong, ", ".join(found))

    def stop(self):
        """No more renewals."""
        self.nodes.stop()


def bound(cluster, count):
    """The nodes of all pods, once all have one."""
    time.sleep(0.5)
    items = (get(f"{cluster.url}/api/v1/namespaces/default/pods?resourceVersion=0") or {}).get("items", [])
    found = [item["spec"]["nodeName"] for item in items if "nodeName" in item["spec"]]
    return found if len(found) == count else None
