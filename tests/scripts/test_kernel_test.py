#!/usr/bin/python3
"""scripts/test-kernel without a guest: what it reads, how it reduces, what it prints, how it ends."""

import gzip
import json
import struct
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts/lib"), str(ROOT / "tests/ktap")]

import ktap_reader  # noqa: E402
from test_kernel import (arguments, findings, guest, image, initramfs, judge,  # noqa: E402
                         kernel_log, modules, packages, recording, report, run, session_file, store)
from test_kernel.architectures import ARCHITECTURES  # noqa: E402
from test_kernel.errors import BadInput, Untestable  # noqa: E402
from test_kernel.guest import Ending, Machine  # noqa: E402
from test_kernel.lab import Lab  # noqa: E402
from test_kernel.program import Refused  # noqa: E402
from test_kernel.reduce import reduce_guest, reduce_session  # noqa: E402
from test_kernel.session_file import Session  # noqa: E402

SCRIPT = str(ROOT / "scripts/test-kernel")
# The program is the first argument, or the usual build's.
OWN = len(sys.argv) > 1 and not sys.argv[1].startswith("-") and "/" in sys.argv[1]
PROGRAM = sys.argv.pop(1) if OWN else str(ROOT / "build/cpuhp-sim")
WARNING = "WARNING: CPU: 1 PID: 19 at lib/refcount.c:28 refcount_warn_saturate+0xba/0x110"


def in_folder(test):
    """A test that gets a folder of its own."""
    def wrapped(self):
        with tempfile.TemporaryDirectory() as folder:
            test(self, Path(folder))
    wrapped.__name__ = test.__name__
    return wrapped


# ---- Logs


class Logs(unittest.TestCase):
    def test_each_kind(self):
        for kind, text in {
            "warning": WARNING,
            "lockdep": "WARNING: possible circular locking dependency detected",
            "atomic": "BUG: sleeping function called from invalid context at kernel/x.c:1",
            "kasan": "BUG: KASAN: use-after-free in early_down+0x1c/0x80 [cpuhp_early]",
            "kcsan": "BUG: KCSAN: data-race in a / b",
            "ubsan": "UBSAN: shift-out-of-bounds in kernel/cpu.c:9:2",
            "hung": "INFO: task cpuhp/1:19 blocked for more than 20 seconds.",
            "lockup": "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [dd:7]",
            "stall": "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
            "oops": "BUG: kernel NULL pointer dereference, address: 0000000000000008",
            "panic": "Kernel panic - not syncing: sysrq triggered crash",
            "bug": "BUG: Bad page state in process dd  pfn:1",
        }.items():
            with self.subTest(kind):
                found = kernel_log.splats([f"<4>[    7.123456] {text}", "[    7.2] Call Trace:"])
                self.assertEqual([(s.kind, s.time) for s in found], [(kind, 7.123456)])
                self.assertEqual(len(found[0].lines), 2)

    def test_suspicious_rcu_and_inconsistent_locks(self):
        for text in ("WARNING: suspicious RCU usage", "WARNING: inconsistent lock state"):
            self.assertEqual(kernel_log.splats([f"[    1.0] {text}"])[0].kind, "lockdep")

    def test_what_is_well_is_none(self):
        for text in ("smpboot: CPU 1 is now offline", "clocksource: Switched to clocksource tsc",
                     "cpuhp_good: loading out-of-tree module taints kernel.",
                     "Booting Node 0 Processor 1 APIC 0x1", "debug: BUGS fixed"):
            self.assertEqual(kernel_log.splats([f"[    1.0] {text}"]), [])
        self.assertEqual(kernel_log.splats(["WARNING: CPU: 1 PID: 1 at a program's text"]), [])

    def test_a_warning_says_its_own_words(self):
        found = kernel_log.splats(["[    5.0] ------------[ cut here ]------------",
                                   "[    5.0] cpuhp_leak: imbalance 1", f"[    5.0] {WARNING}",
                                   "[    5.0] ---[ end trace 0 ]---", "[    5.1] later"])
        self.assertEqual(len(found), 1)
        self.assertTrue(found[0].headline.startswith("cpuhp_leak: imbalance 1 WARNING: "))
        self.assertNotIn("later", "\n".join(found[0].lines))

    def test_an_oops_and_its_panic_are_one(self):
        found = kernel_log.splats([
            "[    5.0] BUG: unable to handle page fault for address: ffff", "[    5.0] #PF: error",
            "[    5.1] Oops: 0002 [#1] PREEMPT SMP NOPTI",
            "[    5.2] Kernel panic - not syncing: Fatal exception",
            "[   90.0] Kernel panic - not syncing: another"])
        self.assertEqual([s.kind for s in found], ["oops", "panic"])

    def test_signatures_leave_numbers_out(self):
        one, other = (kernel_log.splats([f"[    5.0] {text}"])[0].signature for text in (
            "WARNING: CPU: 1 PID: 19 at kernel/cpu.c:28 f+0xba/0x110 [m]",
            "WARNING: CPU: 3 PID: 7 at kernel/cpu.c:30 f+0xbc/0x120 [m]"))
        self.assertEqual(one, other)
        self.assertNotEqual(one, kernel_log.signature("warning", "WARNING: at kernel/cpu.c:28 g"))

    def test_leaks(self):
        found = kernel_log.leaks([
            "unreferenced object 0xffff8880 (size 64):", '  comm "sh", pid 1, jiffies 4 (age 9.25s)',
            "  backtrace:", "    [<00000000f1c1a9e6>] __kmem_cache_alloc_node+0x1/0x2",
            "    [<00000000f1c1a9e7>] ring_alloc+0x10/0x20 [cpuhp_leak]",
            "unreferenced object 0xffff8882 (size 64):", "  backtrace:",
            "    [<(____ptrval____)>] kmalloc_node_trace+0x22/0xc0",
            "    [<(____ptrval____)>] 0xffffffffa000012f",
            "    [<(____ptrval____)>] _cpu_up.constprop.0+0x171/0x220",
            "unreferenced object 0xffff8881 (size 64):", "  backtrace (crc 1):",
            "    ring_alloc+0x10/0x20 [cpuhp_leak]"])
        self.assertEqual([s.time for s in found], [9.25, None, None])
        self.assertEqual([s.headline.partition(" from ")[2] for s in found], [
            "ring_alloc", "code of a module that is gone < _cpu_up.constprop.0", "ring_alloc"])


