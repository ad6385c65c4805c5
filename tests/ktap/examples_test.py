#!/usr/bin/python3
"""examples/ci/ and docs/ci.md: what can be run here is run, on what the program prints.

    examples_test.py BINARY
"""

import gzip
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import ktap_reader

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples/ci"
PAGE = ROOT / "docs/ci.md"
RECORDINGS = ROOT / "tests/truth/recordings/x86_64-6.1"
RECORDING = RECORDINGS / "C-offline-online-cpu1-smp4.txt.gz"
TABLE = ROOT / "scenarios/tables/x86_64-6.1.json"
AWKS = [path for path in map(shutil.which, ("mawk", "gawk", "busybox", "original-awk")) if path]
WORDS = {"ok": "pass", "not ok": "fail", "skip": "skip"}


def slug(name):
    """As Linaro's test definitions name tests."""
    return re.sub(r"^_|_$", "", re.sub(r"[^A-Za-z0-9_-]+", "_", name))


def results(text):
    """The lines of result.txt, by the strict reader."""
    return [f"{'.'.join(map(slug, names))} {WORDS[test.status]}"
            for top in ktap_reader.read(text) for names, test in top.walk() if not test.tests]


class Example(unittest.TestCase):
    binary = ""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def script(self, name, text):
        (self.folder / name).write_text("#!/bin/sh\n" + text, encoding="utf-8")
        (self.folder / name).chmod(0o755)
        return str(self.folder / name)

    def call(self, words, text="", **environment):
        return subprocess.run(words, cwd=self.folder, input=text, capture_output=True, text=True,
                              timeout=120, env=os.environ | environment)

    def conform(self, recording=RECORDING):
        return self.call([self.binary, "conform", str(recording), "--table", str(TABLE),
                          "--format", "ktap"]).stdout

    def changed(self):
        text = gzip.open(RECORDING, "rt", encoding="utf-8").read()
        text = re.sub(r"(cpuhp_exit: .* ret: )0$", r"\g<1>-5", text, count=1, flags=re.M)
        (self.folder / "changed.txt").write_text(text, encoding="utf-8")
        return self.folder / "changed.txt"


class Results(Example):
    """ktap-to-result, with each awk that is here."""

    def results(self, text):
        found = []
        for awk in AWKS:
            shutil.rmtree(self.folder / "bin", ignore_errors=True)
            (self.folder / "bin").mkdir()
            (self.folder / "bin/awk").symlink_to(awk)
            done = self.call([str(EXAMPLES / "ktap-to-result")], text,
                             PATH=f"{self.folder}/bin:{os.environ['PATH']}")
            found.append((done.returncode, done.stdout.splitlines()))
        self.assertEqual(found[1:], found[:-1], AWKS)
        return found[0]

    def outputs(self):
        yield self.conform()
        yield self.conform(self.changed())
        (self.folder / "scenarios").symlink_to(ROOT / "scenarios")
        bare = self.folder / "bare.json"
        bare.write_text('{"version": 2, "machine": {"cores": 2}, "operations": [{"op": "boot"}],'
                        f' "table": "{TABLE}"}}', encoding="utf-8")
        for words in (["test", "scenarios/faults/canary.json", "bare.json"],
                      ["check", str(RECORDING)],
                      ["faults", "scenarios/history/45178ac0cea8.json", "--random", "3"]):
            yield self.call([self.binary, *words, "--format", "ktap"]).stdout

    def test_what_the_commands_print(self):
        seen = set()
        for text in self.outputs():
            code, lines = self.results(text)
            self.assertEqual((code, lines), (0, results(text)))
            self.assertTrue(all(re.fullmatch(r"[\w.-]+ (pass|fail|skip)", l) for l in lines), lines)
            seen.update(line.split()[1] for line in lines)
        self.assertEqual(seen, {"pass", "fail", "skip"})

    def test_a_serial_console(self):
        text = self.conform()
        lines = text.splitlines()
        noise = "[   12.345678] smpboot: CPU 1 is now offline\r\n"
        mixed = "boot\r\n" + "".join(f"{line}\r\n{noise}" for line in lines)
        self.assertEqual(self.results(mixed), (0, results(text)))

    def test_what_is_incomplete(self):
        lines = self.conform().splitlines(keepends=True)
        for cut in (lines[:-1], lines[:-2], lines[:4], lines[:4] + lines[5:]):
            code, said = self.results("".join(cut))
            self.assertEqual((code, said[-1]), (1, "incomplete fail"))
        self.assertEqual(self.results("Kernel panic - not syncing\n"), (1, ["incomplete fail"]))
        self.assertEqual(self.results(""), (1, ["incomplete fail"]))

    def test_names(self):
        text = ("KTAP version 1\n1..3\nok 1 a/b: c%23\nok 2 a_b_c_23\n"
                "ok 3 [x] # SKIP not ok 1 y\n")
        self.assertEqual(self.results(text)[1], ["a_b_c_23 pass", "a_b_c_23_2 pass", "x skip"])

    def test_a_run_that_was_skipped(self):
        self.assertEqual(self.results("KTAP version 1\n1..0 # SKIP no root\n"), (0, ["cpuhp skip"]))


