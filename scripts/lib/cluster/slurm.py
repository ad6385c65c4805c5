"""Shards as the tasks of Slurm arrays."""

import shlex
import subprocess
import time

from .errors import Refused
from .shards import is_killed


class Slurm:
    def __init__(self, shards, parsed):
        self.shards, self.poll, self.retries = shards, parsed.poll, parsed.retries
        self.words = shlex.split(parsed.words)
        self.jobs = set()
        self.tries = {shard: 0 for shard in shards.all}

    def call(self, *words):
        try:
            return subprocess.run(words, capture_output=True, text=True, check=False)
        except OSError as error:
            raise Refused(f"{words[0]}: {error.strerror}") from None

    def submit(self, shards):
        """One array for these shards. A task that its node loses is requeued by Slurm itself."""
        for shard in shards:
            self.shards.forget(shard)
            self.tries[shard] += 1
        done = self.call("sbatch", "--parsable", "--job-name=cpuhp-sim", "--requeue",
                         "--array=" + ",".join(map(str, shards)),
                         f"--cpus-per-task={self.shards.cpus}", "--open-mode=append",
                         f"--output={self.shards.folder}/task-%a.log", *self.words,
                         str(self.shards.task))
        if done.returncode != 0:
            raise Refused(f"sbatch: {done.stderr.strip()}")
        self.jobs.add(done.stdout.strip().split(";")[0])

    def queued(self):
        """Which shards are waiting or running, and how many of them run; None: nobody can say."""
        done = self.call("squeue", "-h", "-r", "--me", "-o", "%F %K %T")
        if done.returncode != 0:
            return None
        there, running = set(), 0
        for line in done.stdout.splitlines():
            job, shard, state = line.split()
            if job in self.jobs:
                there.add(int(shard))
                running += state == "RUNNING"
        return there, running

    def run(self, told):
        self.submit(self.shards.left())
        gone = set()  # those that were in no queue at the last look, and not done
        given_up = set()
        while True:
            queued = self.queued()
            if queued is not None:
                there, running = queued
                told.show(running)
                if self.shards.failed() is not None:
                    self.stop()
                    break
                # A file system may show an exit code later than Slurm the end of the task.
                absent = {s for s in self.shards.left() if s not in there and s not in given_up}
                killed = sorted(s for s in absent & gone if is_killed(self.shards.code(s)))
                gone = absent - set(killed)
                retried = [s for s in killed if self.tries[s] <= self.retries]
                given_up |= set(killed) - set(retried)
                if retried:
                    self.submit(retried)
                if not there and not retried and not absent - given_up:
                    break
            time.sleep(self.poll)
        told.end()

    def stop(self):
        """Each program gets SIGTERM, finishes its case and writes."""
        if self.jobs:
            self.call("scancel", *sorted(self.jobs))
