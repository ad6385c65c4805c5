#!/usr/bin/env python3
"""A campaign whose cases share their beginnings has the bytes of one whose cases do not.

    sharing_test.py build/cpuhp-sim scenarios [--cases 10000]

Runs every single fault of shipped scenarios (some: every n-th case) both ways, at least so many cases.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

from options import parser

CPUS_MOST = 16
PAIRS = ["--pairs", "--kinds", "refused_takedown,no_memory"]


def small(program, scenario):
    shown = subprocess.run([program, "run", str(scenario), "--format", "json"], capture_output=True,
                           text=True, check=False).stdout
    head, found, rest = shown.partition('"cpus":')
    return bool(found) and int(rest.split(",", 1)[0]) <= CPUS_MOST


def lines(program, scenario, folder, *options):
    out = folder / "out.jsonl"
    out.unlink(missing_ok=True)
    done = subprocess.run([program, "faults", str(scenario), "--findings", str(folder / "findings"), "--out",
                           str(out), *options], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"{scenario.name}: exit code {done.returncode}: {done.stderr}")
    return out.read_bytes()


def main():
    made = parser(__doc__)
    made.add_argument("--cases", type=int, default=10000)
    options = made.parse_args()
    scenarios = [s for s in sorted(options.scenarios.glob("*.json"))
                 if not s.name.endswith("schema.json") and small(options.program, s)]
    cases = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for scenario in scenarios:
            for chosen in (["--singles", "--shard", "1/11"], [*PAIRS, "--shard", "1/101"]):
                shared = lines(options.program, scenario, folder, *chosen)
                if shared != lines(options.program, scenario, folder, *chosen, "--no-sharing"):
                    sys.exit(f"{scenario.name} {' '.join(chosen)}: not the same")
                cases += shared.count(b"\n") - 1
    print(f"{cases} cases of {len(scenarios)} scenarios: the same bytes")
    if cases < options.cases:
        sys.exit(f"expected at least {options.cases} cases")


if __name__ == "__main__":
    main()
