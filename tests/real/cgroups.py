"""Cgroups of the machine: the kubelet's, the reserved ones that an enforced plan needs, and their limits."""

import pathlib

from machine import CGROUP, cgroup_version

PODS = "kubepods"  # of the cgroupfs driver


def hierarchies():
    """The mount points that have cgroups: one in version 2, one per controller in version 1, and there often an empty one of
    version 2, in which a kubelet makes its cgroups too."""
    if cgroup_version() == 2:
        return [CGROUP]
    mounts = pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    return [pathlib.Path(fields[1]) for fields in map(str.split, mounts) if fields[2] in ("cgroup", "cgroup2")]


def make(name):
    """Makes a cgroup in each hierarchy, and says why not where that is impossible."""
    try:
        if cgroup_version() == 2:
            (CGROUP / "cgroup.subtree_control").write_text("+cpu +cpuset +memory +pids", encoding="ascii")
        for folder in hierarchies():
            (folder / name).mkdir(exist_ok=True)
    except OSError as error:
        return f"no cgroup can be made here: {error}"
    return None


def remove(name):
    """Removes a cgroup with all below it. One that still has processes is left, and named."""
    left = []
    for folder in hierarchies():
        top = folder / name
        if not top.is_dir():
            continue
        for path in sorted((p for p in top.rglob("*") if p.is_dir()), key=lambda p: -len(p.parts)) + [top]:
            try:
                path.rmdir()
            except OSError as error:
                left.append(f"{path}: {error.strerror}")
    return left


def memory_limit(name):
    """The memory limit in bytes."""
    file = "memory.max" if cgroup_version() == 2 else "memory/memory.limit_in_bytes"
    where, _, last = file.rpartition("/")
    return int((CGROUP / where / name / last).read_text(encoding="ascii"))


def pid_limit(name):
    """The limit of processes and threads."""
    folder = CGROUP if cgroup_version() == 2 else CGROUP / "pids"
    text = (folder / name / "pids.max").read_text(encoding="ascii").strip()
    return None if text == "max" else int(text)


def cpu_weight(name):
    """CPU shares in version 1, the weight in version 2."""
    file = "cpu.weight" if cgroup_version() == 2 else "cpu/cpu.shares"
    where, _, last = file.rpartition("/")
    return int((CGROUP / where / name / last).read_text(encoding="ascii"))