# ---- Images, archives, modules


def x86(flags):
    data = bytearray(0x400)
    data[0x202:0x206], data[0x236] = b"HdrS", flags
    return bytes(data)


def arm64():
    data = bytearray(0x400)
    data[0x38:0x3C] = b"ARMd"
    return bytes(data)


class Images(unittest.TestCase):
    def test_architectures(self):
        ppc = b"\x7fELF\2\1\1" + bytes(11) + struct.pack("<H", 21) + bytes(44)
        s390 = bytes.fromhex("0008000080000200") + bytes(56)
        for name, data in {"amd64": x86(1), "i386": x86(0), "arm64": arm64(), "ppc64el": ppc,
                           "s390x": s390}.items():
            with self.subTest(name):
                self.assertEqual(image.identify(data), (name, False))
        self.assertIsNone(image.identify(b"#!/bin/sh\n" + bytes(600)))

    @in_folder
    def test_packed(self, folder):
        (folder / "vmlinuz").write_bytes(gzip.compress(arm64()) + b"a signature")
        name, path = image.prepare(folder / "vmlinuz", None, folder)
        self.assertEqual((name, path.read_bytes()), ("arm64", arm64()))
        inner = gzip.compress(arm64())
        head = b"MZ\0\0zimg" + struct.pack("<II", 64, len(inner)) + bytes(8) + b"gzip\0"
        (folder / "zboot").write_bytes(head.ljust(64, b"\0") + inner + b"a signature")
        self.assertEqual(image.prepare(folder / "zboot", None, folder)[1].read_bytes(), arm64())

    @in_folder
    def test_refused(self, folder):
        for data, arch, said in ((b"text" * 200, None, "not a kernel image"),
                                 (x86(1), "arm64", "a kernel of amd64, not of arm64"),
                                 (b"\x7fELF\2\1\1" + bytes(600), None, "not vmlinux"),
                                 (b"\x1f\x8b" + bytes(600), None, "cannot be unpacked"),
                                 (gzip.compress(b"text" * 200), None, "no kernel image")):
            (folder / "file").write_bytes(data)
            with self.subTest(said), self.assertRaisesRegex(BadInput, said):
                image.prepare(folder / "file", arch, folder)

    def test_architecture_of_a_package(self):
        for name, arch in (("linux-image-cloud-arm64", "arm64"), ("linux-image-686-pae", "i386"),
                           ("linux-image-6.1.0-50-powerpc64le", "ppc64el")):
            self.assertEqual(run.architecture_of_package(name, None), arch)
        self.assertEqual(run.architecture_of_package("linux-image-x", "s390x"), "s390x")

    def test_the_emulator_gets_two_ports(self):
        for row in ARCHITECTURES.values():
            words = " ".join(Machine(row, Path("k"), "tcg", "4").words(Path("i"), Path("/o")))
            for part in ("chardev:con" if "serial" in row.ports[0] else "chardev=con",
                         "path=/o/console.txt", "path=/o/recording.txt", f"console={row.console}"):
                self.assertIn(part, words)

    @in_folder
    def test_initramfs(self, folder):
        files = initramfs.base_files(b"box", b"rec", ARCHITECTURES["arm64"], {"m.ko": b"odd"}, [], 20)
        data = initramfs.initramfs(files) + initramfs.initramfs(
            initramfs.job_files(["--play", "it's"], "text\n"))
        self.assertEqual(len(data) % 4, 0)
        for part in data.split(b"\x1f\x8b\x08")[1:]:
            unpacked = gzip.decompress((b"\x1f\x8b\x08" + part).rstrip(b"\0") + bytes(4))
            subprocess.run(["cpio", "-i", "--quiet"], input=unpacked, cwd=folder, check=True)
        self.assertEqual((folder / "modules/m.ko").read_bytes(), b"odd")
        self.assertIn("stty raw -echo </dev/ttyS0", (folder / "init").read_text(encoding="utf-8"))
        job = (folder / "job").read_text(encoding="utf-8").replace("exec record-cpuhp", "printf '%s,'")
        said = subprocess.run(["sh", "-c", job], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertEqual(said, "--yes-really,--play,it's,")

    @in_folder
    def test_modules(self, folder):
        def module(path, depends):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"\x7fELF\0depends=" + depends + b"\0name=x\0")
        shipped = folder / "package/lib/modules/6.1/kernel"
        module(shipped / "low.ko", b"")
        module(shipped / "mid-dle.ko", b"low")
        module(folder / "mine.ko", b"mid_dle")
        found = modules.collect([str(folder / "mine.ko")], folder / "package")
        self.assertEqual(found.names, ["mine"])
        self.assertEqual(found.preload, ["low.ko", "mid_dle.ko"])
        self.assertEqual(modules.collect(["low"], folder / "package").names, ["low"])
        for word, said in (("gone", "neither a file"), (str(folder / "no.ko"), "no such file")):
            with self.assertRaisesRegex(BadInput, said):
                modules.collect([word], folder / "package")

    @in_folder
    def test_a_package_that_is_none(self, folder):
        (folder / "x.deb").write_bytes(b"none")
        with self.assertRaises(BadInput):
            packages.unpack(folder / "x.deb", folder / "out")
        self.assertEqual([p.name for p in folder.iterdir()], ["x.deb"])


