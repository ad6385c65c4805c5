#!/usr/bin/env python3
"""A campaign with GNU parallel: parallel_test.py PROGRAM

Of eight tasks one is killed and one terminated: the merged file has the bytes that one machine
writes.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from campaign_under_test import CASES, SCENARIO, TASKS, Campaign

SKIPPED = 77
PROGRAM = os.path.realpath(sys.argv.pop(1)) if len(sys.argv) > 1 else "cpuhp-sim"


class WithParallel(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def test_a_campaign_with_tasks_killed_and_terminated(self):
        campaign = Campaign(PROGRAM, self.folder, "campaign-parallel", ["--parallel", "--jobs 3"])
        whole = campaign.whole()
        campaign.start()
        try:
            killed, pid = campaign.stopped()
            os.kill(pid, signal.SIGKILL)
            ended, pid = campaign.stopped([killed])
            os.kill(pid, signal.SIGTERM)
            os.kill(pid, signal.SIGCONT)
        finally:
            result, told = campaign.end()
        print(told, file=sys.stderr)
        self.assertEqual(result[0], whole[0], told)
        self.assertEqual(result[1], whole[1])
        self.assertEqual(result[2], whole[2])
        ends = {shard: campaign.ends(shard) for shard in range(1, TASKS + 1)}
        self.assertEqual(ends.pop(killed), [137, 0])
        self.assertEqual(ends.pop(ended), [75, 0])
        self.assertEqual(list(ends.values()), [[0]] * (TASKS - 2))

    def test_interrupted_it_goes_on(self):
        campaign = Campaign(PROGRAM, self.folder, "campaign-parallel", [])
        whole = campaign.whole()
        campaign.start()
        _, pid = campaign.stopped()
        os.kill(pid, signal.SIGCONT)
        campaign.process.send_signal(signal.SIGTERM)
        result, told = campaign.end()
        self.assertEqual(result[0], 128 + signal.SIGTERM, told)
        self.assertEqual(result[2], b"")
        campaign.start()
        result, told = campaign.end()
        self.assertEqual(result, whole, told)
        campaign.command += ["--seed", "2"]
        campaign.start()
        result, told = campaign.end()
        self.assertEqual(result[0], 2)
        self.assertIn("has another campaign", told)

    def test_findings_are_no_reason_to_run_again(self):
        leak = self.folder / "leak.json"
        text = Path(SCENARIO).with_name("faults-of-a-driver.json").read_text(encoding="utf-8")
        leak.write_text(text.replace('"resources": ["rx_queue"]',
                                     '"resources": [{"name": "rx_queue", "on_error": "kept"}]')
                        .replace('"tables/', f'"{Path(SCENARIO).parent}/tables/'), encoding="utf-8")
        campaign = Campaign(PROGRAM, self.folder, "campaign-parallel", [])
        at = campaign.command.index(SCENARIO)
        campaign.command[at:at + 1 + len(CASES)] = [str(leak), "--kinds", "error", "--designs",
                                                    "parallel"]
        campaign.start()
        result, told = campaign.end()
        self.assertEqual(result[0], 1, told)
        self.assertIn("finding: state-resource-leak of rx_queue", result[1])
        self.assertIn("repeat: ", result[1])
        ends = [campaign.ends(shard) for shard in range(1, TASKS + 1)]
        self.assertIn([1], ends)
        self.assertTrue(all(each in ([0], [1]) for each in ends), ends)

    def test_parallel_itself_names_the_shard(self):
        out = str(self.folder / "auto-")
        subprocess.run(["parallel", "--will-cite", "--plus",
                        f"{PROGRAM} faults {SCENARIO} --random 100 --shard auto/{{##}} --jobs 1 "
                        f"--out {out}{{}}.jsonl", ":::", "a", "b", "c"], check=True,
                       capture_output=True, stdin=subprocess.DEVNULL)
        merged = self.folder / "merged.jsonl"
        subprocess.run([PROGRAM, "faults", "--merge", *(f"{out}{x}.jsonl" for x in "cab"), "--out",
                        str(merged)], check=True, capture_output=True)
        self.assertEqual(merged.read_bytes().count(b"\n"), 101)


if __name__ == "__main__":
    if shutil.which("parallel") is None:
        print("left out: a campaign with GNU parallel: no parallel (scripts/install-deps cluster)")
        sys.exit(SKIPPED)
    print("left out: GNU parallel on machines reached by ssh: this is one machine")
    unittest.main(verbosity=2)
