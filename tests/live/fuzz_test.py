#!/usr/bin/python3
"""Several clients at once do at random what can be done to files: the machine stays alive, and
every errno is one that sysfs could give."""

import errno
import os
import random
import subprocess
import unittest

from machine import LiveTest, Machine, main

CLIENTS = 4
CALLS = 1_500
NAMES = [
    "online",
    "cpu0",
    "cpu1",
    "cpu2",
    "cpu3",
    "cpu4",
    "cpu01",
    "hotplug",
    "state",
    "target",
    "fail",
    "states",
    "topology",
    "core_id",
    "cache",
    "index0",
    "size",
    "uevent",
    "smt",
    "control",
    "node0",
    ".",
    "..",
    "x" * 300,
    "\udcff",
    "offline",
    "core_cpus_list",
]
VALUES = [
    b"",
    b"0",
    b"1",
    b"0\n",
    b"1\n",
    b"-1",
    b"236",
    b"64\n",
    b"off",
    b"on",
    b"\0",
    b"\xff" * 9,
    b"1" * 5000,
    b"9" * 40,
    b"change\n",
]
# Of open, read, write, stat, listdir, and what changes folders.
KNOWN = {
    errno.ENOENT,
    errno.EACCES,
    errno.EISDIR,
    errno.ENOTDIR,
    errno.EINVAL,
    errno.ERANGE,
    errno.EBUSY,
    errno.EPERM,
    errno.ENODEV,
    errno.EEXIST,
    errno.ENAMETOOLONG,
    errno.EAGAIN,
    errno.ENOTEMPTY,
    errno.EBADF,
    errno.EXDEV,
    errno.ELOOP,
    errno.ENOTSUP,
    errno.ENODATA,
    errno.ECANCELED,
}


def one_call(rng, root):
    path = os.path.join(root, *(rng.choice(NAMES) for _ in range(rng.randrange(4))))
    kind = rng.randrange(10)
    if kind < 6:
        flags = rng.choice([os.O_RDONLY, os.O_WRONLY, os.O_RDWR]) | rng.choice(
            [
                0,
                0,
                os.O_TRUNC,
                os.O_CREAT,
                os.O_APPEND,
                os.O_EXCL | os.O_CREAT,
                os.O_DIRECTORY,
                os.O_NONBLOCK,
            ]
        )
        fd = os.open(path, flags)
        try:
            for _ in range(rng.randrange(4)):
                offset = rng.choice([0, 1, 3, 4095, 4096, 1 << 40])
                if rng.random() < 0.5:
                    os.pread(fd, rng.choice([0, 1, 100, 10_000]), offset)
                else:
                    os.pwrite(fd, rng.choice(VALUES), offset)
        finally:
            os.close(fd)
    elif kind == 6:
        os.listdir(path)
    elif kind == 7:
        os.stat(path)
    elif kind == 8:
        rng.choice([os.unlink, os.rmdir, os.mkdir, os.listxattr])(path)
    else:
        os.truncate(path, rng.randrange(5000))


def client(seed, root):
    rng = random.Random(seed)
    for call in range(CALLS):
        try:
            one_call(rng, root)
        except OSError as error:
            if error.errno not in KNOWN:
                os.write(2, f"seed {seed}, call {call}: {error}\n".encode())
                return 1
    return 0


class Fuzz(LiveTest):
    def fuzz(self, seed, *options):
        with Machine(*options) as m:
            children = []
            for i in range(CLIENTS):
                pid = os.fork()
                if pid == 0:
                    os._exit(client(seed + i, m.path("") if i % 2 == 0 else m.root))
                children.append(pid)
            codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
            self.assertEqual(codes, [0] * CLIENTS)
            for i in range(4):  # it lives
                self.assertIn(m.write(f"cpu{i}/hotplug/fail", "-1"), (0,))
                self.assertIn(m.write(f"cpu{i}/hotplug/target", "236"), (0, errno.EPERM))
            self.assertEqual(m.read("online"), "0-3\n")
            m.end()
            self.assertEqual((m.code, m.said), (0, ""))

    def test_time_stands_still(self):
        self.fuzz(1)

    def test_time_goes_by(self):
        self.fuzz(1_000, "--pace", "1000")

    def test_clients_that_are_killed(self):
        with Machine("--pace", "0.01") as m:
            for i in range(20):
                writer = subprocess.Popen(["sh", "-c", f"echo {i % 2} >{m.path('cpu1/online')}"])
                try:
                    writer.wait(random.Random(i).random() / 10)
                except subprocess.TimeoutExpired:
                    writer.kill()
                    writer.wait(100)
            self.assertRegex(m.read("online"), r"\A0.*\n\Z")
            m.end()
            self.assertEqual((m.code, m.said), (0, ""))


if __name__ == "__main__":
    main()
