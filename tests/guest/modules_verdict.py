#!/usr/bin/python3
"""Whether test-kernel convicted each module with a planted bug, by its own signal, and no other.

    modules_verdict.py stock verdict.json    of Debian's kernel
    modules_verdict.py debug verdict.json    of the kernel of scripts/make-debug-kernel

prints a line for each session of tests/guest/modules/sessions.txt, and exits with 1 if one came out
otherwise than it has to.
"""

import json
import re
import sys

# The signal of each session's module. None: nothing may be found.
SIGNALS = {
    "stock": {
        "good": None,
        "leak": r"cpuhp_leak: imbalance 1: 7 rings allocated, 6 freed, 0 expected",
        "forget": r"cpuhp_forget: imbalance 2: 4 rings allocated, 2 freed, 0 expected",
        "early": r"refcount_t: underflow; use-after-free",
        "sleep": r"BUG: scheduling while atomic: migration/1",
        "lock": r"INFO: task .* blocked for more than \d+ seconds",
    },
    "debug": {
        "good": None,
        # The names of the modules' own functions went with the modules.
        "leak": r"kmemleak: unreferenced object from .*_cpu_up",
        "forget": r"kmemleak: unreferenced object from .*cpuhp_thread_fun",
        "early": r"BUG: KASAN: use-after-free in",
        "sleep": r"BUG: sleeping function called from invalid context",
        "lock": r"WARNING: possible circular locking dependency",
    },
}


def said(finding):
    return [finding["headline"], *finding["details"]]


def signal(findings, pattern):
    """The first line that the pattern fits, with the operation it belongs to, or None."""
    for finding in findings:
        for line in said(finding):
            if re.search(pattern, line):
                return f"{finding['op'] or 'a guest'}: {line.strip()}"
    return None


def judge(session, pattern, whole):
    """(as it has to be, what is said of it). `whole`: what was found of a guest's sessions together,
    as leaks are."""
    findings = session["findings"] + (whole if pattern else [])
    if pattern is None:
        if session["status"] == "ok":
            return True, "no finding"
        what = "; ".join(f["headline"] for f in findings) or session["why"]
        return False, f"{session['status']}: {what}"
    line = signal(findings, pattern)
    if line is not None:
        return True, line
    what = "; ".join(f["headline"] for f in findings) or session["why"] or "no finding"
    return False, f"not convicted by {pattern}: {what}"


def main(words):
    kernel, path = words
    wanted = SIGNALS[kernel]
    with open(path, encoding="utf-8") as file:
        verdict = json.load(file)
    sessions = {session["name"]: session for session in verdict["sessions"]}
    right = set(sessions) == set(wanted)
    if not right:
        print(f"sessions played: {', '.join(sessions)}; expected: {', '.join(wanted)}")
    for name in filter(sessions.get, wanted):
        is_right, text = judge(sessions[name], wanted[name], verdict["findings"])
        right = right and is_right
        print(f"{name}: {text}")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
