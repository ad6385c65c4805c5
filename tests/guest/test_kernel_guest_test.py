#!/usr/bin/python3
"""scripts/test-kernel with real guests: a verdict, a planted difference and its reduction, and a
kernel that cannot be tested.

    tests/guest/test_kernel_guest_test.py build/cpuhp-sim [FOLDER]

Debian's own x86-64 kernel, fetched into FOLDER (build/guest) and kept there. Two minutes.
"""

import json
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY, FOLDER = "build/cpuhp-sim", "build/guest"
SESSIONS = """# cpuhp-sim session 1
session down-and-up
write cpu1/online 0
write cpu1/online 1
session refused
write cpu9/online 0
write cpu2/hotplug/target 99999999999
session fault
write cpu3/online 1
write cpu2/hotplug/fail 197
write cpu2/online 0
write cpu3/hotplug/fail -1
"""


class RealGuests(unittest.TestCase):
    def run_it(self, name, *words):
        out = Path(FOLDER).resolve() / f"test-{name}"
        done = subprocess.run(
            [ROOT / "scripts/test-kernel", "--kernel", "debian:linux-image-cloud-amd64",
             "--program", BINARY, "--cache", FOLDER, "--out", out, *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=500)
        self.said = f"\n{done.stdout}\n{done.stderr}"
        return done.returncode, done.stdout, out

    def session_file(self):
        path = Path(FOLDER) / "test-sessions.txt"
        path.write_text(SESSIONS, encoding="utf-8")
        return path

    def test_1_a_kernel_that_is_well(self):
        code, text, out = self.run_it("well", "--session", self.session_file(), "--format", "ktap")
        self.assertEqual(code, 0, self.said)
        self.assertEqual(text.split("\n")[2:-2], ["  KTAP version 1", "  1..3", "  ok 1 down-and-up",
                                                  "  ok 2 refused", "  ok 3 fault"])
        self.assertIn("#OP fault.4 ", (out / "guests/1/recording.txt").read_text(encoding="utf-8"))

    def test_2_a_difference_is_found_and_reduced(self):
        """The table, not the kernel, is changed: it says that a callback has another name."""
        table = json.loads((Path(FOLDER) / "test-well/table.json").read_text(encoding="utf-8"))
        states = table["states"]
        (state,) = [s for s in states if s["name"] == "workqueue:online"]
        state["startup"] = "another_name"
        changed = Path(FOLDER) / "test-table.json"
        changed.write_text(json.dumps(table), encoding="utf-8")
        code, text, _ = self.run_it("differs", "--session", self.session_file(), "--table", changed,
                                    "--format", "json")
        self.assertEqual(code, 1, self.said)
        document = json.loads(text)
        status = {s["name"]: s["status"] for s in document["sessions"]}
        self.assertEqual(status["down-and-up"], "finding")
        self.assertEqual(status["refused"], "ok")
        found = next(s for s in document["sessions"] if s["name"] == "down-and-up")["findings"][0]
        self.assertEqual((found["kind"], found["op"]), ("difference", "down-and-up.2"))
        (reduced,) = [r for r in document["reduced"] if r["signature"] == found["signature"]]
        self.assertEqual((reduced["repeats"], reduced["of"], reduced["minimal"]), (3, 3, True))
        self.assertEqual([s.split(" ")[1:] for s in reduced["statements"]],
                         [["cpu1/online", "0"], ["cpu1/online", "1"]])

    def test_3_a_kernel_that_cannot_be_tested(self):
        code, text, _ = self.run_it("none", "--session", self.session_file(), "--append",
                                    "rdinit=/none")
        self.assertEqual((code, text), (125, ""), self.said)
        self.assertIn("cannot be tested: ", self.said)


if __name__ == "__main__":
    BINARY, FOLDER = sys.argv[1], (sys.argv[2:] or [FOLDER])[0]
    Path(FOLDER).mkdir(parents=True, exist_ok=True)
    subprocess.run([ROOT / "scripts/install-deps", "guest"], check=True)
    unittest.main(argv=sys.argv[:1], verbosity=2)
