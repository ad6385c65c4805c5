"""The command line of scripts/test-kernel."""

import argparse
import re
import sys
from pathlib import Path

from .architectures import ARCHITECTURES
from .errors import USAGE, BadInput
from .report import WRITERS

DESCRIPTION = """\
From a kernel image to a verdict: boots the kernel in QEMU, lets it take CPUs offline and online in
many ways, and judges what it did: by a simulated machine that does the same (cpuhp-sim conform) and
by what the kernel's log says (warnings, oopses, lockdep, sanitizers, hangs, leaks). What is found is
reduced to the fewest writes that still show it."""

FOOTER = """\
Exit codes, fit for `git bisect run`:
  0    no finding
  1    findings
  2    usage or bad input. A bisection would take it for bad: docs/test-kernel.md has the script
  125  this kernel cannot be tested: it does not boot, or has no cpuhp trace events
  130  stopped by a signal; what was done is kept, --resume goes on

Examples:
  scripts/test-kernel --kernel arch/x86/boot/bzImage --random 200 --seed 7
  scripts/test-kernel --kernel debian:linux-image-cloud-arm64 --singles
  scripts/test-kernel --kernel bzImage --module build/my_driver.ko --random 100 --time 600
  scripts/test-kernel --kernel bzImage --session found.txt --format ktap
  scripts/test-kernel --judge rec.txt        # from record-cpuhp --play on a real machine; no QEMU

What it needs besides the build: scripts/install-deps guest. docs/test-kernel.md says what it finds,
and what it does not."""

MOST_CPUS = 256
TOPOLOGY_KEYS = ("cpus", "sockets", "dies", "clusters", "cores", "threads", "maxcpus")


class Parser(argparse.ArgumentParser):
    def error(self, message):
        print(f"test-kernel: error: {message}\nTry test-kernel --help", file=sys.stderr)
        sys.exit(USAGE)


def number(low, high):
    def read(text):
        if not re.fullmatch(r"\d{1,12}", text) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f'expected a number of {low} to {high}, found "{text}"')
        return int(text)
    return read


def topology(text):
    """QEMU's -smp: a number of CPUs, or key=value pairs."""
    product = 1
    for word in text.split(","):
        key, is_pair, value = word.partition("=")
        if not is_pair:
            key, value = "cpus", word
        if key not in TOPOLOGY_KEYS or not re.fullmatch(r"[1-9]\d{0,3}", value):
            raise argparse.ArgumentTypeError(
                f'expected CPUs or {"=N,".join(TOPOLOGY_KEYS[1:4])}=N, found "{text}"')
        product *= int(value) if key not in ("cpus", "maxcpus") else 1
        if int(value) > MOST_CPUS or product > MOST_CPUS:
            raise argparse.ArgumentTypeError(f"more than {MOST_CPUS} CPUs: {text}")
    return text


