#!/usr/bin/env python3
"""Explores the scenarios of scenarios/explore/ and compares how many orders there are, what the machine
comes to, and what is found, with tests/explore/counts.json.

  counts.py CPUHP-SIM SOURCE [--update]

The numbers follow from the model's visible points. A change of the model may change them; then look at
the difference and write them anew."""
import json
import pathlib
import subprocess
import sys

DESIGNS = ["notifier", "symmetric", "parallel", "async"]


def explored(program, path, design, more):
    """Returns the numbers of one exploration; None: the design does not fit the scenario."""
    run = subprocess.run([program, "explore", str(path), "--format", "json", "--design", design, *more],
                         capture_output=True, text=True, check=False)
    if run.returncode == 2:
        return None
    if run.returncode not in (0, 1):
        sys.exit(f"{path}, {design}: exit code {run.returncode}\n{run.stderr}")
    result = json.loads(run.stdout)
    cases = result["cases"]
    return {
        "complete": result["complete"],
        "cases": len(cases),
        "orders": sum(case["orders"] for case in cases),
        "deepest": max(case["deepest"] for case in cases),
        "ends": sum(len(case["ends"]) for case in cases),
        "found": sorted({f["invariant"] + (" of " + f["place"] if f["place"] else "")
                         + f', {len(f["order"])} hold' + ("" if len(f["order"]) == 1 else "s")
                         for case in cases for f in case["findings"]}),
    }


def main():
    program, source = sys.argv[1], pathlib.Path(sys.argv[2])
    golden = source / "tests/explore/counts.json"
    works = [(path, []) for path in sorted((source / "scenarios/explore").glob("*.json"))]
    works.append((source / "scenarios/explore/two-cpus.json", ["--singles"]))
    now = {}
    for path, more in works:
        name = " ".join([path.stem, *more])
        for design in DESIGNS:
            numbers = explored(program, path, design, more)
            if numbers is not None:
                now.setdefault(name, {})[design] = numbers
    if "--update" in sys.argv:
        golden.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        return
    before = json.loads(golden.read_text(encoding="utf-8"))
    for name in sorted(set(now) | set(before)):
        for design in DESIGNS:
            old, new = before.get(name, {}).get(design), now.get(name, {}).get(design)
            if old != new:
                print(f"{name}, {design}:\n  was {old}\n  is  {new}")
    if now != before:
        sys.exit("the numbers are others than in tests/explore/counts.json; --update writes them anew")
    if any(not n["complete"] for designs in now.values() for n in designs.values()):
        sys.exit("an exploration is not complete")


main()
