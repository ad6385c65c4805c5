#!/usr/bin/env python3
"""A campaign's file is the same bytes in whatever pieces it was run.

    shards_test.py build/cpuhp-sim scenarios [--cases 1000] [--kills 6] [--seed 1]

Runs one campaign alone, in shards that are merged, with one job and with two, and killed at random
moments (SIGKILL, Ctrl-C) and started again.
"""
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

from options import parser

SHARDS = (2, 3, 5, 7, 11)


class Campaign:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder

    def command(self, out, *more):
        o = self.options
        return [o.program, "faults", str(o.scenarios / "faults-of-a-driver.json"), "--random",
                str(o.cases), "--findings", str(self.folder / "findings"), "--out", str(out), *more]

    def run(self, out, *more):
        done = subprocess.run(self.command(out, *more), capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"{out.name}: exit code {done.returncode}: {done.stderr}")
        return out

    def merged(self, shards, jobs):
        parts = [self.run(self.folder / f"{shards}-{jobs}-{n}.jsonl", "--shard", f"{n}/{shards}",
                          "--jobs", str(jobs)) for n in range(1, shards + 1)]
        out = self.folder / f"merged-{shards}-{jobs}.jsonl"
        done = subprocess.run([self.options.program, "faults", "--merge", *map(str, parts), "--out",
                               str(out)], capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"merge of {shards}: exit code {done.returncode}: {done.stderr}")
        return out.read_bytes()

    def killed(self, rng, length_s):
        """Started anew after each kill, and once more to the end. How many kills struck a run."""
        out = self.folder / "killed.jsonl"
        struck = 0
        for n in range(self.options.kills):
            how = rng.choice((signal.SIGKILL, signal.SIGINT))
            run = subprocess.Popen(self.command(out, "--jobs", str(1 + n % 2)),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.random() * 2 * length_s / self.options.kills)
            struck += run.poll() is None
            run.send_signal(how)
            run.wait()
        return self.run(out).read_bytes(), struck


def main():
    asked = parser(__doc__)
    asked.add_argument("--cases", type=int, default=1000)
    asked.add_argument("--kills", type=int, default=6)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        campaign = Campaign(options, pathlib.Path(name))
        begin = time.monotonic()
        whole = campaign.run(campaign.folder / "whole.jsonl", "--jobs", "1").read_bytes()
        length_s = time.monotonic() - begin
        differing = [f"{shards} shards, {jobs} jobs" for shards in SHARDS for jobs in (1, 2)
                     if campaign.merged(shards, jobs) != whole]
        killed, struck = campaign.killed(random.Random(options.seed), length_s)
        if killed != whole:
            differing.append(f"killed {struck} times")
    print(f"{options.cases} cases, {len(SHARDS) * 2} merges, {struck} of {options.kills} kills struck "
          f"a run: {len(differing)} differ {differing}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
