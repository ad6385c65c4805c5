"""One run: from the command line to the verdict and the exit code."""

import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import arguments, findings, image, initramfs, kernel_log, modules, packages, recording
from . import report, session_file
from .architectures import ARCHITECTURES
from .campaign import play_all
from .errors import FINDINGS, FINE, UNTESTABLE, USAGE, BadInput, Untestable
from .guest import EmulatorFailed, Ending, Machine, may_have_kvm
from .judge import Judge
from .lab import Lab
from .program import Program, Refused
from .store import Store, write_whole

ROOT = Path(__file__).resolve().parents[3]
PROBE = ["--session", "states", "--session", "sysfs", "--session", "boot", "--session", "cycle"]
PROBE_ATTEMPTS = 3
KVM_SILENCE_S = 20
HUNG_SHARE = 6  # of --stall: how long a task may be blocked
FLAVOURS = {"powerpc64le": "ppc64el", "686": "i386"}
SIGNAL_BASE = 128


def say(text):
    print(f"test-kernel: {text}", file=sys.stderr, flush=True)


class Stopped(Exception):
    """SIGINT, SIGTERM or SIGHUP; its number."""


def on_signal(number, _frame):
    signal.signal(number, signal.SIG_DFL)
    raise Stopped(number)


# ---- What is tested


def architecture_of_package(name, wish):
    """Debian's architecture of a kernel's package, by the words of its name."""
    words = name.split("-")
    found = [w for w in words if w in ARCHITECTURES] + [FLAVOURS[w] for w in words if w in FLAVOURS]
    own = packages.run(["dpkg", "--print-architecture"]).stdout.strip()
    return wish or (found[-1] if found else own)


