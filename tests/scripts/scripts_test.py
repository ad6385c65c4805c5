#!/usr/bin/python3
"""Every script of scripts/ says what it does with --help, and stops at its first failing step."""

import os
import shutil
import subprocess
import sys
import tempfile
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


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
