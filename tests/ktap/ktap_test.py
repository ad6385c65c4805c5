#!/usr/bin/python3
"""--format ktap of conform, check, test and faults, read strictly, and held against --format json.

    ktap_test.py BINARY
"""

import gzip
import json
import re
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import ktap_reader

ROOT = Path(__file__).resolve().parents[2]
TABLE = "scenarios/tables/x86_64-6.1.json"
RECORDINGS = "tests/truth/recordings/x86_64-6.1/"
RECORDING = RECORDINGS + "E-fail-online-smp4.txt.gz"
NOT_STATE_MACHINE = "the notifier design has no state machine"


class Command(unittest.TestCase):
    binary = ""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name in ("scenarios", "tests"):
            (self.folder / name).symlink_to(ROOT / name)

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def call(self, *words):
        return subprocess.run([self.binary, *words], cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120)

    def ktap(self, *words):
        """The one test that all commands print, and the exit code that goes with it."""
        done = self.call(*words, "--format", "ktap")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        test, = ktap_reader.read(done.stdout)
        self.assertEqual(done.returncode, 1 if test.status == "not ok" else 0)
        return test

    def json(self, *words):
        return json.loads(self.call(*words, "--format", "json").stdout)

    def scenario(self, name):
        scenario = json.loads((ROOT / "scenarios" / name).read_text(encoding="utf-8"))
        del scenario["$schema"]
        scenario["table"] = "scenarios/" + scenario["table"]
        return scenario


def of(tests, status):
    return [test.name for test in tests if test.status == status]


class Conform(Command):
    def changed(self):
        """The recording with a state and a result that no kernel gave."""
        text = gzip.open(ROOT / RECORDING, "rt", encoding="utf-8").read()
        text = re.sub(r"^(#S .* state=)\d+", r"\g<1>7", text, count=1, flags=re.M)
        text = re.sub(r"(cpuhp_exit: .* ret: )0$", r"\g<1>-5", text, count=1, flags=re.M)
        self.write("changed.txt", text)

    def test_a_test_for_each_operation(self):
        test = self.ktap("conform", RECORDING, "--table", TABLE)
        document = self.json("conform", RECORDING, "--table", TABLE)
        self.assertEqual(test.name, RECORDING)
        self.assertEqual([t.name for t in test.tests],
                         [o["id"] for o in document["runs"][0]["operations"]] + ["invariants"])
        self.assertEqual({t.status for t in test.tests}, {"ok"})
        self.assertEqual(test.diagnostics, [
            f"{RECORDING}: 243 operations, 243 identical; 241 with events, 241 identical, "
            "29 distinct sequences of events"])

    def test_what_differs(self):
        self.changed()
        words = ("conform", "changed.txt", "--table", TABLE)
        operations = self.json(*words)["runs"][0]["operations"]
        test = self.ktap(*words)
        differ = [o["id"] for o in operations if not o["identical"]]
        self.assertEqual(of(test.tests, "not ok"), differ)
        self.assertGreater(len(differ), 0)
        for one in test.tests:
            self.assertEqual(one.status == "not ok", one.diagnostics != [])
        first = next(t for t in test.tests if t.status == "not ok")
        self.assertRegex(first.diagnostics[0], rf"^{re.escape(first.name)} \(line \d+\)$")

    def test_broken_invariants(self):
        self.changed()
        self.call("import", "--states", RECORDING, "--trace", RECORDING, "--out", "partial.json")
        words = ("conform", "changed.txt", "--table", "partial.json")
        findings = self.json(*words)["runs"][0]["findings"]
        self.assertGreater(len(findings), 0)
        last = self.ktap(*words).tests[-1]
        self.assertEqual((last.name, last.status), ("invariants", "not ok"))
        self.assertIn(findings[0]["text"], "\n".join(last.diagnostics))

    def test_operations_with_one_name(self):
        recording = RECORDINGS + "S-smt-control-smp8-s2c2t2.txt.gz"
        names = [t.name for t in self.ktap("conform", recording, "--table", TABLE).tests]
        self.assertIn("S-smt-control-[off]", names)
        self.assertIn("S-smt-control-[off] (2)", names)


