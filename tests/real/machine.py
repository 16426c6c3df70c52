"""The machine that the test runs on: what a spec says of it, and what the test must leave as it was."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

from processes import Failed

CPUS = pathlib.Path("/sys/devices/system/cpu")
NODES = pathlib.Path("/sys/devices/system/node")
CGROUP = pathlib.Path("/sys/fs/cgroup")
# A kubelet sets these unless protectKernelDefaults tells it to refuse instead.
SYSCTLS = [pathlib.Path("/proc/sys") / name for name in (
    "vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes")]
# A kubelet makes these wherever its root folder is; their paths are constants of upstream's.
FOLDERS = [pathlib.Path(name) for name in ("/var/lib/kubelet", "/var/log/containers", "/var/log/pods")]


def cpu_list(text):
    """`0-2,4` as numbers."""
    ends = [part.split("-") for part in text.strip().split(",") if part]
    return [cpu for end in ends for cpu in range(int(end[0]), int(end[-1]) + 1)]


def mem_total(path):
    """MemTotal of a meminfo file, in KiB."""
    return int(re.search(r"MemTotal:\s+(\d+) kB", pathlib.Path(path).read_text(encoding="utf-8"))[1])


def cgroup_version():
    """2 where the unified hierarchy is mounted alone, else 1: the kubelet's own question."""
    return 2 if (CGROUP / "cgroup.controllers").exists() else 1


def swap():
    """Whether the machine swaps."""
    return len(pathlib.Path("/proc/swaps").read_text(encoding="utf-8").splitlines()) > 1


def own_reading(root):
    """The machine as `[defaults]` of a spec, without `plimsoll discover`, and what it leaves out."""
    online = cpu_list((CPUS / "online").read_text(encoding="utf-8"))
    topology = CPUS / f"cpu{online[0]}" / "topology"
    threads = len(cpu_list((topology / "thread_siblings_list").read_text(encoding="utf-8")))
    sockets = len({(CPUS / f"cpu{c}/topology/physical_package_id").read_text(encoding="utf-8") for c in online})
    memory = mem_total("/proc/meminfo")
    numa = [((node / "cpulist").read_text(encoding="utf-8").strip(), mem_total(node / "meminfo"))
            for node in sorted(NODES.glob("node[0-9]*"), key=lambda node: int(node.name[4:]))]
    disk = os.statvfs(root)
    kernel = ".".join(os.uname().release.split("-")[0].split(".")[:2])
    lines = ["[defaults]", f'os = {{ cgroup = {cgroup_version()}, kernel = "{kernel}" }}',
             "[defaults.hardware]", f"threads-per-core = {threads}", f"sockets = {sockets}"]
    notes = []
    if sum(kib for _, kib in numa) == memory:
        nodes = ", ".join(f'{{ cpus = "{cpus}", memory = "{kib}Ki" }}' for cpus, kib in numa)
        lines.append(f"numa = [{nodes}]")
    else:
        # The kubelet's capacity is the machine's MemTotal; a spec cannot state both when they differ.
        lines += [f"cpus = {len(online)}", f'memory = "{memory}Ki"']
        notes.append(f"NUMA nodes not stated: they have {sum(kib for _, kib in numa)}Ki of the machine's {memory}Ki")
    lines.append(f'disks = [{{ mount = "/", size = "{disk.f_blocks * disk.f_frsize}", holds = ["nodefs", "imagefs"] }}]')
    return "\n".join(lines), notes


def defaults(tool, root):
    """The machine as `[defaults]`, so that a case's own tables can say the rest: by `plimsoll discover`, where the tool has it."""
    if subprocess.run([tool, "discover", "--help"], capture_output=True, check=False).returncode != 0:
        text, notes = own_reading(root)
        return text, "the test's own reading", notes
    done = subprocess.run([tool, "discover", "--class", "node"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"plimsoll discover: exit {done.returncode}\n{done.stderr}")
    return done.stdout.replace("[node-class.node", "[defaults"), "plimsoll discover", []


def runs(name):
    """Whether a component of this name runs here, a test's or one that makes the machine a node: a test would change its settings."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            # The tests' own is a command of a program with another name.
            words = (folder / "cmdline").read_text(encoding="utf-8", errors="replace").split("\0")[:2]
            if name in [pathlib.Path(word).name for word in words]:
                return True
        except OSError:
            pass
    return False


def install(programs):
    """Debian's packages of the programs that are missing."""
    missing = [package for program, package in programs.items() if not shutil.which(program)]
    if missing:
        quiet = {"stdout": sys.stderr, "check": True, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-qq"], **quiet)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], **quiet)


def remove_tree(root):
    """Removes a folder with what is mounted below it: a kubelet binds its root folder onto itself."""
    mounts = [line.split()[1] for line in pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    for path in reversed(mounts):
        if path.startswith(f"{root}/"):
            subprocess.run(["umount", path], check=False)
    shutil.rmtree(root)


class State:
    """What a kubelet changes of the machine, to put back afterwards."""

    def __init__(self):
        self.sysctls = {path: path.read_text(encoding="utf-8") for path in SYSCTLS if path.exists()}
        self.new = [path for path in FOLDERS if not path.exists()]

    def restore(self):
        """Sysctls as they were, no folder that was not there."""
        for path, value in self.sysctls.items():
            if path.read_text(encoding="utf-8") != value:
                path.write_text(value, encoding="utf-8")
        for path in self.new:
            if path.exists():
                remove_tree(path)
