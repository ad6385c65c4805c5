"""The whole way: run the shards, merge, report."""

import signal
import sys
import time

from . import arguments
from .errors import Refused
from .shards import INCOMPLETE, Shards


def say(text):
    print(text, file=sys.stderr, flush=True)


class Told:
    """Progress over all shards: one line that changes on a terminal, else a line a change."""

    def __init__(self, shards):
        self.shards = shards
        self.terminal = sys.stderr.isatty()
        self.last = None

    def show(self, running):
        done, cases = self.shards.progress()
        again = self.shards.begun_again()
        finished = self.shards.tasks - len(self.shards.left())
        tasks = (f"{finished} of {self.shards.tasks} tasks done, {running} running"
                 + (f", {again} run again" if again else ""))
        amount = f"about {done:,} of {cases:,} cases; " if cases else ""
        if self.terminal:
            print(f"\r\033[K{amount}{tasks}", end="", file=sys.stderr, flush=True)
        elif tasks != self.last:
            say(amount + tasks)
        self.last = tasks

    def end(self):
        if self.terminal and self.last is not None:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


class Interrupted(Exception):
    def __init__(self, number):
        super().__init__(number)
        self.number = number


def on_signal(number, _):
    raise Interrupted(number)


def main(words, name, description, engine, make_engine):
    """`make_engine(shards, parsed)` has run(), which runs the shards that are left, shows progress,
    and returns when each of them is done or given up; and stop(), which ends what runs."""
    parsed = arguments.parser(name, description, engine).parse_args(words)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    try:
        if min(parsed.tasks, parsed.cpus) < 1:
            raise Refused("--tasks and --cpus are 1 at least")
        verify = ["--verify", parsed.verify] if parsed.verify else []
        shards = Shards(parsed, name, arguments.case_words(parsed), verify)
        shards.prepare()
        begin = time.monotonic()
        if shards.left():
            runner = make_engine(shards, parsed)
            try:
                runner.run(Told(shards))
            except Interrupted as interrupted:
                runner.stop()
                say(f"{name}: stopped; the same command goes on")
                return 128 + interrupted.number
            again = shards.begun_again()
            say(f"{name}: {shards.tasks - len(shards.left())} of {shards.tasks} shards done after "
                f"{time.monotonic() - begin:.0f} s" + (f", {again} run again" if again else ""))
        shards.refuse_failed()
        code, text = shards.merge()
        if code not in (0, 1):
            print(text, end="", file=sys.stderr)
            return code
        if shards.left():
            return INCOMPLETE
        return shards.report(arguments.report_words(parsed))
    except Refused as refused:
        say(f"{name}: {refused}")
        return refused.code
    except Interrupted as interrupted:
        return 128 + interrupted.number
