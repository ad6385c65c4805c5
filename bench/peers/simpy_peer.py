#!/usr/bin/python3
"""SimPy, as Debian has it (2.3.1): a process a CPU, a hold a step.

    simpy_peer.py walk|handshake CPUS STEPS INSTANCES RUNS
"""

import json
import resource
import sys

from SimPy.Simulation import Process, activate, hold, initialize, now, passivate, reactivate, simulate

MASK = (1 << 64) - 1
FIRST_STEP, LEAST_NS, MOST_NS = 8, 100, 1_000_000


def mix(x):
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


SEED = mix(1)


def cost(cpu, step, instances):
    """bench/checksum.hpp's cost()."""
    state = FIRST_STEP + (step // instances if instances else step)
    occurrence = 1 << 8 | (instances - step % instances if instances else 0)
    bits = mix(mix(SEED ^ (cpu << 32 | state)) ^ (occurrence << 32 | 2 << 1))
    return LEAST_NS + (bits * (MOST_NS - LEAST_NS + 1) >> 64)


class Work:
    def __init__(self, handshake, cpus, steps, instances):
        self.handshake, self.cpus, self.steps = handshake, cpus, steps
        # Drawn beforehand: Python's arithmetic on 64 bits is no part of the engine.
        self.costs = {
            cpu: [cost(cpu, step, instances) for step in range(steps)] for cpu in range(1, cpus)
        }
        self.total = 0

    def once(self):
        initialize()
        self.total = 0
        if self.handshake:
            control = Control()
            activate(control, control.run(self))
        else:
            for cpu in range(1, self.cpus):
                ap = Ap()
                activate(ap, ap.run(self, cpu, None))
        simulate(until=float("inf"))
        return self.total


class Ap(Process):
    def run(self, work, cpu, control):
        begin = now()
        for step, ns in enumerate(work.costs[cpu]):
            yield hold, self, ns
            work.total += int(now() - begin) * (2 * (step << 20 | cpu) + 1)
        if control is not None:
            reactivate(control)


class Control(Process):
    def run(self, work):
        for cpu in range(1, work.cpus):
            ap = Ap()
            activate(ap, ap.run(work, cpu, self))
            yield passivate, self


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    kind, cpus, steps, instances, runs = sys.argv[1], *map(int, sys.argv[2:6])
    work = Work(kind == "handshake", cpus, steps, instances)
    seconds = []
    for _ in range(runs):
        begin = cpu_seconds()
        total = work.once()
        seconds.append(cpu_seconds() - begin)
    count = (cpus - 1) * steps
    print(json.dumps({
        "steps": count, "checksum": f"{total & MASK:016x}",
        "kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "ns": [round(s * 1e9 / count, 2) for s in seconds],
    }))


if __name__ == "__main__":
    main()
