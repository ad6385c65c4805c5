"""Shards as the jobs of GNU parallel."""

import shlex
import subprocess
import time

from .errors import Refused


class Parallel:
    def __init__(self, shards, parsed):
        self.shards, self.poll, self.retries = shards, parsed.poll, parsed.retries
        self.words = shlex.split(parsed.words)
        self.process = None

    def run(self, told):
        # A job that a signal ended has an exit code of its own, and only that is tried again.
        words = ["parallel", "--will-cite", "--retries", str(self.retries + 1), "--joblog",
                 str(self.shards.folder / "joblog"), "--termseq", "TERM,20000,KILL", *self.words,
                 str(self.shards.task), ":::", *map(str, self.shards.left())]
        try:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL)
        except OSError as error:
            raise Refused(f"parallel: {error.strerror} (scripts/install-deps cluster)") from None
        while self.process.poll() is None:
            told.show(self.running())
            try:
                self.process.wait(self.poll)
            except subprocess.TimeoutExpired:
                pass
        told.show(0)
        told.end()

    def running(self):
        return sum(self.shards.code(shard) is None and self.shards.path(shard, "err").exists()
                   for shard in self.shards.all)

    def stop(self):
        """The first SIGTERM only keeps parallel from starting more."""
        if self.process is None:
            return
        while self.process.poll() is None:
            self.process.terminate()
            time.sleep(0.2)
