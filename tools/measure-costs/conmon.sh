#!/bin/bash
# Memory and tasks of conmon, CRI-O's monitor: one process per container (and one per pod for the pause process, where CRI-O keeps one).
# COUNT containers are made with conmon and runc directly, as CRI-O does it; each runs one static process with no network of its own.
# Usage: conmon.sh [COUNT]      needs root, conmon, runc, cc, unshare
set -euo pipefail
count=${1:-50}
here=$(cd "$(dirname "$0")" && pwd)

if [ "${2:-}" != inside ]; then
    exec unshare -m -n --propagation private "$0" "$count" inside
fi
dir=$(mktemp -d)
mkdir -p /run/crio
mount -t tmpfs none /run/crio # conmon keeps links to its bundles there
cleanup() {
    for i in $(seq "$count"); do
        runc --root "$dir/runc" kill "c$i" KILL >/dev/null 2>&1 || true
    done
    sleep 1
    for i in $(seq "$count"); do
        runc --root "$dir/runc" delete --force "c$i" >/dev/null 2>&1 || true
    done
    umount /run/crio || true
    rm -rf "$dir"
    find /sys/fs/cgroup -depth -type d -path "*/costs-conmon*" -exec rmdir {} \; 2>/dev/null || true
}
trap cleanup EXIT
mkdir -p "$dir/rootfs" "$dir/exit"
cc -O2 -static -s -o "$dir/rootfs/pause" "$here/pause.c"

pids=()
for i in $(seq "$count"); do
    b=$dir/b$i
    mkdir -p "$b/rootfs"
    cp "$dir/rootfs/pause" "$b/rootfs/"
    (cd "$b" && runc spec && python3 - <<'PY'
import json
c = json.load(open("config.json"))
c["process"].update(terminal=False, args=["/pause"])
c["process"].pop("rlimits", None)
c["linux"]["cgroupsPath"] = "/costs-conmon/" + __import__("os").path.basename(__import__("os").getcwd())
c["linux"].pop("seccomp", None)
json.dump(c, open("config.json", "w"))
PY
    )
    conmon -c "c$i" -u "c$i" -r "$(command -v runc)" --runtime-arg "--root=$dir/runc" -b "$b" -p "$b/pid" --conmon-pidfile "$b/conmon.pid" \
        -l "k8s-file:$b/log" --exit-dir "$dir/exit" --persist-dir "$b" >"$dir/out" 2>&1 || { cat "$dir/out" "$b/log"; exit 1; }
    # conmon returns before the runtime has made the container.
    for _ in $(seq 50); do [ -s "$b/pid" ] && break; sleep 0.1; done
    runc --root "$dir/runc" start "c$i"
    pids+=("$(cat "$b/conmon.pid")")
done
sleep 3
echo "$(conmon --version | head -1), kernel $(uname -r), $count containers"
for p in "${pids[@]}"; do
    awk -v t="$(ls "/proc/$p/task" | wc -l)" '$1=="Rss:"{r=$2} $1=="Pss:"{s=$2} $1=="Private_Dirty:"{d=$2} END{print r, s, d, t}' "/proc/$p/smaps_rollup"
done | sort -n -k2 | awk '{r+=$1; s+=$2; d+=$3; t+=$4; v[NR]=$2} END{printf "conmon each: PSS %.0f KiB (least %d, median %d, most %d), RSS %.0f KiB, private dirty %.0f KiB, tasks %.1f\n", s/NR, v[1], v[int((NR+1)/2)], v[NR], r/NR, d/NR, t/NR}'
