"""A campaign that a script runs in pieces, whose tasks a test kills; and the same in one piece."""

import os
import signal
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from slurm_lab import wait_for

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = str(ROOT / "scenarios/offline-one-cpu.json")
TASKS = 8
CASES = ["--random", "16000", "--designs", "symmetric,async"]


class Campaign:
    """`script`: that of scripts/; `words`: its own words."""

    def __init__(self, program, folder, script, words, env=None):
        self.program, self.folder, self.env = program, folder, env
        self.parts = folder / "parts"
        self.command = [str(ROOT / "scripts" / script), SCENARIO, *CASES, "--tasks", str(TASKS),
                        "--folder", str(self.parts), "--program", program, "--poll", "0.2", *words]
        self.process = None

    def whole(self):
        """What one machine makes: exit code, what it printed, and the bytes of its file."""
        out = self.folder / "whole.jsonl"
        done = subprocess.run([self.program, "faults", SCENARIO, *CASES, "--out", str(out)],
                              cwd=self.folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, out.read_bytes()

    def start(self):
        self.process = subprocess.Popen(self.command, cwd=self.folder, env=self.env, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        stdin=subprocess.DEVNULL)

    def end(self):
        """As whole(), and what was told on the way."""
        out, err = self.process.communicate()
        merged = self.parts / "all.jsonl"
        return (self.process.returncode, out, merged.read_bytes() if merged.exists() else b""), err

    def running(self, shard):
        """The program that runs this shard, not its workers; None: none does."""
        out = str(self.parts / f"shard-{shard}.jsonl").encode()
        found = {}
        for entry in Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if out in words and words[0] == self.program.encode():
                    stat = (entry / "stat").read_text()
                    found[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
        tops = [pid for pid, parent in found.items() if parent not in found]
        return tops[0] if tops else None

    def stopped(self, others=()):
        """Stops (SIGSTOP) the program of some task in the middle of its shard. Returns both."""
        def look():
            if self.process.poll() is not None:
                raise AssertionError(f"the campaign has ended: {self.process.communicate()}")
            for shard in range(1, TASKS + 1):
                pid = None if shard in others else self.running(shard)
                if pid is None or self.lines(shard) < 2:
                    continue
                try:
                    os.kill(pid, signal.SIGSTOP)
                except ProcessLookupError:
                    continue
                # Stopped after its last line, it is no task in the middle.
                if self.running(shard) == pid and self.lines(shard) < self.cases_of_shard() / 2:
                    return shard, pid
                os.kill(pid, signal.SIGCONT)
            return None
        return wait_for("a task in the middle of its shard", look)

    def ends(self, shard):
        """The exit codes of the shard's runs, in their order."""
        log = (self.parts / f"shard-{shard}.log").read_text(encoding="utf-8").splitlines()
        return [int(line.split()[1]) for line in log if line.startswith("end ")]

    def begins(self, shard):
        return (self.parts / f"shard-{shard}.log").read_text(encoding="utf-8").count("begin ")

    def lines(self, shard):
        try:
            return (self.parts / f"shard-{shard}.jsonl").read_bytes().count(b"\n")
        except OSError:
            return 0

    @staticmethod
    def cases_of_shard():
        return int(CASES[1]) / TASKS
