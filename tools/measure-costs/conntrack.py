#!/usr/bin/env python3
"""Cost in kernel memory of one conntrack entry and of one hash bucket.

A network namespace of its own gets COUNT real entries: one UDP datagram each on its loopback, from COUNT different source
addresses in 127.0.0.0/8, so that the entries are made on the path that packets take. (Entries written through ctnetlink, as by
`conntrack -I`, would carry more extensions than those of packets, so that way is not used.) The kinds:
  hook      connection tracking is on because a filter rule matches on the state; no NAT
  nat       a NAT hook is there too, with no rule that matches
  dnat      every packet's destination is translated by a rule, as for a Service
  masq      every packet's source is masqueraded, as for a pod's traffic that leaves the cluster
  listener  as dnat, with a process that listens to conntrack events (`conntrack -E`)
  acct      as dnat, with nf_conntrack_acct and nf_conntrack_timestamp on
What differs is whether the kernel attaches extensions (struct nf_ct_ext), which come in one allocation of at least 128 B.
The growth of each slab cache, in pages, is divided by the number of entries. Caches that grew by less than half an object an
entry are left out: other processes move them.

Usage: conntrack.py [COUNT]      needs root, ip, nft, conntrack
"""
import os
import resource
import socket
import subprocess
import sys
import time

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 50000
NS = "costs-ct-%d" % os.getpid()
PAGE = os.sysconf("SC_PAGE_SIZE")

RULES = """
table ip costs {
  chain output {
    type filter hook output priority 0
    ct state new counter
  }
%s
}
"""
NAT = """
  chain translate {
    type nat hook output priority -100
    %s
  }
  chain leave {
    type nat hook postrouting priority 100
    %s
  }
"""
DNAT = "ip daddr 127.0.0.2 dnat to 127.0.0.1"
KINDS = {
    "hook": "",
    "nat": NAT % ("", ""),
    "dnat": NAT % (DNAT, ""),
    "masq": NAT % ("", "ip protocol udp masquerade"),
    "listener": NAT % (DNAT, ""),
    "acct": NAT % (DNAT, ""),
}


def slab():
    """cache -> (active objects, object size, bytes in slab pages)"""
    out = {}
    for line in open("/proc/slabinfo").read().splitlines()[2:]:
        f = line.split()
        out[f[0]] = (int(f[1]), int(f[3]), int(f[14]) * int(f[5]) * PAGE)
    return out


def run(*args, text=None):
    done = subprocess.run(args, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit("%s: %s" % (" ".join(args), done.stdout))
    return done.stdout


def inside(*args, text=None):
    return run("ip", "netns", "exec", NS, *args, text=text)


def send():
    """Runs inside the namespace: one datagram from each of COUNT source addresses, to sockets that never answer."""
    sinks = []
    for port in range(9000, 9008):
        sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sink.bind(("127.0.0.1", port))
        sinks.append(sink)
    to = "127.0.0.2" if "translated" in sys.argv else "127.0.0.1"
    for i in range(COUNT):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.%d.%d.%d" % (1 + (i >> 16), (i >> 8) & 255, i & 255), 20000))
        # Eight destination ports, so that masquerading to one address does not run out of source ports.
        s.sendto(b"x", (to, 9000 + i % 8))
        s.close()


def measure(kind):
    run("ip", "netns", "add", NS)
    listener = None
    try:
        inside("ip", "link", "set", "lo", "up")
        # Masquerading takes an address of the outgoing device that is not local to the host only.
        inside("ip", "addr", "add", "198.51.100.1/32", "dev", "lo")
        inside("nft", "-f", "-", text=RULES % KINDS[kind])
        flag = "1" if kind == "acct" else "0"
        for key in ("acct", "timestamp"):
            inside("sh", "-c", "echo %s > /proc/sys/net/netfilter/nf_conntrack_%s" % (flag, key))
        # The entries must outlive the count; 30 s is the default for UDP that was not answered.
        inside("sh", "-c", "echo 120 > /proc/sys/net/netfilter/nf_conntrack_udp_timeout")
        if kind == "listener":
            listener = subprocess.Popen(["ip", "netns", "exec", NS, "conntrack", "-E"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        time.sleep(1)
        before = slab()
        inside(sys.executable, os.path.abspath(__file__), str(COUNT), "send", "translated" if DNAT in KINDS[kind] else "plain")
        time.sleep(1)
        n = int(inside("cat", "/proc/sys/net/netfilter/nf_conntrack_count"))
        after = slab()
        if n < COUNT * 9 // 10:
            sys.exit("only %d of %d entries are there" % (n, COUNT))
        total = 0
        print("%s: %d entries" % (kind, n))
        for name in sorted(after):
            objs = after[name][0] - before.get(name, (0,))[0]
            pages = after[name][2] - before.get(name, (0, 0, 0))[2]
            if objs > n // 2:
                print("  %-16s object of %4d B: %.3f objects an entry, slab pages %.1f B an entry"
                      % (name, after[name][1], objs / n, pages / n))
                total += pages
        print("  together %.1f B an entry" % (total / n))
    finally:
        if listener:
            listener.terminate()
            listener.wait()
        run("ip", "netns", "del", NS)
        # The namespace is torn down behind our back; without the wait its entries would be counted as negative growth.
        time.sleep(4)


def main():
    if "send" in sys.argv:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        return send()
    if os.geteuid() != 0:
        sys.exit("needs root: /proc/slabinfo and network namespaces")
    limit = int(open("/proc/sys/net/netfilter/nf_conntrack_max").read())
    if COUNT > limit // 2:
        sys.exit("at most %d entries: half of nf_conntrack_max" % (limit // 2))
    print("kernel %s, %d CPUs" % (os.uname().release, os.cpu_count()))
    for line in open("/proc/slabinfo"):
        if line.startswith("nf_conntrack "):
            print("nf_conntrack: object of %s B, %s objects in a slab of %s pages" % tuple(line.split()[3:6]))
    print("hash bucket: one pointer (struct hlist_nulls_head), %d B" % (8 if sys.maxsize > 2 ** 32 else 4))
    for kind in KINDS:
        measure(kind)


main()
