"""Guests for a run: boots them, plays sessions in them, and goes on after one that died.

    lab = Lab(machine, base, judge, folder, stall=180)
    lab.play([Session(...), ...], "guests/1")        {session name: Verdict}
"""

import threading

from . import initramfs, recording, session_file
from .errors import Untestable
from .guest import Ending, Guest
from .judge import Finding, Verdict

EMULATOR_SLIP = "int3"  # QEMU 7.2 loses guests so, while their kernels patch their own code
BOOT_ATTEMPTS = 3
STATUS = {Ending.DIED: "GUEST-DIED", Ending.STALLED: "STALLED"}


class Lab:
    """Guests of one kernel. Its methods may be called from several threads."""

    def __init__(self, machine, base, folder, stall, emulator_name):
        self.machine, self.base, self.folder, self.stall = machine, base, folder, stall
        self.emulator_name = emulator_name
        self.judge = None
        self.deadline = None  # of time.monotonic(), or None
        self.lock = threading.Lock()
        self.guests = []
        self.stopped = False
        self.booted = 0

    def stop(self):
        with self.lock:
            self.stopped = True
            guests = list(self.guests)
        for guest in guests:
            guest.stop()

    def boot(self, folder, words, text=None, heard=lambda data: None, stall=None, find_leaks=True):
        """One guest in its folder: (Guest, Ending)."""
        folder.mkdir(parents=True, exist_ok=True)
        initrd = folder / "initrd"
        words = words + ["--emulator", self.emulator_name] if self.emulator_name else words
        job = initramfs.initramfs(initramfs.job_files(words, text, find_leaks))
        initrd.write_bytes(self.base + job)
        guest = Guest(self.machine, initrd, folder)
        with self.lock:
            if self.stopped:
                return guest, Ending.CUT
            self.guests.append(guest)
            self.booted += 1
        try:
            return guest, guest.run(stall or self.stall, self.deadline, heard)
        finally:
            with self.lock:
                self.guests.remove(guest)
            initrd.unlink()

    def play_once(self, sessions, folder, heard, find_leaks):
        """(verdicts of what was played, names of what was not, what the guest came to)."""
        guest, ending = self.boot(folder, ["--play", "/sessions.txt"],
                                  session_file.render(sessions), heard, find_leaks=find_leaks)
        if not guest.recording.exists():
            return {}, [s.name for s in sessions], ending
        console = guest.console.read_text(encoding="utf-8", errors="replace").replace("\r", "")
        text = recording.read(guest.recording)
        names = [s.name for s in sessions]
        begun = [name for name in recording.split(text).sessions if name in names]
        gave_up = guest.recorder_gave_up() if ending == Ending.DIED else None
        lost = None
        if gave_up and not begun:
            raise Untestable(f"the recorder: {gave_up}")
        if ending == Ending.CUT or gave_up:
            # The session it was in is not done.
            text = recording.without(text, begun[-1:])
        elif ending in STATUS:
            # A guest whose task hangs is made to panic.
            status = STATUS[Ending.STALLED if hangs(console) else ending]
            text, name, op = recording.closed(text, status, sessions)
            lost = (status, name, op)
        guest.recording.write_text(text, encoding="utf-8")
        unplayed = [name for name in names if name not in begun]
        if ending == Ending.CUT:
            unplayed = begun[-1:] + unplayed
        if not begun:
            return self.never_began(lost, folder), unplayed, ending
        verdicts = self.judge.guest(guest.recording, console, lost)
        if gave_up:
            verdicts[begun[-1]] = Verdict(begun[-1], "unjudged", [], f"the recorder: {gave_up}")
        for verdict in verdicts.values():
            for finding in verdict.findings:
                finding.guest = str(folder.relative_to(self.folder))
        return verdicts, unplayed, ending

    def never_began(self, lost, folder):
        """A guest that was lost before its first session."""
        if lost is None:
            return {}
        kind = "stalled" if lost[0] == "STALLED" else "died"
        verdict = Verdict("")
        verdict.add(Finding(kind, "", "", "the guest was lost before its first session", kind, [],
                            str(folder.relative_to(self.folder))))
        return {"": verdict}

    def play(self, sessions, name, heard=lambda data: None, on_guest=lambda verdicts: None,
             enough=lambda verdicts: False, find_leaks=True):
        """Plays all, in as many guests as it takes; `on_guest` gets each guest's verdicts at once.
        What is left after a guest whose verdicts are `enough` stays unplayed."""
        left, done, number, slips, early = list(sessions), {}, 0, set(), 0
        while left and not self.stopped:
            folder = self.folder / f"{name}{f'.{number}' if number else ''}"
            number += 1
            verdicts, unplayed, ending = self.play_once(left, folder, heard, find_leaks)
            begun = [s.name for s in left if s.name not in unplayed]
            if not begun and ending != Ending.CUT:
                # A machine under load now and then loses a guest in its boot; a kernel always does.
                early += 1
                if early < BOOT_ATTEMPTS:
                    continue
                ending = Ending.CUT
            if begun and ending == Ending.DIED and begun[-1] not in slips and self.slipped(folder):
                slips.add(begun[-1])
                verdicts.pop(begun[-1])
                unplayed = [begun[-1]] + unplayed
            merge(done, verdicts)
            on_guest(verdicts)
            left = [s for s in left if s.name in unplayed]
            if ending == Ending.CUT or enough(verdicts):
                break
        for session in left:
            done[session.name] = Verdict(session.name, "unplayed")
        return done

    @staticmethod
    def slipped(folder):
        console = (folder / "console.txt").read_text(encoding="utf-8", errors="replace")
        return f"Oops: {EMULATOR_SLIP}" in console or f"{EMULATOR_SLIP}: 0000" in console


def hangs(console):
    return "Kernel panic - not syncing: hung_task" in console


def merge(done, verdicts):
    """Adds a guest's verdicts; what belongs to whole guests is kept together."""
    for name, verdict in verdicts.items():
        if name == "" and name in done:
            for finding in verdict.findings:
                done[name].add(finding)
        else:
            done[name] = verdict
