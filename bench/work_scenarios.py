#!/usr/bin/python3
"""Writes the scenarios of the two works that `scripts/bench` measures.

    work_scenarios.py FOLDER

Work A (`walk-*`): all CPUs walk their steps at the same time, under `async`. Work B
(`handshake-*`): the control CPU brings them up one by one, under `symmetric`. A step costs a random
integer of 100 to 1,000,000 ns; the core's own phases cost nothing.
"""

import json
import sys
from pathlib import Path

SIZES = [(64, 10000), (4096, 200), (8192, 250)]
LEAST_NS, MOST_NS = 100, 1_000_000
INSTANCES = 50  # a state of a long walk has so many: a table holds 4,096 states
FREE_PHASES = [
    "kick", "alive", "microcode", "cpu_init", "callin", "calibrate", "tsc_sync", "idle_entry",
    "kick_cleanup", "wake_up", "spin_exit", "ipi", "ipi_handler", "park_thread", "kworker_hop",
]


def table(steps):
    """The states that the core knows, and `steps` callbacks between them."""
    instances = INSTANCES if steps > 1000 else 0
    states = steps // instances if instances else steps
    rows = [
        {"id": 0, "name": "offline"},
        {"id": 1, "name": "cpu:kick_ap", "startup": "cpuhp_kick_ap_alive", "cant_stop": True},
        {"id": 2, "name": "cpu:bringup", "startup": "cpuhp_bringup_ap", "cant_stop": True},
        {"id": 3, "name": "idle:dead", "startup": "", "teardown": ""},
        {"id": 4, "name": "ap:offline", "startup": "", "teardown": ""},
        {"id": 5, "name": "ap:online"},
        {"id": 6, "name": "cpu:teardown", "teardown": "takedown_cpu", "cant_stop": True},
        {"id": 7},
    ]
    for row in rows:
        for key in ("startup", "teardown"):
            if row.get(key) == "":
                del row[key]
    for i in range(states):
        row = {"id": 8 + i, "name": f"bench/{i}", "startup": f"bench_{i}_online"}
        if instances:
            row.update(multi=True, instances=instances)
        rows.append(row)
    rows.append({"id": 8 + states, "name": "online"})
    return {"version": 1, "kind": "cpuhp-table", "name": f"walk-{steps}", "arch": "x86_64",
            "rules": {"base": "v6.12"}, "states": rows}


def costs():
    none = {"work": 0}
    return {"version": 1, "kind": "cpuhp-costs", "name": "walk", "measured_under": "invented",
            "default": {"startup": {"work": [LEAST_NS, MOST_NS]}},
            "phases": {phase: none for phase in FREE_PHASES},
            "states": {name: {"startup": none, "teardown": none}
                       for name in ("cpu:kick_ap", "cpu:bringup", "cpu:teardown")}}


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)

    def write(name, document):
        (folder / name).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")

    write("costs.json", costs())
    for cpus, steps in SIZES:
        write(f"table-{steps}.json", table(steps))
        for work, design in (("walk", "async"), ("handshake", "symmetric")):
            write(f"{work}-{cpus}x{steps}.json",
                  {"version": 1, "name": f"{work}-{cpus}x{steps}",
                   "machine": {"sockets": max(1, cpus // 4096), "cores": min(cpus, 4096)},
                   "design": design, "table": f"table-{steps}.json", "costs": ["costs.json"],
                   "operations": [{"op": "boot"}]})


if __name__ == "__main__":
    main()
