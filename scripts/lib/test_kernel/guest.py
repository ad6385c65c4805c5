"""One guest: QEMU boots a kernel, and is watched until it ends, dies, or says nothing any more.

    machine = Machine(row=ARCHITECTURES["amd64"], image=path, accel="tcg", smp="4")
    Guest(machine, initrd, folder).run(stall=120, deadline=None, heard=print)    Ending.ENDED

The folder has what came over its two serial ports: console.txt and recording.txt.
"""

import enum
import os
import platform
import re
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from .architectures import Architecture
from .errors import BadInput

EVENTS = "trace_event=cpuhp:cpuhp_enter,cpuhp:cpuhp_multi_enter,cpuhp:cpuhp_exit"
# trace_clock=counter: an emulator's times do not tell the order of what two CPUs do at one moment.
# panic=-1 ends the guest with its kernel; oops=panic: what goes on after an oops proves nothing.
# loglevel=5: warnings, and not each CPU that comes and goes. Expedited grace periods make plugging
# several times as fast in an emulated guest; rcupdate.rcu_expedited=0 in --append has the usual ones.
APPEND = (f"loglevel=5 rcupdate.rcu_expedited=1 panic=-1 oops=panic {EVENTS} trace_buf_size=2M"
          " trace_clock=counter")
POLL_S = 0.2
PROGRESS = re.compile(r": (without )?s(ection|ession) |; sessions |: written: |: stopped before")


class Ending(enum.Enum):
    ENDED = "ended"  # the recorder had done all that was asked for
    DIED = "died"
    STALLED = "stalled"  # nothing came for `stall` seconds
    CUT = "cut"  # its time was up


class EmulatorFailed(Exception):
    """QEMU itself did not start: what it said."""


@dataclass(frozen=True)
class Machine:
    row: Architecture
    image: Path
    accel: str  # kvm or tcg
    smp: str
    memory_mb: int = 512
    cpu: str = ""
    append: str = ""

    def words(self, initrd, folder):
        """The emulator's command line. One thread for all CPUs: QEMU 7.2 now and then loses a guest
        whose kernel patches its own code, and this makes it rare."""
        row = self.row
        accel = "kvm" if self.accel == "kvm" else "tcg,thread=single"
        cpu = self.cpu or ("host" if self.accel == "kvm" else row.cpu)
        ports = [word for name, file in (("con", "console.txt"), ("rec", "recording.txt"))
                 for word in ("-chardev", f"file,id={name},path={folder / file}")]
        append = f"console={row.console} {APPEND} {row.append} {self.append}"
        return [row.emulator, *row.machine, "-nodefaults", "-accel", accel, "-cpu", cpu,
                "-smp", self.smp, "-m", f"{self.memory_mb}M", "-display", "none",
                "-monitor", "none", "-no-reboot", "-nic", "none", "-kernel", str(self.image),
                "-initrd", str(initrd), *ports, *row.ports, "-append", " ".join(append.split())]


def native(row):
    """Whether this machine's own CPUs run the architecture's kernels."""
    own = platform.machine()
    return own == row.uname or (own, row.uname) == ("x86_64", "i686")


def may_have_kvm(row):
    """Whether KVM is worth a try: /dev/kvm alone says nothing where the CPU cannot do it."""
    if not native(row) or not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    if row.uname not in ("x86_64", "i686"):
        return True
    words = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split()
    return "vmx" in words or "svm" in words


class Guest:
    def __init__(self, machine, initrd, folder):
        self.machine, self.initrd, self.folder = machine, initrd, folder
        self.recording, self.console = folder / "recording.txt", folder / "console.txt"
        self.process = None
        self.lock = threading.Lock()
        self.stopped = False

    def start(self):
        emulator = self.machine.row.emulator
        if shutil.which(emulator) is None:
            raise BadInput(f"{emulator} is missing: scripts/install-deps guests")
        self.folder.mkdir(parents=True, exist_ok=True)
        for file in (self.recording, self.console):
            file.write_bytes(b"")
        with self.lock:
            if self.stopped:
                return
            with open(self.folder / "emulator.txt", "wb") as said:
                # A session of its own: Ctrl-C is for this program, which ends its guests itself.
                self.process = subprocess.Popen(
                    self.machine.words(self.initrd, self.folder), stdin=subprocess.DEVNULL,
                    stdout=said, stderr=said, start_new_session=True)

    def stop(self):
        """Ends it, from any thread; it does not start any more."""
        with self.lock:
            self.stopped = True
            if self.process is not None and self.process.poll() is None:
                self.process.kill()
                self.process.wait()

    def said_by_emulator(self):
        text = (self.folder / "emulator.txt").read_text(encoding="utf-8", errors="replace")
        return " ".join(text.split()) or "no message"

    def run(self, stall, deadline, heard=lambda data: None):
        """Until it ends. `stall`: seconds without a new byte of the recording, or, before its first,
        of the console. `deadline`: of time.monotonic(), or None. `heard` gets the recording's new
        bytes. Raises EmulatorFailed."""
        self.start()
        if self.process is None:
            return Ending.CUT
        recorded = shown = 0
        last = time.monotonic()
        while True:
            code = self.process.poll()
            new = self.news(recorded)
            now = time.monotonic()
            console = self.console.stat().st_size
            if new or (recorded == 0 and console != shown):
                last = now
            recorded, shown = recorded + len(new), console
            if new:
                heard(new)
            if code is not None:
                break
            if deadline is not None and now > deadline:
                self.stop()
                return Ending.CUT
            if now - last > stall:
                self.stop()
                return Ending.ENDED if self.complete() else Ending.STALLED
            time.sleep(POLL_S)
        if self.stopped:
            return Ending.CUT
        if code != 0 and shown == 0 and recorded == 0:
            raise EmulatorFailed(self.said_by_emulator())
        return Ending.ENDED if self.complete() else Ending.DIED

    def news(self, begin):
        with open(self.recording, "rb") as file:
            file.seek(begin)
            return file.read()

    def complete(self):
        """The recorder writes its status last."""
        with open(self.recording, "rb") as file:
            file.seek(max(0, self.recording.stat().st_size - (1 << 20)))
            return b"\n# status: ok" in file.read()

    def recorder_gave_up(self):
        """What the recorder said when it ended with an error; None where it did not."""
        console = self.console.read_text(encoding="utf-8", errors="replace").replace("\r", "")
        if not re.search(r"^test-kernel: job exit=[1-9]", console, re.M):
            return None
        said = [line[len("record-cpuhp: "):] for line in console.split("\n")
                if line.startswith("record-cpuhp: ") and not PROGRESS.search(line)]
        return said[0] if said else "the recorder failed and said nothing"
