#!/bin/sh
# Builds and runs the etcd extractor once per etcd minor. Needs Go and a module proxy. Usage: ./run-etcd.sh DIR
#
# etcd registers its flags inside its main package, so that file is copied, given the name of our package, and compiled
# beside our dump. 3.4 has no tagged Go module; the newest of its commits that Kubernetes required, release 3.4.13,
# stands for it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)

while read -r minor module version; do
    work="$out/build-etcd-$minor"
    rm -rf "$work"
    mkdir -p "$work"
    cp "$here/etcd/main.go" "$work/"
    printf 'module upstream-facts\n\ngo 1.19\n\nrequire %s %s\n' "$module" "$version" > "$work/go.mod"
    source=$(go mod download -json "$module@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    [ "$minor" = 3.4 ] && cp "$here/etcd/logger.go" "$work/"
    for file in config help; do
        sed 's/^package etcdmain$/package main/' "$source/etcdmain/$file.go" > "$work/$file.go"
    done
    if (cd "$work" && go mod tidy && go build -o run-etcd . && ./run-etcd > "$out/etcd-$minor.json") 2> "$out/etcd-$minor.log"; then
        echo "$version" > "$out/etcd-$minor.version"
        echo "etcd $minor: from $module $version"
    else
        rm -f "$out/etcd-$minor.json"
        echo "etcd $minor: $(tail -n 1 "$out/etcd-$minor.log")" | tee -a "$out/failed"
    fi
done <<LIST
3.4 go.etcd.io/etcd v0.5.0-alpha.5.0.20200910180754-dd1b699fc489
3.5 go.etcd.io/etcd/server/v3 v3.5.35
3.6 go.etcd.io/etcd/server/v3 v3.6.16
3.7 go.etcd.io/etcd/server/v3 v3.7.3
LIST
