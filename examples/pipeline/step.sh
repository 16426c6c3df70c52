#!/bin/sh
# One step of a pipeline: does the spec still have a plan, and is the committed tree what the spec says?
#
#   step.sh SPEC TREE REPORTS     SPEC: the TOML file; TREE: the committed folder that holds <cluster>/ (render's --out);
#                                 REPORTS: a folder for what the pipeline shows
#   step.sh --self-test           tries all of it on the shipped examples, in a temporary folder
#
# Writes REPORTS/summary.md (Markdown), findings.sarif, findings.xml (JUnit), and, when the tree differs, files.txt (which
# files) and tree/ (what would be written). Nothing else is touched.
#
# Exit status: 0 the tree is up to date; 1 it differs; 2 the spec or the tree cannot be read; 3 no plan fits; 70 a bug.
# The binary is $PLIMSOLL, else `plimsoll` of the PATH; the self-test builds one with cargo where $PLIMSOLL is not set.
set -u

plimsoll() {
    "${PLIMSOLL:-plimsoll}" "$@"
}

step() {
    spec=$1 tree=$2 reports=$3
    mkdir -p "$reports" || return 2
    rm -rf "$reports/tree" "$reports/files.txt"

    # Three forms of one answer. The first run decides; a refusal is in the reports, too, and on standard error.
    status=0
    plimsoll plan "$spec" --format markdown >"$reports/summary.md" || status=$?
    plimsoll plan "$spec" --format sarif >"$reports/findings.sarif"
    plimsoll plan "$spec" --format junit >"$reports/findings.xml"
    if [ "$status" -ne 0 ]; then
        {
            printf '## plimsoll: no plan for `%s` (exit %s)\n\n```text\n' "$spec" "$status"
            plimsoll plan "$spec" 2>&1
            printf '```\n'
        } >"$reports/summary.md"
        return "$status"
    fi

    plimsoll render "$spec" --out "$tree" --check 2>"$reports/files.txt" || status=$?
    case $status in
    0)
        rm -f "$reports/files.txt"
        printf '\nThe committed tree is what the spec says.\n' >>"$reports/summary.md"
        return 0
        ;;
    1) ;;
    *)
        cat "$reports/files.txt" >&2
        return "$status"
        ;;
    esac

    plimsoll render "$spec" --out "$reports/tree" 2>"$reports/render.log" || { cat "$reports/render.log" >&2; return 2; }
    rm -f "$reports/render.log"
    cluster=$(ls "$reports/tree") # the lock file has a hidden name, so this is the cluster's folder alone
    if [ -d "$tree/$cluster" ]; then
        changes=0
        { printf '\n'; plimsoll diff "$spec" --current "$tree/$cluster" --format markdown; } >>"$reports/summary.md" || changes=$?
        # 0: only comments or plan.json differ; 1: values differ. Anything else is not about the tree.
        if [ "$changes" -gt 1 ]; then
            printf 'The committed tree cannot be read (exit %s); the changed files are in `files.txt`.\n' "$changes" >>"$reports/summary.md"
            return "$changes"
        fi
    else
        printf '\nNothing is committed for `%s` yet.\n' "$cluster" >>"$reports/summary.md"
    fi
    printf '\nThe committed tree is not what the spec says. Run `plimsoll render %s --out %s` (with `--force` over files edited by hand) and commit.\n' \
        "$spec" "$tree" >>"$reports/summary.md"
    return 1
}

# --- self-test ---

failed=0

# expect WHAT COMMAND…: the command must succeed.
expect() {
    what=$1
    shift
    if "$@" >/dev/null 2>&1; then
        printf 'ok    %s\n' "$what"
    else
        printf 'FAIL  %s\n' "$what"
        failed=$((failed + 1))
    fi
}

# ends WHAT STATUS: a step on $work/spec.toml must end so.
ends() {
    what=$1 wanted=$2 got=0
    step "$work/spec.toml" "$work/live" "$work/reports" 2>"$work/talk" || got=$?
    expect "$what: exit $wanted" test "$got" -eq "$wanted"
    [ "$got" -eq "$wanted" ] || { printf '      it was exit %s\n' "$got"; sed 's/^/      /' "$work/talk"; }
}

