#!/usr/bin/env python3
"""scripts/campaign-slurm without a cluster: campaign_test.py PROGRAM

sbatch is a script that runs the tasks of an array at once, but for those that it is told to lose,
as a node would. Real Slurm and GNU parallel: tests/cluster/.
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = str(ROOT / "scenarios/offline-one-cpu.json")
CASES = ["--random", "120", "--designs", "async"]
PROGRAM = os.path.realpath(sys.argv.pop(1)) if len(sys.argv) > 1 else "cpuhp-sim"

# `lost` has a line "JOB SHARD" for each task that never begins.
SBATCH = """#!/bin/sh
job=$(($(cat jobs 2>/dev/null || echo 0) + 1))
echo $job >jobs
for word in "$@"; do
  case $word in --array=*) tasks=$(echo "${word#--array=}" | tr , ' ') ;; esac
  task=$word
done
echo "$job: $tasks" >>submitted
for shard in $tasks; do
  grep -qx "$job $shard" lost || SLURM_ARRAY_TASK_ID=$shard "$task" >/dev/null
done
echo $job
"""


class CampaignSlurm(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        tools = self.folder / "tools"
        tools.mkdir()
        nothing = "#!/bin/sh\n"
        for name, text in (("sbatch", SBATCH), ("squeue", nothing), ("scancel", nothing)):
            (tools / name).write_text(text, encoding="ascii")
            (tools / name).chmod(0o755)
        self.env = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
        self.lose()

    def lose(self, *tasks):
        (self.folder / "lost").write_text("".join(f"{task}\n" for task in tasks), encoding="ascii")

    def run_campaign(self, *words, cases=CASES):
        return subprocess.run(
            [str(ROOT / "scripts/campaign-slurm"), SCENARIO, *cases, "--tasks", "4", "--program",
             PROGRAM, "--poll", "0", *words],
            cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=300, check=False)

    def submitted(self):
        return (self.folder / "submitted").read_text(encoding="ascii").splitlines()

    def same_as_whole(self):
        whole = self.folder / "whole.jsonl"
        done = subprocess.run([PROGRAM, "faults", SCENARIO, *CASES, "--out", str(whole)],
                              cwd=self.folder, capture_output=True, text=True, check=False)
        merged = self.folder / "campaign/all.jsonl"
        self.assertEqual(merged.read_bytes(), whole.read_bytes())
        return done

    def test_what_was_lost_is_submitted_again(self):
        self.lose("1 2", "1 4", "2 4")
        done = self.run_campaign()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.submitted(), ["1: 1 2 3 4", "2: 2 4", "3: 4"])
        self.assertEqual(done.stdout, self.same_as_whole().stdout)

    def test_what_is_lost_too_often_is_missing_and_goes_on_later(self):
        self.lose("1 2", "2 2", "3 2")
        done = self.run_campaign("--retries", "1")
        self.assertEqual(done.returncode, 75)
        self.assertEqual(done.stdout, "")
        self.assertIn("shard 2 of 4 is missing", done.stderr)
        self.lose()
        self.assertEqual(self.run_campaign().returncode, 0)
        self.assertEqual(self.submitted(), ["1: 1 2 3 4", "2: 2", "3: 2"])
        self.same_as_whole()
        self.assertEqual(self.run_campaign().returncode, 0)
        self.assertEqual(len(self.submitted()), 3, "all is done already")

    def test_what_is_wrong_is_said_once(self):
        done = self.run_campaign(cases=["--kinds", "errror"])
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean 'error'?", done.stderr)
        self.assertEqual(len(self.submitted()), 1)

    def test_another_campaign_in_the_folder_is_refused(self):
        self.assertEqual(self.run_campaign().returncode, 0)
        done = self.run_campaign("--seed", "2")
        self.assertEqual(done.returncode, 2)
        self.assertIn("has another campaign", done.stderr)
        self.assertEqual(len(self.submitted()), 1)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
