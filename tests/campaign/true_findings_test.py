#!/usr/bin/env python3
"""Random cases on the shipped scenarios find what is true of them, and nothing else.

    true_findings_test.py build/cpuhp-sim scenarios [--random 300] [--seed 1]
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

SCENARIOS = ("offline-one-cpu", "faults-of-a-driver", "register-a-driver", "smt-off",
             "suspend-resume", "live-4-cpus", "boot-8-cpus", "fail-one-step")

# (scenario, invariant, place): why a kernel and a driver like these would do the same.
TRUE = {
    ("register-a-driver", "state-resource-taken", "rx_queue"):
        "Its first setup is meant to fail on CPU 1. Where a fault keeps CPU 1 from the state, it"
        " works, and so does the second: the driver has two states, and takes its queue in both.",
}


def findings(program, scenario, options):
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [program, "faults", scenario, "--random", str(options.random), "--seed",
             str(options.seed), "--findings", folder, "--format", "json"],
            capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1):
        sys.exit(f"{scenario}: exit code {run.returncode}: {run.stderr}")
    return json.loads(run.stdout)["findings"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program")
    parser.add_argument("scenarios", type=pathlib.Path)
    parser.add_argument("--random", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    wrong, found = [], set()
    for name in SCENARIOS:
        for f in findings(options.program, options.scenarios / f"{name}.json", options):
            key = (name, f["invariant"], f["place"])
            found.add(key)
            if key not in TRUE:
                wrong.append(f"{name}: {f['invariant']} of {f['place']}: {f['text']}")
    # An entry that nothing shows any more excuses what nobody has judged.
    wrong += [f"not found any more: {' '.join(key)}" for key in TRUE if key not in found]
    print("\n".join(wrong) or f"only what is true of them: {len(found)} findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