class Check(Command):
    def trace(self, scenario, *more, name="t.txt"):
        self.call("run", f"scenarios/{scenario}.json", "--trace", name, *more)
        return (self.folder / name).read_text(encoding="utf-8")

    def skipped(self, *words):
        test = self.ktap("check", *words)
        self.assertEqual(of(test.tests, "not ok"), [])
        return {t.name: t.reason for t in test.tests if t.status == "skip"}

    def test_a_test_for_each_invariant(self):
        self.trace("offline-one-cpu")
        test = self.ktap("check", "t.txt")
        self.assertEqual(test.name, "t.txt")
        page = (ROOT / "docs/reference/check.md").read_text(encoding="utf-8")
        table = page.partition("<!-- laws of walks -->")[2].partition("<!-- end -->")[0]
        laws = ", ".join(re.findall(r"^\| ([^|]+) \|", table, re.M)[1:]).split(", ")
        self.assertEqual([t.name for t in test.tests], laws)

    def test_a_finding(self):
        lines = self.trace("offline-one-cpu").splitlines(keepends=True)
        self.write("cut.txt", "".join(lines[:199] + lines[201:]))
        finding, = self.json("check", "cut.txt")["findings"]
        test = self.ktap("check", "cut.txt")
        self.assertEqual(of(test.tests, "not ok"), [finding["invariant"]])
        said, = (t.diagnostics for t in test.tests if t.status == "not ok")
        self.assertTrue(said[0].startswith(f"cut.txt:{finding['line']}: I2: {finding['text']}"))
        self.assertTrue(test.diagnostics[-1].endswith("1 finding"))

    def test_what_follows_from_a_finding(self):
        lines = self.trace("offline-one-cpu").splitlines(keepends=True)
        self.write("open.txt", "".join(
            line for line in lines if "cpuhp_exit:" not in line or "step:  41" not in line))
        findings = self.json("check", "open.txt")["findings"]
        causes = {f["invariant"] for f in findings}
        follow = {f["invariant"] for cause in findings for f in cause["follows"]} - causes
        tests = self.ktap("check", "open.txt").tests
        self.assertEqual(set(of(tests, "not ok")), causes | follow)
        for one in tests:
            if one.name in follow:
                self.assertRegex(one.diagnostics[0], r"^open\.txt:\d+: follows from I\d+ of open")

    def test_what_cannot_be_judged(self):
        self.trace("offline-one-cpu")
        usual = {"I32": "no state was set up or removed", "cut": "only recordings have blocks"}
        self.assertEqual(self.skipped("t.txt"), usual)
        self.trace("offline-one-cpu", "--design", "async")
        self.assertEqual(self.skipped("t.txt"),
                         usual | {"I25": "the async design plugs CPUs at the same time"})
        self.trace("register-a-driver")
        self.assertNotIn("I32", self.skipped("t.txt"))
        self.trace("offline-one-cpu", "--design", "notifier")
        reasons = self.skipped("t.txt")
        self.assertEqual({name for name, why in reasons.items() if why == NOT_STATE_MACHINE},
                         set("I2 I4 I10 I11 I12 I13 I29 I31 I32 target complete".split()))

    def test_a_recording_has_blocks(self):
        skipped = self.skipped(RECORDINGS + "C-offline-online-cpu1-smp4.txt.gz")
        self.assertNotIn("cut", skipped)
        self.assertIn("I32", skipped)


class Test(Command):
    def test_a_test_for_each_run(self):
        test = self.ktap("test", "scenarios/faults/never-dead.json", "scenarios/faults/canary.json")
        self.assertEqual((test.name, test.status), ("scenarios", "ok"))
        self.assertEqual([t.name for t in test.tests],
                         [f"scenarios/faults/never-dead.json ({d})"
                          for d in ("symmetric", "parallel", "async")] +
                         ["scenarios/faults/canary.json (parallel)"])

    def test_what_fails_and_what_is_skipped(self):
        fails = self.scenario("boot-8-cpus.json") | {"expect": {"online": "0-6"}}
        self.write("fails # SKIP.json", json.dumps(fails))
        self.write("bare.json", json.dumps(fails | {"expect": {}}))
        test = self.ktap("test", "fails # SKIP.json", "bare.json")
        failed, skipped = test.tests
        self.assertEqual((failed.name, failed.status),
                         ("fails %23 SKIP.json (symmetric)", "not ok"))
        self.assertEqual(failed.diagnostics[:3], ["online", "  expected 0-6", "  found    0-7"])
        self.assertRegex(failed.diagnostics[-1], r"^repeat: .*run 'fails # SKIP\.json'$")
        self.assertEqual((skipped.name, skipped.status, skipped.reason),
                         ("bare.json", "skip", 'the scenario has no "expect"'))

    def test_a_design_that_does_not_fit(self):
        tests = self.ktap("test", "scenarios/faults/never-dead.json",
                          "scenarios/faults/canary.json", "--design", "notifier").tests
        self.assertEqual([(t.name, t.status) for t in tests],
                         [("scenarios/faults/canary.json (notifier)", "ok"),
                          ("scenarios/faults/never-dead.json", "skip")])