class ConformHere(Example):
    """conform-here, with a recorder that has the recording already."""

    def here(self, recorder, *words, **environment):
        name = self.script("recorder", recorder)
        return self.call([str(EXAMPLES / "conform-here"), *words], CPUHP_SIM=self.binary,
                         RECORD_CPUHP=name, **environment)

    def giving(self, path):
        cat = "zcat" if str(path).endswith(".gz") else "cat"
        return f'[ "$1 $2" = "--yes-really --out" ] && {cat} {shlex.quote(str(path))} >"$3"\n'

    def test_a_machine_that_is_as_it_should_be(self):
        done = self.here(self.giving(RECORDING))
        self.assertEqual(done.returncode, 0, done.stderr)
        test, = ktap_reader.read(done.stdout)
        self.assertEqual((test.name, test.status), ("rec.txt", "ok"))

    def test_what_differs_and_what_stays(self):
        out = self.folder / "out"
        done = self.here(self.giving(self.changed()) + 'echo "$*" >asked\n', "--session", "cycle",
                         OUT=str(out))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(ktap_reader.read(done.stdout)[0].status, "not ok")
        self.assertEqual((out / "result.ktap").read_text(), done.stdout)
        self.assertEqual((out / "asked").read_text(),
                         "--yes-really --out rec.txt --session cycle\n")

    def test_skipped_as_a_kselftest(self):
        done = self.here("echo 'record-cpuhp: no /sys: is sysfs mounted?' >&2\nexit 1\n")
        self.assertEqual((done.returncode, done.stdout), (
            4, "KTAP version 1\n1..0 # SKIP record-cpuhp: no /sys: is sysfs mounted?\n"))
        done = self.call([str(EXAMPLES / "conform-here")], CPUHP_SIM="no-such-program")
        self.assertEqual((done.returncode, done.stdout),
                         (4, "KTAP version 1\n1..0 # SKIP no program no-such-program\n"))

    def test_tools_that_fail(self):
        for recorder in ("echo bad >&2\nexit 2\n", 'echo "#BOGUS" >"$3"\n'):
            done = self.here(recorder)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertNotEqual(done.stderr, "")


