#!/bin/sh
# Builds and runs the extractors once per Kubernetes minor, each against that minor's own modules.
# Needs Go, Python 3.11 and a module proxy. Usage: ./run.sh DIR [MINOR…]
#
# Leaves DIR/MINOR.fields.json, DIR/MINOR.flags.json and DIR/MINOR.version (the release, then every staging module that
# had to come from an older patch). What does not build is named in DIR/failed, with the reason, and skipped.
set -u
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift

while read -r version; do
    minor=$(echo "$version" | cut -d. -f1,2)
    case " $* " in "  " | *" $minor "*) ;; *) continue ;; esac
    work="$out/build-$minor"
    rm -rf "$work"
    mkdir -p "$work"
    source=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    older=$(python3 "$here/gomod.py" "$source" "v$version" "$work" | tr '\n' ';')
    cp "$source/go.sum" "$work/go.sum"
    chmod u+w "$work/go.sum"
    cp -r "$here/fields" "$here/flags" "$here/gates" "$work/"
    [ "$minor" = 1.25 ] && rm "$work/gates/metrics.go"
    echo "$version $older" > "$out/$minor.version"
    for program in fields flags; do
        if (cd "$work" && go build -mod=mod -o "run-$program" "./$program" && KUBERNETES_SOURCE="$source" "./run-$program" > "$out/$minor.$program.json") 2> "$out/$minor.$program.log"; then
            echo "$minor $program: from v$version $older"
        else
            rm -f "$out/$minor.$program.json"
            echo "$version $program: $(tail -n 1 "$out/$minor.$program.log")" | tee -a "$out/failed"
        fi
    done
done < "$here/versions.txt"
