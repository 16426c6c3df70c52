"""etcd of one minor with the flags rendered for it: it starts, serves, and says what it was given. Of 3.4, which has no module that
builds it, Debian's program, where that is what is installed."""

import base64
import json
import pathlib
import subprocess

import cluster
import control
import machine
import plans
import revisions
from processes import Failed, get

HERE = pathlib.Path(__file__).resolve().parent


def program(minor):
    """The etcd of a minor, built or installed, or None."""
    installed = cluster.etcd_version().rpartition(".")[0]
    if minor == installed:
        return "etcd"
    if minor == "3.4":
        return None
    subprocess.run([HERE / "build", minor, "etcd"], check=True)
    return HERE / ".bin" / f"etcd-{minor}"


def served(url):
    """What is wrong with a value that is put and got."""
    value = "a value of the test"
    with revisions.call(url, "/v3/kv/put", {"key": revisions.text("/test"), "value": revisions.text(value)}):
        pass
    with revisions.call(url, "/v3/kv/range", {"key": revisions.text("/test")}) as answer:
        got = [base64.b64decode(kv["value"]).decode() for kv in json.load(answer)["kvs"]]
    return [] if got == [value] else [f"put {value!r}, got {got}"]


def check(minor, options, root, report, running):
    """All of it."""
    name = f"etcd {minor}"
    try:
        found = program(minor)
        if not found:
            report.skip(name, f"the installed etcd is {cluster.etcd_version()}")
            return
        defaults, _, _ = machine.defaults(options.tool, root)
        spec = control.spec(options.minor, minor, "large", defaults, options.tool)
        tree = plans.render(options.tool, root / "specs" / name.replace(" ", "-"), spec)
        planned = control.etcd_planned(control.values(plans.document(tree), "etcd"))
        here = cluster.Cluster(None, root / name.replace(" ", "-"), HERE / ".bin" / "logs" / "etcds" / minor, running, found)
        here.work.mkdir()
        process = here.start_etcd(cluster.flags(tree, "etcd"), "--logger=zap")
        process.wait_for("health", lambda: get(f"{here.etcd}/health"), 60)
        report.check(f"{name}: starts and serves", served(here.etcd), f"{cluster.etcd_version(found)}, ready in {process.seconds():.1f} s")
        reported = control.etcd_reported(process, here.etcd)
        wrong, unseen = reported.differences(planned)
        text = ", ".join(f"{path} {value}" for path, value in sorted(planned.items()) if path not in unseen)
        report.check(f"{name}: shows what was planned", list(wrong.values()), text + ("; not shown: " + ", ".join(unseen) if unseen else ""))
        if not wrong:
            report.check(f"{name}: a difference is noticed", list(reported.unnoticed(planned)), f"{len(planned) - len(unseen)} tried")
    except Failed as error:
        report.fail(name, error)
    finally:
        running.stop()
