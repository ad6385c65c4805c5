"""What a run leaves in its folder, and what --resume takes from there.

    run.json           what is tested, and how: a run goes on only with the same
    probe.txt          the probe's recording; table.json, sessions.txt: what was made of it
    results.jsonl      one verdict a line, appended as each guest is done
    guests/            recording.txt and console.txt of each guest
    reduced/           session files of what was found, reduced
    verdict.json       the whole, at the end
"""

import json
import os
import shutil

from .errors import BadInput
from .judge import Finding, Verdict

MARK = "run.json"


def write_whole(path, text):
    """Written beside, then renamed: never half there."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


class Store:
    def __init__(self, folder, settings, resume):
        """`settings`: JSON of what is tested. Raises BadInput where the folder is another's."""
        self.folder = folder
        mark = folder / MARK
        if resume:
            self.check(mark, settings)
        elif folder.exists():
            if any(folder.iterdir()) and not mark.exists():
                raise BadInput(f"--out {folder}: not empty, and not made by test-kernel")
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(mark, json.dumps(settings, indent=2) + "\n")

    @staticmethod
    def check(mark, settings):
        if not mark.exists():
            return
        try:
            before = json.loads(mark.read_text(encoding="utf-8"))
        except ValueError as error:
            raise BadInput(f"{mark}: {error}") from error
        for key, value in settings.items():
            if before.get(key) != value:
                raise BadInput(f"--resume: {mark.parent} was made with another {key}:"
                               f" {before.get(key)}, not {value}")

    def path(self, name):
        return self.folder / name

    def append(self, verdicts):
        with open(self.path("results.jsonl"), "a", encoding="utf-8") as file:
            for verdict in verdicts:
                row = {"session": verdict.session, "status": verdict.status, "why": verdict.why,
                       "findings": [f.as_json() for f in verdict.findings]}
                file.write(json.dumps(row) + "\n")

    def verdicts(self):
        """What was judged before: {session: Verdict}. A last line that was cut off is left out."""
        found = {}
        path = self.path("results.jsonl")
        if not path.exists():
            return found
        for line in path.read_text(encoding="utf-8").split("\n"):
            try:
                row = json.loads(line)
            except ValueError:
                continue
            verdict = Verdict(row["session"], row["status"], [], row["why"])
            verdict.findings = [Finding(**finding) for finding in row["findings"]]
            if verdict.session == "" and "" in found:
                found[""].findings += verdict.findings
                found[""].status = "finding" if found[""].findings else "ok"
            else:
                found[verdict.session] = verdict
        return found
