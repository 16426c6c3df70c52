#!/usr/bin/env python3
"""A node in small: the real kubelet (standalone, no API server) and the real containerd run static pods, and what the kubelet, containerd,
the shims and the kernel take is read at every step of the number of pods.

Everything is inside a mount and a network namespace of its own and one temporary folder: pods get addresses from the bridge plugin
inside that network namespace, nothing leaves it. No image is pulled: the pods' image is built here from pause.c.

Usage: node.py --bin DIR [--steps 0,10,50,100] [--containers 1] [--probes] [--settle 60] [--window 60]
  DIR holds kubelet, containerd, containerd-shim-runc-v2, ctr (README.md says how to build them); runc and the CNI plugins
  bridge, host-local and loopback come from the distribution.
  memory   PSS of /proc/PID/smaps_rollup (RSS beside it), summed over the shims
  tasks    entries of /proc/PID/task
  cpu      utime + stime over the window, the shims' and the daemons' children included for the daemons
  kernel   /proc/meminfo less what the memory controller charges to the pods' cgroups
"""
import argparse
import glob
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from image import PAUSE, image

TICK = os.sysconf("SC_CLK_TCK")


def args():
    p = argparse.ArgumentParser()
    p.add_argument("--bin", required=True)
    p.add_argument("--steps", default="0,10,50,100")
    p.add_argument("--containers", type=int, default=1)
    p.add_argument("--probes", action="store_true")
    p.add_argument("--settle", type=int, default=60)
    p.add_argument("--window", type=int, default=60)
    p.add_argument("--cni", default="/usr/lib/cni")
    p.add_argument("--inside", action="store_true")
    return p.parse_args()


def run(*cmd, **kw):
    done = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kw)
    if done.returncode:
        raise RuntimeError("%s: %s" % (" ".join(cmd), done.stdout))
    return done.stdout


def rollup(pid):
    out = {"Pss": 0, "Rss": 0, "Pss_Anon": 0}
    try:
        for line in open("/proc/%d/smaps_rollup" % pid):
            key = line.split(":")[0]
            if key in out:
                out[key] = int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return out


def cpu(pid):
    """own and waited-for children's time in seconds"""
    f = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
    return sum(int(x) for x in f[11:15]) / TICK


def meminfo():
    return {l.split(":")[0]: int(l.split()[1]) for l in open("/proc/meminfo")}


def shims(mark):
    out = []
    for d in glob.glob("/proc/[0-9]*"):
        try:
            if os.readlink(d + "/exe").split(" ")[0] == mark:
                out.append(int(d[6:]))
        except OSError:
            pass
    return out


def charged():
    """kernel memory that the memory controller charges to the pods' cgroups, KiB (v1: kmem; v2: kernel of memory.stat)"""
    v1 = "/sys/fs/cgroup/memory/kubepods/memory.kmem.usage_in_bytes"
    if os.path.exists(v1):
        return int(open(v1).read()) // 1024
    v2 = "/sys/fs/cgroup/kubepods/memory.stat"
    if os.path.exists(v2):
        return int(dict(l.split() for l in open(v2))["kernel"]) // 1024
    return 0


def slab_at_least(objects):
    out = {}
    for line in open("/proc/slabinfo").read().splitlines()[2:]:
        f = line.split()
        out[f[0]] = int(f[14]) * int(f[5]) * os.sysconf("SC_PAGE_SIZE") // 1024
    return out


def du(path):
    return int(run("du", "-sk", path).split()[0]) if os.path.exists(path) else 0


