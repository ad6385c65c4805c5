"""The words of the two commands: their own, and those of `cpuhp-sim faults`."""

import argparse
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def default_program():
    built = ROOT / "build/cpuhp-sim"
    return str(built) if built.exists() else shutil.which("cpuhp-sim") or "cpuhp-sim"


def parser(name, description, engine):
    """`engine`: the program whose own words --NAME hands on."""
    p = argparse.ArgumentParser(
        prog=name, description=description, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Exit codes: as `cpuhp-sim faults`; 75: cases are missing, and the same command "
               "goes on.\nSee docs/scale.md.")
    p.add_argument("scenario", metavar="SCENARIO", help="scenario file")
    own = p.add_argument_group("the campaign's pieces")
    own.add_argument("--tasks", type=int, default=8, metavar="N",
                     help="number of shards (default: 8)")
    own.add_argument("--folder", type=Path, default=Path("campaign"), metavar="DIR",
                     help="where shards, logs and all.jsonl are; every machine has to see it "
                          "(default: campaign)")
    own.add_argument("--cpus", type=int, default=1, metavar="N",
                     help="CPUs of each task (default: 1)")
    own.add_argument("--retries", type=int, default=5, metavar="N",
                     help="how often a task that a signal killed is run again (default: 5)")
    own.add_argument("--poll", type=float, default=5, metavar="SECONDS",
                     help="time between two looks at the tasks (default: 5)")
    own.add_argument("--program", default=default_program(), metavar="PATH",
                     help="cpuhp-sim, as each machine finds it")
    own.add_argument(f"--{engine}", dest="words", default="", metavar="WORDS",
                     help=f"further words for {engine}, in one argument")
    cases = p.add_argument_group("which cases: handed to each task")
    for flag in ("--singles", "--pairs", "--led", "--no-sharing"):
        cases.add_argument(flag, action="store_true")
    for option in ("--random", "--seed", "--led-by", "--designs", "--kinds", "--verify"):
        cases.add_argument(option, metavar=option[2:].upper())
    report = p.add_argument_group("the report on the merged campaign")
    for option in ("--findings", "--report", "--junit", "--format", "--against"):
        report.add_argument(option, metavar=option[2:].upper())
    report.add_argument("--no-reduce", action="store_true")
    return p


def words_of(parsed, names):
    """The options of these names that were given, as words."""
    words = []
    for name in names:
        value = getattr(parsed, name.replace("-", "_"))
        if value is True:
            words.append(f"--{name}")
        elif value not in (None, False):
            words += [f"--{name}", value]
    return words


def case_words(parsed):
    """What determines the cases, and is the same for each task and for the whole."""
    return [parsed.scenario, *words_of(parsed, ("singles", "pairs", "no-sharing", "random", "seed",
                                                "led", "led-by", "designs", "kinds"))]


def report_words(parsed):
    return words_of(parsed, ("findings", "report", "junit", "format", "against", "no-reduce"))
