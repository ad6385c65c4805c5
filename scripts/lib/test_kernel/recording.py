"""Recordings of played sessions (docs/reference/recording.md), as far as the harness reads them.

    parts = split(text)
    parts.head                      the lines before the first session
    parts.sessions["r1"]            the lines of session r1
    operations(parts.sessions["r1"])[0].id        "r1.1"
"""

import re
from collections import namedtuple

from . import session_file

Parts = namedtuple("Parts", "head sessions tail")
Operation = namedtuple("Operation", "id number log first last")
SECTION = "# section: session "
TRACED = re.compile(r"^ *\S.{0,40}?-\d+ +\[\d{3,}\] \S+ +(\d+\.\d+): ")


def read(path):
    """A recording as it came over a serial port: what a kernel wrote there before is left out."""
    text = path.read_text(encoding="utf-8", errors="replace").replace("\r", "")
    begin = text.find("# run: ")
    return text[begin:] if begin >= 0 else text


def split(text):
    """The parts of a recording. `tail`: what comes after the sessions, as leaks and the status. One
    that has operations and no played session is one session, "recording"."""
    if "\n" + SECTION not in text and "\n#OP " in text:
        text = text.replace("\n# section: ", f"\n{SECTION}recording\n# section: ", 1)
    head, sessions, tail, current = [], {}, [], None
    for line in text.split("\n"):
        if line.startswith(SECTION):
            current = sessions.setdefault(line[len(SECTION):].strip(), [])
        elif line.startswith(("# status:", "#INFO kmemleak:")) and sessions:
            current = tail
        (head if current is None else current).append(line)
    return Parts(head, sessions, [line for line in tail if line])


def only(parts, names):
    """A recording of some of the sessions."""
    kept = [line for name in names for line in parts.sessions[name]]
    return "\n".join(parts.head + kept).rstrip("\n") + "\n"


def without(text, names):
    """The recording without these sessions, and without what follows the last one."""
    parts = split(text)
    return only(parts, [name for name in parts.sessions if name not in names])


def machine(parts):
    """The words of the #MACHINE line."""
    line = next((line for line in parts.head if line.startswith("#MACHINE ")), "")
    return dict(word.split("=", 1) for word in line.split(" cmdline=")[0].split()[1:])


def operations(lines):
    """The operations of a session: id, kernel log, first and last time in seconds (or None). What the
    kernel logs while things are put back belongs to the operation before it."""
    found = []
    for number, line in enumerate(lines):
        if line.startswith("#OP "):
            found.append([line.split(" ")[1], number, [], None, None])
        if not found:
            continue
        if line.startswith("#K "):
            found[-1][2].append(line[3:])
        stamp = re.match(r"^#K <\d+>\[ *(\d+\.\d+)\]", line) or TRACED.match(line)
        if stamp:
            time = float(stamp.group(1))
            found[-1][3] = time if found[-1][3] is None else min(found[-1][3], time)
            found[-1][4] = time if found[-1][4] is None else max(found[-1][4], time)
    return [Operation(*fields) for fields in found]


def lost_lines(statements, answered):
    """The lines of what an operation did and never came back from. `answered`: how many of its
    statements have their line."""
    out = []
    for statement in statements[answered:]:
        verb, _, rest = statement.partition(" ")
        first, _, value = rest.partition(" ")
        if verb in ("load", "unload"):
            out.append(f"#M verb={verb} module={first} ret=none errno=none name=NORETURN")
        else:
            mark = " with=1" if verb == "with" else ""
            out.append(f"#W path={first} value={value} ret=none errno=none name=NORETURN"
                       f" at=write{mark}")
    return out


def closed(text, status, sessions):
    """The recording of a guest that came to no end, closed as the format wants it; and the session
    and operation it was in ("" where there was none).

    `status`: GUEST-DIED or STALLED. `sessions`: what was to be played.
    """
    lines = text[:text.rfind("\n") + 1].rstrip("\n").split("\n")
    begun = max((i for i, line in enumerate(lines) if line.startswith("#OP ")), default=None)
    section = max((i for i, line in enumerate(lines) if line.startswith(SECTION)), default=None)
    name = lines[section][len(SECTION):].strip() if section is not None else ""
    if begun is None or begun < section:
        return "\n".join(lines) + "\n", name, ""
    operation = lines[begun].split(" ")[1]
    inside = not any(line.startswith("#END") for line in lines[begun:])
    crash = [f"#CRASH status={status}"]
    if not inside:
        return "\n".join(lines[:begun] + whole(lines[begun:]) + crash) + "\n", name, operation
    # A trace that was not printed to its end says nothing of what happened.
    cut = next((i for i in range(begun, len(lines)) if lines[i].startswith("#T begin")), len(lines))
    kept = lines[begun:cut]
    planned = next((s for s in sessions if s.name == name), None)
    if planned is not None and operation.rpartition(".")[2].isdigit():
        index = int(operation.rpartition(".")[2]) - 1
        statements = (session_file.operations(planned) + [()] * (index + 1))[index]
        answered = sum(line.startswith(("#W ", "#M ")) for line in kept)
        kept += lost_lines(statements, answered)
    return "\n".join(lines[:begun] + kept + crash + ["#END"]) + "\n", name, operation


def whole(lines):
    """What stands after an operation's end, without a #RESTORE that was not finished."""
    restore = max((i for i, line in enumerate(lines) if line.startswith("#RESTORE")), default=None)
    if restore is None or any(line.startswith("#S ") for line in lines[restore:]):
        return lines
    return lines[:restore]
