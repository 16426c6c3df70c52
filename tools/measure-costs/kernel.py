#!/usr/bin/env python3
"""Kernel memory of the parts of a pod: network namespace, veth pair, cgroup directories, mounts.

Each part is made COUNT times, three times over, and the growth is divided by COUNT. What is read:
  slab     slab caches that grew by at least half an object a part, in pages (other caches belong to other processes)
  percpu   Percpu of /proc/meminfo (grows with the CPUs that the kernel counts as possible)
  vmalloc  VmallocUsed
Pages that a subsystem takes straight from the page allocator are not seen; node.py measures whole pods and sees them.
Everything is made in namespaces and folders of its own and removed again.

Usage: kernel.py [COUNT]      needs root, ip, cgroup v1 or v2
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

# Grown by whoever writes files meanwhile, by dozens of objects a part: never by the parts themselves.
FILE_CACHES = {"buffer_head", "ext4_inode_cache", "radix_tree_node", "extent_status", "xfs_inode", "filp", "vm_area_struct"}
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 200
PAGE = os.sysconf("SC_PAGE_SIZE")
TAG = "costs%d" % os.getpid()


def slab():
    out = {}
    for line in open("/proc/slabinfo").read().splitlines()[2:]:
        f = line.split()
        out[f[0]] = (int(f[1]), int(f[14]) * int(f[5]) * PAGE)
    return out


def meminfo():
    return {l.split(":")[0]: int(l.split()[1]) * 1024 for l in open("/proc/meminfo")}


def run(*args, text=None):
    done = subprocess.run(args, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise RuntimeError("%s: %s" % (" ".join(args), done.stdout))


def batch(lines):
    run("ip", "-batch", "-", text="\n".join(lines) + "\n")


class Namespaces:
    name = "network namespace, loopback up"

    def make(self):
        batch(["netns add %s-%d" % (TAG, i) for i in range(COUNT)])
        for i in range(COUNT):
            run("ip", "-n", "%s-%d" % (TAG, i), "link", "set", "lo", "up")

    def remove(self):
        batch(["netns del %s-%d" % (TAG, i) for i in range(COUNT)])


class Veths:
    """The node's ends are in a namespace of their own, on a bridge; the pods' ends go to COUNT further namespaces."""
    name = "veth pair on a bridge, one end in a pod's namespace with an address and a route"

    def prepare(self):
        batch(["netns add %s-host" % TAG] + ["netns add %s-%d" % (TAG, i) for i in range(COUNT)])
        run("ip", "-n", TAG + "-host", "link", "add", "br0", "type", "bridge")
        run("ip", "-n", TAG + "-host", "link", "set", "br0", "up")
        for i in range(COUNT):
            run("ip", "-n", "%s-%d" % (TAG, i), "link", "set", "lo", "up")

    def make(self):
        host = TAG + "-host"
        run("ip", "-n", host, "-batch", "-", text="\n".join(
            "link add v%d mtu 1450 type veth peer name eth0 netns %s-%d\nlink set v%d master br0 up" % (i, TAG, i, i)
            for i in range(COUNT)) + "\n")
        for i in range(COUNT):
            run("ip", "-n", "%s-%d" % (TAG, i), "-batch", "-", text="link set eth0 up\naddr add 198.18.%d.%d/16 dev eth0\n"
                "route add default via 198.18.0.1\n" % (1 + i // 250, 1 + i % 250))

    def remove(self):
        batch(["netns del %s-%d" % (TAG, i) for i in range(COUNT)] + ["netns del %s-host" % TAG])


class Cgroups:
    def __init__(self, name, root):
        self.name, self.root = "cgroup directory, " + name, root

    def make(self):
        os.mkdir(os.path.join(self.root, TAG))
        for i in range(COUNT):
            os.mkdir(os.path.join(self.root, TAG, str(i)))

    def remove(self):
        for i in range(COUNT):
            os.rmdir(os.path.join(self.root, TAG, str(i)))
        os.rmdir(os.path.join(self.root, TAG))


class Mounts:
    """Mounted in this process's own mount namespace; main() takes one for itself."""

    def __init__(self, kind):
        self.kind = kind
        self.name = {"overlay": "overlay mount of two layers (a container's root)", "tmpfs": "tmpfs mount (a projected token, /dev/shm)"}[kind]

    def prepare(self):
        self.dir = tempfile.mkdtemp(prefix=TAG)
        run("mount", "-t", "tmpfs", "none", self.dir)  # overlay needs an upper layer that is not itself overlay
        for d in ["l1", "l2"] + ["%s%d" % (k, i) for k in "uwm" for i in range(COUNT)]:
            os.mkdir(os.path.join(self.dir, d))

    def make(self):
        for i in range(COUNT):
            d = self.dir
            opts = "lowerdir=%s/l1:%s/l2,upperdir=%s/u%d,workdir=%s/w%d" % (d, d, d, i, d, i)
            run("mount", "-t", self.kind, "-o", opts if self.kind == "overlay" else "size=1m", "none", "%s/m%d" % (d, i))

    def remove(self):
        for i in range(COUNT):
            run("umount", "%s/m%d" % (self.dir, i))
        run("umount", self.dir)
        os.rmdir(self.dir)


