#!/usr/bin/env python3
"""Random cases on the shipped scenarios find what is true of them, and nothing else.

    true_findings_test.py build/cpuhp-sim scenarios [--random 300] [--seed 1] [--tables]

Each scenario runs with its own table, two of them with an arm64 and a v4.6 table, too. With
--tables every scenario runs with every table that it can.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from options import parser

SCENARIOS = ("offline-one-cpu", "faults-of-a-driver", "register-a-driver", "smt-off",
             "suspend-resume", "live-4-cpus", "boot-8-cpus", "fail-one-step")
BESIDE = (("boot-8-cpus", "arm64-6.12"), ("live-4-cpus", "v4.6"))

# (scenario, table, invariant, place), as regular expressions: why a kernel and a driver like these
# would do the same. docs/history.md, "What kernels still do", has the sources.
ALWAYS = {
    ("register-a-driver", ".*", "state-resource-taken", "rx_queue"):
        "Its first setup is meant to fail on CPU 1. Where a fault keeps CPU 1 from the state, it"
        " works, and so does the second: the driver has two states, and takes its queue in both.",
    (".*", "arm64.*", "I41", "given up"):
        "Nothing stops an AP that is slow in a STARTING callback when arm64 has given it up.",
}
# They need two faults that meet, or a walk that begins half way: too rare for a few hundred cases.
RARE = {
    (".*", "v4[.].*", "(I2|I12|I8|complete)", ".*"):
        "v4.6's undo_cpu_down() ends one state early, and does not start it again (B17).",
}


def campaign(program, scenario, options):
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [program, "faults", scenario, "--random", str(options.random), "--seed",
             str(options.seed), "--findings", folder, "--format", "json"],
            capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1):
        return None, run.stderr
    return json.loads(run.stdout)["findings"], ""


def with_table(folder, name, table):
    scenario = json.loads((folder / f"{name}.json").read_text())
    scenario["table"] = f"tables/{table}.json"
    path = folder / f"{name}+{table}.json"
    path.write_text(json.dumps(scenario))
    return path


def pairs(folder, every_table):
    """(scenario, table, file, whether the program may refuse it)"""
    for name in SCENARIOS:
        own = json.loads((folder / f"{name}.json").read_text())["table"]
        yield name, pathlib.Path(own).stem, folder / f"{name}.json", False
    if not every_table:
        for name, table in BESIDE:
            yield name, table, with_table(folder, name, table), False
        return
    for table in sorted((folder / "tables").glob("*.json")):
        for name in SCENARIOS:
            yield name, table.stem, with_table(folder, name, table.stem), True


def main():
    asked = parser(__doc__)
    asked.add_argument("--random", type=int, default=300)
    asked.add_argument("--tables", action="store_true", help="every scenario with every table")
    options = asked.parse_args()
    wrong, found = [], set()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) / "scenarios"
        shutil.copytree(options.scenarios, folder)
        for name, table, path, may_refuse in pairs(folder, options.tables):
            findings, said = campaign(options.program, path, options)
            if findings is None:
                if not may_refuse:
                    wrong.append(f"{name} with {table}: {said.strip()}")
                continue
            for f in findings:
                key = (name, table, f["invariant"], f["place"])
                fits = [k for k in {**ALWAYS, **RARE} if all(map(re.fullmatch, k, key))]
                found.update(fits)
                # Of I41 and I13 the check itself says whether kernels do so.
                told = "kernels do so" in f["source"]
                if not told and (not fits or f["invariant"] == "I41"):
                    wrong.append(f"{' '.join(key)}: {f['text']}")
    # An entry that nothing shows any more excuses what nobody has judged.
    wrong += [f"not found any more: {' '.join(key)}" for key in ALWAYS if key not in found]
    print("\n".join(wrong) or f"only what is true of them: {len(found)} kinds of findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
