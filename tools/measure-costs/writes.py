#!/usr/bin/env python3
"""Revisions that pods and nodes cost etcd: the real etcd, API server, controllers, scheduler and one real kubelet with containerd run pods
that really start, and every revision is counted by the kind of object it changes, from the creation of the owner until nothing revisions.

Everything is inside a mount and a network namespace of its own and one temporary folder, all components at upstream's defaults. No image
is pulled: the pods' image is built here from pause.c.

Usage: writes.py [--minor 1.37] [--etcd 3.7] [--pods 30] [--idle 360]
Needs what tests/real needs, the CNI plugins bridge, host-local and loopback, and a C compiler with a static libc.
"""
import argparse
import collections
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

REAL = pathlib.Path(__file__).resolve().parents[2] / "tests" / "real"
sys.path.insert(0, str(REAL))
sys.dont_write_bytecode = True

import cgroups  # noqa: E402
import cluster  # noqa: E402
import machine  # noqa: E402
import processes  # noqa: E402
import revisions  # noqa: E402
from image import PAUSE, image  # noqa: E402

PROBE = {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 5, "initialDelaySeconds": 3}
# Containers, one that must end first, readiness probes: what decides how often a kubelet writes a status, and how many events.
SHAPES = {"1 container": (1, False), "2 containers, readiness": (2, True), "4 containers, readiness": (4, True)}
FIXED = ("/run/containerd", "/run/runc", "/run/netns", "/var/lib/cni", "/var/log/containers", "/var/log/pods", "/var/lib/kubelet")


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise RuntimeError("%s: %s" % (" ".join(map(str, command)), done.stdout))
    return done.stdout


def pod(shape, policy="Always"):
    """A pod's template; only the first container answers on the port, so only it is probed."""
    containers, ready = SHAPES[shape]
    made = [{"name": "c%d" % n, "image": PAUSE, "imagePullPolicy": "Never"} for n in range(containers)]
    if ready:
        made[0]["readinessProbe"] = PROBE
    return {"metadata": {"labels": {"app": "costs"}}, "spec": {"restartPolicy": policy, "terminationGracePeriodSeconds": 1, "containers": made}}


class Bench(cluster.Cluster):
    """The cluster of the tests, with a kubelet whose pods really run."""

    def containerd(self):
        config = self.work / "containerd.toml"
        (self.work / "cni").mkdir()
        (self.work / "cni" / "10-costs.conflist").write_text(json.dumps({"cniVersion": "0.4.0", "name": "costs", "plugins": [{
            "type": "bridge", "bridge": "cni0", "isGateway": True, "hairpinMode": True, "ipam": {
                "type": "host-local", "dataDir": str(self.work / "ipam"), "ranges": [[{"subnet": "198.18.0.0/23"}]]}}]}), encoding="utf-8")
        # restrict_oom_score_adj: a test machine's root may have no CAP_SYS_RESOURCE, without which no score can be lowered.
        config.write_text(f"""version = 2
root = "{self.work}/containerd"
state = "{self.work}/containerd-state"
[grpc]
  address = "{self.socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE}"
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "{self.work}/cni"
""", encoding="utf-8")
        return self.processes.start("containerd", self.logs / "containerd.log", ["containerd", "--config", config])

    def everything(self):
        """All components at their defaults, and a Ready node."""
        self.work.mkdir(parents=True)
        etcd, containerd = self.start_etcd([]), self.containerd()
        etcd.wait_for("health", lambda: processes.get(f"{self.etcd}/health"), 60)
        # No compaction: every revision is read again.
        self.api_ready(self.apiserver(["--etcd-compaction-interval=0"], "10.96.0.0/16"))
        self.controllers([])
        self.scheduler([])
        containerd.wait_for("socket", self.socket.exists, 60)
        time.sleep(3)
        run("ctr", "-a", self.socket, "-n", "k8s.io", "images", "import", image(str(self.work)))
        # The settings about cgroups and swap are this machine's, which may have neither systemd nor cgroup v2.
        (self.work / "kubelet.json").write_text(json.dumps({
            "kind": "KubeletConfiguration", "apiVersion": "kubelet.config.k8s.io/v1beta1", "address": "127.0.0.1", "cgroupDriver": "cgroupfs",
            "failCgroupV1": False, "failSwapOn": False, "containerRuntimeEndpoint": f"unix://{self.socket}", "resolvConf": "",
            "clusterDNS": ["10.96.0.10"], "podLogsDir": str(self.work / "podlogs"),
            "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"}}), encoding="utf-8")
        kubelet = self.processes.start("kubelet", self.logs / "kubelet.log", [
            self.binary, "kubelet", "--config", self.work / "kubelet.json", f"--kubeconfig={self.kubeconfig(self.work / 'node', 'node')}",
            f"--root-dir={self.work}/kubelet", f"--cert-dir={self.work}/pki", "--hostname-override=costs",
            "--node-ip=198.51.100.10"])  # else it asks for its name's address, which nobody in the namespace answers
        kubelet.wait_for("Ready node", lambda: any(
            c["type"] == "Ready" and c["status"] == "True" for c in (self.node("costs") or {}).get("status", {}).get("conditions", [])), 120)

    @staticmethod
    def kill():
        """What a stopped kubelet and containerd leave: shims, and what runs in the pods' cgroups, which are this kubelet's alone."""
        own = os.readlink("/proc/self/ns/mnt")
        left = {int(pid) for top in cgroups.hierarchies() for file in (top / cgroups.PODS).rglob("cgroup.procs") for pid in file.read_text().split()}
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(folder / "exe").endswith("containerd-shim-runc-v2") and os.readlink(folder / "ns" / "mnt") == own:
                    left.add(int(folder.name))
            except OSError:
                pass
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        time.sleep(1)
        cgroups.remove(cgroups.PODS)