def debug_kernel():
    script = ROOT / "scripts/make-debug-kernel"
    if not script.exists():
        raise BadInput("--debug-kernel: this tree has no scripts/make-debug-kernel")
    done = subprocess.run([script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    words = done.stdout.strip().splitlines()
    if done.returncode != 0 or not words:
        raise BadInput("--debug-kernel: scripts/make-debug-kernel failed")
    return Path(words[-1])


def find_kernel(args, archive, folder):
    """(image as given, folder of its package or None)."""
    if args.debug_kernel:
        return debug_kernel(), None
    if args.kernel.startswith("debian:"):
        name = args.kernel[len("debian:"):]
        package = archive.unpacked(name, architecture_of_package(name, args.arch))
        return packages.kernel_of(package), package
    path = Path(args.kernel)
    if not path.is_file():
        raise BadInput(f"--kernel {path}: no such file")
    if path.suffix == ".deb":
        package = packages.unpack(path, folder / "package")
        return packages.kernel_of(package), package
    return path, None


def digest(*paths):
    total = hashlib.sha256()
    for path in paths:
        total.update(Path(path).read_bytes())
    return total.hexdigest()[:16]


def settings_of(args, kernel):
    """What a run that goes on has to have in common with the one before."""
    return {
        "version": 1, "kernel": digest(kernel), "modules": [str(m) for m in args.module],
        "smp": args.smp, "append": args.append, "cpu": args.cpu, "seed": args.seed,
        "random": args.random, "singles": args.singles, "writes": args.writes,
        "session": digest(args.session) if args.session else None,
        "table": digest(args.table) if args.table else None,
    }


def command(args, session=None, played=()):
    """The command line that repeats a run, or plays another session file with the modules that its
    sessions need."""
    kernel = ["--debug-kernel"] if args.debug_kernel else ["--kernel", args.kernel]
    words = ["scripts/test-kernel", *kernel]
    loaded = {t.split(" ")[1] for s in played for t in s.statements if t.startswith("load ")}
    words += [w for m in args.module if not played or modules.name_of(m) in loaded
              for w in ("--module", m)]
    if session is not None or args.session is not None:
        words += ["--session", session or args.session]
    else:
        words += ["--singles"] if args.singles else []
        words += ["--random", args.random, "--seed", args.seed] if args.random else []
        words += ["--writes", args.writes] if args.writes else []
    for option, usual in (("smp", "4"), ("append", ""), ("cpu", ""), ("accel", "auto"),
                          ("memory", None), ("known", None), ("stall", None), ("table", None)):
        if getattr(args, option) != usual:
            words += [f"--{option}", getattr(args, option)]
    return " ".join(shlex.quote(str(w)) for w in words)


# ---- The probe


def why_lost(guest):
    """The line of a guest's console that says best what became of it."""
    console = read_text(guest.console)
    splats = kernel_log.splats(console.split("\n"))
    if splats:
        return splats[0].headline
    last = console.strip().split("\n")[-1]
    return f"it said last: {last}" if last else "it said nothing"


def record_probe(lab, folder, accel):
    """The probe's guest. Raises Untestable."""
    for attempt in range(1, PROBE_ATTEMPTS + 1):
        stall = min(lab.stall, KVM_SILENCE_S) if accel == "kvm" else lab.stall
        guest, ending = lab.boot(folder, PROBE, stall=stall)
        if ending == Ending.ENDED:
            return guest
        if ending == Ending.CUT:
            raise Untestable("its time was up before the kernel was probed")
        gave_up = guest.recorder_gave_up()
        if gave_up:
            raise Untestable(gave_up)
        why = why_lost(guest)
        if accel == "kvm" or attempt == PROBE_ATTEMPTS:
            raise Untestable(f"the probe's guest {ending.value}: {why}")
        say(f"the probe's guest {ending.value}, attempt {attempt} of {PROBE_ATTEMPTS}: {why}")
    return None


def probe(args, make_lab, row, store):
    """(Lab, Guest of the probe) with KVM where it works, else emulated."""
    kvm = args.accel == "kvm" or (args.accel == "auto" and may_have_kvm(row))
    if kvm:
        lab = make_lab("kvm")
        try:
            return lab, record_probe(lab, store.path("probe"), "kvm")
        except (Untestable, EmulatorFailed) as error:
            if args.accel == "kvm":
                raise
            say(f"without KVM: {error}")
    lab = make_lab("tcg")
    return lab, record_probe(lab, store.path("probe"), "tcg")


def known_splats(text, console):
    """What the kernel says of itself before any session."""
    lines = [line[3:] for line in text.split("\n") if line.startswith("#K ")]
    mark = "#INFO kmemleak: "
    blocks = [line[len(mark):] for line in text.split("\n") if line.startswith(mark)]
    return kernel_log.splats(console.split("\n")) + kernel_log.splats(lines) + kernel_log.leaks(blocks)


def read_known(path):
    """The signatures of --known."""
    lines = read_text(path).split("\n") if path else []
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def read_text(path):
    return path.read_text(encoding="utf-8", errors="replace").replace("\r", "")


# ---- The run


class Run:
    def __init__(self, args):
        self.args = args
        self.program = Program(args.program or ROOT / "build/cpuhp-sim")
        self.archive = packages.Archive((args.cache or ROOT / "build/guest").resolve(), say)
        self.args.out = args.out.resolve()
        self.lab = None
        self.begin = time.monotonic()
        self.result = None

    def lab_maker(self, row, kernel, found):
        args = self.args
        busybox = Path(self.archive.busybox(row.name)).read_bytes()
        recorder = (args.recorder or ROOT / "scripts/record-cpuhp").read_bytes()
        memory = args.memory or (1024 if args.debug_kernel else 512)

        def make(accel):
            stall = args.stall or (60 if accel == "kvm" else 180)
            files = initramfs.base_files(busybox, recorder, row, found.files, found.preload,
                                         max(5, stall // HUNG_SHARE))
            machine = Machine(row, kernel, accel, args.smp, memory, args.cpu, args.append)
            self.lab = Lab(machine, initramfs.initramfs(files), args.out, stall,
                           "QEMU, TCG" if accel == "tcg" else "")
            self.lab.deadline = self.begin + args.time if args.time else None
            return self.lab
        return make

    def prepare_kernel(self):
        """(row, image to boot, folder of its package, image as given)."""
        args, work = self.args, self.archive.folder / "images"
        work.mkdir(parents=True, exist_ok=True)
        given, package = find_kernel(args, self.archive, work)
        folder = work / digest(given)
        folder.mkdir(exist_ok=True)
        name, bootable = image.prepare(given, args.arch, folder)
        return ARCHITECTURES[name], bootable.resolve(), package, given

    def make_sessions(self, store, probe_file, names):
        args, file = self.args, store.path("sessions.txt")
        if args.session:
            sessions = session_file.read(args.session)
            write_whole(file, session_file.render(sessions))
            return sessions
        words = ["--singles"] if args.singles else []
        words += ["--random", args.random, "--seed", args.seed] if args.random else []
        words += ["--writes", args.writes] if args.writes else []
        words += [w for name in names for w in ("--module", name)]
        self.program.make_sessions(probe_file, file, words)
        return session_file.read(file)

    def execute(self):
        """The exit code."""
        args = self.args
        row, bootable, package, given = self.prepare_kernel()
        found = modules.collect(args.module, package)
        store = Store(args.out, settings_of(args, given), args.resume)
        make_lab = self.lab_maker(row, bootable, found)
        say(f"{given.name} ({row.name}), probing")
        lab, guest = probe(args, make_lab, row, store)
        text, console = recording.read(guest.recording), read_text(guest.console)
        probe_file, table = store.path("probe.txt"), args.table or store.path("table.json")
        write_whole(probe_file, text)
        try:
            if not args.table:
                self.program.make_table(probe_file, table)
            sessions = self.make_sessions(store, probe_file, found.names)
        except Refused as error:
            raise Untestable(f"the probe's recording: {error}") from error
        boot = known_splats(text, console)
        known = read_known(args.known)
        lab.judge = Judge(self.program, table, known | {splat.signature for splat in boot})
        judged = store.verdicts() if args.resume else {}
        words = recording.machine(recording.split(text))
        version = text.split("\n", 1)[0].replace("# run: ", "")
        say(f"{version}, CPUs {words.get('online', '?')}, {lab.machine.accel}:"
            f" {len(sessions)} sessions" + (f", {len(judged)} done before" if judged else ""))
        begin = time.monotonic()
        verdicts = play_all(lab, store, sessions, args.batch, args.guests, judged)
        seconds = time.monotonic() - begin
        whole = verdicts.pop("").findings if "" in verdicts else []
        ordered = {s.name: verdicts[s.name] for s in sessions if s.name in verdicts}
        self.result = report.Result(
            version, row.name, lab.machine.accel, args.smp, ordered, whole,
            sorted({splat.headline for splat in boot}), sorted(known & lab.judge.seen),
            dict(lab.judge.predicted), {}, seconds, command(args))
        if args.reduce:
            findings.reduce_all(self.result, sessions, lab, store, args.reduce,
                                lambda file, played: command(args, file, played))
        write_whole(store.path("verdict.json"), report.as_json(self.result))
        return conclude(self.result, args.format)



def conclude(result, form):
    """Prints the verdict; the exit code."""
    sys.stdout.write(report.WRITERS[form](result))
    sys.stdout.flush()
    return exit_code(result)


def exit_code(result):
    if report.findings(result):
        return FINDINGS
    return FINE if report.counts(result)["ok"] else UNTESTABLE


def judge_recording(args):
    """--judge: a recording of a real machine."""
    program = Program(args.program or ROOT / "build/cpuhp-sim")
    table = args.table
    args.out = args.out.resolve()
    store = Store(args.out, {"version": 1, "judge": digest(args.judge)}, args.resume)
    text = findings.read_recording(args.judge)
    file = store.path("recording.txt")
    write_whole(file, text)
    try:
        if table is None:
            table = store.path("table.json")
            program.make_table(file, table)
        console = read_text(args.console) if args.console else ""
        judge = Judge(program, table, read_known(args.known))
        verdicts = judge.guest(file, console)
        if all(v.status == "unjudged" for name, v in verdicts.items() if name):
            raise Refused(next((v.why for name, v in verdicts.items() if name), "no operation"))
    except Refused as error:
        shutil.rmtree(args.out)
        raise BadInput(f"{args.judge}: {str(error).replace(f'{file}:', '').strip()}") from error
    store.append(verdicts.values())
    whole = verdicts.pop("").findings
    words = recording.machine(recording.split(text))
    result = report.Result(
        next((line[7:] for line in text.split("\n") if line.startswith("# run: ")), "a kernel"),
        words.get("arch", "?"), "recorded", words.get("present", "?"), verdicts, whole, [],
        sorted(judge.seen), judge.predicted, {}, 0.0,
        f"scripts/test-kernel --judge {shlex.quote(str(args.judge))}")
    write_whole(store.path("verdict.json"), report.as_json(result))
    return conclude(result, args.format)


def main(words):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, on_signal)
    run = None
    try:
        args = arguments.parse(words)
        if args.judge:
            return judge_recording(args)
        run = Run(args)
        return run.execute()
    except BadInput as error:
        print(f"test-kernel: error: {error}", file=sys.stderr)
        return USAGE
    except (Untestable, EmulatorFailed) as error:
        say(f"cannot be tested: {error}")
        return UNTESTABLE
    except Stopped as stopped:
        say(f"stopped; the same command with --resume goes on")
        return SIGNAL_BASE + stopped.args[0]
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USAGE
    finally:
        if run is not None and run.lab is not None:
            run.lab.stop()
