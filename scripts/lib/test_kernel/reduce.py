"""The fewest statements that still show a finding, and whether it comes each time.

    reduced = reduce_session(session, shows)
    reduced.session.statements, reduced.repeats, reduced.of

`shows(candidates)` plays sessions and gives the names of those that show the finding, at least the
first of them. Each session begins at rest, so that many candidates go into one guest. A kernel that
warns once a boot, or that is damaged, needs a guest for each: that is for `shows` to know.
"""

from collections import namedtuple

from .session_file import Session, operations

Reduced = namedtuple("Reduced", "session repeats of minimal")

REPEATS = 3
MOST_AT_ONCE = 24  # candidates of one round
MOST_ROUNDS = 40


def flat(units):
    return tuple(statement for unit in units for statement in unit)


def shorter(units):
    """What is tried next, the shortest first: pieces, what is left without a piece, and what is left
    without one of several writers."""
    out, seen, size = [], {flat(units)}, len(units)

    def add(candidate):
        if candidate and flat(candidate) not in seen:
            seen.add(flat(candidate))
            out.append(candidate)

    pieces = 2
    while size > 1:
        bounds = [i * size // pieces for i in range(pieces + 1)]
        for low, high in zip(bounds, bounds[1:]):
            if pieces <= 4:
                add(units[low:high])
            add(units[:low] + units[high:])
        if pieces == size:
            break
        pieces = min(size, 2 * pieces)
    for index, unit in enumerate(units):
        for other in range(1, len(unit)):
            add(units[:index] + [unit[:other] + unit[other + 1:]] + units[index + 1:])
    out.sort(key=lambda candidate: len(flat(candidate)))
    return out


def repeat(session, shows):
    """How many of REPEATS times a session shows it, each in a guest of its own."""
    return sum(bool(shows([session])) for _ in range(REPEATS))


def reduce_session(session, shows, may_go_on=lambda: True):
    """The session reduced. `minimal`: no statement can be left out, as far as was tried."""
    repeats = repeat(session, shows)
    if repeats == 0:
        return Reduced(session, 0, REPEATS, False)
    units, minimal = operations(session), False
    for number in range(1, MOST_ROUNDS + 1):
        found = None
        candidates = shorter(units)
        minimal = not candidates
        while candidates and found is None and may_go_on():
            now, candidates = candidates[:MOST_AT_ONCE], candidates[MOST_AT_ONCE:]
            named = {f"{session.name}.try{number}.{i}": c for i, c in enumerate(now)}
            showing = set(shows([Session(n, flat(c)) for n, c in named.items()]))
            found = next((c for name, c in named.items() if name in showing), None)
            minimal = found is None and not candidates
        if found is None:
            break
        units = operations(Session("", flat(found)))
    return Reduced(Session(session.name, flat(units)), repeats, REPEATS, minimal)


def reduce_guest(sessions, shows_together, may_go_on=lambda: True):
    """The sessions that together show what no single one of them does, or None where not even all of
    them do. `shows_together(sessions)` plays them in a guest of their own."""
    if not shows_together(sessions):
        return None
    pieces = 2
    while len(sessions) > 1 and may_go_on():
        bounds = [i * len(sessions) // pieces for i in range(pieces + 1)]
        parts = list(zip(bounds, bounds[1:]))
        tries = [sessions[low:high] for low, high in parts] if pieces <= 4 else []
        tries += [sessions[:low] + sessions[high:] for low, high in parts]
        tries = [t for t in tries if 0 < len(t) < len(sessions)]
        found = next((t for t in tries if may_go_on() and shows_together(t)), None)
        if found is not None:
            sessions, pieces = found, 2
        elif pieces >= len(sessions):
            break
        else:
            pieces = min(len(sessions), 2 * pieces)
    return sessions
