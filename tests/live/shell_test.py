#!/usr/bin/python3
"""The machine at a prompt: commands from standard input, and at a terminal."""

import os
import pty
import select
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from machine import BINARY, HANG, SOURCE, main, scenario

TABLE = str(SOURCE / "scenarios/tables/x86_64-6.1.json")


def shell(text, *options, more=""):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [BINARY, "shell", scenario(folder, more), *options],
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            env=dict(os.environ, COLUMNS="80"),
        )
    return done


class Shell(unittest.TestCase):
    def answers(self, text, wanted, code=0, more=""):
        done = shell(text, more=more)
        self.assertEqual(done.stdout, wanted)
        self.assertEqual(done.returncode, code, done.stderr)

    def test_files(self):
        self.answers("cat online\n", "0-3\n")
        self.answers("echo 0 > cpu3/online\ncat online cpu3/online\n", "0-2\n0\n")
        self.answers(
            "echo -n 0 >cpu3/online   # a comment\ncat /sys/devices/system/cpu/offline\n", "3\n"
        )
        self.answers("cat ./cpu1/../cpu2//hotplug/state\n", "236\n")
        self.answers("echo 'two words'  and more\n", "two words and more\n")

    def test_folders(self):
        self.answers(
            "ls cpu3\nls cpu3/hotplug cpu3/online\n",
            "hotplug/  online  uevent  topology/  cache/\n" "fail  state  target\ncpu3/online\n",
        )
        self.answers("ls /\nls /proc\n", "proc/  sys/\ncpuinfo  interrupts  stat\n")

    def test_errors(self):
        self.answers(
            "cat nothing\necho 1 > cpu0\necho 5 > online\necho x > cpu1/online\n"
            "ls cpu9\necho 1 >\nexot\n",
            "cat: nothing: No such file or directory (ENOENT)\n"
            "echo: cpu0: Is a directory (EISDIR)\n"
            "echo: online: Permission denied (EACCES)\n"
            "echo: cpu1/online: Invalid argument (EINVAL)\n"
            "ls: cpu9: No such file or directory (ENOENT)\n"
            "echo: expected one PATH after >\n"
            "exot: unknown command (did you mean 'exit'?); `help` lists all commands\n",
        )

    def test_operations(self):
        self.answers(
            "suspend\ncat online\necho 236 > cpu3/hotplug/target\nresume\ncat online\n"
            "shutdown\ncat online\n"
            "boot\ncat online\n",
            "0\necho: cpu3/hotplug/target: Device or resource busy (EBUSY)\n0-3\n0\n0-3\n",
        )

    def test_the_end(self):
        self.answers("exit\ncat online\n", "")
        self.answers("", "")

    def test_a_hang(self):
        done = shell("echo 0 > cpu3/online\ncat online\n", more=HANG)
        self.assertEqual(done.stdout, "echo: cpu3/online: Connection timed out (ETIMEDOUT)\n0-3\n")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\Afinding: hang: expected none, found a hang: .*\n\Z")

    def test_the_timeline(self):
        done = shell("date\ntimeline\n")
        self.assertRegex(done.stdout, r"\A[0-9.]+ (us|ms)\n")
        for row in ("control CPU", "cpu 0", "cpu 3"):
            self.assertIn(row, done.stdout)

    def test_a_recording_replays(self):
        with tempfile.TemporaryDirectory() as folder:
            record = folder + "/rec.txt"
            done = shell(
                "echo 0 > cpu3/online\necho 0 > cpu2/hotplug/target\nsuspend\n", "--record", record
            )
            self.assertEqual(
                done.stdout,
                "suspend: not possible with --record, because a recording cannot hold this "
                "command\n",
            )
            twin = folder + "/twin.json"
            conform = subprocess.run(
                [BINARY, "conform", record, "--table", TABLE, "--scenario-out", twin],
                capture_output=True,
                text=True,
            )
            self.assertIn("2 operations, 2 identical", conform.stdout)
            self.assertIn('"cpu2/hotplug/target"', Path(twin).read_text())
            run = subprocess.run([BINARY, "run", twin], capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stdout)

    def test_bad_input(self):
        done = shell("", "--record", "/nowhere/rec.txt")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(
            done.stderr,
            "cpuhp-sim: error: cannot write /nowhere/rec.txt: No such file or directory\n",
        )
        done = shell("", "--design", "async", "--record", "/dev/null")
        self.assertEqual(
            done.stderr,
            'cpuhp-sim: error: --record needs the design "symmetric" or "parallel", because '
            "`cpuhp-sim conform` cannot replay other designs; found async\n",
        )

    def at_a_terminal(self, folder):
        """The shell's process, and the other side of its terminal."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(BINARY, [BINARY, "shell", scenario(folder)], dict(os.environ, TERM="dumb"))
        return pid, terminal

    def closed(self, terminal):
        """Waits until nobody has the other side of the terminal any more."""
        while select.select([terminal], [], [], 100)[0]:
            try:
                os.read(terminal, 4096)
            except OSError:  # EIO
                return True
        return False

    def test_the_end_typed_ahead(self):
        """Before the editor has the terminal: in its line mode a Ctrl-D reaches it as a zero byte."""
        with tempfile.TemporaryDirectory() as folder:
            pid, terminal = self.at_a_terminal(folder)
            os.write(terminal, b"cat online\n\x04")
            self.assertTrue(self.closed(terminal), "the shell does not end")
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
            os.close(terminal)

    def test_at_a_terminal(self):
        """Completion: `cat onl` and a tab."""
        with tempfile.TemporaryDirectory() as folder:
            pid, terminal = self.at_a_terminal(folder)
            seen = ""
            for expected, typed in (
                ("cpuhp> ", b"cat onl\t\n"),
                ("0-3", b"cat cpu3/hot\tsta\t\n"),
                ("236", b"\x04"),
            ):
                while not (expected in seen and seen.endswith("cpuhp> ")):
                    self.assertTrue(select.select([terminal], [], [], 100)[0], seen)
                    seen += os.read(terminal, 4096).decode()
                seen = ""
                os.write(terminal, typed)
            self.assertTrue(self.closed(terminal), "the shell does not end")
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
            os.close(terminal)


if __name__ == "__main__":
    main(mounts=False)
