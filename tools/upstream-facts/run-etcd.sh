#!/bin/sh
# Builds and runs the etcd extractor once per etcd minor of tests/upstream, whose modules say which release is read. Leaves
# DIR/etcd-MINOR.json and DIR/etcd-MINOR.version. Needs Go and, at first, a module proxy. Usage: ./run-etcd.sh DIR
#
# etcd registers its flags inside its main package, on a type that it does not export, so that file is copied, given the name
# of our package, and compiled beside our dump. 3.4 has no tagged Go module; the newest of its commits that Kubernetes
# required, release 3.4.13, stands for it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
upstream=$(cd "$here/../../tests/upstream" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
status=0

for module in "$upstream"/etcd-*/; do
    minor=$(basename "$module" | sed s/etcd-//)
    key=$({ go version; cat "$module/go.mod" "$module/go.sum" "$here"/etcd/*.go; } | sha256sum)
    [ "$key" = "$(cat "$out/etcd-$minor.key" 2> /dev/null)" ] && continue
    rm -f "$out/etcd-$minor".*
    work=$(mktemp -d)
    cp "$module/go.mod" "$module/go.sum" "$here/etcd/main.go" "$work/"
    # The judge's shared code is not needed here.
    (cd "$work" && go mod edit -droprequire=plimsoll.example/upstream/judge -dropreplace=plimsoll.example/upstream/judge)
    required=$(sed -n 's/^\t\(go\.etcd\.io\/etcd\(\/server\/v3\)\{0,1\} v[^ ]*\)$/\1/p' "$module/go.mod")
    name=${required% *} version=${required#* }
    source=$(go mod download -json "$name@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    [ "$minor" = 3.4 ] && cp "$here/etcd/old.go" "$work/"
    for file in config help; do
        sed 's/^package etcdmain$/package main/' "$source/etcdmain/$file.go" > "$work/$file.go"
    done
    if (cd "$work" && nice -n 10 go build -mod=mod -o run-etcd . && env -i ./run-etcd > "$out/etcd-$minor.part") 2> "$out/etcd-$minor.log"; then
        mv "$out/etcd-$minor.part" "$out/etcd-$minor.json"
        echo "$version" > "$out/etcd-$minor.version"
        echo "$key" > "$out/etcd-$minor.key"
        echo "etcd $minor: read" >&2
    else
        rm -f "$out/etcd-$minor.part"
        echo "etcd $minor: $(tail -n 1 "$out/etcd-$minor.log")" | tee -a "$out/failed" >&2
        status=2
    fi
    rm -rf "$work"
done
exit $status
