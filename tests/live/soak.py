#!/usr/bin/python3
"""Many clients at once write to a mounted machine whatever its files take and do not take.

    CPUHP_BINARY=build/cpuhp-sim tests/live/soak.py --clients 50 --seconds 60 --pace 1

Every errno has to be one that the file can give, every write has to return, and the checks have to
find nothing. The suite runs a short one (soak_test.py).
"""

import argparse
import errno
import os
import random
import select
import signal
import sys
import time

from machine import Machine, why_not

CPUS = 4
# What each file can answer on a machine of which nothing hangs: docs/reference/sysfs.md.
ANSWERS = {
    "online": {0, errno.EINVAL, errno.EBUSY, errno.EAGAIN, errno.EPERM, errno.ECANCELED},
    "hotplug/target": {0, errno.EINVAL, errno.ERANGE, errno.EBUSY, errno.EAGAIN, errno.EPERM,
                       errno.ECANCELED},
    "hotplug/fail": {0, errno.EINVAL, errno.ERANGE},
    "uevent": {0, errno.EINVAL},
    "smt/control": {0, errno.EINVAL, errno.ENODEV, errno.EPERM, errno.EBUSY, errno.EAGAIN,
                    errno.ECANCELED},
}
VALUES = {
    "online": ["0\n", "1\n", "0\n", "1\n", "on", "off", "junk", "", "2"],
    "hotplug/target": ["0\n", "236\n", "junk", "99999999999", "-1"],
    "hotplug/fail": ["-1\n", "197\n", "149", "9999", "junk", "99999999999"],
    "uevent": ["change\n", "add", "junk"],
    "smt/control": ["on\n", "off\n", "junk"],
}
READS = ["online", "offline", "smt/active", "cpu1/hotplug/state", "cpu2/topology/core_id",
         "cpu3/cache/index0/size"]


def one_write(rng, machine):
    file = rng.choice(list(VALUES))
    path = file if file == "smt/control" else f"cpu{rng.randrange(CPUS)}/{file}"
    value = rng.choice(VALUES[file])
    answer = machine.write(path, value)
    return None if answer in ANSWERS[file] else f"{value!r} to {path}: {errno.errorcode[answer]}"


def one_read(rng, machine):
    path = rng.choice(READS)
    try:
        machine.read(path)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENODEV):
            return f"read of {path}: {errno.errorcode[error.errno]}"
    return None


def client(seed, machine, until, done):
    """Ends with 1 at the first wrong answer, and says how many calls it has made."""
    rng = random.Random(seed)
    signal.signal(signal.SIGALRM, lambda *_: None)  # handled: a store goes on all the same
    signal.siginterrupt(signal.SIGALRM, False)
    calls = 0
    while time.monotonic() < until:
        if rng.random() < 0.1:
            signal.setitimer(signal.ITIMER_REAL, rng.random() / 100)
        wrong = (one_write if rng.random() < 0.7 else one_read)(rng, machine)
        if wrong is not None:
            os.write(2, f"seed {seed}, call {calls}: {wrong}\n".encode())
            return 1
        calls += 1
    os.write(done, calls.to_bytes(8, "little"))
    return 0


def finish(children, patience):
    """Exit codes; a client that does not come back has hung."""
    codes = []
    until = time.monotonic() + patience
    for pid in children:
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done != 0:
                codes.append(os.waitstatus_to_exitcode(status))
                break
            if time.monotonic() > until:
                os.kill(pid, signal.SIGKILL)
                codes.append("hung")
                break
            time.sleep(0.01)
    return codes


def soak(clients, seconds, pace, seed, patience=60):
    """(calls, clients that went wrong, the machine's exit code, what it said)."""
    options = [] if pace is None else ["--pace", str(pace)]
    with Machine(*options) as machine:
        read_end, write_end = os.pipe()
        until = time.monotonic() + seconds
        children = []
        for i in range(clients):
            pid = os.fork()
            if pid == 0:
                os._exit(client(seed * 1_000 + i, machine, until, write_end))
            children.append(pid)
        codes = finish(children, seconds + patience)
        os.close(write_end)
        calls = 0
        while select.select([read_end], [], [], 0)[0] and (number := os.read(read_end, 8)):
            calls += int.from_bytes(number, "little")
        os.close(read_end)
        machine.end()
        return calls, [c for c in codes if c != 0], machine.code, machine.said


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pace", type=float, help="without: time stands still")
    parser.add_argument("--seed", type=int, default=1)
    o = parser.parse_args()
    if (reason := why_not()) is not None:
        sys.exit("cannot mount here: " + reason)
    calls, wrong, code, said = soak(o.clients, o.seconds, o.pace, o.seed)
    print(f"pace {o.pace}, seed {o.seed}: {calls} calls of {o.clients} clients, "
          f"{len(wrong)} went wrong {wrong[:5]}, exit code {code}, {said[:2_000]!r}")
    sys.exit(0 if not wrong and code == 0 and said == "" else 1)


if __name__ == "__main__":
    main()
