"""All sessions of a run: dealt out to guests in batches, several guests at once."""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait

from . import recording
from .judge import Verdict
from .lab import merge

PROGRESS_S = 10


class Progress:
    """A line on standard error now and then, when somebody waits."""

    def __init__(self, total, done, stream=sys.stderr):
        self.total, self.before, self.judged_now, self.begun, self.findings = total, done, 0, 0, 0
        self.stream = stream
        self.begin = self.last = time.monotonic()
        self.lock = threading.Lock()

    def heard(self, data):
        """New bytes of a recording."""
        with self.lock:
            self.begun += data.count(recording.SECTION.encode())
            if time.monotonic() - self.last >= PROGRESS_S:
                self.tell()

    def judged(self, verdicts):
        with self.lock:
            self.judged_now += sum(1 for name in verdicts if name)
            self.findings += sum(len(v.findings) for v in verdicts.values())

    def tell(self, is_end=False):
        self.last = time.monotonic()
        # What is under way counts while it runs; at the end only what was judged does.
        now = self.judged_now if is_end else max(self.judged_now, self.begun)
        rate = now / max(self.last - self.begin, 1e-9) * 60
        print(f"test-kernel: {min(self.before + now, self.total)} of {self.total} sessions,"
              f" {rate:.0f} a minute, {self.findings} findings", file=self.stream, flush=True)


def play_all(lab, store, sessions, batch, guests, judged):
    """{session: Verdict} of all sessions, with those of `judged` (from an earlier run) as they are.
    What was not played is `unplayed`."""
    verdicts = dict(judged)
    left = [s for s in sessions if s.name not in judged]
    progress = Progress(len(sessions), len(sessions) - len(left))
    lock = threading.Lock()

    def keep(new):
        with lock:
            store.append(new.values())
            merge(verdicts, new)
        progress.judged(new)

    def one(number, part):
        if not lab.stopped and not is_over(lab):
            lab.play(part, f"guests/{number}", progress.heard, keep)

    used = [int(folder.name.split(".")[0]) for folder in store.path("guests").glob("[0-9]*")]
    first = 1 + max(used, default=0)
    parts = [left[i:i + batch] for i in range(0, len(left), batch)]
    with ThreadPoolExecutor(max_workers=guests) as pool:
        futures = [pool.submit(one, first + i, part) for i, part in enumerate(parts)]
        try:
            wait(futures)
        except BaseException:
            lab.stop()
            for future in futures:
                future.cancel()
            raise
    for future in futures:
        future.result()
    progress.tell(is_end=True)
    for session in left:
        verdicts.setdefault(session.name, Verdict(session.name, "unplayed"))
    return verdicts


def is_over(lab):
    return lab.deadline is not None and time.monotonic() > lab.deadline