# ---- Sessions and recordings


class Sessions(unittest.TestCase):
    def test_there_and_back(self):
        sessions = [Session("a", ("write cpu1/online ", "with cpu2/online 0", "load m x=1")),
                    Session("b-1.x", ("unload m",))]
        self.assertEqual(session_file.parse(session_file.render(sessions, "why"), "f"), sessions)
        self.assertEqual([len(o) for o in session_file.operations(sessions[0])], [2, 1])

    def test_refused_with_its_place(self):
        for body, said in (("write cpu1/online 0", "f:2: no session begins"),
                           ("session a\nwrit cpu1/online 0", 'f:3: unknown statement "writ"'),
                           ("session a b", "f:2: a session's name"),
                           ("session a\nsession a", "f:3: session a is in line 2"),
                           ("session a\nwith cpu1/online 0", "f:3: with follows"),
                           ("session a\nwrite cpu1/online", "f:3: write needs"), ("", "no session")):
            with self.subTest(body), self.assertRaisesRegex(BadInput, said):
                session_file.parse(f"{session_file.HEAD}\n{body}\n", "f")
        with self.assertRaisesRegex(BadInput, "f:1: not a session file"):
            session_file.parse("session a\n", "f")


HEAD = "# run: x86_64-6.1\n#MACHINE arch=x86_64 online=0-3 cmdline=\"a=b\"\n#STATE 0: offline\n"


