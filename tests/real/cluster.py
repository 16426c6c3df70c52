"""etcd, kube-apiserver and containerd, on loopback, with the flags that were rendered for the first two."""

import json
import subprocess

from processes import TOKEN, Failed, free_ports, get, post

CNI = {"cniVersion": "0.4.0", "name": "none", "plugins": [{"type": "loopback"}]}


def flags(tree, component):
    """The lines of a rendered file of flags, nothing when the plan has none for the component."""
    file = tree / "control-plane" / f"{component}.flags"
    if not file.exists():
        return []
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def etcd_version():
    """Of the etcd that is installed, as in 3.4.23."""
    done = subprocess.run(["etcd", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[2]


class Cluster:
    """What a kubelet needs beside it."""

    def __init__(self, binary, work, logs, processes):
        self.binary, self.work, self.logs, self.processes = binary, work, logs, processes
        etcd, peer, api = free_ports(3)
        self.etcd, self.peer, self.url = f"http://127.0.0.1:{etcd}", f"http://127.0.0.1:{peer}", f"https://127.0.0.1:{api}"
        self.port = api
        self.socket = work / "containerd.sock"

    def start(self, tree, service_range):
        """Starts all three; says in how many seconds each was ready."""
        self.work.mkdir(parents=True)
        etcd = self.processes.start("etcd", self.logs / "etcd.log", [
            "etcd", "--name=real", f"--data-dir={self.work}/etcd", f"--listen-client-urls={self.etcd}",
            f"--advertise-client-urls={self.etcd}", f"--listen-peer-urls={self.peer}",
            f"--initial-advertise-peer-urls={self.peer}", f"--initial-cluster=real={self.peer}", *flags(tree, "etcd")])
        containerd = self.containerd()
        etcd.wait_for("health", lambda: get(f"{self.etcd}/health"), 60)
        times = [f"etcd {etcd.seconds():.1f} s"]
        api = self.apiserver(tree, service_range)
        api.wait_for("readiness", lambda: (get(f"{self.url}/readyz") or {}).get("text") == "ok", 180)
        times.append(f"kube-apiserver {api.seconds():.1f} s")
        containerd.wait_for("socket", self.socket.exists, 60)
        # The API server wants one for each pod; there is no controller that would make it.
        api.wait_for("namespace", lambda: get(f"{self.url}/api/v1/namespaces/default"), 180)
        post(f"{self.url}/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
        return times

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

    def apiserver(self, tree, service_range):
        """The API server: who has the token may do everything, which is the test alone."""
        key, tokens = self.work / "service-account.key", self.work / "tokens.csv"
        subprocess.run([self.binary, "key", key], check=True)
        tokens.write_text(f"{TOKEN},real,real,system:masters\n", encoding="utf-8")
        return self.processes.start("kube-apiserver", self.logs / "kube-apiserver.log", [
            self.binary, "kube-apiserver", f"--etcd-servers={self.etcd}", "--bind-address=127.0.0.1",
            f"--secure-port={self.port}", f"--cert-dir={self.work}/apiserver", f"--token-auth-file={tokens}",
            "--authorization-mode=AlwaysAllow", f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}", "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-cluster-ip-range={service_range}", *flags(tree, "kube-apiserver")])

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

    def kubeconfig(self, path):
        """For a kubelet, in JSON, which is YAML."""
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "real",
            "clusters": [{"name": "real", "cluster": {"server": self.url, "insecure-skip-tls-verify": True}}],
            "users": [{"name": "real", "user": {"token": TOKEN}}],
            "contexts": [{"name": "real", "context": {"cluster": "real", "user": "real"}}]}), encoding="utf-8")
        return path
