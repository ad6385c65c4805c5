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


def of_difference(operation, session):
    texts = list(operation.get("differences") or [])
    marks = {"both": " ", "recorded": "-", "simulated": "+"}
    diff = [f"{marks.get(row['side'], '?')} {row['event']}" for row in operation.get("diff") or []]
    first = next((row for row in diff if row[0] != " "), "events differ")
    headline = texts[0] if texts else "events differ: " + " ".join(first.split())
    # Without numbers, and without the line in the recording: the same one is looked for elsewhere.
    sort = re.sub(r"\d+", "N", headline.partition(" (line ")[0])
    return Finding("difference", session, operation["id"], headline, f"difference: {sort}",
                   (texts + diff)[:MOST_DETAILS])


def is_predicted(finding, warnings):
    """Whether the twin warned of the same: in the same words, or in the function that they name, as in
    "target_store(): the CPU's target is not its state"."""
    if finding.kind != "warning":
        return False
    functions = [text.partition("(): ")[0] for text in warnings if re.match(r"\w+\(\): ", text)]
    return any(text in finding.headline for text in warnings) or any(
        f" {function}+0x" in finding.headline for function in functions)


class Judge:
    def __init__(self, program, table, known=()):
        self.program, self.table, self.known = program, table, set(known)
        self.seen = set()  # of the known
        self.predicted = {}  # signature: how often, of what the twin warned of as well

    def guest(self, path, console_text="", lost=None):
        """{session: Verdict} of one recording. `lost`: (status, session, operation) of a guest that
        came to no end. What the whole guest is to blame for is under ""."""
        parts = recording.split(recording.read(Path(path)))
        verdicts = {name: Verdict(name) for name in parts.sessions}
        verdicts[""] = Verdict("")
        self.splats(parts, console_text, verdicts, lost)
        dead = self.dead(lost, verdicts, console_text) if lost else None
        twin = Twin(self.program, self.table, Path(path), parts)
        self.differences(twin, parts, verdicts, dead)
        for verdict in verdicts.values():
            self.forgive(verdict, twin.warnings)
        return verdicts

    def forgive(self, verdict, warnings):
        """Takes out what is known, and what the twin warns of at the same operation."""
        left = []
        for finding in verdict.findings:
            if finding.signature in self.known:
                self.seen.add(finding.signature)
            elif is_predicted(finding, warnings.get(finding.op, ())):
                self.predicted[finding.signature] = self.predicted.get(finding.signature, 0) + 1
            else:
                left.append(finding)
        verdict.findings = left
        if not left and verdict.status == "finding":
            verdict.status = "unjudged" if verdict.why else "ok"

    # ---- Logs

    def splats(self, parts, console_text, verdicts, lost):
        operations = {name: recording.operations(lines) for name, lines in parts.sessions.items()}
        told = set()
        for name, ops in operations.items():
            for op in ops:
                for splat in kernel_log.splats(op.log):
                    told.add((splat.time, splat.signature))
                    verdicts[name].add(of_splat(splat, name, op.id))
        order = [(op.first, name, op.id) for name, ops in operations.items() for op in ops
                 if op.first is not None]
        if lost and lost[2]:
            # What came after the last that was recorded is of the operation that came to no end.
            last = max((op.last for ops in operations.values() for op in ops if op.last), default=0)
            order.append((last + JUST_AFTER_S, lost[1], lost[2]))
        for splat in kernel_log.splats(console_text.split("\n")):
            if (splat.time, splat.signature) in told:
                continue
            before = [entry for entry in order if entry[0] <= splat.time]
            name, op = before[-1][1:] if before else ("", "")
            verdicts[name].add(of_splat(splat, name, op))
        mark = "#INFO kmemleak: "
        texts = [line[len(mark):] for line in parts.tail if line.startswith(mark)]
        for leak in kernel_log.leaks(texts):
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

    def differences(self, twin, parts, verdicts, dead):
        """A twin that differed once stands otherwise than the kernel from there on: the session in
        which it did is taken out, and the others are judged without it."""
        left = list(parts.sessions)
        try:
            result = twin.conform(left)
        except Refused as error:
            result = None
            for name in list(left):
                why = self.refused(twin, name) if len(left) > 1 else str(error)
                if why:
                    self.unjudged(verdicts[name], why)
                    left.remove(name)
        while left:
            result = result or twin.conform(left)
            different = [(twin.owner.get(op["id"], ""), op) for run in result["runs"]
                         for op in run["operations"] if not op["identical"] and op["id"] != dead]
            if not different:
                break
            first = different[0][0]
            for name, operation in different:
                if name == first:
                    verdicts[name].add(of_difference(operation, name))
            if not first:
                return
            left.remove(first)
            result = None
        if left and any(run.get("findings") for run in result["runs"]):
            for name in left:
                self.broken(twin.conform([name]), verdicts[name])

    @staticmethod
    def refused(twin, name):
        try:
            twin.conform([name])
        except Refused as error:
            return str(error)
        return ""

    @staticmethod
    def unjudged(verdict, why):
        verdict.why = why
        if verdict.status == "ok":
            verdict.status = "unjudged"

    @staticmethod
    def broken(result, verdict):
        for run in result["runs"]:
            for broken in run.get("findings") or []:
                headline = f"the twin breaks {broken['invariant']}: {broken['text']}"
                verdict.add(Finding("invariant", verdict.session, "", headline,
                                    f"invariant: {broken['invariant']}"))


class Twin:
    """The simulated machine that does what some sessions of a recording did."""

    def __init__(self, program, table, path, parts):
        self.program, self.table, self.path, self.parts = program, table, path, parts
        self.warnings = {}  # operation: what the kernel's own rules make it warn of
        self.owner = {op.id: name for name, lines in parts.sessions.items()
                      for op in recording.operations(lines)}

    def conform(self, names):
        """conform's JSON for these sessions. Raises Refused."""
        path = self.path
        if len(names) < len(self.parts.sessions):
            path = self.path.with_name("some.txt")
            path.write_text(recording.only(self.parts, names), encoding="utf-8")
        try:
            result = self.program.conform(path, self.table)
        finally:
            if path != self.path:
                path.unlink()
        for operation in (op for run in result["runs"] for op in run["operations"]):
            if operation.get("warnings"):
                self.warnings[operation["id"]] = operation["warnings"]
        return result