def played(name, *ops, log=()):
    text = f"# section: session {name}\n"
    for i, op in enumerate(ops, 1):
        text += (f"#OP {name}.{i} cpu=1\n#W path=cpu1/online value={op} ret=2 errno=0 name=OK"
                 " at=write us=1\n")
        text += "".join(f"#K {line}\n" for line in log)
        text += f"#T begin\n  dd-1  [001] .....  {i}.500000: cpuhp_enter: x\n#T end lines=1\n#END\n"
    return text


class Recordings(unittest.TestCase):
    def test_parts(self):
        parts = recording.split(HEAD + played("a", 0, 1) + played("b", 0)
                                + "# status: ok s=1\n#INFO kmemleak: x\n")
        self.assertEqual(list(parts.sessions), ["a", "b"])
        self.assertEqual(recording.machine(parts)["online"], "0-3")
        self.assertEqual(recording.only(parts, ["b"]), HEAD + played("b", 0))
        ops = recording.operations(parts.sessions["a"])
        self.assertEqual([(o.id, o.first) for o in ops], [("a.1", 1.5), ("a.2", 2.5)])
        self.assertEqual(recording.without(HEAD + played("a", 0) + played("b", 0), ["b"]),
                         HEAD + played("a", 0))

    SESSIONS = [Session("a", ("write cpu1/online 0", "with cpu2/online 0", "load m"))]

    def closed(self, begun):
        text, name, op = recording.closed(HEAD + played("z", 1) + begun, "STALLED", self.SESSIONS)
        self.assertTrue(text.startswith(HEAD + played("z", 1)))
        return text[len(HEAD + played("z", 1)):], name, op

    def test_a_write_that_never_returned(self):
        begun = "# section: session a\n#OP a.1 cpu=1\n"
        lost = [f"#W path=cpu{n}/online value=0 ret=none errno=none name=NORETURN at=write{w}\n"
                for n, w in ((1, ""), (2, " with=1"))]
        end = "#CRASH status=STALLED\n#END\n"
        self.assertEqual(self.closed(begun + "#W path=cp"), (begun + "".join(lost) + end, "a", "a.1"))

    def test_a_trace_that_was_not_printed_is_cut(self):
        begun = played("a", 0)[:-len("#T end lines=1\n#END\n")]
        text, _, op = self.closed(begun)
        self.assertNotIn("#T begin", text)
        self.assertEqual((text.count("#CRASH"), op), (1, "a.1"))

    def test_after_the_end_of_an_operation(self):
        begun = played("a", 0)
        self.assertEqual(self.closed(begun + "#RESTORE want=online\n#W path=c")[0],
                         begun + "#CRASH status=STALLED\n")

    def test_before_any_operation(self):
        self.assertEqual(self.closed("# section: session a\n#O"), ("# section: session a\n", "a", ""))


# ---- Judging and playing, with a program and guests that are none


class FakeProgram:
    """A twin that differs from a write of 7 on, breaks an invariant at 5, and refuses a 9."""

    def conform(self, path, _table):
        text = Path(path).read_text(encoding="utf-8")
        if "value=9" in text:
            raise Refused("no nines")
        rows, broken = [], []
        for block in text.split("#OP ")[1:]:
            row = {"id": block.split(" ")[0], "line": 1, "events": 1, "identical": True}
            if "value=7" in text[:text.index(f"#OP {block}") + len(block)]:
                row.update(identical=False, differences=["cpu1/online: recorded 1, simulated 0"])
            if "value=w" in block:
                row["warnings"] = ["DEAD callback error for CPU3"]
            if "value=u" in block:
                row["warnings"] = ["refcount_warn_saturate(): underflow"]
            if "value=5" in block:
                broken = [{"invariant": "I2", "text": "a step is missing"}]
            rows.append(row)
        return {"runs": [{"operations": rows, "findings": broken}]}


