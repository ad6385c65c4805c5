"""The verdict as text, JSON, JUnit and KTAP.

    report.WRITERS["ktap"](result)       the text

`result` is what run.py makes: verdicts in the order of the session file, and what the run was of.
"""

import json
import re
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr


@dataclass
class Result:
    """What a run came to."""

    kernel: str  # its version
    arch: str  # Debian's name
    accel: str
    smp: str
    verdicts: dict  # session: Verdict
    whole: list  # findings that belong to no session
    boot: list  # splats that the probe showed
    known: list  # signatures of --known that were met
    predicted: dict  # signature of a warning that the twin had, too: how often
    reduced: dict  # signature: what came of trying it again
    seconds: float  # of the sessions
    repeat: str  # the command that does it again


VERSION = 1
MOST_PLACES = 8
MOST_DIAGNOSTICS = 60  # lines of a test


def counts(result):
    out = {"ok": 0, "finding": 0, "unjudged": 0, "unplayed": 0}
    for verdict in result.verdicts.values():
        out[verdict.status] += 1
    return out


def findings(result):
    return result.whole + [f for v in result.verdicts.values() for f in v.findings]


def where(finding):
    return finding.op or finding.session or "a guest"


def reduction_lines(reduced):
    """What is said of a finding that was tried again."""
    if reduced["sessions"]:
        yield (f"shown only by {len(reduced['sessions'])} sessions together:"
               f" {', '.join(reduced['sessions'])}")
    elif reduced["repeats"] == 0:
        yield f"not repeatable: 0 of {reduced['of']} times in new guests"
        return
    else:
        yield f"repeats {reduced['repeats']} of {reduced['of']} times in a new guest"
    if reduced["statements"] and not reduced["sessions"]:
        fewest = "" if reduced["minimal"] else ", not tried to the end"
        plural = "s" if len(reduced["statements"]) != 1 else ""
        yield f"reduced to {len(reduced['statements'])} statement{plural}{fewest}:"
        yield from ("  " + statement for statement in reduced["statements"])
    yield "repeat: " + reduced["repeat"]


def text(result):
    number = counts(result)
    total = len(result.verdicts)
    plural = "s" if total != 1 else ""
    cpus = f"{result.smp} CPUs" if result.smp.isdigit() else f"CPUs {result.smp}"
    lines = [f"{result.kernel} ({result.arch}), {cpus}, {result.accel}:"
             f" {total} session{plural}, {number['ok']} ok, {number['finding']} with findings"]
    if number["unjudged"]:
        lines[0] += f", {number['unjudged']} not judged"
    if number["unplayed"]:
        lines[0] += f", incomplete: {number['unplayed']} not played"
    for splat in result.boot:
        lines.append(f"  in the boot already, no finding: {splat}")
    lines += [f"  known, no finding: {signature}" for signature in result.known]
    lines += [f"  predicted by the simulated machine, no finding: {signature}"
              f" ({times} operation{'s' if times != 1 else ''})"
              for signature, times in sorted(result.predicted.items())]
    groups = {}
    for finding in findings(result):
        groups.setdefault(finding.signature, []).append(finding)
    for finding, *more in groups.values():
        lines.append(f"finding: {where(finding)}: {finding.kind}: {finding.headline}")
        if more:
            places = ", ".join(where(f) for f in more[:MOST_PLACES])
            left = f" and {len(more) - MOST_PLACES} more" if len(more) > MOST_PLACES else ""
            lines.append(f"    also {places}{left}")
        lines += ["    " + line for line in finding.details[:12] if line != finding.headline]
        if finding.guest:
            lines.append(f"    in {finding.guest}")
        if finding.signature in result.reduced:
            lines += ["    " + line for line in reduction_lines(result.reduced[finding.signature])]
        elif result.reduced:
            lines.append("    not tried again")
    for verdict in result.verdicts.values():
        if verdict.status == "unjudged":
            lines.append(f"not judged: {verdict.session}: {verdict.why}")
    unplayed = [v.session for v in result.verdicts.values() if v.status == "unplayed"]
    if unplayed:
        more = f" and {len(unplayed) - 5} more" if len(unplayed) > 5 else ""
        lines.append(f"not played: {', '.join(unplayed[:5])}{more}")
    if not findings(result):
        lines.append("no findings")
    return "\n".join(lines) + "\n"