class Recorder:
    """Counts what happens between two quiet moments."""

    def __init__(self, bench):
        self.bench = bench
        self.first = revisions.mark(bench.etcd)

    def settle(self, done, quiet=15, seconds=600):
        """Waits until `done`, then until no pod, event or owner has changed for some seconds."""
        end, last, same = time.monotonic() + seconds, None, time.monotonic()
        while time.monotonic() < end:
            now = {name: n for name, n in self.counted()[0].items() if "lease" not in name and name != "nodes"}
            if now != last:
                last, same = now, time.monotonic()
            if done() and time.monotonic() - same > quiet:
                return
            time.sleep(2)
        raise RuntimeError("not settled in %d s" % seconds)

    def counted(self):
        """Revisions by kind so far and each with its key, without the marks."""
        found = revisions.between(self.bench.etcd, self.first, revisions.mark(self.bench.etcd))
        found = [pair for pair in found if pair[0] != revisions.MARK]
        return revisions.count(found), found


def show(name, counts, pods):
    parts = ["%s %.2f" % (kind, n / pods) for kind, n in sorted(counts.items()) if "lease" not in kind and kind != "nodes"]
    print("%-46s %s" % (name, ", ".join(parts)), flush=True)


def reasons(bench):
    """Which events there are, as those of a pod depend on what the kubelet had to do for it."""
    items = processes.request(f"{bench.url}/api/v1/events", timeout=30)["items"]
    found = collections.Counter((e["involvedObject"]["kind"], e["reason"]) for e in items)
    print("events: " + ", ".join("%s %s %d" % (*who, n) for who, n in sorted(found.items())), flush=True)


def ready(bench, want, phase="Running"):
    """Whether as many pods are in the phase and, if running, ready; of no pods, whether none is left."""
    items = processes.request(f"{bench.url}/api/v1/namespaces/default/pods", timeout=30)["items"]
    if not want:
        return not items
    good = [p for p in items if p["status"].get("phase") == phase and "deletionTimestamp" not in p["metadata"] and (
        phase != "Running" or any(c["type"] == "Ready" and c["status"] == "True" for c in p["status"]["conditions"]))]
    return len(good) == want and len(items) == want


def deployment(bench, shape, pods, service):
    """Starts, replaces and removes the pods of a Deployment, with a Service over them or without."""
    apps, core = f"{bench.url}/apis/apps/v1/namespaces/default/deployments", f"{bench.url}/api/v1/namespaces/default"
    label = "%s%s" % (shape, ", a Service" if service else "")
    if service:
        processes.post(f"{core}/services", {"metadata": {"name": "costs"}, "spec": {
            "selector": {"app": "costs"}, "ports": [{"port": 80, "targetPort": 8080}]}})
        time.sleep(3)
    recorder = Recorder(bench)
    processes.post(apps, {"metadata": {"name": "costs"}, "spec": {
        "replicas": pods, "selector": {"matchLabels": {"app": "costs"}}, "template": pod(shape)}})
    recorder.settle(lambda: ready(bench, pods))
    show(f"start: {label}", recorder.counted()[0], pods)
    recorder = Recorder(bench)
    processes.send("PATCH", f"{apps}/costs", {"spec": {"template": {"metadata": {"annotations": {"rolled": "once"}}}}})
    time.sleep(5)
    recorder.settle(lambda: ready(bench, pods))
    show(f"rollout: {label}", recorder.counted()[0], pods)
    recorder = Recorder(bench)
    processes.send("PATCH", f"{apps}/costs", {"spec": {"replicas": 0}})
    recorder.settle(lambda: ready(bench, 0))
    show(f"stop: {label}", recorder.counted()[0], pods)
    processes.send("DELETE", f"{apps}/costs")
    if service:
        processes.send("DELETE", f"{core}/services/costs")
    time.sleep(10)


