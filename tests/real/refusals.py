"""Starts that must be refused, each of a rendered tree with one thing wrong, in upstream's words."""

import json

import cluster
import node
from processes import free_ports


def refused(here, report, name, command, words):
    """A component that ends by itself, with these words in its log."""
    process = here.processes.start(name, here.logs / f"refused-{name}.log", command)
    status = process.ended(60)
    lines = [line for line in process.text().splitlines() if words in line]
    wrong = []
    if not status:
        wrong.append("it runs" if status is None else "it ended without an error")
    if not lines:
        wrong.append(f"nobody said {words!r}\n{process.tail()}")
    report.check(f"{name}: refused", wrong, lines[-1].strip()[:200] if lines else "")
    here.processes.stop(process)


def write(path, document):
    """A configuration file."""
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def check(here, tree, planned, report):
    """One refusal a component, beside the cluster that runs: some ask it before they look at their own terms."""
    heartbeat = planned["etcd"]["heartbeat-interval"]
    refused(here, report, "etcd", [
        here.program, f"--data-dir={here.work}/refused", *cluster.flags(tree, "etcd"), f"--election-timeout={5 * heartbeat - 1}"],
        "should be at least as 5 times as")
    refused(here, report, "kube-apiserver", [
        here.binary, "kube-apiserver", *here.apiserver_flags("10.96.0.0/16"), f"--cert-dir={here.work}/refused-apiserver",
        *cluster.flags(tree, "kube-apiserver"), f"--secure-port={free_ports(1)[0]}",
        "--max-requests-inflight=0", "--max-mutating-requests-inflight=0"],
        "they must add up to something positive")
    lease = planned["kube-controller-manager"].get("leader-elect-lease-duration", "15s")
    refused(here, report, "kube-controller-manager", [
        here.binary, "kube-controller-manager", f"--kubeconfig={here.work / 'kube-controller-manager.kubeconfig'}", "--secure-port=0",
        *cluster.flags(tree, "kube-controller-manager"), f"--leader-elect-renew-deadline={lease}"],
        "leaseDuration must be greater than renewDeadline")
    config = node.read_yaml(here.binary, tree / "control-plane" / "kube-scheduler.yaml")
    config.setdefault("clientConnection", {})["kubeconfig"] = str(here.work / "kube-scheduler.kubeconfig")
    elected = {"leaderElect": True, "leaseDuration": "10s", "renewDeadline": "10s", "retryPeriod": "2s"}
    refused(here, report, "kube-scheduler", [
        here.binary, "kube-scheduler", "--secure-port=0",
        f"--config={write(here.work / 'refused-scheduler.json', {**config, 'leaderElection': elected})}"],
        "leaseDuration: Invalid value")
    config = node.read_yaml(here.binary, tree / "cluster" / "kube-proxy.yaml")
    mode = config.get("mode", "iptables")
    wrong = {**config, mode: {**config.get(mode, {}), "syncPeriod": "1s", "minSyncPeriod": "2s"}}
    refused(here, report, "kube-proxy", [
        here.binary, "kube-proxy", f"--config={write(here.work / 'refused-proxy.json', wrong)}"], "must be greater than or equal to")
