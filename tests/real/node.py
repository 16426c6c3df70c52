"""One kubelet: started with rendered files and the test's overlay, until its node is Ready or it gives up."""

import json
import re
import subprocess

import machine
from compare import look_up
from processes import Failed, free_ports, get


def read_yaml(binary, path):
    """A file as the kubelet's own reader sees it."""
    done = subprocess.run([binary, "json", path], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{path}: {done.stderr.strip()}")
    return json.loads(done.stdout) or {}


def flag(name, value):
    """A field as the flag that sets it."""
    words = re.sub("([A-Z]+)", r"-\1", name.replace("IPTables", "Iptables")).lower()
    return f"--{words}={json.dumps(value) if isinstance(value, bool) else value}"


class Kubelet:
    """A kubelet with a root folder of its own, so that no state of another start (CPU and memory manager) is found."""

    def __init__(self, cluster, minor, name, work, logs):
        self.cluster, self.name, self.work, self.log = cluster, name, work, logs / f"{name}.log"
        self.drop_ins = int(minor.split(".")[1]) >= 30  # before, --config-dir is missing or needs an environment variable
        self.port, self.healthz = free_ports(2)
        self.process = None

    def overlay(self):
        """What the test lays over the rendered file, and may never be rendered: README.md says why, field by field."""
        fields = {
            "address": "127.0.0.1", "port": self.port, "healthzPort": self.healthz,
            "containerRuntimeEndpoint": f"unix://{self.cluster.socket}", "cgroupDriver": "cgroupfs",
            "makeIPTablesUtilChains": False, "podLogsDir": str(self.work / "logs"),
            "volumePluginDir": str(self.work / "volume-plugins")}
        if machine.swap():
            fields["failSwapOn"] = False
        return fields

    def start(self, main, drop_ins=()):
        """Starts with a main file and drop-ins, the overlay last. The main file is passed as it is."""
        if self.drop_ins:
            folder = self.work / "kubelet.conf.d"
            folder.mkdir(parents=True)
            for file in drop_ins:
                (folder / file.name).write_bytes(file.read_bytes())
            head = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration"}
            (folder / "90-overlay.conf").write_text(json.dumps({**head, **self.overlay()}), encoding="utf-8")
            overlay = [f"--config-dir={folder}"]
        else:
            # No flag moves the folder of the pods' logs. It stays empty, as there are no pods.
            overlay = [flag(name, value) for name, value in self.overlay().items() if name != "podLogsDir"]
        self.process = self.cluster.processes.start(f"kubelet {self.name}", self.log, [
            self.cluster.binary, "kubelet", f"--config={main}", *overlay,
            f"--kubeconfig={self.cluster.kubeconfig(self.work / 'kubeconfig')}", f"--root-dir={self.work}/root",
            f"--cert-dir={self.work}/pki", f"--hostname-override={self.name}", *self.more()])

    def more(self):
        """Flags of a test of another kind."""
        return []

    def own(self, layers):
        """What a kubelet fills in by itself where no file says anything, exactly; README.md has upstream's reasons."""
        fields = {"enableSystemLogQuery": False}
        if not any(look_up(layer, "tlsCertFile") or look_up(layer, "serverTLSBootstrap") for layer in layers):
            fields |= {"tlsCertFile": f"{self.work}/pki/kubelet.crt", "tlsPrivateKeyFile": f"{self.work}/pki/kubelet.key"}
        return fields

    def ready(self):
        """The node once it is Ready: what follows registration, such as enforcing reservations, may still end a kubelet."""
        def ask():
            node = self.cluster.node(self.name)
            conditions = (node or {}).get("status", {}).get("conditions", [])
            return node if any(c["type"] == "Ready" and c["status"] == "True" for c in conditions) else None
        return self.process.wait_for("Ready node", ask, 120)

    def configz(self):
        """The configuration that the kubelet says it runs with, asked of itself."""
        answer = get(f"https://127.0.0.1:{self.port}/configz") or {}
        if "kubeletconfig" not in answer:
            raise Failed(f"/configz of {self.name} answers {answer}\n{self.process.tail()}")
        return answer["kubeletconfig"]

    def refusal(self, seconds=60):
        """The log of a kubelet that ends by itself."""
        def ask():
            if self.cluster.node(self.name):
                raise Failed(f"{self.name} registered a node although it must not start")
            return self.process.running.poll() is not None
        self.process.wait_for("exit", ask, seconds)
        if self.process.running.returncode == 0:
            raise Failed(f"{self.name} ended, but without an error\n{self.process.tail()}")
        return self.process.text()

    def stop(self):
        """Stops it, if it still runs."""
        if self.process:
            self.cluster.processes.stop(self.process)
