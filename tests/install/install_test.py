#!/usr/bin/python3
"""What `cmake --install` makes, moved to another folder: install_test.py CMAKE BUILD_FOLDER.

The jobs of the README run from the installed files, in an empty folder. Each command has a manual
page with each of its options, and the shells complete its lines.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
CMAKE, BUILD = "cmake", "build"


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        top = Path(cls.temporary.name)
        subprocess.run([CMAKE, "--install", BUILD, "--prefix", top / "first"], check=True,
                       stdout=subprocess.DEVNULL)
        (top / "first").rename(top / "moved")
        cls.root, cls.work = top / "moved", top / "work"
        cls.work.mkdir()
        cls.program = cls.root / "bin/cpuhp-sim"

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def run_here(self, *words, code=0, **how):
        environment = dict(os.environ, LC_ALL="C.UTF-8", NO_COLOR="1",
                           PATH=f"{self.root / 'bin'}:{os.environ['PATH']}")
        done = subprocess.run([str(word) for word in words], cwd=self.work, env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120, **how)
        self.assertEqual(done.returncode, code, f"{words}: {done.stderr}")
        return done

    def commands(self):
        text = self.run_here("cpuhp-sim", "--help").stdout
        names = re.findall(r"^  ([a-z]+) {2,}\S", text.partition("Subcommands:")[2], re.M)
        self.assertGreater(len(names), 10)
        return names

    def options_of(self, command):
        text = self.run_here("cpuhp-sim", "help", command).stdout
        names = re.findall(r"^  (-\S+)", text.partition("\nOptions:\n")[2], re.M)
        return [name for names in names for name in names.split(",") if name]


class Jobs(Installed):
    def test_the_jobs_of_the_readme(self):
        text = self.run_here("cpuhp-sim", "compare", "scenarios/skylake-112-boot.json").stdout
        self.assertIn("parallel          83.339   9.39x", text)
        self.assertIn("3 of 4 CPUs online",
                      self.run_here("cpuhp-sim", "run", "scenarios/fail-one-step.json").stdout)
        self.run_here("cpuhp-sim", "run", "scenarios/offline-one-cpu.json", "--trace", "t.txt")
        self.assertIn("0 findings", self.run_here(
            "cpuhp-sim", "check", "t.txt", "--table", "scenarios/tables/x86_64-6.1.json").stdout)
        self.assertIn(" passed", self.run_here("cpuhp-sim", "test", "scenarios/faults").stdout)

    def test_the_scenario_of_the_readme_finds_its_table(self):
        readme = next((self.root / "share/doc").rglob("README.md")).read_text(encoding="utf-8")
        scenario = re.search(r"```json\n(\{.*?\n\})\n```", readme, re.DOTALL)[1]
        (self.work / "mine.json").write_text(scenario, encoding="utf-8")
        self.assertIn("mine: 128 CPUs", self.run_here("cpuhp-sim", "run", "mine.json").stdout)

    def test_nothing_comes_from_where_it_was_built(self):
        told = self.run_here("cpuhp-sim", "run", "-v", "scenarios/boot-8-cpus.json").stderr
        self.assertIn(f"{self.root}/share/cpuhp-sim/scenarios/boot-8-cpus.json", told)
        libraries = self.run_here(
            "sh", "-c", "LD_DEBUG=libs exec cpuhp-sim run boot-8-cpus.json 2>&1").stdout
        self.assertIn(f"calling init: {self.root}/", libraries)
        self.assertNotIn(str(BUILD), libraries)

    def test_the_version_names_the_sources(self):
        self.assertRegex(self.run_here("cpuhp-sim", "-V").stdout, r"^cpuhp-sim \d+\.\d+\.\d+( \(\S+\))?\n$")

    def test_a_campaign_names_the_sources_too(self):
        self.run_here("cpuhp-sim", "faults", "offline-one-cpu.json", "--designs", "async", "--random", "2",
                      "--out", "cases.jsonl")
        first = json.loads((self.work / "cases.jsonl").read_text(encoding="utf-8").splitlines()[0])
        self.assertEqual(f"cpuhp-sim {first['program']}\n", self.run_here("cpuhp-sim", "-V").stdout)


class Library(Installed):
    def setUp(self):
        self.shared = next((self.root / "lib").rglob("libcpuhp.so"))
        if "libasan" in self.run_here("ldd", self.shared).stdout:
            self.skipTest("the library needs AddressSanitizer, which a program of a user has not")

    def test_an_example_builds_against_the_package_and_finds_its_leak(self):
        example = next((self.root / "share/doc").rglob("examples/library"))
        self.run_here(CMAKE, "-G", "Ninja", "-S", example, "-B", "example", f"-DCMAKE_PREFIX_PATH={self.root}")
        self.run_here(CMAKE, "--build", "example", "--target", "find_leak", "own_rule")
        told = self.run_here("example/find_leak").stdout
        self.assertRegex(told, r"\n4 of \d+ cases leak; with the mended driver 0\n$")
        self.assertIn("CPU 2 went offline after", self.run_here("example/own_rule").stdout)

    def test_the_library_shows_only_what_its_headers_declare(self):
        symbols = self.run_here("nm", "-DC", "--defined-only", self.shared).stdout.splitlines()
        own = [s.split(" ", 2)[2] for s in symbols if "cpuhp::" in s]
        self.assertGreater(len(own), 20)
        # (the standard library's templates are visible, whatever they are made of)
        inner = re.compile(r"(?:[a-z -]+ (?:for|to) )?cpuhp::(?!api::)")
        self.assertEqual([s for s in own if inner.match(s)], [])


class Manual(Installed):
    def page(self, name):
        return (self.root / f"share/man/man1/{name}.1").read_text(encoding="utf-8")

    def test_each_command_has_a_page_with_each_option(self):
        for command in self.commands():
            page = self.page(f"cpuhp-sim-{command}").replace("\\-", "-")
            for option in self.options_of(command):
                self.assertRegex(page, rf'(?m)^\.BI? ".*{re.escape(option)}\b', f"{command} {option}")
        overview = self.page("cpuhp-sim").replace("\\-", "-")
        for command in self.commands():
            self.assertIn(f".BR cpuhp-sim-{command} (1)\n", overview)

    def test_the_pages_are_without_fault(self):
        pages = sorted((self.root / "share/man/man1").glob("*.1"))
        self.assertGreater(len(pages), 10)
        if shutil.which("man") is None:
            self.skipTest("man is not here")
        for page in pages:
            done = subprocess.run(["man", "--warnings", "-l", page], capture_output=True, text=True,
                                  env=dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="80"))
            self.assertEqual((done.returncode, done.stderr), (0, ""), page)
            self.assertIn("SYNOPSIS", done.stdout)


# (line, what is offered)
LINES = [
    ("cpuhp-sim co", ["compare", "conform"]),
    ("cpuhp-sim help conf", ["conform"]),
    ("cpuhp-sim run --desi", ["--design"]),
    ("cpuhp-sim run --design ", ["async", "notifier", "parallel", "symmetric"]),
    ("cpuhp-sim run --design=p", ["parallel"]),
    ("cpuhp-sim run --format ", ["csv", "json", "text"]),
    ("cpuhp-sim test --format ", ["json", "ktap", "text"]),
    ("cpuhp-sim faults x.json --kinds alive", ["alive_late"]),
    ("cpuhp-sim run boot.", ["boot.json"]),
    ("cpuhp-sim run boot.json --set /des", ["/design="]),
    ("cpuhp-sim run boot.json --set /design=a", ["async"]),
    ("cpuhp-sim schema ta", ["table"]),
    ("cpuhp-sim run --seed ", []),
]


class Completion(Installed):
    def setUp(self):
        scenario = self.root / "share/cpuhp-sim/scenarios/boot-8-cpus.json"
        shutil.copy(scenario, self.work / "boot.json")
        (self.work / "other.txt").touch()

    def bash(self, line):
        script = self.root / "share/bash-completion/completions/cpuhp-sim"
        return self.run_here("bash", HERE / "complete.bash", script, line).stdout.split()

    def zsh(self, line):
        folder = self.work / "zsh"
        folder.mkdir(exist_ok=True)
        shutil.copy(self.root / "share/zsh/vendor-completions/_cpuhp-sim", folder)
        return self.run_here("zsh", "-f", HERE / "complete.zsh", folder, line).stdout.split()

    def test_bash(self):
        for line, words in LINES:
            with self.subTest(line):
                self.assertEqual(self.bash(line), words)
        self.assertEqual(self.bash("cpuhp-sim compare x --designs async,p"), ["async,parallel"])
        self.assertEqual(self.bash("cpuhp-sim check o"), ["other.txt"])
        self.assertEqual(self.bash("cpuhp-sim run oth"), [])

    def test_scenarios_that_came_along_are_offered_beside_files(self):
        shells = {"bash": self.bash} | ({"zsh": self.zsh} if shutil.which("zsh") else {})
        for name, offered in shells.items():
            with self.subTest(name):
                self.assertEqual(offered("cpuhp-sim run boot"),
                                 ["boot-4096-cpus.json", "boot-8-cpus.json", "boot.json"])
                self.assertEqual(offered("cpuhp-sim run ques"), ["questions/"])
                self.assertIn("reader-holds-the-lock.json",
                              {word.split("/")[-1] for word in offered("cpuhp-sim run questions/r")})
                self.assertEqual(offered("cpuhp-sim run costs"), [])  # no scenarios there
        self.assertEqual(self.bash("cpuhp-sim run scenarios/boot-8"), ["scenarios/boot-8-cpus.json"])

    def test_bash_knows_the_states_of_the_table_that_is_named(self):
        # bash has split the line at the colon, and keeps what is before it.
        self.assertEqual(self.bash("cpuhp-sim explain boot.json --what-if cpu:br"), ["bringup="])
        self.assertEqual(self.bash("cpuhp-sim run boot.json --set /faults/0/state=sched:a"), ["active"])
        self.assertEqual(self.bash("cpuhp-sim explain other.json --what-if cpu:br"), [])

    def test_bash_offers_every_option_of_every_command(self):
        for command in self.commands():
            self.assertEqual(set(self.bash(f"cpuhp-sim {command} -")), set(self.options_of(command)))

    def test_zsh(self):
        if shutil.which("zsh") is None:
            print("left out: completion in zsh: zsh is not here")
            self.skipTest("zsh is not here")
        for line, words in LINES:
            if words:  # zsh then prints why there is nothing
                with self.subTest(line):
                    self.assertEqual(self.zsh(line), sorted(words))
        self.assertEqual(self.zsh("cpuhp-sim compare x --designs async,p"), ["parallel"])
        self.assertEqual(self.zsh("cpuhp-sim explain boot.json --what-if cpu:br"), ["cpu:bringup="])


if __name__ == "__main__":
    CMAKE, BUILD = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])