class FakeLab(Lab):
    """Guests that die of a write of 3, or of a task that hangs at h, stand still at 4, warn at 6, or
    at q after a p, leak at l, and slip once at 8; those of `silent` never begin, and the recorder
    gives up at 2."""

    def __init__(self, folder):
        super().__init__(Machine(ARCHITECTURES["amd64"], Path("k"), "tcg", "4"), b"", folder, 60, "")
        self.judge = judge.Judge(FakeProgram(), "t")
        self.silent, self.slips, self.cut_at = False, 1, None

    def boot(self, folder, words, text=None, heard=lambda data: None, stall=None, find_leaks=True):
        folder.mkdir(parents=True, exist_ok=True)
        now = FakeGuest(folder)
        self.booted += 1
        if self.silent:
            return now, Ending.STALLED
        out, said, leaks, damaged = HEAD, "", "", False
        for session in session_file.parse(text, "f"):
            if session.name == self.cut_at:
                now.write(out + f"# section: session {session.name}\n", said)
                return now, Ending.CUT
            values = [s.split(" ")[2] for s in session.statements]
            damaged = damaged or "p" in values
            warns = set("6u") & set(values) or (damaged and "q" in values)
            log = [f"<4>[    1.0] {WARNING}"] if warns else []
            if "w" in values or "W" in values:
                log = ["<4>[    1.0] ------------[ cut here ]------------",
                       "<4>[    1.0] DEAD callback error for CPU3", f"<4>[    1.0] {WARNING}"]
            lost = next((v for v in values if v in "2348h"), None)
            if lost == "8" and self.slips == 0:
                lost = None
            if lost:
                self.slips -= lost == "8"
                said += {"2": "record-cpuhp: no two\ntest-kernel: job exit=1\n", "4": "",
                         "3": "[    9.0] Kernel panic - not syncing: 3\n",
                         "h": "[    8.0] INFO: task dd:7 blocked for more than 30 seconds.\n"
                              "[    8.1] Kernel panic - not syncing: hung_task: blocked tasks\n",
                         "8": "[    9.0] Oops: int3: 0000 [#1]\n"}[lost]
                now.write(out + f"# section: session {session.name}\n#OP {session.name}.1 cpu=1\n",
                            said)
                return now, Ending.STALLED if lost == "4" else Ending.DIED
            out += played(session.name, *values, log=log)
            if "l" in values and find_leaks:
                leaks += "#INFO kmemleak: unreferenced object\n#INFO kmemleak:     [<0>] f+0x1/0x2\n"
        now.write(out + "# status: ok s=1\n" + leaks, said)
        return now, Ending.ENDED


class FakeGuest:
    def __init__(self, folder):
        self.recording, self.console = folder / "recording.txt", folder / "console.txt"
        self.write("", "")

    def write(self, text, said):
        self.recording.write_text(text, encoding="utf-8")
        self.console.write_text(said, encoding="utf-8")

    recorder_gave_up = guest.Guest.recorder_gave_up


def sessions(**values):
    return [Session(name, tuple(f"write cpu1/online {v}" for v in text))
            for name, text in values.items()]


