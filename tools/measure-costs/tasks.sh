#!/bin/bash
# Counts the kernel's own threads: those bound to a CPU (name ends in /N), kworkers, and the others; and the tasks of all other
# processes. Read-only. Usage: tasks.sh
set -euo pipefail
cpus=$(nproc)
echo "kernel $(uname -r), $cpus CPUs"
ps -eLo ppid,pid,comm --no-headers | awk -v cpus="$cpus" '
    $1 == 2 || $2 == 2 {
        kernel++
        if ($3 ~ /^kworker\/u/) unbound++
        else if ($3 ~ /^kworker\//) worker++
        else if ($3 ~ /\/[0-9]+$/) percpu++
        else other++
        next
    }
    { user++ }
    END {
        printf "kernel threads %d: per CPU by name %d, kworkers bound to a CPU %d, kworkers not bound %d, others %d\n", kernel, percpu, worker, unbound, other
        printf "per CPU: %.1f bound (names and kworkers), %.1f with the unbound kworkers\n", (percpu + worker) / cpus, (percpu + worker + unbound) / cpus
        printf "tasks of other processes: %d\n", user
    }'
