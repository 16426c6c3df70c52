"""Reads what `check` printed as SARIF and JUnit, and holds both to what it printed as JSON."""

import json
import pathlib
import sys

import jsonschema
import junitparser

schema, work = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
findings = json.loads((work / "json").read_text())["findings"]

log = json.loads((work / "sarif").read_text())
faults = list(jsonschema.Draft4Validator(json.loads(schema.read_text())).iter_errors(log))
for fault in faults:
    print(f"sarif: {'/'.join(map(str, fault.path))}: {fault.message}")
results = log["runs"][0]["results"]
same = [r["ruleId"] for r in results] == [f["id"] for f in findings]

report = junitparser.JUnitXml.fromfile(str(work / "junit"))
cases = [case for suite in report for case in suite]
failed = [case for case in cases if any(isinstance(r, junitparser.Failure) for r in case.result)]
# Warnings fail a run, too; advice does not.
failing = [f for f in findings if f["severity"] != "advice"]
counts = (len(cases), len(failed)) == (len(findings), len(failing)) == (report.tests, report.failures)

print(f"{len(results)} results of SARIF are valid, {len(cases)} cases of JUnit, {len(failed)} of them failures")
sys.exit(0 if findings and same and counts and not faults else 1)
