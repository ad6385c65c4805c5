"""A mounted machine for the tests of this folder.

    with Machine() as m:                        # four CPUs, in the foreground
        m.write("cpu3/online", "0\\n")           # 0, or the errno
        m.read("online")                        # "0-2\\n"
    m.code, m.said                              # how it ended

Nothing here touches the host's own CPUs: HostCpus sees to it. Tests that need what this host lacks
end with 77, which ctest counts as skipped.
"""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

BINARY = os.environ.get("CPUHP_BINARY", "build/cpuhp-sim")
SOURCE = Path(__file__).resolve().parents[2]
CPUS = "sys/devices/system/cpu"
HOST = Path("/sys/devices/system/cpu")
FUSE_MAGIC = "65735546"
SKIPPED = 77

FOUR = """{"version": 1, "name": "four", "description": "Four CPUs that can all go.",
 "machine": {"cores": 4, "cpu0_online_file": true%s},
 "table": "%s/scenarios/tables/x86_64-6.1.json",
 "operations": [{"op": "boot"}]%s}
"""
HANG = ', "faults": [{"kind": "hang", "cpu": 3, "state": "sched:active", "direction": "down"}]'


def scenario(folder, more="", machine=""):
    path = Path(folder) / "four.json"
    path.write_text(FOUR % (machine, SOURCE, more))
    return str(path)


def why_not():
    """Why nothing can be mounted here; None: it can."""
    if os.geteuid() != 0:
        return "not root"
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError as error:
        return f"/dev/fuse: {error.strerror}"
    probe = subprocess.run(["unshare", "-m", "true"], capture_output=True)
    return None if probe.returncode == 0 else "no mount namespace: " + probe.stderr.decode().strip()


def host_cpus():
    return (HOST / "online").read_text()


def error_of(call, *arguments, **named):
    """0, or the errno of a system call."""
    try:
        call(*arguments, **named)
    except OSError as error:
        return error.errno
    return 0


class Machine:
    def __init__(self, *options, more="", machine="", background=False):
        self.folder = tempfile.TemporaryDirectory(prefix="cpuhp-live-")
        self.root = os.path.join(self.folder.name, "m")
        os.mkdir(self.root)
        self.scenario = scenario(self.folder.name, more, machine)
        words = [BINARY, "mount", self.scenario, self.root, *options]
        self.code = self.said = self.process = None
        if background:
            done = subprocess.run(words, capture_output=True, timeout=60)
            self.code, self.said = done.returncode, done.stderr.decode()
            return
        self.process = subprocess.Popen([*words, "--foreground"], stderr=subprocess.PIPE)
        until = time.monotonic() + 60
        while not os.path.ismount(self.root) and self.process.poll() is None:
            if time.monotonic() > until:
                raise TimeoutError("the machine was not mounted")
            time.sleep(0.005)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        if os.path.ismount(self.root):
            raise AssertionError("a mount is left behind")
        self.folder.cleanup()

    def end(self, number=None):
        """By a signal: of SIGTERM, which is meant if none is named, the exit code is no news."""
        if self.process is not None and self.code is None:
            self.process.send_signal(number or signal.SIGTERM)
            self.wait()
            if number is None and self.code == 128 + signal.SIGTERM:
                self.code = 0
        subprocess.run(["umount", "-l", self.root], capture_output=True)

    def wait(self):
        said = self.process.communicate(timeout=60)[1].decode()
        self.code, self.said = self.process.returncode, said

    def wait_until_cpu_moves(self, cpu):
        """With a pace: what takes it down is under way."""
        while self.read(f"cpu{cpu}/hotplug/state") == "236\n":
            pass

    def path(self, name):
        return os.path.join(self.root, CPUS, name)

    def read(self, name):
        with open(self.path(name), encoding="ascii") as file:
            return file.read()

    def write(self, name, text):
        """As echo does it: one write to a file that is opened for it."""
        try:
            fd = os.open(self.path(name), os.O_WRONLY | os.O_TRUNC)
        except OSError as error:
            return error.errno
        try:
            return error_of(os.write, fd, text.encode())
        finally:
            with contextlib.suppress(OSError):  # it was unmounted meanwhile
                os.close(fd)


# Nothing runs that would find the host's own files, whatever is broken.
GUARD = f'[ "$(stat -f -c %t {HOST})" = {FUSE_MAGIC} ] || exit 99; exec "$@"'


def private(*command, options=(), more="", machine="", input=None, timeout=100, guarded=True):
    """Runs a command with the machine's files in place of the host's."""
    if guarded:
        command = ("sh", "-c", GUARD, "sh", *command)
    with tempfile.TemporaryDirectory(prefix="cpuhp-live-") as folder:
        return subprocess.run(
            [BINARY, "mount", scenario(folder, more, machine), *options, "--exec", "--", *command],
            capture_output=True,
            text=True,
            timeout=timeout,
            input=input,
        )


class LiveTest(unittest.TestCase):
    """Each test leaves the host as it was."""

    def setUp(self):
        before = host_cpus()
        self.addCleanup(lambda: self.assertEqual(host_cpus(), before, "the host's own CPUs"))
        self.addCleanup(self.host_is_uncovered)

    def host_is_uncovered(self):
        for line in Path("/proc/self/mounts").read_text().splitlines():
            source, place = line.split()[:2]
            covers = source == "cpuhp-sim" and place.startswith(("/sys", "/proc"))
            self.assertFalse(covers, line)

    @contextlib.contextmanager
    def expect(self, wanted):
        """The errno of the block."""
        with self.assertRaises(OSError) as caught:
            yield
        self.assertEqual(errno.errorcode[caught.exception.errno], errno.errorcode[wanted])


def main(mounts=True):
    reason = why_not() if mounts else None
    if reason is not None:
        print("left out: tests of mounted machines: " + reason)
        sys.exit(SKIPPED)
    unittest.main()
