"""The folder of a campaign: a file for each shard, its exit code, and the task that makes both."""

import json
import shlex
import subprocess

from .errors import Refused

DONE = (0, 1)  # nothing found, something found
INCOMPLETE = 75
FIRST_SIGNAL = 128
SAMPLE = 1 << 16  # bytes, by which the length of a line is estimated

# What each task runs. A signal reaches the program, which finishes its case and ends with 75; the
# shell waits for that. Whoever started the task learns from its exit code only whether to run it
# again: findings and errors are no reason.
TASK = """#!/bin/sh
# One shard of a campaign: $1, or the number of the task in a Slurm array. Made by {made_by}.
trap : TERM INT HUP
shard=${{1:-$SLURM_ARRAY_TASK_ID}}
out={folder}/shard-$shard
code=0
# An earlier run of this shard that has not ended yet is waited for.
exec 9>>"$out.lock" && flock 9
echo "begin $(hostname)" >>"$out.log"
{command} --shard "$shard/{tasks}" --jobs {cpus} --no-reduce --out "$out.jsonl" \\
  >"$out.txt" 2>"$out.err" || code=$?
echo "end $code" >>"$out.log"
echo "$code" >"$out.code.part" && mv "$out.code.part" "$out.code"
if [ "$code" -eq {incomplete} ] || [ "$code" -ge {signal} ]; then exit "$code"; fi
"""


class Shards:
    def __init__(self, parsed, made_by, words, verify):
        self.folder = parsed.folder.resolve()
        self.tasks, self.cpus, self.words = parsed.tasks, parsed.cpus, words
        self.program, self.made_by, self.verify = parsed.program, made_by, verify
        self.mean_line = None
        self.cases = None

    @property
    def all(self):
        return range(1, self.tasks + 1)

    def path(self, shard, ending):
        return self.folder / f"shard-{shard}.{ending}"

    @property
    def task(self):
        return self.folder / "task"

    @property
    def merged(self):
        return self.folder / "all.jsonl"

    def prepare(self):
        """Makes the folder, or goes on with it. Refuses one of another campaign."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            campaign = self.folder / "campaign.json"
            mine = {"tasks": self.tasks, "faults": self.words}
            if campaign.exists() and json.loads(campaign.read_text(encoding="utf-8")) != mine:
                raise Refused(f"{self.folder} has another campaign: "
                              f"{campaign.read_text().strip()}; choose another --folder")
            campaign.write_text(json.dumps(mine) + "\n", encoding="utf-8")
            command = shlex.join([self.program, "faults", *self.words, *self.verify])
            self.task.write_text(
                TASK.format(made_by=self.made_by, folder=shlex.quote(str(self.folder)),
                            command=command, tasks=self.tasks, cpus=self.cpus,
                            incomplete=INCOMPLETE, signal=FIRST_SIGNAL), encoding="utf-8")
            self.task.chmod(0o755)
        except (OSError, ValueError) as error:
            raise Refused(f"{self.folder}: {error}") from None
        for shard in self.left():
            self.forget(shard)

    def code(self, shard):
        """The exit code of a shard's program; None: it has none, since it runs or was killed."""
        try:
            return int(self.path(shard, "code").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def forget(self, shard):
        self.path(shard, "code").unlink(missing_ok=True)

    def left(self):
        return [shard for shard in self.all if self.code(shard) not in DONE]

    def failed(self):
        """The first shard that ended by itself and is not done; None: there is none."""
        for shard in self.all:
            code = self.code(shard)
            if code is not None and code not in DONE and not is_killed(code):
                return shard
        return None

    def refuse_failed(self):
        shard = self.failed()
        if shard is not None:
            text = self.path(shard, "err").read_text(encoding="utf-8", errors="replace").strip()
            raise Refused(f"shard {shard} ended with {self.code(shard)}: {text}", self.code(shard))

    def begun_again(self):
        """How often a task has begun its shard once more, whoever saw to that."""
        again = 0
        for shard in self.all:
            try:
                text = self.path(shard, "log").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            again += max(0, text.count("begin ") - 1)
        return again

    def progress(self):
        """About how many cases have been run, of how many; the files are not read for that."""
        done = 0
        for shard in self.all:
            try:
                size = self.path(shard, "jsonl").stat().st_size
                if size == 0 or (self.mean_line is None and not self.measure(shard)):
                    continue
            except OSError:
                continue
            done += max(0, size - self.header_size) / self.mean_line
        return min(round(done), self.cases or 0), self.cases

    def measure(self, shard):
        """Learns from the first lines of a file how long a line is. False: there are none yet."""
        with open(self.path(shard, "jsonl"), "rb") as file:
            lines = file.read(SAMPLE).split(b"\n")
        if len(lines) < 3:
            return False
        self.cases = json.loads(lines[0])["cases"]
        self.header_size = len(lines[0]) + 1
        self.mean_line = sum(len(line) + 1 for line in lines[1:-1]) / (len(lines) - 2)
        return True

    def merge(self):
        """Merges what there is. Returns the exit code, and what was printed."""
        parts = [str(self.path(shard, "jsonl")) for shard in self.all
                 if self.path(shard, "jsonl").exists()]
        if not parts:
            raise Refused("no shard has written anything", INCOMPLETE)
        done = subprocess.run([self.program, "faults", "--merge", *parts, "--out",
                               str(self.merged)], capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    def report(self, words):
        """The campaign in one piece goes on from the merged file, where nothing is left to run."""
        return subprocess.run([self.program, "faults", *self.words, "--out", str(self.merged),
                               *words], check=False).returncode


def is_killed(code):
    """True for what has to be run again: a signal ended it."""
    return code is None or code == INCOMPLETE or code >= FIRST_SIGNAL
