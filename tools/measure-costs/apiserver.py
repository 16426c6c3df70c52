#!/usr/bin/env python3
"""Memory of the real kube-apiserver with nothing, with thousands of pods, with watches and under lists; and what a write takes.

etcd and kube-apiserver at upstream's defaults on loopback, their folders below one temporary folder; the load is load/ of this folder.
Resident and proportional memory come from /proc, the live heap with stacks from the server's own metrics after a collection that it is asked
for.

Usage: apiserver.py [--minor 1.37] [--etcd 3.7] [--pods 0,5000,20000] [--watches 2000] [--lists 5] [--settle 60]
Needs what tests/real needs. --settle gives caches and the server's own work the time to be done.
"""
import argparse
import base64
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
REAL = HERE.parents[1] / "tests" / "real"
sys.path.insert(0, str(REAL))
sys.dont_write_bytecode = True

import cluster  # noqa: E402
import processes  # noqa: E402
import revisions  # noqa: E402


def status(pid, name):
    """KiB of a line of /proc/PID/status or smaps_rollup."""
    for file in ("status", "smaps_rollup"):
        for line in pathlib.Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8").splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
    raise RuntimeError(name)


def cpu(pid):
    """Seconds of a processor that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def forget_peak(pid):
    """Lets VmHWM begin again at what is resident now."""
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def metrics(url):
    """The lines of /metrics with their numbers, labels in the name."""
    asked = urllib.request.Request(f"{url}/metrics", headers={"Authorization": f"Bearer {processes.TOKEN}"})
    with urllib.request.urlopen(asked, timeout=60, context=processes.unverified()) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line and line[0] != "#")}


def total(found, name, *labels):
    """Sum over all series of a name that have these labels."""
    return sum(v for k, v in found.items() if k.split("{")[0] == name and all(label in k for label in labels))


def mean(before, after, name, *labels):
    """Mean of a histogram between two readings, and its count."""
    n = total(after, name + "_count", *labels) - total(before, name + "_count", *labels)
    return (total(after, name + "_sum", *labels) - total(before, name + "_sum", *labels)) / max(n, 1), int(n)


def value_bytes(url):
    """Mean size of a stored pod, over a hundred."""
    body = {"key": revisions.text("/registry/pods/"), "range_end": revisions.text("/registry/pods0"), "limit": "100"}
    with revisions.call(url, "/v3/kv/range", body) as answer:
        sizes = [len(base64.b64decode(kv["value"])) for kv in json.load(answer).get("kvs", [])]
    return sum(sizes) / max(len(sizes), 1)


class Bench:
    """One server under load."""

    def __init__(self, options, folder, running):
        binary = REAL / ".bin" / f"components-{options.minor}"
        self.cluster = cluster.Cluster(binary, folder / "cluster", folder / "logs", running, REAL / ".bin" / f"etcd-{options.etcd}")
        self.cluster.work.mkdir(parents=True)
        etcd = self.cluster.start_etcd([])
        etcd.wait_for("health", lambda: processes.get(f"{self.cluster.etcd}/health"), 60)
        api = self.cluster.apiserver([], "10.96.0.0/16")
        self.cluster.api_ready(api)
        processes.post(f"{self.cluster.url}/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
        self.pid, self.etcd_pid, self.options = api.running.pid, etcd.running.pid, options
        self.program = folder / "load"
        subprocess.run(["go", "build", "-o", self.program, "."], cwd=HERE / "load", check=True)

    def load(self, *words, token="controllers"):
        """One run of the load; its answer."""
        done = subprocess.run([self.program, self.cluster.url, token, *map(str, words)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout.split()

    def memory(self, name):
        """One line of what is used once the heap has been collected; the highest since the last line beside it."""
        time.sleep(self.options.settle)
        resident = {key: status(self.pid, key) for key in ("VmRSS", "Pss", "VmHWM")}
        processes.request(f"{self.cluster.url}/debug/pprof/heap?gc=1&debug=1", timeout=60)  # collects; what is left is live
        found = metrics(self.cluster.url)
        live = (found["go_memstats_heap_alloc_bytes"] + found["go_memstats_stack_inuse_bytes"]) / 1024
        print("%-34s RSS %d KiB, PSS %d, peak %d; live heap and stacks %d KiB; etcd RSS %d" % (
            name, resident["VmRSS"], resident["Pss"], resident["VmHWM"], live, status(self.etcd_pid, "VmRSS")), flush=True)
        forget_peak(self.pid)
        return resident["VmRSS"], live

    def create(self, first, last, workers):
        """Pods, and what a write of them took: by the client, by the server, in the seat."""
        before, fsync, used = metrics(self.cluster.url), self.fsyncs(), [cpu(self.pid), cpu(self.etcd_pid)]
        spent, rate = map(float, self.load("create", first, last, workers))
        after, fsyncs = metrics(self.cluster.url), self.fsyncs()
        server = [mean(before, after, "apiserver_request_duration_seconds", f'verb="{verb}"', 'resource="pods"')[0] for verb in ("POST", "PATCH")]
        # A seat may stay taken after the answer, for the work of the watches: that is in its own estimate, of seats and time.
        seat, n = mean(before, after, "apiserver_flowcontrol_request_execution_seconds", 'priority_level="workload-high"')
        seats, _ = mean(before, after, "apiserver_flowcontrol_work_estimated_seats", 'priority_level="workload-high"')
        store = mean(before, after, "etcd_request_duration_seconds", 'operation="create"')[0]
        writes = 2 * (last - first)
        server_cpu, etcd_cpu = ((cpu(pid) - old) / writes for pid, old in zip((self.pid, self.etcd_pid), used))
        print("%5d pods by %2d clients: %.1f writes/s; a write %.2f ms at the client, %.2f (create) and %.2f (status) at the server, %.2f in its seat (%d), "
              "%.2f seats; etcd create %.2f ms; %.2f fsyncs a write of %.2f ms; processor %.2f ms, etcd's %.2f" % (
                  last - first, workers, rate, spent * 1e3, server[0] * 1e3, server[1] * 1e3, seat * 1e3, n, seats, store * 1e3,
                  (fsyncs[1] - fsync[1]) / writes, (fsyncs[0] - fsync[0]) / max(fsyncs[1] - fsync[1], 1) * 1e3,
                  server_cpu * 1e3, etcd_cpu * 1e3), flush=True)

    def fsyncs(self):
        """Seconds and number of etcd's syncs of its log."""
        with urllib.request.urlopen(f"{self.cluster.etcd}/metrics", timeout=60) as answer:
            lines = dict(line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if line and line[0] != "#")
        return [float(lines["etcd_disk_wal_fsync_duration_seconds_" + part]) for part in ("sum", "count")]

    def watches(self, clients, each):
        """Watches of so many clients, as kubelets have: one connection each."""
        held = subprocess.Popen([self.program, self.cluster.url, "node", "watch", str(clients), str(each)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        held.stdout.readline()
        return held


def measure(bench, options):
    """The whole run, a line a figure."""
    steps = [int(n) for n in options.pods.split(",")]
    base = bench.memory("nothing")
    seen = {0: base}
    last = 0
    for step in steps:
        if step == 0:
            continue
        if last == 0:
            for part, workers in enumerate((1, 8, 32)):
                bench.create(part * step // 10, (part + 1) * step // 10, workers)
            last = 3 * step // 10
        bench.create(last, step, 8)
        last = step
        seen[step] = bench.memory("%d pods" % step)
    size = value_bytes(bench.cluster.etcd)
    (rss, heap), (rss0, heap0) = seen[last], seen[0]
    print("a pod: %d B stored; resident %d B, live %d B" % (size, (rss - rss0) * 1024 / max(last, 1), (heap - heap0) * 1024 / max(last, 1)), flush=True)
    forget_peak(bench.pid)
    for lists in (1, options.lists):
        began = time.monotonic()
        answer = bench.load("list", lists, token=processes.TOKEN)
        print("%d lists of all pods at once: %s B an answer, %.1f s, peak %d KiB over %d before" % (
            lists, answer[0], time.monotonic() - began, status(bench.pid, "VmHWM"), rss), flush=True)
    before = bench.memory("after the lists")
    for clients, each in ((options.watches, 1), (options.watches // 10, 10)):
        held = bench.watches(clients, each)
        after = bench.memory("%d clients with %d watches each" % (clients, each))
        print("a client with %d watches: resident %.1f KiB, live %.1f KiB" % (
            each, (after[0] - before[0]) / clients, (after[1] - before[1]) / clients), flush=True)
        held.stdin.close()
        held.wait()
        time.sleep(5)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minor", default="1.37")
    parser.add_argument("--etcd", default="3.7")
    parser.add_argument("--pods", default="0,5000,20000")
    parser.add_argument("--watches", type=int, default=2000)
    parser.add_argument("--lists", type=int, default=5)
    parser.add_argument("--settle", type=int, default=60)
    options = parser.parse_args()
    subprocess.run([REAL / "build", options.minor], check=True)
    subprocess.run([REAL / "build", options.etcd, "etcd"], check=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))  # so that what follows cleans up
    running = processes.Processes()
    with tempfile.TemporaryDirectory(prefix="costs-apiserver") as folder:
        try:
            bench = Bench(options, pathlib.Path(folder), running)
            print("%s, etcd %s, kernel %s, %d CPUs" % (
                bench.cluster.version(), cluster.etcd_version(bench.cluster.program), os.uname().release, os.cpu_count()), flush=True)
            measure(bench, options)
        finally:
            running.stop()


main()
