"""kube-proxy with the rendered file. Its first step, what it sets of the whole machine, runs in the machine's own network namespace
(`--init-only`), as the size of the conntrack table can be written nowhere else; then all of it in a namespace of the test's own."""

import json
import os
import pathlib
import subprocess
import sys

import node
from compare import duration
from processes import Failed, free_ports
from shown import Reported

NETFILTER = pathlib.Path("/proc/sys/net/netfilter")
HASHSIZE = pathlib.Path("/sys/module/nf_conntrack/parameters/hashsize")
# Also what its first step may set in the modes that forward from loopback.
OTHERS = [pathlib.Path("/proc/sys/net/ipv4") / name for name in ("conf/all/route_localnet", "ip_forward", "vs/conntrack", "vs/conn_reuse_mode")]
PROGRAMS = {"nft": "nftables", "iptables": "iptables", "conntrack": "conntrack"}
TIMEOUTS = {"conntrack.tcpEstablishedTimeout": "nf_conntrack_tcp_timeout_established",
            "conntrack.tcpCloseWaitTimeout": "nf_conntrack_tcp_timeout_close_wait",
            "conntrack.udpTimeout": "nf_conntrack_udp_timeout", "conntrack.udpStreamTimeout": "nf_conntrack_udp_timeout_stream"}
ASK = """import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import shown
print(shown.ask(sys.argv[2]))
"""


class State:
    """What kube-proxy's first step sets of the machine, to put back."""

    def __init__(self):
        paths = [*NETFILTER.glob("nf_conntrack_*"), HASHSIZE, *OTHERS]
        self.values = {path: path.read_text(encoding="ascii") for path in paths if path.exists() and os.stat(path).st_mode & 0o200}

    def restore(self):
        """The table first: where its hash is made smaller, the kernel's own arithmetic does not move the maximum."""
        for path, value in sorted(self.values.items(), key=lambda pair: pair[0] != HASHSIZE):
            if path.exists() and path.read_text(encoding="ascii") != value:
                path.write_text(value, encoding="ascii")


def number(path):
    """Of a file of the kernel's."""
    return int(path.read_text(encoding="ascii"))


def unable(binary):
    """Why the conntrack table of this machine cannot be set, or None."""
    if "--init-only" not in subprocess.run([binary, "kube-proxy", "--help"], capture_output=True, text=True, check=False).stdout:
        return "it has no --init-only, and its whole would change the machine's packet filter"
    try:
        for path in (NETFILTER / "nf_conntrack_max", HASHSIZE):
            path.write_text(path.read_text(encoding="ascii"), encoding="ascii")
    except OSError as error:
        return f"the conntrack table cannot be written here, with which kube-proxy begins: {error}"
    return None