def measure(part):
    runs = []
    for _ in range(3):
        if hasattr(part, "prepare"):
            part.prepare()
        time.sleep(1)
        slab0, mem0 = slab(), meminfo()
        try:
            part.make()
            time.sleep(1)
            slab1, mem1 = slab(), meminfo()
        finally:
            part.remove()
        time.sleep(4)  # namespaces and cgroups are torn down behind our back
        grew = {}
        for name in slab1:
            objs = slab1[name][0] - slab0.get(name, (0, 0))[0]
            if objs >= COUNT // 2 and name not in FILE_CACHES:
                grew[name] = (objs / COUNT, max(0, slab1[name][1] - slab0.get(name, (0, 0))[1]) / COUNT)
        runs.append((sum(b for _, b in grew.values()), (mem1["Percpu"] - mem0["Percpu"]) / COUNT,
                     (mem1["VmallocUsed"] - mem0["VmallocUsed"]) / COUNT, grew))
    total = sorted((s + p + v) / 1024 for s, p, v, _ in runs)
    mid = [statistics.median(r[k] for r in runs) / 1024 for k in range(3)]
    print("%s\n  %.1f / %.1f / %.1f KiB (least, median, most of 3); medians: slab %.1f, percpu %.1f, vmalloc %.1f KiB"
          % (part.name, total[0], total[1], total[2], *mid))
    biggest = sorted(runs[-1][3].items(), key=lambda kv: -kv[1][1])[:6]
    print("  " + ", ".join("%s %.1f objects %.1f KiB" % (k, o, b / 1024) for k, (o, b) in biggest), flush=True)


def main():
    if os.geteuid() != 0:
        sys.exit("needs root: /proc/slabinfo, namespaces, mounts")
    if "--inside" not in sys.argv:
        os.execvp("unshare", ["unshare", "-m", "--propagation", "private", sys.executable, os.path.abspath(__file__), str(COUNT), "--inside"])
    possible = open("/sys/devices/system/cpu/possible").read().strip()
    print("kernel %s, %d CPUs online, possible %s, %d of each" % (os.uname().release, os.cpu_count(), possible, COUNT))
    parts = [Namespaces(), Veths()]
    for line in open("/proc/mounts"):
        dev, path, kind, opts = line.split()[:4]
        if kind == "cgroup":
            parts.append(Cgroups("v1 " + os.path.basename(path), path))
        elif kind == "cgroup2":
            parts.append(Cgroups("v2 with controllers [%s]" % open(path + "/cgroup.subtree_control").read().strip(), path))
    parts += [Mounts("overlay"), Mounts("tmpfs")]
    for part in parts:
        measure(part)


main()
