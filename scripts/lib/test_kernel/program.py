"""The simulator's commands, as the harness calls them."""

import json
import subprocess

from .errors import BadInput


class Refused(Exception):
    """The program did not take its input: its own message."""


class Program:
    def __init__(self, path):
        self.path = str(path)
        try:
            done = self.call("--version")
        except OSError as error:
            raise BadInput(f"{path}: {error.strerror}: build it with scripts/build, or name it with"
                           " --program") from error
        if done.returncode != 0 or not done.stdout.startswith("cpuhp-sim"):
            raise BadInput(f"{path}: not cpuhp-sim")

    def call(self, *words):
        return subprocess.run([self.path, *map(str, words)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              errors="replace")

    def needs(self, *words, codes=(0,)):
        """What the command prints. Raises Refused when its exit code is another."""
        done = self.call(*words)
        if done.returncode not in codes:
            said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise Refused(said[-1].replace("cpuhp-sim: error: ", ""))
        return done.stdout

    def make_table(self, recording, table):
        self.needs("import", "--states", recording, "--trace", recording, "--out", table)

    def make_sessions(self, probe, out, words):
        self.needs("session", probe, *words, "--out", out)

    def conform(self, recording, table):
        """The JSON of conform. Raises Refused."""
        text = self.needs("conform", recording, "--table", table, "--format", "json", codes=(0, 1))
        try:
            return json.loads(text)
        except ValueError as error:
            raise Refused(f"conform printed no JSON: {error}") from error