class Playing(unittest.TestCase):
    def play(self, folder, **values):
        self.lab = FakeLab(folder)
        found = self.lab.play(sessions(**values), "guests/1")
        return {name: v.status for name, v in found.items() if name}, found

    @in_folder
    def test_a_guest_that_dies_or_hangs_and_the_next(self, folder):
        status, found = self.play(folder, a="01", b="3", c="4", d="0")
        self.assertEqual(status, {"a": "ok", "b": "finding", "c": "finding", "d": "ok"})
        self.assertEqual(self.lab.booted, 3)
        (died,), (stalled,) = found["b"].findings, found["c"].findings
        self.assertEqual((died.kind, died.op, died.guest), ("died", "b.1", "guests/1"))
        self.assertIn("Kernel panic - not syncing: 3", died.headline)
        self.assertEqual((stalled.kind, stalled.op), ("stalled", "c.1"))
        kept = (folder / "guests/1/recording.txt").read_text(encoding="utf-8")
        self.assertTrue(kept.endswith("name=NORETURN at=write\n#CRASH status=GUEST-DIED\n#END\n"))

    @in_folder
    def test_a_task_that_hangs(self, folder):
        (finding,) = self.play(folder, a="h")[1]["a"].findings
        self.assertEqual(finding.kind, "stalled")
        self.assertIn("task dd:7 blocked", finding.headline)

    @in_folder
    def test_the_emulators_own_slip_is_tried_again(self, folder):
        self.assertEqual(self.play(folder, a="8", b="0")[0], {"a": "ok", "b": "ok"})
        self.lab.slips = 2
        self.assertEqual(self.lab.play(sessions(a="8"), "x")["a"].findings[0].kind, "died")

    @in_folder
    def test_differences_warnings_and_refusals_find_their_session(self, folder):
        status, found = self.play(folder, a="0", b="07", c="9", d="6", e="5")
        self.assertEqual(status, {"a": "ok", "b": "finding", "c": "unjudged", "d": "finding",
                                  "e": "finding"})
        self.assertEqual((found["b"].findings[0].kind, found["b"].findings[0].op),
                         ("difference", "b.2"))
        self.assertEqual(found["c"].why, "no nines")
        self.assertEqual([f.kind for f in found["d"].findings], ["warning"])
        self.assertEqual([f.kind for f in found["e"].findings], ["invariant"])

    @in_folder
    def test_what_the_boot_shows_is_no_finding(self, folder):
        lab = FakeLab(folder)
        lab.judge.known = {kernel_log.signature("warning", WARNING)}
        self.assertEqual(lab.play(sessions(a="6"), "g")["a"].status, "ok")
        self.assertEqual(lab.play(sessions(a="67"), "h")["a"].status, "finding")
        lab.judge.known.add("difference: cpuN/online: recorded N, simulated N")
        self.assertEqual(lab.play(sessions(a="67"), "i")["a"].status, "ok")
        self.assertEqual(len(lab.judge.seen), 2)

    @in_folder
    def test_what_the_twin_warns_of_is_no_finding(self, folder):
        status, _ = self.play(folder, a="w", b="W", c="u", d="6")
        self.assertEqual(status, {"a": "ok", "b": "finding", "c": "ok", "d": "finding"})
        self.assertEqual(sorted(self.lab.judge.predicted.values()), [1, 1])

    @in_folder
    def test_a_recorder_that_gives_up(self, folder):
        status, found = self.play(folder, a="0", b="2", c="0")
        self.assertEqual(status, {"a": "ok", "b": "unjudged", "c": "ok"})
        self.assertEqual(found["b"].why, "the recorder: no two")

    @in_folder
    def test_guests_that_never_begin(self, folder):
        lab = FakeLab(folder)
        lab.silent = True
        found = lab.play(sessions(a="0", b="0"), "g")
        self.assertEqual({n: v.status for n, v in found.items()},
                         {"": "finding", "a": "unplayed", "b": "unplayed"})
        self.assertEqual(lab.booted, 3)

    @in_folder
    def test_time_is_up(self, folder):
        lab = FakeLab(folder)
        lab.cut_at = "b"
        found = lab.play(sessions(a="0", b="0", c="0"), "g")
        self.assertEqual({n: v.status for n, v in found.items() if n},
                         {"a": "ok", "b": "unplayed", "c": "unplayed"})


class Probing(unittest.TestCase):
    def probe(self, folder, ending, said):
        lab = FakeLab(folder)

        def boot(folder, _words, **_):
            now = FakeGuest(folder)
            now.write("", said)
            lab.booted += 1
            return now, ending
        lab.boot = boot
        with self.assertRaises(Untestable) as raised:
            run.record_probe(lab, folder, "tcg")
        return lab.booted, str(raised.exception)

    @in_folder
    def test_a_kernel_that_does_not_boot(self, folder):
        said = "Kernel panic - not syncing: No working init found."
        self.assertEqual(self.probe(folder, Ending.DIED, f"[    1.0] {said}\n"),
                         (3, f"the probe's guest died: {said}"))

    @in_folder
    def test_a_kernel_that_cannot_be_recorded(self, folder):
        said = "record-cpuhp: no /sys/x: this kernel cannot trace hotplug\ntest-kernel: job exit=1\n"
        self.assertEqual(self.probe(folder, Ending.DIED, said),
                         (1, "no /sys/x: this kernel cannot trace hotplug"))