intact() {
    (cd "$work/live/prod-eu" && sha256sum --check --quiet SHA256SUMS)
}

self_test() {
    root=$(cd "$(dirname "$0")/../.." && pwd) || return 2
    if [ -z "${PLIMSOLL:-}" ]; then
        (cd "$root" && cargo build --quiet --locked) || return 2
        PLIMSOLL=${CARGO_TARGET_DIR:-$root/target}/debug/plimsoll
    fi
    work=$(mktemp -d) || return 2
    trap 'rm -rf "$work"' EXIT
    summary=$work/reports/summary.md

    cp "$root/examples/eks-web.toml" "$work/spec.toml"
    ends "nothing is committed yet" 1
    expect "the summary says so" grep -q 'Nothing is committed' "$summary"

    expect "render writes the tree" plimsoll render "$work/spec.toml" --out "$work/live"
    ends "the tree is what the spec says" 0
    expect "the summary has a line per node class" grep -q '^| web | 120 |' "$summary"
    expect "the findings are SARIF" grep -q '"version": "2.1.0"' "$work/reports/findings.sarif"
    expect "the findings are JUnit" grep -q '<testsuites name="plimsoll"' "$work/reports/findings.xml"
    expect "no tree is left in the reports" test ! -e "$work/reports/tree"

    # Larger pods: fewer of them fit, and less memory is reserved for fewer pods.
    sed 's/memory = "256Mi"/memory = "600Mi"/' "$root/examples/eks-web.toml" >"$work/spec.toml"
    ends "the pods became larger" 1
    expect "the changed file is named" grep -q '^changed .*node-class/web/kubelet.yaml$' "$work/reports/files.txt"
    expect "the untouched class is not named" sh -c '! grep -q node-class/system "$1"' - "$work/reports/files.txt"
    expect "the summary has the old value" grep -q 'kubelet/maxPods.*110' "$summary"
    expect "the summary has the new value" grep -q 'kubelet/maxPods.*101' "$summary"
    expect "the new tree is in the reports" test -f "$work/reports/tree/prod-eu/node-class/web/kubelet.yaml"
    expect "the committed tree was not touched" intact

    expect "render takes the change over" plimsoll render "$work/spec.toml" --out "$work/live"
    ends "the tree is what the spec says again" 0

    # The drop-in, since it lies over kubelet.yaml: there an edit would have no effect, and `diff` would say so.
    edited=$work/live/prod-eu/node-class/web/kubelet.conf.d/20-plimsoll.conf
    sed 's/^maxPods: 101/maxPods: 500/' "$edited" >"$work/edited" && cp "$work/edited" "$edited"
    ends "somebody edited a file by hand" 1
    expect "the edited file is named" grep -q '^edited by hand .*web/kubelet.conf.d/20-plimsoll.conf$' "$work/reports/files.txt"
    expect "the summary has what was typed" grep -q 'kubelet/maxPods.*500' "$summary"
    echo 'maxPods: 600' >>"$edited"
    ends "somebody left a file that is not YAML" 2
    expect "the summary says that it cannot be read" grep -q 'cannot be read' "$summary"

    cp "$root/examples/infeasible.toml" "$work/spec.toml"
    ends "no plan fits" 3
    expect "the summary shows the conflict" grep -q 'plan-infeasible' "$summary"
    expect "the SARIF file shows the conflict" grep -q '"ruleId": "plan-infeasible"' "$work/reports/findings.sarif"

    printf 'this is not a spec' >"$work/spec.toml"
    ends "the spec cannot be read" 2
    expect "the JUnit file shows the mistake" grep -q 'spec-not-toml' "$work/reports/findings.xml"

    if [ "$failed" -ne 0 ]; then
        printf '%s expectations failed\n' "$failed"
        return 1
    fi
}

case ${1:-} in
--self-test) self_test ;;
*)
    if [ $# -ne 3 ]; then
        sed -n '2,13s/^# \{0,1\}//p' "$0" >&2
        exit 2
    fi
    step "$@"
    ;;
esac
exit $?
