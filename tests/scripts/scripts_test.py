#!/usr/bin/python3
"""Every script of scripts/ says what it does with --help, and stops at its first failing step."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(path for path in (ROOT / "scripts").iterdir() if path.is_file())
NOT_OURS = (".git", "build", "__pycache__")


def tree():
    """Every file of the repository, with what a change of it would change."""
    seen = {}
    for folder, names, files in os.walk(ROOT):
        names[:] = [name for name in names if not name.startswith(NOT_OURS)]
        for name in files:
            status = os.lstat(os.path.join(folder, name))
            seen[os.path.join(folder, name)] = (status.st_mtime_ns, status.st_size, status.st_mode)
    return seen


def called(*words, **more):
    return subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, **more
    )


class Help(unittest.TestCase):
    def test_it_is_printed_and_nothing_else_is_done(self):
        before = tree()
        with tempfile.TemporaryDirectory() as elsewhere:
            for script in [*SCRIPTS, ROOT / ".ci/run"]:
                for words in (["--help"], ["-h"]):
                    with self.subTest(script=script.name, words=words):
                        done = called(str(script), *words, cwd=elsewhere)
                        self.assertEqual((done.returncode, done.stderr), (0, ""))
                        self.assertGreater(len(done.stdout), 60)
                        self.assertNotIn("set -", done.stdout)
            self.assertEqual(os.listdir(elsewhere), [])
        self.assertEqual(tree(), before)

    def test_an_option_beside_it_changes_nothing(self):
        for name in ("test", "demo", "format", "make-docs"):
            script = str(ROOT / "scripts" / name)
            self.assertEqual(
                called(script, "--check", "--help").stdout, called(script, "--help").stdout
            )


class FailingSteps(unittest.TestCase):
    def test_shell_scripts_stop(self):
        for script in SCRIPTS:
            text = script.read_text(encoding="utf-8")
            if text.startswith("#!/bin/"):
                self.assertRegex(text, r"(?m)^set -eu$", script.name)

    def test_make_docs_without_the_program(self):
        before = tree()
        with tempfile.TemporaryDirectory() as folder:
            for binary, status in ((Path(folder) / "cpuhp-sim", None), (shutil.which("false"), 1)):
                if status is not None:
                    os.symlink(binary, Path(folder) / "cpuhp-sim")
                done = called(str(ROOT / "scripts/make-docs"), str(Path(folder) / "cpuhp-sim"))
                self.assertEqual(done.returncode, 1)
                self.assertEqual(done.stdout, "")
                self.assertRegex(done.stderr, r"\Amake-docs: .*nothing was written\n\Z")
        self.assertEqual(tree(), before)

    def test_make_debug_kernel_with_bad_arguments(self):
        before = tree()
        script = str(ROOT / "scripts/make-debug-kernel")
        for words, says in (
            (["--statecontrol"], "unknown argument --statecontrol"),
            (["--patch"], "--patch needs a value"),
            (["--patch", "missing.patch"], "no such patch: missing.patch"),
        ):
            with self.subTest(words=words):
                done = called(script, *words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertEqual(done.stderr, f"make-debug-kernel: {says}; see --help\n")
        self.assertEqual(tree(), before)

    def test_package_says_in_one_sentence_why_there_is_none(self):
        script = str(ROOT / "scripts/package")
        with tempfile.TemporaryDirectory() as folder:
            for tool in ("sh", "dirname", "sed", "git", "id"):
                os.symlink(shutil.which(tool), os.path.join(folder, tool))
            done = called(script, env={"PATH": folder})
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertRegex(done.stderr, r"\Apackage: no .deb is made: dpkg-source is not here .*\n\Z")
            os.symlink("/bin/true", os.path.join(folder, "dpkg-source"))
            done = called(script, env={"PATH": folder})
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertRegex(done.stderr, r"\Apackage: no .deb is made: mmdebstrap is not here .*\n\Z")
        self.assertEqual(called(script, "--sorce").returncode, 2)

    def test_format_without_clang_format(self):
        with tempfile.TemporaryDirectory() as folder:
            for tool in ("sh", "dirname", "find", "sed", "sort", "uniq"):
                os.symlink(shutil.which(tool), os.path.join(folder, tool))
            done = called(str(ROOT / "scripts/format"), "--check", env={"PATH": folder})
            self.assertEqual(done.returncode, 1)
            self.assertIn("clang-format is missing", done.stderr)
            broken = os.path.join(folder, "clang-format")
            Path(broken).write_text("#!/bin/sh\necho broken >&2\nexit 1\n", encoding="ascii")
            os.chmod(broken, 0o755)
            done = called(str(ROOT / "scripts/format"), "--check", env={"PATH": folder})
            self.assertEqual(done.returncode, 1)
            self.assertIn("broken", done.stderr)


class InstallDeps(unittest.TestCase):
    """scripts/install-deps before an apt-get that only says what it was asked for."""

    def run_before(self, folder, apt):
        for tool in ("sh", "dirname", "sed", "mktemp", "rm", "env", "grep", "cat"):
            os.symlink(shutil.which(tool), os.path.join(folder, tool))
        for name, text in (("id", "echo 0"), ("sync", "echo sync >>$HERE/asked"), ("dpkg-query", "exit 1"),
                           ("apt-get", 'echo "$*" >>$HERE/asked\n' + apt)):
            (Path(folder) / name).write_text(f"#!{folder}/sh\n{text}\n", encoding="ascii")
            os.chmod(os.path.join(folder, name), 0o755)
        done = called(str(ROOT / "scripts/install-deps"), "docs", env={"PATH": folder, "HERE": folder})
        return done, (Path(folder) / "asked").read_text(encoding="ascii").splitlines()

    def test_packages_are_synced_at_once_only_where_none_is_replaced(self):
        for installed, at_once in (("", True), (" [1.0]", False)):
            with self.subTest(installed), tempfile.TemporaryDirectory() as folder:
                done, asked = self.run_before(folder, f"echo 'Inst mkdocs{installed} (1.1 Debian:12)'")
                self.assertEqual((done.returncode, done.stdout), (0, ""))
                install = [line for line in asked if line.endswith("mkdocs-material") and "-qq" in line]
                self.assertEqual(len(install), 1)
                self.assertEqual("--force-unsafe-io" in install[0], at_once)
                self.assertEqual(asked[-1] == "sync", at_once)

    def test_progress_is_shown_and_output_only_when_it_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            done, _ = self.run_before(folder, "echo noise; [ $1 = -s ] || echo pmstatus:mkdocs:57.3:Unpacking >&3")
            self.assertEqual(done.returncode, 0)
            self.assertIn("    installed 50 %\n", done.stderr)
            self.assertNotIn("noise", done.stderr)
        with tempfile.TemporaryDirectory() as folder:
            done, _ = self.run_before(folder, "echo noise; exit 100")
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, r"noise\ninstall-deps: apt-get failed, its output is above\n\Z")


class Steps(unittest.TestCase):
    """scripts/lib/steps.sh: what scripts/demo shows while it works."""

    def run_steps(self, folder, body, terminal=False):
        script = Path(folder) / "job"
        script.write_text(f"#!/bin/bash\nset -eu\ncd {folder}\nsteps=2 logs=logs\n"
                          f". {ROOT}/scripts/lib/steps.sh\n{body}\n", encoding="utf-8")
        if not terminal:
            return called("bash", str(script))
        master, slave = os.openpty()
        done = subprocess.run(["bash", script], stdin=slave, stdout=subprocess.DEVNULL, stderr=slave,
                              env=dict(os.environ, TERM="xterm"), timeout=60)
        os.close(slave)
        shown = b""
        try:
            while block := os.read(master, 65536):
                shown += block
        except OSError:  # the other end is closed
            pass
        os.close(master)
        return subprocess.CompletedProcess(done.args, done.returncode, "", shown.decode())

    def test_output_goes_to_a_file_and_a_line_says_which_step(self):
        with tempfile.TemporaryDirectory() as folder:
            done = self.run_steps(folder, "step one 'Doing one' echo '[3/7] noise'\n"
                                          "begin side echo beside\n"
                                          "step two 'Doing two' sh -c 'echo 2 >&2'\nwait")
            self.assertEqual((done.returncode, done.stdout), (0, ""))
            self.assertRegex(done.stderr, r"\A\[1/2\] Doing one(, 3 of 7)?, \d+ s\n"
                                          r"\[2/2\] Doing two, \d+ s\n\Z")
            logs = {path.name: path.read_text() for path in (Path(folder) / "logs").iterdir()}
            self.assertEqual(
                logs, {"one.log": "[3/7] noise\n", "side.log": "beside\n", "two.log": "2\n"})

    def test_a_terminal_has_one_line_that_is_rewritten(self):
        with tempfile.TemporaryDirectory() as folder:
            done = self.run_steps(folder, "step one 'Doing one' sh -c 'echo [3/7] noise; sleep 1'", True)
            self.assertEqual(done.returncode, 0)
            self.assertNotIn("\n", done.stderr)
            self.assertIn("\r[1/2] Doing one, 3 of 7, 0 s\x1b[K", done.stderr)
            self.assertTrue(done.stderr.endswith("\r\x1b[K"))

    def test_a_failure_shows_the_end_of_its_output_and_where_the_rest_is(self):
        with tempfile.TemporaryDirectory() as folder:
            done = self.run_steps(folder, "step one 'Doing one' sh -c 'seq 100; exit 7'\necho on")
            self.assertEqual((done.returncode, done.stdout), (7, ""))
            self.assertRegex(done.stderr, r"\n98\n99\n100\njob: exit code 7 of \"Doing one\"; "
                                          r"all that it printed is in logs/one.log\n\Z")
            self.assertNotIn("\n50\n", done.stderr)

    def test_what_was_begun_ends_with_the_script(self):
        with tempfile.TemporaryDirectory() as folder:
            done = self.run_steps(folder, "begin side sh -c 'echo $$ >pid; sleep 60 & wait'\n"
                                          "while [ ! -s pid ]; do sleep 0.1; done\n"
                                          "step one 'Doing one' false")
            self.assertEqual(done.returncode, 1)
            group = int((Path(folder) / "pid").read_text())
            for _ in range(100):
                try:
                    os.killpg(group, 0)
                except ProcessLookupError:
                    return
                time.sleep(0.1)
            self.fail(f"process group {group} goes on")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