class Reducing(unittest.TestCase):
    @staticmethod
    def needing(*needed):
        def shows(candidates):
            return [c.name for c in candidates
                    if sum(s.split(" ")[2] in needed for s in c.statements) >= len(needed)]
        return shows

    def test_the_fewest_statements(self):
        session = sessions(a="0123456789ab")[0]
        reduced = reduce_session(session, self.needing("2", "9"))
        self.assertEqual(reduced.session.statements,
                         ("write cpu1/online 2", "write cpu1/online 9"))
        self.assertEqual((reduced.repeats, reduced.of, reduced.minimal), (3, 3, True))

    def test_one_of_several_writers(self):
        session = Session("a", ("write cpu1/online 0", "with cpu2/online 7", "with cpu3/online 2"))
        reduced = reduce_session(session, self.needing("0", "2"))
        self.assertEqual(reduced.session.statements, ("write cpu1/online 0", "with cpu3/online 2"))

    def test_what_does_not_come_again_is_not_reduced(self):
        reduced = reduce_session(sessions(a="01")[0], lambda candidates: [])
        self.assertEqual((reduced.repeats, reduced.session.statements, reduced.minimal),
                         (0, sessions(a="01")[0].statements, False))

    def test_a_stop(self):
        reduced = reduce_session(sessions(a="0123")[0], self.needing("2"), lambda: False)
        self.assertEqual((len(reduced.session.statements), reduced.minimal), (4, False))

    def test_sessions_together(self):
        group = sessions(a="0", b="1", c="2", d="3", e="4")
        needed = reduce_guest(group, lambda tried: {"b", "e"} <= {s.name for s in tried})
        self.assertEqual([s.name for s in needed], ["b", "e"])
        self.assertIsNone(reduce_guest(group, lambda tried: False))

    @in_folder
    def test_with_guests_that_die(self, folder):
        lab = FakeLab(folder)
        asked = sessions(a="0", b="01301", c="7771", d="0p0q1", e="0", f="01l0", g="1")
        kept = store.Store(folder / "out", {}, False)
        lab.folder = kept.folder
        found = lab.play(asked, "guests/1")
        whole = found.pop("").findings
        result = report.Result("6.1", "amd64", "tcg", "4", found, whole, [], [], {}, {}, 1.0, "again")
        findings.reduce_all(result, asked, lab, kept, 8, lambda file, played: f"{file} {len(played)}")
        by_session = {row["session"]: row for row in result.reduced.values()}
        self.assertEqual(by_session["b"]["statements"], ["write cpu1/online 3"])
        self.assertEqual(by_session["c"]["statements"], ["write cpu1/online 7"])
        # A leak shows when a guest ends: which session it was takes guests with fewer of them.
        self.assertEqual([f.kind for f in whole], ["leak"])
        self.assertEqual(by_session["f"]["statements"], ["write cpu1/online l"])
        # What one candidate leaves in a guest is not taken for what the next one does.
        self.assertEqual(by_session["d"]["statements"], ["write cpu1/online p", "write cpu1/online q"])
        self.assertEqual((by_session["b"]["repeats"], by_session["b"]["minimal"]), (3, True))
        self.assertEqual(session_file.read(Path(by_session["b"]["file"]))[0].statements,
                         ("write cpu1/online 3",))


# ---- Results


def a_result(**statuses):
    verdicts = {}
    for name, status in statuses.items():
        verdicts[name] = judge.Verdict(name, status, [], "why <not>" if status == "unjudged" else "")
        if status == "finding":
            verdicts[name].add(judge.Finding("warning", name, f"{name}.1", "WARNING: <&\"", "w",
                                             ["a line\x07"]))
    return report.Result("6.1", "amd64", "tcg", "4", verdicts, [], ["boot splat"], ["known splat"],
                         {"w: x": 2}, {}, 2.0, "again")