class Others(Example):
    def test_parse_of_lkp_tests(self):
        parse = str(EXAMPLES / "lkp-tests/programs/cpuhp/parse")

        def said(text):
            return self.call([parse], text).stdout.splitlines()

        right, wrong = self.conform(), self.conform(self.changed())
        tests = ktap_reader.read(right)[0].tests
        self.assertEqual(said(right), [f"operations: {len(tests) - 1}", "differ: 0",
                                       "invariants_broken: 0"])
        differ = [t for t in ktap_reader.read(wrong)[0].tests if t.status == "not ok"]
        self.assertEqual(said(wrong)[1], f"differ: {len(differ)}")
        self.assertGreater(len(differ), 0)
        self.assertEqual(said("KTAP version 1\n1..0 # SKIP no root\n"), ["skip: 1"])
        self.assertEqual(said("Kernel panic\n"), [])

    def test_a_step_of_a_bisection(self):
        def step(make, code):
            self.script("make", f"echo noise\nexit {make}\n")
            test = self.script("test-kernel", f'echo "$*"\nexit {code}\n')
            return self.call([str(EXAMPLES / "bisect-step")], TEST_KERNEL=test,
                             PATH=f"{self.folder}:{os.environ['PATH']}")

        for code, said in ((0, 0), (1, 1), (125, 125), (2, 255), (127, 255), (70, 255)):
            self.assertEqual(step(0, code).returncode, said)
        self.assertEqual(step(0, 0).stdout,
                         "--kernel arch/x86/boot/bzImage --random 50 --seed 1\n")
        self.assertEqual(step(1, 0).returncode, 125)

    def test_scripts_are_read_by_shells(self):
        scripts = [path for path in EXAMPLES.rglob("*") if path.is_file()
                   and path.read_text(encoding="utf-8").startswith("#!")]
        self.assertGreaterEqual(len(scripts), 6)
        for path in scripts:
            self.assertTrue(os.access(path, os.X_OK), path)
            for shell in ("dash", "bash", "busybox sh"):
                if shutil.which(shell.split()[0]):
                    done = self.call([*shell.split(), "-n", str(path)])
                    self.assertEqual((done.returncode, done.stderr), (0, ""), path)

    def test_yaml(self):
        files = sorted([*EXAMPLES.rglob("*.yml"), *EXAMPLES.rglob("*.yaml")])
        self.assertEqual(len(files), 4)
        for path in files:
            text = path.read_text(encoding="utf-8")
            self.assertTrue(text.startswith("# Not run here."), path)
            self.assertNotIn("\t", text)
            try:
                import yaml
            except ImportError:
                continue
            self.assertIsInstance(yaml.safe_load(text), dict, path)


class Page(Example):
    """docs/ci.md shows the files as they are, and commands that there are."""

    def test_files_are_shown_as_they_are(self):
        text = PAGE.read_text(encoding="utf-8")
        shown = re.findall(r"<!-- (examples/ci/\S+) -->\n```\w*\n(.*?)^```$", text, re.M | re.S)
        self.assertGreaterEqual(len(shown), 3)
        for name, block in shown:
            self.assertEqual(block, (ROOT / name).read_text(encoding="utf-8"), name)
        for path in EXAMPLES.rglob("*"):
            if path.is_file():
                self.assertIn(str(path.relative_to(ROOT)), text, "not on the page")

    def test_commands_have_these_options(self):
        sources = [PAGE, *(path for path in EXAMPLES.rglob("*") if path.is_file())]
        text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
        text = text.replace("\\\n", " ").replace('"$simulator"', "cpuhp-sim")
        calls = re.findall(r"\bcpuhp-sim ([a-z]+)((?: [^\s|&;#`)]+)*)", text)
        self.assertLess({"conform", "faults", "test", "check"}, {name for name, _ in calls})
        for name, rest in calls:
            done = self.call([self.binary, name, "--help"])
            self.assertEqual(done.returncode, 0, name)
            self.has_options(f"cpuhp-sim {name}", done.stdout, rest)
        for name in ("record-cpuhp", "test-kernel"):
            if (ROOT / "scripts" / name).exists():
                told = self.call([str(ROOT / "scripts" / name), "--help"]).stdout
                for rest in re.findall(rf"\b{name}((?: [^\s|&;#`)]+)+)", text):
                    self.has_options(name, told, rest)

    def has_options(self, name, told, words):
        for option in re.findall(r"(?<= )--[a-z][a-z-]+", words):
            self.assertRegex(told, rf"{option}(?![a-z-])", f"{name} has no {option}")


if __name__ == "__main__":
    Example.binary = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
