#!/bin/sh
# Builds the programs of each Kubernetes minor in tests/upstream, and asks them for their facts. Usage: ./run.sh DIR [MINOR…]
#
# Leaves in DIR, per minor: MINOR.judge.json (fields, flags, plugins, controllers), MINOR.apiserver.json (kube-apiserver's
# flags) and MINOR.COMPONENT.gates.json (the gates that component knows). What was answered by the very same sources is not
# asked again. A minor that does not build or answer is named in DIR/failed, with the reason, and the exit status is 2.
# Needs Go (the newest minor decides which) and, at first, a module proxy.
set -u
upstream=$(cd "$(dirname "$0")/../../tests/upstream" && pwd)
[ $# -gt 0 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; }
mkdir -p "$1" "$upstream/.bin"
out=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- $(cd "$upstream" && ls -d minor-* | sed s/minor-// | sort -t. -k1,1n -k2,2n)
here=plimsoll.example/upstream/judge/facts/gates
: > "$out/failed"
scratch=$(mktemp -d) # the programs for gates are as large as the components, and not needed again
trap 'rm -rf "$scratch"' EXIT

# ask MINOR NAME PACKAGE BINARY [ARGUMENT]: the answer goes to DIR/MINOR.NAME.json.
ask() {
    rm -f "$out/$1.$2.json"
    (cd "$upstream/minor-$1" &&
        nice -n 10 go build -mod=readonly -buildvcs=false -ldflags='-s -w' -o "$4" "$3" &&
        env -i TMPDIR="${TMPDIR:-/tmp}" "$4" ${5:-} > "$out/$1.part") 2> "$out/$1.$2.log" && mv "$out/$1.part" "$out/$1.$2.json"
}

for minor; do
    # The facts come through these packages of the judge alone.
    key=$(cd "$upstream" && { go version; cat "minor-$minor/go.mod" "minor-$minor/go.sum"; find judge/facts judge/apiserver judge/spans/load* judge/spans/proxy* "minor-$minor" -name '*.go' | sort | xargs cat; } | sha256sum)
    [ "$key" = "$(cat "$out/$minor.key" 2> /dev/null)" ] && continue
    rm -f "$out/$minor".*
    if ask "$minor" judge . "$upstream/.bin/judge-$minor" --facts &&
        ask "$minor" apiserver ./apiserver "$upstream/.bin/apiserver-$minor" --facts &&
        ask "$minor" kubelet.gates $here/kubelet "$scratch/program" &&
        ask "$minor" kube-proxy.gates $here/kube-proxy "$scratch/program" &&
        ask "$minor" kube-scheduler.gates $here/kube-scheduler "$scratch/program" &&
        ask "$minor" kube-controller-manager.gates $here/kube-controller-manager "$scratch/program"; then
        cp "$out/$minor.apiserver.json" "$out/$minor.kube-apiserver.gates.json"
        echo "$key" > "$out/$minor.key"
        echo "$minor: read" >&2
    else
        reason=$(grep -hv '^[IW][0-9]' "$out/$minor".*.log | tail -n 1)
        rm -f "$out/$minor".*.json "$out/$minor.part"
        echo "$minor: $reason" | tee -a "$out/failed" >&2
    fi
done
[ -s "$out/failed" ] && exit 2
exit 0
