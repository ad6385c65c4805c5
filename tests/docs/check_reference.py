#!/usr/bin/python3
"""What docs/reference/ says of traces, recordings and exit codes, against the program.

    check_reference.py BINARY          one line for each difference; exit code 1

Other pages have tests of their own: scenario, table, costs and published are generated from the
loaders (tests/sim/scenario_schema_test.cpp), cli by scripts/make-docs, output by check_output.py,
sysfs by tests/model/sysfs_read_test.cpp.
"""

import json
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BOOT = "scenarios/boot-8-cpus.json"
RECORDING = "tests/truth/recordings/x86_64-6.1/E-fail-online-smp4.txt.gz"


def page(name):
    return (ROOT / f"docs/reference/{name}.md").read_text(encoding="utf-8")


def first_cells(text, pattern=r"`([^`]+)`"):
    """What stands in the first cells of the tables of a text."""
    cells = [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| ")]
    return [word for cell in cells for word in re.findall(pattern, cell)]


class Program:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, Path(folder)
        for name in ("scenarios", "tests"):
            (self.folder / name).symlink_to(ROOT / name)

    def call(self, *words):
        return subprocess.run([self.binary, *words], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=120)

    def trace(self, name, scenario=BOOT):
        self.call("run", scenario, "--trace", name)
        return (self.folder / name).read_text(encoding="utf-8")


def differ(what, documented, real):
    if sorted(documented) != sorted(real):
        both = set(documented) & set(real)
        yield (f"{what}: only documented {sorted(set(documented) - both)}, "
               f"only in the program {sorted(set(real) - both)}")


def traces(program):
    text = page("trace-formats")
    refused = program.call("run", BOOT, "--trace", "trace.doc").stderr.partition("expected")[2]
    endings = first_cells(text.partition("\n## ")[0])
    yield from differ("endings of --trace", endings, re.findall(r"\.[a-z]+\b", refused))

    section = re.search(r"\n## \.jsonl.*?(?=\n##)", text, re.S)[0]
    first, event = (json.loads(line) for line in program.trace("t.jsonl").splitlines()[:2])
    yield from differ("keys of .jsonl", first_cells(section), event)
    named = re.search(r"describes the file \((.*?)\)", section, re.S)[1]
    yield from differ("first line of .jsonl", re.findall(r"`(\w+)`", named), first)
    yield from differ("columns of .csv", program.trace("t.csv").splitlines()[0].split(","), event)


def recordings(program):
    words = set(first_cells(page("recording"), r"`#([A-Z]+)"))
    reader = (ROOT / "sim/trace/recording.cpp").read_text()
    yield from differ("words of recordings", words,
                      re.findall(r'\{"#([A-Z]+)", &RecordingReader', reader))
    (program.folder / "rec.txt").write_text("# run: x\n#BOGUS\n")
    refused = program.call("conform", "rec.txt", "--table", "scenarios/tables/x86_64-6.1.json")
    if refused.returncode != 2 or "#BOGUS" not in refused.stderr:
        yield f"recordings: an unknown word is not refused: {refused.stderr}"


def aborted(program):
    """The exit code after a failed assertion, which is an abort()."""
    running = subprocess.Popen([program.binary, "faults", BOOT, "--random", "1000000"],
                               cwd=program.folder, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    running.stderr.readline()  # the number of runs: it has begun, and has minutes to go
    running.send_signal(signal.SIGABRT)
    said = running.communicate(timeout=100)[1]
    return running.returncode if "please report it" in said else said


def stopped(program, number, *more):
    """The exit code of a campaign that a signal ends, if it says how far it came."""
    running = subprocess.Popen([program.binary, "faults", BOOT, "--random", "1000000", *more],
                               cwd=program.folder, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    running.stderr.readline()
    running.send_signal(number)
    said = "".join(running.communicate(timeout=100))
    words = f"note: stopped by {signal.Signals(number).name} after "
    return running.returncode if words in said else said


def exit_codes(program):
    trace = program.trace("t.txt", "scenarios/offline-one-cpu.json").splitlines()
    (program.folder / "cut.txt").write_text("\n".join(trace[:199] + trace[201:]) + "\n")
    (program.folder / "no.json").write_text("{")
    fails = json.loads((ROOT / BOOT).read_text())
    fails |= {"$schema": "", "table": "scenarios/" + fails["table"], "expect": {"online": "0-6"}}
    (program.folder / "fails.json").write_text(json.dumps(fails))
    published = json.loads((ROOT / "scenarios/published/bytedance-128.json").read_text())
    published["scenario"] = "scenarios/published/" + published["scenario"]
    published["rows"][0]["total_ns"] *= 2
    del published["$schema"]
    (program.folder / "published.json").write_text(json.dumps(published))
    program.call("faults", BOOT, "--random", "9", "--shard", "1/3", "--out", "part.jsonl")
    commands = {
        0: [["run", BOOT], ["compare", BOOT], ["test", "scenarios/faults/never-dead.json"],
            ["check", "t.txt"], ["diff", BOOT, BOOT], ["explain", BOOT], ["schema"], ["--help"],
            ["conform", RECORDING, "--table", "scenarios/tables/x86_64-6.1.json"],
            ["validate", "scenarios/published/bytedance-128.json"],
            ["faults", BOOT, "--designs", "parallel", "--random", "3"]],
        1: [["run", BOOT, "--set", "/expect/online=0-6"],
            ["run", "scenarios/faults/hang-in-online.json", "--set", "/expect={}"],
            ["run", "scenarios/history/dea1d0f5f128.json", "--set", "/expect={}"],
            ["run", "scenarios/history/45178ac0cea8.json", "--set", "/expect={}"],
            ["test", "fails.json"],
            ["faults", "scenarios/history/45178ac0cea8.json", "--random", "3"],
            ["check", "cut.txt"], ["diff", BOOT, BOOT, "--design-b", "async"],
            ["validate", "published.json"]],
        2: [[], ["rnu"], ["run"], ["run", "none.json"], ["run", "no.json"],
            ["run", BOOT, "--trace", "none/t.txt"], ["check", BOOT], ["check", "no.json"],
            ["faults", BOOT, "--shard", "auto"]],
        75: [["faults", "--merge", "part.jsonl", "--out", "merged.jsonl"]],
    }
    yield from differ("exit codes", first_cells(page("exit-codes"), r"^\| (\d+)"),
                      [str(code) for code in [*commands, 70, 129, 130, 143]])
    for code, calls in commands.items():
        for words in calls:
            done = program.call(*words)
            if done.returncode != code:
                yield (f"exit codes: cpuhp-sim {' '.join(words)}: {done.returncode}, expected "
                       f"{code}\n{done.stdout[-300:]}{done.stderr[-300:]}")
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        code = stopped(program, number)
        if code != 128 + number:
            yield f"exit codes: after {number!r}: {code}, expected {128 + number}"
        code = stopped(program, number, "--shard", "1/3")
        if code != 75:
            yield f"exit codes: of a shard after {number!r}: {code}, expected 75"
    code = aborted(program)
    if code != 70:
        yield f"exit codes: after an abort(): {code}, expected 70"


def main():
    binary = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        program = Program(binary, folder)
        wrong = [*traces(program), *recordings(program), *exit_codes(program)]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