class Faults(Command):
    words = ("faults", "leak.json", "--designs", "parallel", "--kinds", "error,never_alive")

    def setUp(self):
        super().setUp()
        leak = self.scenario("faults-of-a-driver.json")
        leak["states"][-1]["resources"] = [{"name": "rx_queue", "on_error": "kept"}]
        self.write("leak.json", json.dumps(leak))

    def test_a_test_for_each_place(self):
        document = self.json(*self.words)
        test = self.ktap(*self.words, "--out", "whole.jsonl")
        self.assertEqual(test.name, document["scenario"])
        design, findings = test.tests
        self.assertEqual((design.name, findings.name), ("parallel", "findings"))
        places = [t.name for t in design.tests]
        self.assertEqual([p for p in places if not re.search(r" (up|down)$", p)],
                         ["none", "never_alive"])
        self.assertEqual(set(places) - {"none", "never_alive"}, self.places("whole.jsonl"))
        self.assertEqual(of(design.tests, "not ok"), ["nic/queues:online up"])
        said, = (t.diagnostics for t in design.tests if t.status == "not ok")
        self.assertEqual(said, ["4 of 4 runs have findings",
                                "state-resource-leak of rx_queue: 4 runs, first in case 59"])
        self.assertEqual([t.name for t in findings.tests],
                         [f"{f['invariant']} of {f['place']}" for f in document["findings"]])
        self.assertRegex(findings.tests[0].diagnostics[-1], r"^  repeat: .*run findings/faults-of-a-driver-state")

    def places(self, name):
        """Where the cases' faults strike, from the campaign's file."""
        found = set()
        for line in (self.folder / name).read_text().splitlines()[1:]:
            for fault in json.loads(line)["faults"]:
                if "state" in fault:
                    found.add(f"{fault['state']} {fault.get('direction', 'up')}")
        return found

    def test_a_sound_driver(self):
        test = self.ktap("faults", "scenarios/faults-of-a-driver.json", "--designs", "parallel",
                         "--kinds", "error")
        self.assertEqual({one.status for _, one in test.walk()}, {"ok"})
        self.assertEqual([t.name for t in test.tests], ["parallel", "findings"])

    def test_shards_merged_say_the_same(self):
        whole = self.ktap(*self.words)
        for shard in ("1", "2"):
            self.call(*self.words, "--shard", shard + "/2", "--out", shard + ".jsonl")
        merged = self.ktap("faults", "--merge", "1.jsonl", "2.jsonl", "--out", "all.jsonl")
        self.assertEqual([(n, t.status) for n, t in merged.walk()],
                         [(n, t.status) for n, t in whole.walk()])

    def test_random_cases_are_one_test(self):
        design = self.ktap("faults", "scenarios/boot-8-cpus.json", "--random", "20", "--designs",
                           "symmetric").tests[0]
        self.assertEqual([t.name for t in design.tests], ["random"])

    def test_after_a_signal_the_rest_is_skipped(self):
        running = subprocess.Popen(
            [self.binary, "faults", "scenarios/boot-8-cpus.json", "--random", "1000000",
             "--format", "ktap", "--out", "o.jsonl"],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        # Only then a signal is taken gently. A sanitizer may have said something before.
        while not running.stderr.readline().endswith(" runs\n"):
            self.assertIsNone(running.poll())
        running.send_signal(signal.SIGTERM)
        out = running.communicate(timeout=100)[0]
        self.assertEqual(running.returncode, 143)
        rest = ktap_reader.read(out)[0].tests[-1]
        self.assertEqual((rest.name, rest.status), ("the rest", "skip"))
        self.assertRegex(rest.reason, r"^stopped by SIGTERM after [\d,]+ of 1,000,000 runs")


class Words(Command):
    def test_only_these_commands_have_it(self):
        refused = self.call("run", "scenarios/boot-8-cpus.json", "--format", "ktap")
        self.assertEqual(refused.returncode, 2)
        refused = self.call("test", "scenarios/faults/canary.json", "--format", "ktpa")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("did you mean 'ktap'?", refused.stderr)


if __name__ == "__main__":
    Command.binary = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
