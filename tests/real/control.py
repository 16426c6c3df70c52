"""A whole control plane with what was rendered for it: it starts, and every planned value is seen at work or named as not shown."""

import json
import pathlib
import re

import burst
import cgroups
import cluster
import levels
import node
import plans
import proxy
import shown
from processes import Failed, get

COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
MILLISECONDS = ("heartbeat-interval", "election-timeout")  # numbers as flags, durations in the log
IN_FLIGHT = {"max-requests-inflight": 400, "max-mutating-requests-inflight": 200}  # upstream's defaults
# One that gets a priority level and a flow schema of its own.
CLIENTS = """[control-plane.load]
client = [{ name = "argocd", service-account = "argocd/controller", requests-per-second = 100 }]
"""
HERE = pathlib.Path(__file__).resolve().parent


def spec(minor, etcd, name, defaults, tool):
    """A whole spec: the case's nodes are this machine, those of the control plane larger ones."""
    large = name == "large"
    clients = CLIENTS if large and plans.knows(tool, "client") else ""
    more = 'disk       = { kind = "nvme", iops = 20000, fsync-p99 = "2ms" }\nmember-rtt = "200ms"\n' if large else ""
    return f"""# Case {name} on the machine of the test.
[cluster]
name          = "real"
kubernetes    = "{minor}"
cni           = "other"
pod-cidrs     = ["{'10.128.0.0/11' if large else '10.244.0.0/16'}"]
service-cidrs = ["10.96.0.0/16"]
services      = {2000 if large else 20}
endpoints     = {20000 if large else 50}

[control-plane]
node-class = "control-plane"
[control-plane.etcd]
version    = "{etcd}"
{more}{clients}
{defaults}
[node-class.control-plane]
role  = "control-plane"
count = {3 if large else 1}
[node-class.control-plane.hardware]
cpus   = 16
memory = "63Gi"

{(HERE / 'cluster-cases' / f'{name}.toml').read_text(encoding='utf-8')}"""


def values(plan, component):
    """The planned values of a component by path; whose names are looked for where they can be: of one cluster, not of a class."""
    every = {**plan["controlPlane"]["values"], **plan["clusterValues"]}
    return {name.removeprefix(component + "/"): entry["value"] for name, entry in every.items() if name.startswith(component + "/")}


def etcd_reported(process, url):
    """What etcd says in its log and in its metrics."""
    document = shown.etcd_started(process)
    # Its own reading of the retention: the other key has nanoseconds.
    document["auto-compaction-retention"] = document.pop("auto-compaction-interval")
    return Metered("etcd", {}, document, {"quota-backend-bytes": shown.metrics(url).get("etcd_server_quota_backend_bytes")})


class Metered(shown.Reported):
    """With metrics beside the configuration."""

    def __init__(self, component, flags, document, numbers):
        super().__init__(component, flags, document, by_flags=False)
        self.numbers = numbers

    def of(self, path):
        """Also a metric."""
        yield from super().of(path)
        if self.numbers.get(path) is not None:
            yield "metric", int(self.numbers[path])


def etcd_planned(planned):
    """Planned values as etcd's log has them."""
    out = {}
    for path, value in planned.items():
        if path in MILLISECONDS:
            value = f"{value}ms"
        if path == "auto-compaction-retention" and re.fullmatch(r"\d+", str(value)) and planned.get("auto-compaction-mode") == "periodic":
            value = f"{value}h"
        out[path] = value
    return out


