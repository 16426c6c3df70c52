"""The tool at work: a spec planned and rendered, and what its catalogue says."""

import json
import subprocess

import compare
from processes import Failed


def render(tool, folder, text):
    """Writes the spec and its tree; plan's answer and the tree's plan.json are one document."""
    folder.mkdir(parents=True)
    (folder / "spec.toml").write_text(text, encoding="utf-8")
    for command in (["plan", "spec.toml", "--format", "json"], ["render", "spec.toml", "--out", "out"]):
        done = subprocess.run([tool, *command], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            told = subprocess.run([tool, "plan", "spec.toml"], cwd=folder, capture_output=True, text=True, check=False).stderr
            raise Failed(f"plimsoll {' '.join(command)}: exit {done.returncode}\n{told or done.stderr}\n{text}")
        if command[0] == "plan":
            planned = json.loads(done.stdout)
    tree = folder / "out" / "real"
    written = document(tree)
    if planned["nodeClasses"] != written["nodeClasses"]:
        raise Failed("`plan --format json` and the written plan.json differ")
    return tree


def knows(tool, word):
    """Whether the tool's specs have a key; a test of one that an older tool lacks does without it."""
    done = subprocess.run([tool, "schema"], capture_output=True, text=True, check=True)
    return f'"{word}"' in done.stdout


def document(tree):
    """plan.json of a rendered tree."""
    return json.loads((tree / "plan.json").read_text(encoding="utf-8"))


def fields(tool, minor):
    """The tool's catalogue of the kubelet's fields."""
    done = subprocess.run([tool, "fields", "kubelet/*", "--all", "--kubernetes", minor, "--format", "json"],
                          capture_output=True, text=True, check=True)
    return compare.Catalogue(json.loads(done.stdout)["fields"])