def as_json(result):
    document = {
        "version": VERSION, "kernel": result.kernel, "arch": result.arch, "accel": result.accel,
        "smp": result.smp, "seconds": round(result.seconds, 1), "repeat": result.repeat,
        "complete": counts(result)["unplayed"] == 0, "counts": counts(result),
        "boot": result.boot, "known": result.known,
        "predicted": result.predicted,
        "sessions": [{"name": v.session, "status": v.status, "why": v.why,
                      "findings": [f.as_json() for f in v.findings]}
                     for v in result.verdicts.values()],
        "findings": [f.as_json() for f in result.whole],
        "reduced": [{"signature": key, **value} for key, value in result.reduced.items()],
    }
    return json.dumps(document, indent=2) + "\n"


def explanation(verdict, result):
    for finding in verdict.findings:
        yield f"{where(finding)}: {finding.kind}: {finding.headline}"
        yield from finding.details
        if finding.signature in result.reduced:
            yield from reduction_lines(result.reduced[finding.signature])


def safe(text):
    """As KTAP's names and lines have to be: no #, no control characters, no blanks at the end."""
    return re.sub(r"[#\x00-\x1f\x7f]", lambda m: f"%{ord(m.group()):02X}", text).strip()


def ktap_test(number, name, is_ok, skip, diagnostics):
    out = ["  # " + re.sub(r"[\x00-\x1f\x7f]", "?", line).rstrip()
           for line in diagnostics[:MOST_DIAGNOSTICS] if line.strip()]
    skip = f" # SKIP {safe(skip)}" if skip else ""
    return out + [f"  {'ok' if is_ok else 'not ok'} {number} {safe(name)}{skip}"]


def ktap(result):
    """KTAP version 1 (https://docs.kernel.org/dev-tools/ktap.html), as the program's own commands have
    it: one test, the kernel, which has the sessions below it; diagnostics before their result."""
    rows = list(result.verdicts.values())
    out = ["KTAP version 1", "1..1", "  KTAP version 1", f"  1..{len(rows) + bool(result.whole)}"]
    for number, verdict in enumerate(rows, 1):
        skip = {"unjudged": f"not judged: {verdict.why}", "unplayed": "not played"}
        out += ktap_test(number, verdict.session, verdict.status != "finding",
                         skip.get(verdict.status), list(explanation(verdict, result)))
    if result.whole:
        lines = [line for f in result.whole for line in (f"{f.kind}: {f.headline}", *f.details)]
        out += ktap_test(len(rows) + 1, "guests", False, None, lines)
    played = [v for v in rows if v.status in ("ok", "finding")]
    state = "not ok" if findings(result) else "ok"
    skip = "" if played or findings(result) else " # SKIP nothing was judged"
    return "\n".join([*out, f"{state} 1 {safe(result.kernel)}{skip}"]) + "\n"


def plain(value):
    """XML 1.0 has no control characters."""
    return "".join(c if c in "\n\t" or ord(c) >= 32 else "?" for c in value)


def junit(result):
    number = counts(result)
    cases = []
    rows = [(v.session, v.status, v, v.why) for v in result.verdicts.values()]
    for name, status, verdict, why in rows:
        head = f"    <testcase classname={quoteattr(result.kernel)} name={quoteattr(name)}"
        if status == "ok":
            cases.append(head + "/>")
        elif status == "finding":
            message = quoteattr(plain(verdict.findings[0].headline))
            body = escape(plain("\n".join(explanation(verdict, result))))
            cases.append(f"{head}>\n      <failure message={message}>{body}</failure>\n"
                         "    </testcase>")
        else:
            message = quoteattr(plain(why or "not played"))
            cases.append(f"{head}>\n      <skipped message={message}/>\n    </testcase>")
    if result.whole:
        body = escape(plain("\n".join(f"{f.kind}: {f.headline}" for f in result.whole)))
        cases.append(f"    <testcase classname={quoteattr(result.kernel)} name=\"guests\">\n"
                     f"      <failure message=\"findings of whole guests\">{body}</failure>\n"
                     "    </testcase>")
    failures = number["finding"] + bool(result.whole)
    skipped = number["unjudged"] + number["unplayed"]
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
            f'  <testsuite name="test-kernel" tests="{len(cases)}" failures="{failures}"'
            f' skipped="{skipped}" time="{result.seconds:.1f}">\n' + "\n".join(cases)
            + "\n  </testsuite>\n</testsuites>\n")


WRITERS = {"text": text, "json": as_json, "junit": junit, "ktap": ktap}