class Run:
    """One case: a spec, its tree, and the cluster that starts with it."""

    def __init__(self, name, here, tree, report):
        self.name, self.here, self.tree, self.report = name, here, tree, report
        self.plan = plans.document(tree)
        self.planned = {component: values(self.plan, component) for component in (*COMPONENTS, "kube-proxy", "priority-level", "flow-schema")}
        self.seen = set()

    def check(self):
        """Everything, in the order of starts."""
        services = self.planned["kube-controller-manager"].get("service-cluster-ip-range", "10.96.0.0/16")
        self.here.work.mkdir(parents=True)
        etcd = self.here.start_etcd(cluster.flags(self.tree, "etcd"), "--logger=zap")
        etcd.wait_for("health", lambda: get(f"{self.here.etcd}/health"), 60)
        api = self.here.apiserver(cluster.flags(self.tree, "kube-apiserver"), services)
        times = [f"etcd {etcd.seconds():.1f} s", f"kube-apiserver {self.here.api_ready(api):.1f} s"]
        work = burst.Burst(self.here, self.planned["kube-controller-manager"], self.report, self.name)
        try:
            controllers = self.here.controllers(cluster.flags(self.tree, "kube-controller-manager"))
            scheduler = self.here.scheduler(cluster.flags(self.tree, "kube-scheduler"), *self.scheduler_file())
            times += [f"{process.name} {process.seconds():.1f} s" for process in (controllers, scheduler)]
            self.report.passed(f"{self.name}: control plane",
                               f"etcd {cluster.etcd_version(self.here.program)}, {self.here.version()}; {', '.join(times)}")
            work.check()
            self.values(etcd)
            self.fairness()
            self.proxy()
            if self.name == "small":
                self.kubelet()
            self.rest()
        finally:
            work.stop()

    def values(self, etcd):
        """Every planned value of the four components."""
        self.compare(etcd_reported(etcd, self.here.etcd), etcd_planned(self.planned["etcd"]))
        self.compare(shown.Reported("kube-apiserver", shown.flagz(self.here.url), {}, by_flags=False), self.planned["kube-apiserver"])
        address = self.here.of("kube-controller-manager")
        self.compare(shown.Reported("kube-controller-manager", shown.flagz(address), shown.configz(address), by_flags=True),
                     self.planned["kube-controller-manager"])
        address = self.here.of("kube-scheduler")
        self.compare(shown.Reported("kube-scheduler", shown.flagz(address), shown.configz(address), by_flags=False), self.planned["kube-scheduler"])

    def fairness(self):
        """Priority and fairness: what was rendered for it is made, and works."""
        url, planned = self.here.url, self.planned["flow-schema"]
        levels.check(url, self.here.binary, self.tree, self.here.work, self.in_flight(), self.report, self.name)
        self.compare(shown.Reported("priority-level", {}, {"shares": levels.shares(url)}, by_flags=False), self.planned["priority-level"])
        self.compare(shown.Reported("flow-schema", {}, levels.schemas(url), by_flags=False), planned)
        key = "service-account."
        accounts = {path.removeprefix(key): value for path, value in planned.items() if path.startswith(key)}
        if accounts:
            levels.clients(url, accounts, self.report, self.name)

    def scheduler_file(self):
        """The rendered file as it is, but for the address of the API server, which is the platform's to add: it is a flag then."""
        file = self.tree / "control-plane" / "kube-scheduler.yaml"
        if not file.exists():
            return []
        config = node.read_yaml(self.here.binary, file)
        config.setdefault("clientConnection", {})["kubeconfig"] = str(self.here.work / "kube-scheduler.kubeconfig")
        own = self.here.work / "kube-scheduler.json"
        own.write_text(json.dumps(config), encoding="utf-8")
        return [f"--config={own}"]

    def in_flight(self):
        """Requests in flight, planned or upstream's defaults."""
        flags = {**IN_FLIGHT, **self.planned["kube-apiserver"]}
        return sum(flags[name] for name in IN_FLIGHT)

    def compare(self, reported, planned):
        """Every planned value of a component against what it says."""
        if not planned:
            return
        wrong, unseen = reported.differences(planned)
        self.seen |= {f"{reported.component}/{path}" for path in planned if path not in unseen}
        seen = len(planned) - len(unseen)
        places = sorted({"flag" if where.startswith("--") else where if where == "metric" else "configuration"
                         for path in planned for where, _ in reported.of(path)})
        self.report.check(f"{self.name}: {reported.component} shows what was planned", list(wrong.values()),
                          f"{seen} values, by {', '.join(places) or 'nothing'}")
        if not wrong and seen:
            self.report.check(f"{self.name}: {reported.component}: a difference is noticed", list(reported.unnoticed(planned)), f"{seen} tried")

    def proxy(self):
        """kube-proxy, as far as this machine lets it."""
        if not (self.tree / "cluster" / "kube-proxy.yaml").exists():
            self.report.skip(f"{self.name}: kube-proxy", "the plan has no file of the whole cluster for it")
            return
        reason = proxy.unable(self.here.binary)
        if reason:
            self.report.skip(f"{self.name}: kube-proxy", reason)
            return
        state = proxy.State()
        try:
            one = proxy.Proxy(self.here, self.tree, self.report, self.name)
            one.first_step(self.table())
            # The kernel shows these, whatever the page of an older minor calls them.
            self.seen |= {f"kube-proxy/{path}" for path in ("conntrack.maxPerCore", "conntrack.min")}
            reported = one.whole(self.planned["kube-proxy"])
            if reported:
                self.seen |= {f"kube-proxy/{path}" for path in proxy.TIMEOUTS}
                self.compare(reported, self.planned["kube-proxy"])
        finally:
            state.restore()

    def kubelet(self):
        """A real node beside those that are objects only: it becomes Ready with its rendered file, and gets a range too."""
        containerd = self.here.containerd()
        containerd.wait_for("socket", self.here.socket.exists, 60)
        kubelet = node.Kubelet(self.here, self.plan["kubernetes"], "kubelet", self.here.work / "kubelet", self.here.logs)
        kubelet.work.mkdir()
        try:
            kubelet.start(self.tree / "node-class" / "node" / "kubelet.yaml")
            kubelet.ready()
            range_ = burst.wait("pod range of the node", lambda: self.here.node("kubelet")["spec"].get("podCIDR"), 60)
            mask = self.planned["kube-controller-manager"]["node-cidr-mask-size"]
            self.report.check(f"{self.name}: a real kubelet's node is Ready and has a range", [] if range_.endswith(f"/{mask}") else [range_], range_)
        finally:
            kubelet.stop()
            cgroups.remove(cgroups.PODS)

    def table(self):
        """The conntrack table of this machine by kube-proxy's own arithmetic on the planned values, which the plan must name too."""
        planned, machine = self.planned["kube-proxy"], self.plan["nodeClasses"]["node"]["machine"]
        if not planned["conntrack.maxPerCore"]:
            return proxy.number(proxy.NETFILTER / "nf_conntrack_max")  # the host's own, which kube-proxy then leaves
        size = max(planned["conntrack.min"], planned["conntrack.maxPerCore"] * machine["cpus"])
        reason = self.plan["clusterValues"]["kube-proxy/conntrack.maxPerCore"].get("reason") or ""
        named = re.search(r"(?:^|; )node: (\d+) for", reason)
        # Some minors only raise it: what the plan names is then what the host has.
        if named and int(named[1]) not in (size, machine["sysctl"].get("net.netfilter.nf_conntrack_max")):
            raise Failed(f"the plan says {named[1]} entries on this machine, its values come to {size}")
        return int(named[1]) if named else size

    def rest(self):
        """What nothing shows, by name."""
        every = {**self.plan["controlPlane"]["values"], **self.plan["clusterValues"]}
        unseen = [name for name in every if name not in self.seen]
        if unseen:
            self.report.skip(f"{self.name}: not shown", ", ".join(sorted(unseen)))
        else:
            self.report.passed(f"{self.name}: every planned value was shown", f"{len(every)} values")
