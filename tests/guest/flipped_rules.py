#!/usr/bin/python3
"""Would a kernel that breaks one rule be caught? By hand: tens of minutes.

    tests/guest/flipped_rules.py build/cpuhp-sim [RULE...] [--cache DIR] [--out DIR]

    rule                     caught in session  of its statements  reduced to
    decrement_first                          1                  7           1

A kernel with another rule is not at hand, but a state table is: the one imported from Debian's x86-64
6.1 gets one rule flipped, so that kernel and simulated machine disagree in just that. 50 random
sessions are played once, and judged by each table; the first session that comes out otherwise goes
through scripts/test-kernel, with that table, and is reduced in new guests. Exit code 1: a rule is not
caught, or not reduced to three statements.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts/lib"))

from test_kernel import judge, program, session_file  # noqa: E402

# What holds in 6.1.192 (model/rules.cpp).
RULES = {
    "decrement_first": True, "control_decrements_late": False, "empty_states_called": False,
    "down_via_kworker": True, "equal_target_noop": True, "boot_cpu_target_online": False,
    "fail_limits": True, "smt_threads": False, "true_false_words": True,
    "last_housekeeping_busy": True,
}
SESSIONS, MOST_STATEMENTS = 50, 3
KERNEL = ["--kernel", "debian:linux-image-cloud-amd64"]
# qemu64 of this vendor has SMT, and so the guest has smt/control.
THREADS = ["--smp", "sockets=1,cores=2,threads=2", "--cpu", "qemu64,-cx16,vendor=GenuineIntel"]
ISOLATED = ["--append", "isolcpus=1-3"]


def machine(rule):
    """The folder of the sessions that are played once, and the machine that plays them."""
    return ("isolated", ISOLATED) if rule == "last_housekeeping_busy" else ("threads", THREADS)


def test_kernel(args, out, *words):
    """The verdict of a run. Raises RuntimeError where there is none."""
    done = subprocess.run([ROOT / "scripts/test-kernel", *KERNEL, "--program", args.binary, "--cache",
                           args.cache, "--out", out, "--format", "json", *words],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"test-kernel ended with {done.returncode}")
    return json.loads(done.stdout)


def flipped(table, rule, path):
    changed = json.loads(table.read_text(encoding="utf-8"))
    changed["rules"][rule] = not RULES[rule]
    path.write_text(json.dumps(changed), encoding="utf-8")
    return path


def first_caught(args, played, table):
    """The number of the first session that comes out otherwise, and the session; or None."""
    sessions = session_file.read(played / "sessions.txt")
    judging = judge.Judge(program.Program(args.binary), table)
    caught = {}
    for recording in sorted((played / "guests").glob("*/recording.txt")):
        caught.update(judging.guest(recording))
    return next(((number, s) for number, s in enumerate(sessions, 1)
                 if s.name in caught and caught[s.name].status == "finding"), None)


def one(args, out, rule):
    """A line of the table; whether the rule is caught as it should be."""
    name, words = machine(rule)
    played = out / name
    if not (played / "verdict.json").exists():
        test_kernel(args, played, *words, "--random", str(SESSIONS), "--seed", "1", "--no-reduce")
    table = flipped(played / "table.json", rule, out / f"{rule}.json")
    found = first_caught(args, played, table)
    if found is None:
        return f"{rule:24} not in {SESSIONS} sessions", False
    number, session = found
    file = out / f"{rule}.txt"
    file.write_text(session_file.render([session]), encoding="utf-8")
    verdict = test_kernel(args, out / rule, *words, "--session", file, "--table", table,
                          "--reduce", "1")
    again = [len(row["statements"]) for row in verdict["reduced"] if row["repeats"]]
    fewest = min(again, default=None)
    line = f"{rule:24} {number:17}  {len(session.statements):17}  {fewest or 'not again':>10}"
    return line, fewest is not None and fewest <= MOST_STATEMENTS


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("rules", nargs="*", metavar="RULE")
    parser.add_argument("--cache", type=Path, default=ROOT / "build/guest")
    parser.add_argument("--out", type=Path, default=ROOT / "build/guest/flipped-rules")
    args = parser.parse_args()
    unknown = set(args.rules) - set(RULES)
    if unknown:
        parser.error(f"no rule {', '.join(sorted(unknown))}; there are: {', '.join(RULES)}")
    args.out.mkdir(parents=True, exist_ok=True)
    print(f"{'rule':24} caught in session  of its statements  reduced to", flush=True)
    good = True
    for rule in args.rules or RULES:
        line, is_good = one(args, args.out, rule)
        print(line, flush=True)
        good = good and is_good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
