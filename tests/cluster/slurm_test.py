#!/usr/bin/env python3
"""A campaign on a real cluster of Slurm, all of it on this machine: slurm_test.py PROGRAM

Eight tasks on three nodes. One is killed, one cancelled, one requeued from a node that is drained
and comes back: the merged file has the bytes that one machine writes.
"""

import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from campaign_under_test import SCENARIO, TASKS, Campaign
from slurm_lab import SlurmLab, missing, wait_for

SKIPPED = 77
PROGRAM = os.path.realpath(sys.argv.pop(1)) if len(sys.argv) > 1 else "cpuhp-sim"


class OnSlurm(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.lab = SlurmLab(self.folder / "lab", nodes=3, cpus=2)
        self.lab.__enter__()
        self.addCleanup(self.lab.__exit__)

    def tasks(self):
        """By shard: job, state and node of what Slurm knows of it, the latest job last."""
        lines = self.lab.call("squeue", "-h", "-r", "-t", "all", "-o", "%F %K %T %N").stdout
        return {int(words[1]): (words[0], words[2], words[3] if len(words) > 3 else "")
                for words in sorted((line.split() for line in lines.splitlines()),
                                    key=lambda words: int(words[0]))}

    def test_a_campaign_with_tasks_killed_cancelled_and_requeued(self):
        campaign = Campaign(PROGRAM, self.folder, "campaign-slurm", [], self.lab.env)
        whole = campaign.whole()
        campaign.start()
        try:
            killed, pid = campaign.stopped()
            os.kill(pid, signal.SIGKILL)
            cancelled, _ = campaign.stopped([killed])
            self.lab.call("scancel", f"{self.tasks()[cancelled][0]}_{cancelled}")
            requeued, _ = campaign.stopped([killed, cancelled])
            job, _, node = self.tasks()[requeued]
            self.lab.call("scontrol", "update", f"nodename={node}", "state=drain", "reason=test")
            self.lab.call("scontrol", "requeue", f"{job}_{requeued}")
            wait_for("a drained node", lambda: self.lab.states()[node] == "drained")
            self.lab.call("scontrol", "update", f"nodename={node}", "state=resume")
            wait_for("the node back", lambda: self.lab.states()[node] in ("idle", "mixed",
                                                                         "allocated"))
            restarts = self.lab.call("scontrol", "show", "job", f"{job}_{requeued}").stdout
        finally:
            result, told = campaign.end()
        print(told, file=sys.stderr)
        print(f"killed {killed}, cancelled {cancelled}, requeued {requeued} from {node}",
              file=sys.stderr)
        self.assertEqual(result[0], whole[0], told + self.lab.logs())
        self.assertEqual(result[1], whole[1])
        self.assertEqual(result[2], whole[2])
        self.assertIn("Restarts=1", restarts)
        self.assertIn("3 run again", told)
        begins = {shard: campaign.begins(shard) for shard in range(1, TASKS + 1)}
        self.assertEqual({shard for shard, n in begins.items() if n == 2},
                         {killed, cancelled, requeued}, begins)
        self.assertEqual(campaign.ends(killed), [137, 0])
        wait_for("idle nodes", lambda: self.lab.states() == {n: "idle" for n in self.lab.nodes})

    def test_each_task_of_an_array_knows_its_shard(self):
        out = str(self.folder / "auto-")
        script = self.folder / "script"
        script.write_text(f"#!/bin/sh\nexec {PROGRAM} faults {SCENARIO} --random 400 --shard auto "
                          f"--jobs 1 --out {out}$SLURM_ARRAY_TASK_ID.jsonl\n", encoding="ascii")
        self.lab.call("sbatch", "--wait", "--array=0-9:3", f"--output={self.folder}/%a.log",
                      str(script))
        parts = [f"{out}{task}.jsonl" for task in (9, 0, 3, 6)]
        merged = str(self.folder / "merged.jsonl")
        whole = str(self.folder / "whole.jsonl")
        subprocess.run([PROGRAM, "faults", "--merge", *parts, "--out", merged], check=True,
                       capture_output=True)
        subprocess.run([PROGRAM, "faults", SCENARIO, "--random", "400", "--out", whole], check=True,
                       capture_output=True)
        self.assertEqual(Path(merged).read_bytes(), Path(whole).read_bytes())
        self.assertIn("shard 2/4 by SLURM_ARRAY_TASK_ID=3",
                      (self.folder / "3.log").read_text(encoding="utf-8"))

    def test_what_is_wrong_is_not_tried_again(self):
        campaign = Campaign(PROGRAM, self.folder, "campaign-slurm", ["--kinds", "errror"],
                            self.lab.env)
        campaign.start()
        result, told = campaign.end()
        self.assertEqual(result[0], 2, told)
        self.assertIn("did you mean 'error'?", told)
        self.assertNotIn("run again", told)


if __name__ == "__main__":
    why = missing()
    if why:
        print(f"left out: a campaign on Slurm: {why}")
        sys.exit(SKIPPED)
    print("left out: a campaign on several hosts that share a file system: this is one machine")
    unittest.main(verbosity=2)
