"""Writes the go.mod of one build: upstream's requirements, its staging modules by version instead of by path.

Usage: gomod.py SOURCE VERSION DIR, where SOURCE is the unpacked k8s.io/kubernetes module of VERSION (v1.N.P). Its
staging modules are published as v0.N.P. A staging module whose release P cannot be fetched and verified is taken from
the nearest older patch of the same minor, and named on stdout. One that this program does not import is replaced by an
empty module, so that its absence does no harm.
"""

import pathlib
import re
import subprocess
import sys

NEEDED = """api apiextensions-apiserver apimachinery apiserver client-go cloud-provider cluster-bootstrap component-base
component-helpers controller-manager cri-api cri-client cri-streaming csi-translation-lib dynamic-resource-allocation
endpointslice externaljwt kms kube-aggregator kube-controller-manager kube-proxy kube-scheduler kubelet metrics
mount-utils pod-security-admission streaming""".split()
OLDER_PATCHES_TRIED = 16


def fetched(module, version):
    """Whether the module cache holds, or can get and verify, this version."""
    done = subprocess.run(["go", "mod", "download", f"{module}@{version}"], capture_output=True, text=True)
    return done.returncode == 0


def nearest(module, minor, patch):
    """The newest fetchable v0.minor.p with p <= patch."""
    for p in range(patch, max(-1, patch - OLDER_PATCHES_TRIED), -1):
        if fetched(module, f"v0.{minor}.{p}"):
            return f"v0.{minor}.{p}"
    return None


def main(source, version, work):
    """Writes DIR/go.mod and what it points to."""
    minor, patch = (int(x) for x in version.split(".")[1:3])
    text = (pathlib.Path(source) / "go.mod").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^module .*$", "module upstream-facts", text)
    text = re.sub(r"(?m)^(toolchain|tool) .*\n", "", text)
    work = pathlib.Path(work)

    def replacement(match):
        module = match.group(1)
        name = module.removeprefix("k8s.io/")
        chosen = nearest(module, minor, patch) if name in NEEDED else None
        if chosen is None:
            stub = work / "stub" / name
            stub.mkdir(parents=True, exist_ok=True)
            (stub / "go.mod").write_text(f"module {module}\n")
            if name in NEEDED:
                print(f"{name} absent")
            return f"{module} => ./stub/{name}"
        if chosen != f"v0.{minor}.{patch}":
            print(f"{name} {chosen}")
        return f"{module} => {module} {chosen}"

    text = re.sub(r"(k8s\.io/[a-z0-9-]+) => \./staging/\S+", replacement, text)
    (work / "go.mod").write_text(f"{text}\nrequire k8s.io/kubernetes {version}\n")


main(*sys.argv[1:])
