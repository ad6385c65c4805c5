"""What a guest's recording and console say of each session that it played.

    judge = Judge(program, table, known={signatures of the boot})
    judge.guest(recording, console)["r1"].findings     [Finding("warning", op="r1.3", ...), ...]

A finding belongs to an operation, or, where nothing tells which (a leak, a twin that breaks an
invariant), to the whole guest: those are under the name "".
"""

import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import kernel_log, recording
from .program import Refused

MOST_DETAILS = 40  # lines of a finding
JUST_AFTER_S = 1e-6
# The kinds of splats that tell why a guest was lost.
FATAL = {"died": ("oops", "panic", "bug", "lockup", "kasan"),
         "stalled": ("hung", "lockup", "stall", "oops", "bug", "panic")}


@dataclass
class Finding:
    kind: str  # difference, invariant, died, stalled, or a kind of splat
    session: str
    op: str
    headline: str
    signature: str
    details: list = field(default_factory=list)
    guest: str = ""  # folder, below that of the run

    def as_json(self):
        return asdict(self)


@dataclass
class Verdict:
    session: str
    status: str = "ok"  # ok, finding, unjudged, unplayed
    findings: list = field(default_factory=list)
    why: str = ""  # of unjudged and unplayed

    def add(self, finding):
        same = [f for f in self.findings if (f.op, f.signature) == (finding.op, finding.signature)]
        if not same:
            self.findings.append(finding)
            self.status = "finding"


def of_splat(splat, session, op):
    lines = [line for line in splat.lines if not kernel_log.NOISE.match(line)]
    return Finding(splat.kind, session, op, splat.headline, splat.signature, lines[:MOST_DETAILS])


def sort_of_difference(operation):
    """What differs, without numbers: the same sort is looked for when a session is reduced."""
    texts = operation.get("differences") or []
    if texts:
        return "answers: " + re.sub(r"\d+", "N", texts[0])[:60]
    return "events"


def of_difference(operation, session):
    texts = list(operation.get("differences") or [])
    marks = {"both": " ", "recorded": "-", "simulated": "+"}
    diff = [f"{marks.get(row['side'], '?')} {row['event']}" for row in operation.get("diff") or []]
    first = next((row for row in diff if row[0] != " "), "events differ")
    headline = texts[0] if texts else "events differ: " + " ".join(first.split())
    return Finding("difference", session, operation["id"], headline,
                   "difference: " + sort_of_difference(operation), (texts + diff)[:MOST_DETAILS])


class Judge:
    def __init__(self, program, table, known=()):
        self.program, self.table, self.known = program, table, set(known)

    def guest(self, path, console_text="", lost=None):
        """{session: Verdict} of one recording. `lost`: (status, session, operation) of a guest that
        came to no end. What the whole guest is to blame for is under ""."""
        parts = recording.split(recording.read(Path(path)))
        verdicts = {name: Verdict(name) for name in parts.sessions}
        verdicts[""] = Verdict("")
        self.splats(parts, console_text, verdicts, lost)
        dead = self.dead(lost, verdicts, console_text) if lost else None
        self.differences(Path(path), parts, verdicts, dead)
        return verdicts

    # ---- Logs

    def splats(self, parts, console_text, verdicts, lost):
        operations = {name: recording.operations(lines) for name, lines in parts.sessions.items()}
        told = set()
        for name, ops in operations.items():
            for op in ops:
                for splat in kernel_log.splats(op.log):
                    told.add((splat.time, splat.signature))
                    if splat.signature not in self.known:
                        verdicts[name].add(of_splat(splat, name, op.id))
        order = [(op.first, name, op.id) for name, ops in operations.items() for op in ops
                 if op.first is not None]
        if lost and lost[2]:
            # What came after the last that was recorded is of the operation that came to no end.
            last = max((op.last for ops in operations.values() for op in ops if op.last), default=0)
            order.append((last + JUST_AFTER_S, lost[1], lost[2]))
        for splat in kernel_log.splats(console_text.split("\n")):
            if splat.signature in self.known or (splat.time, splat.signature) in told:
                continue
            before = [entry for entry in order if entry[0] <= splat.time]
            name, op = before[-1][1:] if before else ("", "")
            verdicts[name].add(of_splat(splat, name, op))
        mark = "#INFO kmemleak: "
        texts = [line[len(mark):] for line in parts.tail if line.startswith(mark)]
        for leak in kernel_log.leaks(texts):
            if leak.signature not in self.known:
                verdicts[""].add(of_splat(leak, "", ""))

    def dead(self, lost, verdicts, console_text):
        """A guest that died, or stood still: the finding of the operation that it was in, with the
        splats that tell why."""
        status, name, op = lost
        verdict = verdicts.setdefault(name, Verdict(name))
        kind = "stalled" if status == "STALLED" else "died"
        reasons = [f for f in verdict.findings if f.op == op and f.kind in FATAL[kind]]
        verdict.findings = [f for f in verdict.findings if f not in reasons]
        words = "the guest stood still" if kind == "stalled" else "the guest died"
        details = reasons[0].details if reasons else console_text.rstrip().split("\n")
        why = f": {reasons[0].headline}" if reasons else ""
        verdict.add(Finding(kind, name, op, words + why,
                            f"{kind}: {reasons[0].signature if reasons else ''}",
                            details[-MOST_DETAILS:]))
        return op

    # ---- The twin

    def differences(self, path, parts, verdicts, dead):
        try:
            self.take(self.program.conform(path, self.table), verdicts, dead)
            if not verdicts[""].findings or all(f.kind == "leak" for f in verdicts[""].findings):
                return
        except Refused as error:
            if len(parts.sessions) < 2:
                for name in parts.sessions:
                    self.unjudged(verdicts[name], str(error))
                return
        # Which session it is that the twin stumbles over, or that conform refuses: each by itself.
        verdicts[""].findings = [f for f in verdicts[""].findings if f.kind == "leak"]
        verdicts[""].status = "finding" if verdicts[""].findings else "ok"
        for name in parts.sessions:
            single = path.with_name("single.txt")
            single.write_text(recording.alone(parts, name), encoding="utf-8")
            try:
                self.take(self.program.conform(single, self.table), verdicts, dead, name)
            except Refused as error:
                self.unjudged(verdicts[name], str(error))
            single.unlink()

    @staticmethod
    def unjudged(verdict, why):
        verdict.why = why
        if verdict.status == "ok":
            verdict.status = "unjudged"

    @staticmethod
    def take(result, verdicts, dead, only=""):
        for run in result["runs"]:
            for operation in run["operations"]:
                name = operation["id"].rpartition(".")[0]
                if not operation["identical"] and operation["id"] != dead and name in verdicts:
                    verdicts[name].add(of_difference(operation, name))
            for broken in run.get("findings") or []:
                headline = f"the twin breaks {broken['invariant']}: {broken['text']}"
                verdicts[only].add(Finding("invariant", only, "", headline,
                                           f"invariant: {broken['invariant']}"))
