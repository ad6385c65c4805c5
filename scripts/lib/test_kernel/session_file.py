"""Session files (docs/reference/session.md): named sessions, each a list of statements.

    parse("# cpuhp-sim session 1\\nsession a\\nwrite cpu1/online 0\\n", "s.txt")
        [Session("a", ("write cpu1/online 0",))]
"""

import re
from collections import namedtuple

from .errors import BadInput

HEAD = "# cpuhp-sim session 1"
LARGEST = 64 << 20  # bytes
VERBS = {"write": 2, "with": 2, "load": 1, "unload": 1}  # words that must follow
Session = namedtuple("Session", "name statements")


def parse(text, name):
    """The sessions of a file's text. Raises BadInput with file and line."""
    lines = text.split("\n")
    if lines[0].rstrip("\r") != HEAD:
        raise BadInput(f'{name}:1: not a session file: expected "{HEAD}"')
    sessions, seen = [], {}
    for number, line in enumerate(lines[1:], 2):
        if not line.strip() or line.startswith("#"):
            continue
        verb, _, rest = line.partition(" ")
        if verb == "session":
            if not re.fullmatch(r"[A-Za-z0-9._-]+", rest):
                raise BadInput(f'{name}:{number}: a session\'s name is of letters, digits, ".", "_"'
                               f' and "-", found "{rest}"')
            if rest in seen:
                raise BadInput(f"{name}:{number}: session {rest} is in line {seen[rest]}, too")
            seen[rest] = number
            sessions.append(Session(rest, []))
            continue
        if verb not in VERBS:
            raise BadInput(f'{name}:{number}: unknown statement "{verb}"; there are: session,'
                           f" {', '.join(VERBS)}")
        # The value of a write may be empty, but for the blank before it.
        if rest.count(" ") + 1 < VERBS[verb] or not rest.split(" ")[0]:
            raise BadInput(f"{name}:{number}: {verb} needs"
                           f" {'PATH and VALUE' if VERBS[verb] == 2 else 'a name'}")
        if not sessions:
            raise BadInput(f"{name}:{number}: no session begins before this {verb}")
        before = sessions[-1].statements
        if verb == "with" and (not before or before[-1].split(" ")[0] not in ("write", "with")):
            raise BadInput(f"{name}:{number}: with follows a write")
        before.append(line)
    if not sessions:
        raise BadInput(f"{name}: no session in it")
    return [Session(s.name, tuple(s.statements)) for s in sessions]


def read(path):
    if path.stat().st_size > LARGEST:
        raise BadInput(f"{path}: larger than {LARGEST >> 20} MB")
    try:
        return parse(path.read_text(encoding="utf-8"), path)
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8: {error}") from error


def render(sessions, comment=""):
    """The text of a session file."""
    lines = [HEAD] + [f"# {line}" for line in comment.splitlines()]
    for session in sessions:
        lines += [f"session {session.name}", *session.statements]
    return "\n".join(lines) + "\n"


def operations(session):
    """What the recording numbers: each statement, a write and its `with`s being one."""
    out = []
    for statement in session.statements:
        if statement.startswith("with ") and out:
            out[-1] = out[-1] + (statement,)
        else:
            out.append((statement,))
    return out