def job(bench, pods):
    """A Job whose pods start, end by themselves, and are removed with it."""
    jobs = f"{bench.url}/apis/batch/v1/namespaces/default/jobs"
    template = pod("1 container", "Never")
    template["spec"]["containers"][0]["args"] = ["end"]
    recorder = Recorder(bench)
    processes.post(jobs, {"metadata": {"name": "costs"}, "spec": {
        "completions": pods, "parallelism": pods, "template": template}})
    recorder.settle(lambda: ready(bench, pods, "Succeeded"))
    show("job, started and ended: 1 container", recorder.counted()[0], pods)
    recorder = Recorder(bench)
    processes.send("DELETE", f"{jobs}/costs", {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"})
    recorder.settle(lambda: ready(bench, 0))
    show("job, removed: 1 container", recorder.counted()[0], pods)


def idle(bench, seconds):
    """A node with nothing to do, and what the control plane writes for itself."""
    recorder = Recorder(bench)
    time.sleep(seconds)
    counts, found = recorder.counted()
    minutes = seconds / 60
    print("idle for %d s, a minute: %s" % (seconds, ", ".join("%s %.2f" % (kind, n / minutes) for kind, n in sorted(counts.items()))))
    leases = sorted(key for key, _ in found if "lease" in key)
    print("   " + ", ".join("%s %d" % (key, leases.count(key)) for key in sorted(set(leases))), flush=True)


def isolate():
    """Makes the new namespaces fit for a node; returns the folders that were made for it."""
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "costs0", "type", "bridge")  # carries the node's address
    run("ip", "addr", "add", "198.51.100.10/24", "dev", "costs0")
    run("ip", "link", "set", "costs0", "up")
    run("ip", "route", "add", "default", "via", "198.51.100.1")
    new = [path for path in FIXED if not os.path.exists(path)]
    for path in FIXED:  # what runtime, kubelet and CNI keep under fixed paths stays in this mount namespace
        os.makedirs(path, exist_ok=True)
        run("mount", "-t", "tmpfs", "none", path)
    return new


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minor", default="1.37")
    parser.add_argument("--etcd", default="3.7")
    parser.add_argument("--pods", type=int, default=30)
    parser.add_argument("--idle", type=int, default=360)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("needs root")
    if machine.runs("kubelet"):
        sys.exit("a kubelet runs here already, whose cgroups this one would share")
    if not options.inside:
        subprocess.run([REAL / "build", options.minor], check=True)
        subprocess.run([REAL / "build", options.etcd, "etcd"], check=True)
        os.execvp("unshare", ["unshare", "-m", "-n", "--propagation", "private", sys.executable, os.path.abspath(__file__), *sys.argv[1:], "--inside"])
    new = isolate()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))  # so that what follows cleans up
    folder, running = pathlib.Path(tempfile.mkdtemp(prefix="costs-writes")), processes.Processes()
    binary, program = REAL / ".bin" / f"components-{options.minor}", REAL / ".bin" / f"etcd-{options.etcd}"
    bench = Bench(binary, folder / "cluster", folder / "logs", running, program)
    try:
        bench.everything()
        print("%s, etcd %s, %s, kernel %s, %d pods; revisions a pod" % (
            bench.version(), cluster.etcd_version(program), run("containerd", "--version").strip(), os.uname().release, options.pods), flush=True)
        time.sleep(20)
        for shape in SHAPES:
            deployment(bench, shape, options.pods, False)
        deployment(bench, "1 container", options.pods, True)
        deployment(bench, "2 containers, readiness", options.pods, True)
        job(bench, options.pods)
        reasons(bench)
        idle(bench, options.idle)
    except Exception:
        for log in sorted((folder / "logs").glob("*.log")):
            print("last of %s: %s" % (log.name, log.read_text(encoding="utf-8", errors="replace")[-1500:]), file=sys.stderr)
        raise
    finally:
        running.stop()
        bench.kill()
        for line in reversed(pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()):
            if line.split()[1].startswith((str(folder), *FIXED)):
                subprocess.run(["umount", "-l", line.split()[1]], check=False)
        shutil.rmtree(folder, ignore_errors=True)
        for path in new:
            os.rmdir(path)


main()