class Proxy:
    """One kube-proxy of the cluster."""

    def __init__(self, cluster, tree, report, name):
        self.cluster, self.report, self.name, self.enter = cluster, report, name, []
        self.work = cluster.work / "kube-proxy"
        self.work.mkdir()
        config = node.read_yaml(cluster.binary, tree / "cluster" / "kube-proxy.yaml")
        # All that the test adds, and the platform otherwise does.
        config.setdefault("clientConnection", {})["kubeconfig"] = str(self.work / "kubeconfig")
        self.config = self.work / "config.json"
        self.config.write_text(json.dumps(config), encoding="utf-8")
        self.socket = self.work / "api.sock"

    def start(self, what, *words, before=()):
        """kube-proxy on the first of the test's nodes."""
        return self.cluster.processes.start(f"kube-proxy {what}", self.cluster.logs / f"{self.name}-kube-proxy-{what}.log", [
            *before, self.cluster.binary, "kube-proxy", f"--config={self.config}", "--hostname-override=node-0", "--v=2", *words])

    def first_step(self, predicted):
        """The machine's table."""
        self.cluster.kubeconfig(self.work / "kubeconfig")
        process = self.start("init", "--init-only")
        status = process.ended(90)
        if status != 0:
            raise Failed(f"kube-proxy --init-only: exit {status}\n{process.tail()}")
        have, buckets = number(NETFILTER / "nf_conntrack_max"), number(HASHSIZE)
        wrong = [] if have == predicted else [f"nf_conntrack_max is {have}, planned {predicted}"]
        # It makes the hash larger only, and the kernel may round up.
        wrong += [] if buckets >= predicted // 4 else [f"the hash has {buckets} buckets, of {predicted} // 4"]
        self.report.check(f"{self.name}: kube-proxy sets the planned conntrack table", wrong, f"nf_conntrack_max {have}, {buckets} buckets")

    def namespace(self):
        """A network namespace with the API server at its usual address; the process that holds it."""
        out, = free_ports(1)
        script = pathlib.Path(__file__).with_name("forward.py")
        start, logs = self.cluster.processes.start, self.cluster.logs
        start("forward", logs / "forward-out.log", [sys.executable, script, self.socket, self.cluster.ports["kube-apiserver"]])
        # A bridge with the node's address, as every kernel of the test has bridges.
        inside = start("forward", logs / "forward-in.log", ["unshare", "--net", "sh", "-c", " && ".join([
            "ip link set lo up", "ip link add plimsoll0 type bridge", "ip addr add 198.51.100.1/24 dev plimsoll0",
            "ip link set plimsoll0 up", "ip route add default via 198.51.100.254",
            f'exec "{sys.executable}" "{script}" {out} "{self.socket}"'])])
        self.enter = ["nsenter", f"--net=/proc/{inside.running.pid}/ns/net"]
        # Once it carries an answer; before, the process is still in the machine's namespace, or has no socket.
        inside.wait_for("connection", lambda: '"gitVersion"' in self.ask(f"https://127.0.0.1:{out}/version"), 20)
        kubeconfig = json.loads((self.work / "kubeconfig").read_text(encoding="utf-8"))
        kubeconfig["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{out}"
        (self.work / "kubeconfig").write_text(json.dumps(kubeconfig), encoding="utf-8")

    def inside(self, *command, ok=False):
        """The output of a command in the namespace."""
        done = subprocess.run([*self.enter, *command], capture_output=True, text=True, check=False)
        if done.returncode and not ok:
            raise Failed(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def ask(self, url):
        """A page of kube-proxy's, asked from inside."""
        return self.inside(sys.executable, "-c", ASK, pathlib.Path(__file__).parent, url, ok=True)

    def whole(self, values):
        """All of it: rules, timeouts, and what it says of itself; None where the kernel has no such rules."""
        self.namespace()
        words = ["nft", "list", "tables"] if values.get("mode") == "nftables" else ["iptables-save"]
        tried = subprocess.run([*self.enter, *words], capture_output=True, text=True, check=False)
        if tried.returncode:
            self.report.skip(f"{self.name}: kube-proxy's rules", f"{' '.join(words)}: {tried.stderr.strip()}")
            return None
        process = self.start("run", before=self.enter)
        process.wait_for("health", lambda: '"lastUpdated"' in self.ask("http://127.0.0.1:10256/healthz"), 90)
        wrong, what = [], []
        for path, file in TIMEOUTS.items():
            if path not in values:
                continue
            want = int(duration(values[path]) / 10**9)
            have = int(self.inside("cat", NETFILTER / file))
            what.append(f"{file} {have}")
            if want and want != have:
                wrong.append(f"{file}: planned {want}, set {have}")
        self.report.check(f"{self.name}: kube-proxy sets the planned timeouts in its namespace", wrong, ", ".join(what))
        rules = process.wait_for("rules", lambda: (text := self.inside(*words)) and ("kube-proxy" in text or "KUBE-" in text) and text, 120)
        self.report.passed(f"{self.name}: kube-proxy's rules are there", f"{values.get('mode')}, {len(rules.splitlines())} lines")
        documents = json.loads(self.ask("http://127.0.0.1:10249/configz"))
        return Reported("kube-proxy", {}, next(iter(documents.values())), by_flags=False)
