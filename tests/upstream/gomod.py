"""Writes the go.mod of one minor's judge: upstream's requirements, its staging modules by version instead of by path.

Usage: gomod.py SOURCE VERSION DIR, where SOURCE is the unpacked k8s.io/kubernetes module of VERSION (v1.N.P) and DIR the
folder minor-1.N. The staging modules are published as v0.N.P. One whose release P cannot be fetched and verified is taken
from the nearest older patch, and named on stdout. `go mod tidy` afterwards leaves what is needed.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

# No component imports these: they are examples and generators.
UNUSED = ["code-generator", "sample-apiserver", "sample-cli-plugin", "sample-controller"]
OLDEST_GO = (1, 22)  # the shared code's
# Where the nearest older patch does not fit: the version taken instead, and why.
INSTEAD = {
    ("controller-manager", 25): (
        "v0.26.13",
        "The newest v0.25 that can be fetched is older than a parameter of WithAuthentication; this one differs by it alone.",
    ),
}


def fetched(module, version):
    """Whether the module cache holds, or can get and verify, this version."""
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(["go", "mod", "download", f"{module}@{version}"], cwd=empty, capture_output=True, text=True)
    return done.returncode == 0


def nearest(module, minor, patch):
    """The newest fetchable v0.minor.p with p <= patch."""
    for p in range(patch, -1, -1):
        if fetched(module, f"v0.{minor}.{p}"):
            return p
    sys.exit(f"{module}: no patch of v0.{minor} can be fetched")


def replacements(text, minor, patch):
    """Replace lines for the staging modules, the older ones with the reason."""
    for name in re.findall(r"k8s\.io/([a-z0-9-]+) => \./staging/", text):
        if name in UNUSED:
            continue
        if (name, minor) in INSTEAD:
            chosen, reason = INSTEAD[name, minor]
            print(f"{name}: {chosen}: {reason}")
            yield f"\t// {reason}"
            yield f"\tk8s.io/{name} => k8s.io/{name} {chosen}"
            continue
        p = nearest(f"k8s.io/{name}", minor, patch)
        if p != patch:
            print(f"{name}: v0.{minor}.{p}, as v0.{minor}.{patch} cannot be fetched and verified")
            yield f"\t// v0.{minor}.{patch} of this one cannot be fetched and verified."
        yield f"\tk8s.io/{name} => k8s.io/{name} v0.{minor}.{p}"


def main(source, version, folder):
    """Writes DIR/go.mod."""
    minor, patch = (int(x) for x in version.split(".")[1:3])
    text = (pathlib.Path(source) / "go.mod").read_text(encoding="utf-8")
    go = max(OLDEST_GO, tuple(int(x) for x in re.search(r"(?m)^go (\d+)\.(\d+)", text).groups()))
    requirements = re.findall(r"(?m)^\t(\S+ v\S+)(?: // indirect)?$", text)
    staging = {f"k8s.io/{name} v0.0.0" for name in re.findall(r"k8s\.io/([a-z0-9-]+) => \./staging/", text)}
    pinned = re.findall(r"(?m)^\t(\S+ => (?!\./)\S+ v\S+)$", text)
    unused = [f"\tk8s.io/{name} v0.0.0" for name in UNUSED if f"k8s.io/{name} => ./staging" in text]
    lines = [
        "// The judge of one Kubernetes minor; a module of its own, so that no other build depends on it.",
        f"module plimsoll.example/upstream/{pathlib.Path(folder).name}",
        "",
        f"go {go[0]}.{go[1]}.0",
        "",
        "require (",
        *(f"\t{r}" for r in requirements if r not in staging),
        f"\tk8s.io/kubernetes {version}",
        "\tplimsoll.example/upstream/judge v0.0.0",
        ")",
        "",
        "// Upstream requires these, but nothing of what is judged imports them.",
        "exclude (",
        *unused,
        ")",
        "",
        "// The published module points these at its own staging folder; outside of it they are modules of their own.",
        "replace (",
        *replacements(text, minor, patch),
        ")",
        "",
    ]
    if pinned:
        lines += ["// Upstream's own pins.", "replace (", *(f"\t{p}" for p in pinned), ")", ""]
    lines += ["replace plimsoll.example/upstream/judge => ../judge", ""]
    (pathlib.Path(folder) / "go.mod").write_text("\n".join(lines), encoding="utf-8")


main(*sys.argv[1:])