class Reports(unittest.TestCase):
    ALL = {"a": "ok", "b": "finding", "c": "unjudged", "d": "unplayed"}

    def test_ktap(self):
        self.assertEqual(report.ktap(a_result(**self.ALL)).split("\n"), [
            "KTAP version 1", "1..1", "  KTAP version 1", "  1..4", "  ok 1 a",
            "  # b.1: warning: WARNING: <&\"", "  # a line?", "  not ok 2 b",
            "  ok 3 c # SKIP not judged: why <not>", "  ok 4 d # SKIP not played", "not ok 1 6.1", ""])

    def test_a_strict_reader_takes_it(self):
        result = a_result(**self.ALL)
        result.whole.append(judge.Finding("leak", "", "", "kmemleak: # of", "l", ["  a ", "\t"]))
        for now in (result, a_result(a="ok"), a_result(a="unplayed")):
            (test,) = ktap_reader.Reader(report.ktap(now)).block()
            self.assertEqual(len(test.tests), len(now.verdicts) + len(now.whole))

    def test_junit(self):
        tree = xml.fromstring(report.junit(a_result(**self.ALL)))
        suite = tree.find("testsuite")
        self.assertEqual((suite.get("tests"), suite.get("failures"), suite.get("skipped")),
                         ("4", "1", "2"))
        self.assertEqual(suite.find("testcase/failure").get("message"), 'WARNING: <&"')

    def test_json(self):
        document = json.loads(report.as_json(a_result(**self.ALL)))
        self.assertEqual((document["version"], document["complete"]), (1, False))
        self.assertEqual(document["counts"], {"ok": 1, "finding": 1, "unjudged": 1, "unplayed": 1})

    def test_text(self):
        text = report.text(a_result(**self.ALL))
        for part in ("incomplete: 1 not played", "finding: b.1: warning", "boot already, no finding",
                     "not judged: c: why"):
            self.assertIn(part, text)
        self.assertIn("no findings", report.text(a_result(a="ok")))

    def test_exit_codes(self):
        for statuses, code in (({"a": "ok"}, 0), ({"a": "ok", "b": "unplayed"}, 0),
                               ({"a": "ok", "b": "finding"}, 1), ({"a": "unplayed"}, 125),
                               ({"a": "unjudged"}, 125)):
            self.assertEqual(run.exit_code(a_result(**statuses)), code)


class Stores(unittest.TestCase):
    @in_folder
    def test_resume(self, folder):
        first = store.Store(folder / "o", {"kernel": "1"}, False)
        first.append(a_result(a="ok", b="finding").verdicts.values())
        with open(folder / "o/results.jsonl", "a", encoding="utf-8") as file:
            file.write('{"session": "c", "sta')
        again = store.Store(folder / "o", {"kernel": "1"}, True).verdicts()
        self.assertEqual({n: v.status for n, v in again.items()}, {"a": "ok", "b": "finding"})
        self.assertEqual(again["b"].findings[0].headline, 'WARNING: <&"')
        with self.assertRaisesRegex(BadInput, "made with another kernel"):
            store.Store(folder / "o", {"kernel": "2"}, True)

    @in_folder
    def test_what_is_not_ours_stays(self, folder):
        (folder / "thesis.txt").write_text("x", encoding="utf-8")
        with self.assertRaisesRegex(BadInput, "not made by test-kernel"):
            store.Store(folder, {}, False)
        self.assertTrue((folder / "thesis.txt").exists())


class CommandLine(unittest.TestCase):
    def test_refused(self):
        for words, said in (
                ([], "expected one of --kernel"), (["--kernel", "/none"], "no such file"),
                (["--kernel", "x", "--judge", __file__], "expected one of --kernel"),
                (["--kernel", "x", "--smp", "4,4x"], "expected CPUs"),
                (["--kernel", "x", "--smp", "sockets=64,cores=64"], "more than 256 CPUs"),
                (["--kernel", "x", "--random", "0"], "a number of 1 to"),
                (["--kernel", "x", "--session", __file__, "--singles"], "no --singles"),
                (["--kernel", "x", "--session", "/none"], "no such file"),
                (["--kernel", "x", "--frmat", "text"], "unrecognized"),
                (["--kernel", __file__, "--program", "/bin/true"], "not cpuhp-sim"),
                (["--judge", __file__, "--program", "/none"], "no such file")):
            with self.subTest(words):
                own = [] if "--program" in words else ["--program", PROGRAM]
                done = subprocess.run([SCRIPT, *words, *own], stdin=subprocess.DEVNULL, text=True,
                                      capture_output=True, timeout=60)
                self.assertEqual(done.returncode, 2)
                self.assertEqual(done.stdout, "")
                self.assertRegex(done.stderr, r"\Atest-kernel: error: .*\n(Try .*\n)?\Z")
                self.assertIn(said, done.stderr)

    def test_what_repeats_it(self):
        args = arguments.parse(["--kernel", "b z", "--random", "5", "--smp", "8"])
        self.assertEqual(run.command(args),
                         "scripts/test-kernel --kernel 'b z' --random 5 --seed 1 --smp 8")
        self.assertEqual(run.command(args, "f.txt"),
                         "scripts/test-kernel --kernel 'b z' --session f.txt --smp 8")


if __name__ == "__main__":
    unittest.main()
