"""etcd, kube-apiserver, its controllers and scheduler, and containerd, on loopback, with the flags that were rendered for them."""

import json
import subprocess

from processes import TOKEN, Failed, free_ports, get, post

CNI = {"cniVersion": "0.4.0", "name": "none", "plugins": [{"type": "loopback"}]}
# Each is who it is in a real cluster, as the flow schemas ask for the name. Who has a token may do everything.
USERS = {TOKEN: ("real", "system:masters"), "controllers": ("system:kube-controller-manager", ""),
         "scheduler": ("system:kube-scheduler", ""), "node": ("system:node:real", "system:nodes")}


def flags(tree, component):
    """The lines of a rendered file of flags, nothing when the plan has none for the component."""
    file = tree / "control-plane" / f"{component}.flags"
    if not file.exists():
        return []
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def etcd_version(program="etcd"):
    """Of an etcd, unless named the one that is installed, as in 3.4.23."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[2]


class Cluster:
    """A control plane, and what a kubelet needs beside it."""

    def __init__(self, binary, work, logs, processes, program="etcd"):
        self.binary, self.work, self.logs, self.processes, self.program = binary, work, logs, processes, program
        etcd, peer, api, controllers, scheduler = free_ports(5)
        self.etcd, self.peer, self.url = f"http://127.0.0.1:{etcd}", f"http://127.0.0.1:{peer}", f"https://127.0.0.1:{api}"
        self.ports = {"kube-apiserver": api, "kube-controller-manager": controllers, "kube-scheduler": scheduler}
        self.socket, self.key = work / "containerd.sock", work / "service-account.key"

    def start(self, tree, service_range):
        """Starts etcd, containerd and kube-apiserver; says in how many seconds each was ready."""
        self.work.mkdir(parents=True)
        etcd = self.start_etcd(flags(tree, "etcd"))
        containerd = self.containerd()
        etcd.wait_for("health", lambda: get(f"{self.etcd}/health"), 60)
        api = self.apiserver(flags(tree, "kube-apiserver"), service_range)
        times = [f"etcd {etcd.seconds():.1f} s", f"kube-apiserver {self.api_ready(api):.1f} s"]
        containerd.wait_for("socket", self.socket.exists, 60)
        # The API server wants one for each pod; there is no controller that would make it.
        post(f"{self.url}/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
        return times

    def start_etcd(self, rendered, *own):
        """etcd with rendered flags, alone in its cluster."""
        return self.processes.start("etcd", self.logs / "etcd.log", [
            self.program, "--name=real", f"--data-dir={self.work}/etcd", f"--listen-client-urls={self.etcd}",
            f"--advertise-client-urls={self.etcd}", f"--listen-peer-urls={self.peer}",
            f"--initial-advertise-peer-urls={self.peer}", f"--initial-cluster=real={self.peer}", *own, *rendered])

    def containerd(self):
        """containerd with folders of its own, and a network configuration that no pod will use: without one no node is Ready. No image can
        be pulled: what the tests ask of pods is decided before."""
        (self.work / "cni").mkdir()
        (self.work / "cni" / "10-none.conflist").write_text(json.dumps(CNI), encoding="utf-8")
        config = self.work / "containerd.toml"
        config.write_text(f"""version = 2
root = "{self.work}/containerd"
state = "{self.work}/containerd-state"
[grpc]
  address = "{self.socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/none"
[plugins."io.containerd.grpc.v1.cri".cni]
  conf_dir = "{self.work}/cni"
""", encoding="utf-8")
        return self.processes.start("containerd", self.logs / "containerd.log", ["containerd", "--config", config])

    def apiserver(self, rendered, service_range):
        """The API server: who has a token may do everything, which is the test alone."""
        tokens = self.work / "tokens.csv"
        subprocess.run([self.binary, "key", self.key], check=True)
        tokens.write_text("".join(f'{token},{name},{name},"{groups}"\n' for token, (name, groups) in USERS.items()), encoding="utf-8")
        return self.processes.start("kube-apiserver", self.logs / "kube-apiserver.log", [
            self.binary, "kube-apiserver", *self.apiserver_flags(service_range), f"--cert-dir={self.work}/apiserver",
            f"--token-auth-file={tokens}", *rendered])

    def apiserver_flags(self, service_range):
        """What it asks for and no plan has."""
        return [f"--etcd-servers={self.etcd}", "--bind-address=127.0.0.1", f"--secure-port={self.ports['kube-apiserver']}",
                "--authorization-mode=AlwaysAllow", f"--service-account-key-file={self.key}",
                f"--service-account-signing-key-file={self.key}", "--service-account-issuer=https://kubernetes.default.svc",
                f"--service-cluster-ip-range={service_range}"]

    def api_ready(self, api):
        """Waits for the API server; says in how many seconds it was ready."""
        api.wait_for("readiness", lambda: (get(f"{self.url}/readyz") or {}).get("text") == "ok", 180)
        seconds = api.seconds()
        api.wait_for("namespace", lambda: get(f"{self.url}/api/v1/namespaces/default"), 180)
        return seconds

    def controllers(self, rendered, *own):
        """kube-controller-manager, once it leads."""
        return self.component("kube-controller-manager", "controllers", [
            f"--service-account-private-key-file={self.key}", *own, *rendered])

    def scheduler(self, rendered, *own):
        """kube-scheduler, once it answers."""
        return self.component("kube-scheduler", "scheduler", [*own, *rendered])

    def component(self, name, user, rest):
        """A component that asks the API server who may see its metrics."""
        file = self.kubeconfig(self.work / f"{name}.kubeconfig", user)
        process = self.processes.start(name, self.logs / f"{name}.log", [
            self.binary, name, f"--kubeconfig={file}", f"--authentication-kubeconfig={file}", f"--authorization-kubeconfig={file}",
            "--bind-address=127.0.0.1", f"--secure-port={self.ports[name]}", f"--cert-dir={self.work}/{name}", *rest])
        process.wait_for("health", lambda: (get(f"{self.of(name)}/healthz") or {}).get("text") == "ok", 60)
        return process

    def of(self, name):
        """The address of a component."""
        return f"https://127.0.0.1:{self.ports[name]}"

    def version(self):
        """What the API server says it is."""
        answer = get(f"{self.url}/version") or {}
        if "gitVersion" not in answer:
            raise Failed(f"kube-apiserver does not say its version: {answer}")
        return answer["gitVersion"]

    def node(self, name):
        """The node as the API server has it, or None."""
        answer = get(f"{self.url}/api/v1/nodes/{name}")
        return answer if answer and "metadata" in answer else None

    def kubeconfig(self, path, token=TOKEN):
        """For a component, in JSON, which is YAML."""
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "real",
            "clusters": [{"name": "real", "cluster": {"server": self.url, "insecure-skip-tls-verify": True}}],
            "users": [{"name": "real", "user": {"token": token}}],
            "contexts": [{"name": "real", "context": {"cluster": "real", "user": "real"}}]}), encoding="utf-8")
        return path