class Node:
    def __init__(self, a, folder):
        self.a, self.dir = a, folder
        self.bin = os.path.abspath(a.bin)
        self.sock = folder + "/c/containerd.sock"
        self.manifests = folder + "/manifests"
        os.makedirs(self.manifests)
        os.makedirs(folder + "/cni")
        os.makedirs(folder + "/c")
        self.procs = []

    def start(self):
        d = self.dir
        json.dump({"cniVersion": "0.4.0", "name": "costs", "plugins": [{"type": "bridge", "bridge": "cni0", "isGateway": True, "hairpinMode": True,
                   "ipam": {"type": "host-local", "dataDir": d + "/ipam", "ranges": [[{"subnet": "198.18.0.0/23"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]},
                  open(d + "/cni/10-costs.conflist", "w"))
        version = run(self.bin + "/containerd", "--version")
        print(version.strip(), "|", run("runc", "--version").splitlines()[0], "|", run(self.bin + "/kubelet", "--version").strip())
        # restrict_oom_score_adj: the test machine's root has no CAP_SYS_RESOURCE, without which no score can be lowered.
        if re.search(r" v?2\.", version):
            conf = """version = 3
root = "%(d)s/root"
state = "%(d)s/state"
disabled_plugins = ["io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.blockfile"]
[grpc]
  address = "%(s)s"
[ttrpc]
  address = "%(s)s.ttrpc"
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "%(p)s"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["%(cni)s"]
  conf_dir = "%(d)s/cni"
"""
        else:
            conf = """version = 2
root = "%(d)s/root"
state = "%(d)s/state"
[grpc]
  address = "%(s)s"
[ttrpc]
  address = "%(s)s.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "%(p)s"
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "%(cni)s"
  conf_dir = "%(d)s/cni"
"""
        open(d + "/config.toml", "w").write(conf % {"d": d, "s": self.sock, "p": PAUSE, "cni": self.a.cni})
        env = dict(os.environ, PATH=self.bin + ":" + os.environ["PATH"])
        self.containerd = self.spawn("containerd", [self.bin + "/containerd", "-c", d + "/config.toml"], env)
        self.wait(lambda: os.path.exists(self.sock), 30, "containerd's socket")
        time.sleep(3)
        run(self.bin + "/ctr", "-a", self.sock, "-n", "k8s.io", "images", "import", image(d))
        # The four settings about cgroups and swap belong to this harness: the test machine may have neither systemd nor cgroup v2.
        json.dump({"kind": "KubeletConfiguration", "apiVersion": "kubelet.config.k8s.io/v1beta1", "address": "127.0.0.1", "staticPodPath": self.manifests,
                   "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}}, "authorization": {"mode": "AlwaysAllow"},
                   "cgroupDriver": "cgroupfs", "failCgroupV1": False, "failSwapOn": False, "cgroupsPerQOS": True, "enforceNodeAllocatable": ["pods"],
                   "maxPods": 250, "containerRuntimeEndpoint": "unix://" + self.sock, "podLogsDir": d + "/podlogs", "resolvConf": "",
                   "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "nodefs.inodesFree": "1%", "imagefs.available": "1%", "imagefs.inodesFree": "1%"}},
                  open(d + "/kubelet.json", "w"))
        self.kubelet = self.spawn("kubelet", [self.bin + "/kubelet", "--config", d + "/kubelet.json", "--root-dir", d + "/kubelet", "--cert-dir", d + "/pki",
                                              "--hostname-override", "costs"], env)

    def spawn(self, name, cmd, env):
        p = subprocess.Popen(cmd, stdout=open("%s/%s.log" % (self.dir, name), "w"), stderr=subprocess.STDOUT, env=env, start_new_session=True)
        self.procs.append(p)
        return p

    def wait(self, done, seconds, what):
        end = time.time() + seconds
        while time.time() < end:
            for p in self.procs:
                if p.poll() is not None:
                    raise RuntimeError("%s ended: %s" % (p.args[0], open("%s/%s.log" % (self.dir, os.path.basename(p.args[0]))).read()[-3000:]))
            if done():
                return
            time.sleep(1)
        raise RuntimeError("waited %d s for %s" % (seconds, what))

    def running(self):
        return run(self.bin + "/ctr", "-a", self.sock, "-n", "k8s.io", "tasks", "list").count("RUNNING")

    def pods(self, n):
        for i in range(len(glob.glob(self.manifests + "/*.json")), n):
            probe = {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 10}
            cs = []
            for c in range(self.a.containers):
                cs.append({"name": "c%d" % c, "image": PAUSE, "imagePullPolicy": "Never", "resources": {"requests": {"cpu": "1m", "memory": "4Mi"}, "limits": {"memory": "32Mi"}}})
                if self.a.probes:
                    cs[-1].update({"livenessProbe": probe, "readinessProbe": probe})
            path = "%s/pod%03d.json" % (self.manifests, i)
            json.dump({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod%03d" % i, "namespace": "default", "labels": {"app": "costs"}},
                       "spec": {"containers": cs, "volumes": [{"name": "v", "emptyDir": {}}], "terminationGracePeriodSeconds": 1}}, open(path + ".tmp", "w"))
            os.rename(path + ".tmp", path)
        self.wait(lambda: self.running() >= n * (1 + self.a.containers), 1200, "%d pods" % n)

    def read(self, n):
        time.sleep(self.a.settle)
        mark = self.bin + "/containerd-shim-runc-v2"
        pids = shims(mark)
        t0, c0 = time.time(), [cpu(self.kubelet.pid), cpu(self.containerd.pid), sum(cpu(p) for p in pids)]
        time.sleep(self.a.window)
        dt = time.time() - t0
        share = [round((a - b) / dt * 1e6) for a, b in zip([cpu(self.kubelet.pid), cpu(self.containerd.pid), sum(cpu(p) for p in pids)], c0)]
        m, k, r, s = meminfo(), rollup(self.kubelet.pid), rollup(self.containerd.pid), [rollup(p) for p in pids]
        tasks = lambda pid: len(os.listdir("/proc/%d/task" % pid))
        kernel = {key: m[key] for key in ("SUnreclaim", "SReclaimable", "Percpu", "KernelStack", "PageTables", "VmallocUsed")}
        out = {"pods": n, "shims": len(pids), "running": self.running(),
               "kubelet": dict(k, tasks=tasks(self.kubelet.pid), uCPU=share[0]), "containerd": dict(r, tasks=tasks(self.containerd.pid), uCPU=share[1]),
               "shim": {"PssSum": sum(x["Pss"] for x in s), "RssMedian": int(statistics.median([x["Rss"] for x in s] or [0])),
                        "PssAnonSum": sum(x["Pss_Anon"] for x in s), "tasks": sum(tasks(p) for p in pids), "uCPU": share[2],
                        "tasksMax": max([tasks(p) for p in pids] or [0])},
               "kernel": kernel, "kmemOfPods": charged(),
               "disk": {"kubelet": du(self.dir + "/kubelet"), "containerdMeta": du(self.dir + "/root/io.containerd.metadata.v1.bolt"),
                        "containerdRoot": du(self.dir + "/root"), "containerdState": du(self.dir + "/state"), "podlogs": du(self.dir + "/podlogs")}}
        print(json.dumps(out), flush=True)
        return out

    def stop(self):
        for f in glob.glob(self.manifests + "/*"):
            os.unlink(f)
        mark = self.bin + "/containerd-shim-runc-v2"
        try:
            self.wait(lambda: self.running() == 0, 180, "the pods to end")
        except RuntimeError as e:
            print(e, file=sys.stderr)
        for p in reversed(self.procs):
            p.terminate()
            try:
                p.wait(20)
            except subprocess.TimeoutExpired:
                p.kill()
        for pid in shims(mark):
            os.kill(pid, signal.SIGKILL)
        time.sleep(2)
        for d in sorted(glob.glob("/sys/fs/cgroup/**/kubepods", recursive=True), key=len, reverse=True):
            for root, dirs, _ in os.walk(d, topdown=False):
                try:
                    os.rmdir(root)
                except OSError:
                    pass


def slope(steps, get):
    """least squares over the steps: value at zero pods, growth per pod"""
    xs, ys = [s["pods"] for s in steps], [get(s) for s in steps]
    mx, my = statistics.mean(xs), statistics.mean(ys)
    b = sum((x - mx) * (y - my) for x, y in zip(xs, ys)) / (sum((x - mx) ** 2 for x in xs) or 1)
    return my - b * mx, b


def main():
    a = args()
    if os.geteuid() != 0:
        sys.exit("needs root")
    if not a.inside:
        os.execvp("unshare", ["unshare", "-m", "-n", "--propagation", "private", sys.executable, os.path.abspath(__file__)] + sys.argv[1:] + ["--inside"])
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "costs0", "type", "bridge")  # carries the node address
    run("ip", "addr", "add", "198.51.100.10/24", "dev", "costs0")
    run("ip", "link", "set", "costs0", "up")
    run("ip", "route", "add", "default", "via", "198.51.100.1")
    # State that containerd, runc and the CNI library keep under fixed folders stays in this mount namespace.
    for path in ("/run/containerd", "/run/runc", "/run/netns", "/var/lib/cni", "/var/log/containers", "/var/log/pods", "/var/lib/kubelet"):
        os.makedirs(path, exist_ok=True)
        run("mount", "-t", "tmpfs", "none", path)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))  # so that what follows cleans up
    folder = tempfile.mkdtemp(prefix="costs-node")
    node = Node(a, folder)
    try:
        node.start()
        print("kernel %s, %d CPUs, containers per pod %d, probes %s; KiB, millionths of a core" % (os.uname().release, os.cpu_count(), a.containers, a.probes), flush=True)
        steps = []
        for n in [int(x) for x in a.steps.split(",")]:
            t = time.time()
            node.pods(n)
            print("%d pods after %.0f s" % (n, time.time() - t), flush=True)
            steps.append(node.read(n))
        if len(steps) > 1:
            for name, get in [("kubelet PSS", lambda s: s["kubelet"]["Pss"]), ("kubelet uCPU", lambda s: s["kubelet"]["uCPU"]),
                              ("containerd PSS", lambda s: s["containerd"]["Pss"]), ("containerd uCPU", lambda s: s["containerd"]["uCPU"]),
                              ("shims PSS", lambda s: s["shim"]["PssSum"]), ("shims uCPU", lambda s: s["shim"]["uCPU"]), ("shims tasks", lambda s: s["shim"]["tasks"]),
                              ("kernel SUnreclaim", lambda s: s["kernel"]["SUnreclaim"]), ("kernel Percpu", lambda s: s["kernel"]["Percpu"]),
                              ("kernel KernelStack", lambda s: s["kernel"]["KernelStack"]), ("kernel PageTables", lambda s: s["kernel"]["PageTables"]),
                              ("kernel VmallocUsed", lambda s: s["kernel"]["VmallocUsed"]), ("kernel charged to pods", lambda s: s["kmemOfPods"]),
                              ("disk kubelet", lambda s: s["disk"]["kubelet"]), ("disk containerd metadata", lambda s: s["disk"]["containerdMeta"])]:
                base, per = slope(steps, get)
                print("%-26s %10.0f at no pods, %9.1f per pod" % (name, base, per))
    except Exception:
        for name in ("kubelet", "containerd"):
            path = "%s/%s.log" % (folder, name)
            if os.path.exists(path):
                print("last of %s: %s" % (name, open(path).read()[-2500:]), file=sys.stderr)
        raise
    finally:
        node.stop()
        run("sh", "-c", "for m in $(awk '$2 ~ \"^%s\" {print $2}' /proc/mounts | sort -r); do umount -l \"$m\"; done" % folder)
        shutil.rmtree(folder, ignore_errors=True)


main()
