#!/usr/bin/env python3
"""What writes cost the disk of an etcd member: syncs of the log, commits of the database, bytes, and writes of pages.

Starts the etcd given, alone and with its defaults, in a temporary folder, and writes to it through its gateway as the API server
does: one transaction a write, with a compare, a put, and a range for the case that the compare fails.

Usage: etcd.py ETCD [--port 23790] [--seconds 12] [--strace]
"""
import argparse
import base64
import collections
import http.client
import json
import os
import re
import subprocess
import tempfile
import threading
import time

# Writes a second, bytes of an object, clients.
RUNS = [(10, 500, 1), (40, 500, 1), (40, 4000, 1), (40, 16000, 1), (200, 500, 8), (200, 4000, 8)]
KEYS = 500


def text(data):
    return base64.b64encode(data).decode()


def metrics(port):
    client = http.client.HTTPConnection("127.0.0.1", port)
    client.request("GET", "/metrics")
    page = client.getresponse().read().decode()

    def one(name):
        return float(re.search(r"^%s(?:\{[^}]*\})? ([0-9.e+]+)" % name, page, re.M).group(1))

    return {"syncs": one("etcd_disk_wal_fsync_duration_seconds_count"), "commits": one("etcd_disk_backend_commit_duration_seconds_count")}


def written(pid):
    with open("/proc/%d/io" % pid, encoding="ascii") as file:
        fields = dict(line.split(": ") for line in file.read().splitlines())
    return int(fields["write_bytes"])


def client(port, rate, clients, number, value, seconds, done):
    connection, start, count = http.client.HTTPConnection("127.0.0.1", port), time.time(), 0
    while time.time() < start + seconds:
        key = text(b"/registry/leases/kube-node-lease/node-%06d" % ((count * clients + number) % KEYS))
        body = {
            "compare": [{"key": key, "result": "GREATER", "target": "VERSION", "version": "-1"}],
            "success": [{"requestPut": {"key": key, "value": text(value)}}],
            "failure": [{"requestRange": {"key": key}}],
        }
        connection.request("POST", "/v3/kv/txn", json.dumps(body))
        connection.getresponse().read()
        count += 1
        done[number] = count
        wait = start + count * clients / rate - time.time()
        if wait > 0:
            time.sleep(wait)


def phase(port, rate, size, clients, seconds):
    value, done = os.urandom(size), [0] * clients
    threads = [
        threading.Thread(target=client, args=(port, rate, clients, number, value, seconds, done)) for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(0.3)
    return sum(done)


def run(binary, port, rate, size, clients, seconds, strace):
    with tempfile.TemporaryDirectory() as folder:
        me, peer = "http://127.0.0.1:%d" % port, "http://127.0.0.1:%d" % (port + 1)
        process = subprocess.Popen(
            [binary, "--data-dir", folder + "/data", "--listen-client-urls", me, "--advertise-client-urls", me,
             "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=" + peer,
             "--log-level", "error"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(60):
                try:
                    metrics(port)
                    break
                except OSError:
                    time.sleep(0.25)
            phase(port, rate, size, clients, 3)
            calls = folder + "/calls"
            tracer = strace and subprocess.Popen(
                ["strace", "-f", "-y", "-e", "trace=pwrite64,fdatasync,write", "-o", calls, "-p", str(process.pid)],
                stderr=subprocess.DEVNULL)
            time.sleep(1 if strace else 0)
            before, bytes_before, start = metrics(port), written(process.pid), time.time()
            count = phase(port, rate, size, clients, seconds)
            after, took = metrics(port), time.time() - start
            out = {
                "rate": round(count / took, 1), "bytes": size, "clients": clients,
                "syncs per write": round((after["syncs"] - before["syncs"]) / count, 3),
                "commits per second": round((after["commits"] - before["commits"]) / took, 2),
                "bytes written per write": round((written(process.pid) - bytes_before) / count),
            }
            if tracer:
                tracer.terminate()
                tracer.wait()
                seen = collections.Counter()
                with open(calls, encoding="utf-8", errors="replace") as file:
                    for line in file:
                        call = re.search(r"(pwrite64|fdatasync|write)\([^<]*<[^>]*(\.wal|snap/db)", line)
                        if call:
                            seen["%s %s" % call.groups()] += 1
                out["calls"] = dict(seen)
            print(json.dumps(out), flush=True)
        finally:
            process.terminate()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("etcd")
    parser.add_argument("--port", type=int, default=23790)
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--strace", action="store_true")
    args = parser.parse_args()
    for rate, size, clients in RUNS:
        run(args.etcd, args.port, rate, size, clients, args.seconds, args.strace)


if __name__ == "__main__":
    main()
