"""Compares catalog/aws/instances.tsv with AWS's own list of pods per instance type.

AWS's formula for secondary addresses: interfaces x (addresses per interface - 1) + 2. Prints every difference by name,
and the types that only one of the tables has. Exits 1 when a number differs.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def table(path):
    """Rows of a tab-separated table as dictionaries, by instance type."""
    lines = [l for l in (ROOT / path).read_text().splitlines() if l and not l.startswith("#")]
    head = lines[0].split("\t")
    return {row["instance_type"]: row for row in (dict(zip(head, l.split("\t"))) for l in lines[1:])}


def main():
    """Prints the comparison."""
    ours, theirs = table("catalog/aws/instances.tsv"), table("tests/fixtures/aws_eni_max_pods.tsv")
    assert list(ours) == sorted(ours), "instances.tsv is not sorted"
    differing = 0
    for name in sorted(ours.keys() & theirs.keys()):
        enis, addresses = ours[name]["default_card_max_enis"], ours[name]["ipv4_per_eni"]
        listed = int(theirs[name]["max_pods_secondary_ip"])
        if not enis or not addresses:
            print(f"{name}: interfaces not stated, AWS lists {listed}")
            continue
        computed = int(enis) * (int(addresses) - 1) + 2
        if computed != listed:
            differing += 1
            print(f"{name}: {enis} x ({addresses} - 1) + 2 = {computed}, AWS lists {listed}")
    print("only in instances.tsv:", ", ".join(sorted(ours.keys() - theirs.keys())) or "none")
    print("only in AWS's list:", ", ".join(sorted(theirs.keys() - ours.keys())) or "none")
    sys.exit(1 if differing else 0)


main()
