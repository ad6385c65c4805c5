"""What was found, tried again: is it repeatable, and what are the fewest statements for it?"""

import gzip
import zlib

from . import session_file
from .campaign import is_over
from .errors import BadInput
from .reduce import reduce_guest, reduce_session
from .store import write_whole

LARGEST = 1 << 30  # bytes of a recording, unpacked
WHOLE_GUEST = ("leak",)  # known only when a guest has ended


def read_recording(path):
    """The text of a recording, which may be compressed."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        try:
            unpacker = zlib.decompressobj(wbits=31)
            data = unpacker.decompress(data, LARGEST)
        except (zlib.error, gzip.BadGzipFile) as error:
            raise BadInput(f"{path}: {error}") from error
        if unpacker.unconsumed_tail:
            raise BadInput(f"{path}: larger than {LARGEST >> 20} MB, unpacked")
    return data.decode("utf-8", errors="replace").replace("\r", "")


class Again:
    """Plays candidates in new guests and says which show a finding."""

    def __init__(self, lab, finding, number):
        self.lab, self.finding, self.number, self.round = lab, finding, number, 0
        self.is_alone = finding.kind in WHOLE_GUEST  # each candidate in a guest of its own

    def shows(self, candidates):
        if self.is_alone:
            return [next((c.name for c in candidates if self.shows_together([c])), "")]
        return [name for name, verdict in self.play(candidates).items() if name and self.has(verdict)]

    def shows_together(self, sessions):
        return any(self.has(verdict) for verdict in self.play(sessions).values())

    def play(self, sessions):
        self.round += 1
        name = f"again/{self.number}.{self.round}"
        return self.lab.play(sessions, name, find_leaks=self.finding.kind in WHOLE_GUEST,
                             enough=lambda verdicts: any(map(self.has, verdicts.values())))

    def has(self, verdict):
        return any(f.signature == self.finding.signature for f in verdict.findings)


def first_of_each(result, sessions):
    """One finding of each signature: that of the shortest session."""
    length = {s.name: len(s.statements) for s in sessions}
    best = {}
    for finding in result.whole + [f for v in result.verdicts.values() for f in v.findings]:
        now = best.get(finding.signature)
        if now is None or length.get(finding.session, 0) < length.get(now.session, 0):
            best[finding.signature] = finding
    return list(best.values())


def sessions_before(store, finding, sessions):
    """The sessions of a finding's guest, up to its own."""
    path = store.path(finding.guest) / "recording.txt"
    if not finding.guest or not path.exists():
        return []
    played = read_recording(path).split("\n")
    names = [line.split(" ")[-1] for line in played if line.startswith("# section: session ")]
    if finding.session in names:
        names = names[:names.index(finding.session) + 1]
    return [s for s in sessions if s.name in names]


def reduce_one(finding, sessions, lab, store, number):
    """(Reduced or None, sessions that are needed together)."""
    again = Again(lab, finding, number)

    def may_go_on():
        return not is_over(lab) and not lab.stopped

    own = next((s for s in sessions if s.name == finding.session), None)
    reduced = reduce_session(own, again.shows, may_go_on) if own else None
    if reduced and reduced.repeats:
        if reduced.session.statements != own.statements and may_go_on() and not (
                again.shows_together([reduced.session])):
            # What another candidate had left in the guest showed it.
            again.is_alone = True
            reduced = reduce_session(own, again.shows, may_go_on)
        return reduced, []
    group = sessions_before(store, finding, sessions)
    if len(group) < (1 if own is None else 2) or not may_go_on():
        return reduced, []
    needed = reduce_guest(group, again.shows_together, may_go_on)
    if needed and len(needed) == 1:
        return reduce_session(needed[0], again.shows, may_go_on), []
    return reduced, needed or []


def reduce_all(result, sessions, lab, store, most, command):
    """Fills result.reduced, of at most so many findings, and writes the session files of what was
    reduced."""
    for number, finding in enumerate(first_of_each(result, sessions)[:most], 1):
        if is_over(lab) or lab.stopped:
            return
        reduced, together = reduce_one(finding, sessions, lab, store, number)
        if reduced is None and not together:
            continue
        kept = together or [reduced.session]
        file = store.path("reduced") / f"{number}-{kept[-1].name}.txt"
        file.parent.mkdir(exist_ok=True)
        comment = f"{finding.kind}: {finding.headline}"
        write_whole(file, session_file.render(kept, comment))
        result.reduced[finding.signature] = {
            "session": kept[-1].name, "statements": [t for s in kept for t in s.statements],
            "sessions": [s.name for s in together], "file": str(file),
            "repeats": reduced.repeats if reduced else 0, "of": reduced.of if reduced else 1,
            "minimal": bool(reduced and reduced.minimal), "repeat": command(file, kept),
        }
