#!/bin/bash
# Memory (PSS) and tasks of a host's own daemons, each started from the unpacked Debian packages, idle, in a mount, network, PID and
# UTS namespace of its own where nothing can be reached. systemd itself is not measured: the test machine cannot give it a cgroup
# tree of its own.
# Usage: daemons.sh DIR      DIR holds the unpacked packages (README.md); needs root
set -uo pipefail
if [ "${2:-}" != inside ]; then
    exec unshare -m -n -p -u -f --mount-proc --propagation private "$0" "$1" inside
fi
root=$(cd "$1" && pwd)
export LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu
mount -t tmpfs none /run
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p /run/sshd /run/dbus /run/systemd/journal /run/log/journal "$work/lib"
ip link set lo up
cat /proc/sys/kernel/random/boot_id | tr -d - > $work/machine-id
getent passwd sshd >/dev/null || { cp /etc/passwd $work/passwd; echo 'sshd:x:999:65534::/run/sshd:/usr/sbin/nologin' >> $work/passwd; mount --bind $work/passwd /etc/passwd; }
touch /etc/machine-id 2>/dev/null; [ -s /etc/machine-id ] || mount --bind $work/machine-id /etc/machine-id

show() {
    local name=$1 pid=$2
    sleep 3
    if [ ! -e "/proc/$pid/smaps_rollup" ]; then
        echo "$name: did not stay up: $(tail -2 $work/out | tr '\n' ' ')"
        return
    fi
    awk -v n="$name" -v t="$(ls "/proc/$pid/task" | wc -l)" '$1=="Rss:"{r=$2} $1=="Pss:"{s=$2} $1=="Private_Dirty:"{d=$2} END{printf "%s: PSS %d KiB, RSS %d KiB, private dirty %d KiB, tasks %d\n", n, s, r, d, t}' "/proc/$pid/smaps_rollup"
}

ssh-keygen -q -t ed25519 -N '' -f $work/hostkey
"$root/usr/sbin/sshd" -D -f /dev/null -h $work/hostkey -p 2222 -o ListenAddress=127.0.0.1 >$work/out 2>&1 &
show "sshd (listening, no session)" $!
printf 'port 0\ncmdport 0\ndriftfile %s/lib/drift\n' "$work" > $work/chrony.conf
"$root/usr/sbin/chronyd" -d -x -u root -f $work/chrony.conf >$work/out 2>&1 &
show "chronyd (no servers)" $!
dbus-daemon --system --nofork --nopidfile --address=unix:path=/run/dbus/system_bus_socket >$work/out 2>&1 &
show "dbus-daemon" $!
/lib/systemd/systemd-journald >$work/out 2>&1 &
j=$!
show "journald (volatile, nothing logged)" $j
for i in $(seq 20000); do echo "line $i of some text that a service would log, about a hundred bytes long in all, as most lines are"; done | timeout 60 systemd-cat -t costs 2>/dev/null
show "journald after 20,000 lines" $j
"$root/usr/sbin/rsyslogd" -n -f <(printf '*.* %s/syslog\n' "$work") -i $work/rsyslogd.pid >$work/out 2>&1 &
show "rsyslogd" $!
"$root/lib/systemd/systemd-udevd" --version >$work/out 2>&1 && echo "udevd not started: it would act on the machine's devices"