def parser():
    p = Parser(prog="test-kernel", description=DESCRIPTION, epilog=FOOTER, allow_abbrev=False,
               formatter_class=argparse.RawDescriptionHelpFormatter)
    what = p.add_argument_group("what is tested")
    what.add_argument("--kernel", metavar="IMAGE", help="bzImage, Image, vmlinuz; a package .deb; or "
                      "debian:NAME, a package of Debian's archive")
    what.add_argument("--arch", choices=sorted(ARCHITECTURES), help="Debian's name of the "
                      "architecture; default: what the image says")
    what.add_argument("--debug-kernel", action="store_true", help="build a kernel that checks itself "
                      "(scripts/make-debug-kernel), and test that")
    what.add_argument("--module", metavar="FILE.ko|NAME", action="append", default=[],
                      help="sessions load and unload it; a NAME is one of the kernel's package. May "
                      "be repeated")
    what.add_argument("--judge", metavar="RECORDING", type=Path, help="no guest: judge what "
                      "record-cpuhp wrote on a machine")
    what.add_argument("--console", metavar="FILE", type=Path, help="with --judge: the machine's log, "
                      "besides what the recording has of it")
    how = p.add_argument_group("what is done to it")
    how.add_argument("--singles", action="store_true", help="a session for each state that can fail, "
                     "in each direction")
    how.add_argument("--random", metavar="N", type=number(1, 10**6), help="N random sessions; "
                     "default, without --singles: 100")
    how.add_argument("--seed", metavar="S", type=number(0, 2**32 - 1), default=1,
                     help="of --random; default: 1")
    how.add_argument("--writes", metavar="K", type=number(1, 1000), help="most writes of a random "
                     "session")
    how.add_argument("--session", metavar="FILE", type=Path, help="these sessions "
                     "(docs/reference/session.md)")
    how.add_argument("--known", metavar="FILE", type=Path, help="findings that are known, a signature "
                     "(from verdict.json) in each line: told, and not counted")
    how.add_argument("--table", metavar="FILE", type=Path, help="state table to judge by; default: "
                     "made from the kernel's own probe")
    guest = p.add_argument_group("the guests")
    guest.add_argument("--smp", metavar="TOPOLOGY", type=topology, default="4", help="CPUs, as QEMU "
                       "has it: 8, or sockets=2,cores=2,threads=2; default: 4")
    guest.add_argument("--memory", metavar="MB", type=number(64, 1 << 20), help="default: 512, "
                       "with --debug-kernel 1024")
    guest.add_argument("--append", metavar="WORDS", default="", help="more of the kernel's command "
                       "line")
    guest.add_argument("--cpu", metavar="MODEL", default="", help="QEMU's name of the CPU")
    guest.add_argument("--accel", choices=("auto", "kvm", "tcg"), default="auto", help="auto: KVM "
                       "where it works, else emulation")
    guest.add_argument("--guests", metavar="G", type=number(1, 64), default=1, help="guests at once; "
                       "default: 1")
    guest.add_argument("--batch", metavar="N", type=number(1, 100000), default=40, help="sessions of "
                       "one guest; default: 40")
    guest.add_argument("--stall", metavar="SECONDS", type=number(5, 86400), help="a guest that "
                       "records nothing for so long hangs; default: 60, emulated 180")
    run = p.add_argument_group("the run")
    run.add_argument("--time", metavar="SECONDS", type=number(1, 10**7), help="end after so long, "
                     "and say what was not done")
    run.add_argument("--reduce", metavar="N", type=number(0, 1000), default=8, help="findings, of "
                     "different sorts, that are tried again; default: 8")
    run.add_argument("--no-reduce", dest="reduce", action="store_const", const=0,
                     help="the same as --reduce 0")
    run.add_argument("--out", metavar="DIR", type=Path, default=Path("test-kernel.out"),
                     help="recordings, logs and reduced sessions; what a run before left there is "
                     "replaced. Default: test-kernel.out")
    run.add_argument("--resume", action="store_true", help="go on with what --out has")
    run.add_argument("--format", choices=sorted(WRITERS), default="text",
                     help="of the verdict on standard output")
    run.add_argument("--program", metavar="FILE", type=Path, help="cpuhp-sim; default: build/'s")
    run.add_argument("--cache", metavar="DIR", type=Path, help="what is fetched; default: "
                     "build/guest")
    run.add_argument("--recorder", type=Path, help=argparse.SUPPRESS)
    return p


def parse(words):
    """The checked command line. Raises BadInput."""
    args = parser().parse_args(words)
    sources = [bool(args.kernel), args.debug_kernel, args.judge is not None]
    if sum(sources) != 1:
        raise BadInput("expected one of --kernel, --debug-kernel and --judge")
    if args.judge is None and args.console is not None:
        raise BadInput("--console needs --judge")
    if args.session is not None and (args.singles or args.random):
        raise BadInput("--session has the sessions: no --singles, no --random")
    for option in ("judge", "console", "session", "known", "table", "program"):
        path = getattr(args, option)
        if path is not None and not path.is_file():
            raise BadInput(f"--{option} {path}: no such file")
    if not args.singles and args.random is None:
        args.random = 100
    return args
