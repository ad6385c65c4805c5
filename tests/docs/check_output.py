#!/usr/bin/python3
"""docs/reference/output.md against what the program prints, in both directions.

    check_output.py BINARY          one line for each difference; exit code 1
    check_output.py BINARY --seen   prints what was seen instead: field, types

Each section of the page has its commands here. They have to show every field of the section at
least once, and no other; the types that are seen have to be among those that the page names.
"""

import csv
import gzip
import json
import re
import shlex
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs/reference/output.md"
RECORDING = "tests/truth/recordings/x86_64-6.1/E-fail-online-smp4.txt.gz"
TABLE = "scenarios/tables/x86_64-6.1.json"

# Costs as of a trace that may be read in two ways, and says nothing of one design.
READ_TWICE = ("{} --set '/costs={{\"name\":\"x\",\"measured_under\":\"hardware\","
              "\"replay\":{{\"design\":\"symmetric\",\"cpus\":8}},\"other_reading\":{{\"why\":"
              "\"w\",\"phases\":{{\"cpu_init\":199000}}}},\"no_figure\":{{\"async\":\"w\"}}}}'").format
JSON_COMMANDS = {
    "run": [f"run scenarios/{name}.json" for name in (
        "fail-one-step", "faults-of-a-driver", "smt-off", "faults/arm64-dead-cpus",
        "faults/alive-too-late", "faults/hang-in-online", "faults/cpus-read-lock",
        "faults/reader-never-lets-go", "faults/flush-of-a-reader",
        "questions/reader-holds-the-lock",
        "history/1f7c70d6b2bc",
        "history/2b8272ff4a70", "history/2f8dea1692ee", "history/206b92353c83",
        "history/c2296a1e4241", "history/e98eac6ff1b4")] + [
            "run scenarios/offline-one-cpu.json --set /machine/isolated=2-3"] + [
            READ_TWICE(f"run scenarios/boot-8-cpus.json --design {design}")
            for design in ("notifier", "async")],
    "compare": ["compare scenarios/boot-8-cpus.json --seeds 2",
                "compare scenarios/boot-8-cpus.json scenarios/offline-one-cpu.json",
                "compare scenarios/register-a-driver.json",
                READ_TWICE("compare scenarios/boot-8-cpus.json --seeds 2")],
    "test": ["test scenarios/faults/canary.json scenarios/faults/never-dead.json leak.json"
             " scenarios/history/206b92353c83.json --junit test.xml"],
    "faults": ["faults leak.json --designs parallel --kinds error --out singles.jsonl"
               " --junit faults.xml",
               "faults leak.json --designs parallel --random 3"],
    # Of the driver as it was, with other kinds: cases came, went, got worse, and are noted.
    "faults --against": ["faults leak.json --designs parallel --kinds error,panic --against sound.jsonl",
                         "faults --merge sound.jsonl --against leaking.jsonl"],
    "check": ["check cut.txt", "check open.txt"],
    "conform": ["conform changed.txt --table " + TABLE, "conform changed.txt --table partial.json"],
    "explain": ["explain scenarios/boot-8-cpus.json --what-if alive=0.5",
                "explain scenarios/fail-one-step.json", "explain cut.txt",
                "explain scenarios/skylake-112-boot.json --top 1",
                READ_TWICE("explain scenarios/boot-8-cpus.json --design parallel --what-if kick=0")],
    "diff": ["diff scenarios/boot-8-cpus.json scenarios/boot-8-cpus.json --design-b parallel",
             "diff scenarios/boot-8-cpus.json scenarios/boot-8-cpus.json --set-b"
             " '/costs={\"name\":\"x\",\"measured_under\":"
             "\"invented\",\"states\":{\"perf:online\":{\"startup\":5000}},"
             "\"phases\":{\"cpu_init\":9000}}'",
             "diff scenarios/boot-8-cpus.json scenarios/boot-8-cpus.json"],
    "explore": ["explore scenarios/explore/run-after-up.json --designs symmetric,async --orders .",
                "explore scenarios/explore/run-beside-down.json --design notifier",
                "explore scenarios/explore/two-cpus.json --singles --design symmetric --most 20"],
    "validate": ["validate scenarios/published/bytedance-128.json"
                 " scenarios/published/skylake-112.json"],
    "calibrate": ["calibrate scenarios/published/skylake-112.json --hold-out A",
                  "calibrate small.json --hold-out each"],
}
CSV_COMMANDS = ["run scenarios/boot-8-cpus.json", "compare scenarios/boot-8-cpus.json",
                "validate scenarios/published/bytedance-128.json"]
TYPES = {dict: "object", list: "array", str: "text", bool: "true or false", int: "integer",
         float: "number", type(None): "null"}


def rows(section):
    """[(fields, types, meaning)] of a section's tables."""
    text = PAGE.read_text(encoding="utf-8")
    body = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)[1]
    for line in body.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| `"):
            yield fields(cells[0]), cells[1:-1], cells[-1].rstrip("|").strip()


def fields(cell):
    """`a.b`, `.c` are a.b and a.c."""
    names = []
    for name in re.findall(r"`([^`]+)`", cell):
        names.append(names[-1].rpartition(".")[0] + name if name.startswith(".") else name)
    return names


def collect(value, place, seen):
    """Each field with the types that it was seen with; an array's own entries as `field[]`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            name = f"{place}.{key}".lstrip(".")
            seen.setdefault(name, set()).add(TYPES[type(inner)])
            collect(inner, name, seen)
    elif isinstance(value, list):
        for inner in value:
            if not isinstance(inner, (dict, list)):
                seen.setdefault(place + "[]", set()).add(TYPES[type(inner)])
            collect(inner, place + "[]", seen)


def allowed(word, entries):
    """The types that a cell such as `array of integer or null` names."""
    array, _, inner = word.partition(" of ")
    named = inner if entries else array if array == "array" else word
    kinds = set(re.findall(r"true or false|object|array|text|integer|number|null", named))
    return kinds | ({"integer"} if "number" in kinds else set())


def compared(section, seen):
    """Where the page's section and what was seen differ."""
    known, same_as = {}, {}
    for names, types, meaning in rows(section):
        for name in names:
            if name.endswith("*"):
                other = re.search(r"as `([^`]+)` of \[(\w+)\]", meaning)
                same_as[name[:-1]] = (other[1][:-1], other[2])
            elif name in known:
                yield f"{section}: {name} has two rows"
            known[name] = types[0] if types else ""
    for name, types in seen.items():
        place = next((p for p in same_as if name.startswith(p)), None)
        if place:
            prefix, other = same_as[place]
            if not has(other, prefix + name[len(place):]):
                yield f"{section}: {name} is not among the rows that the page refers to"
            continue
        entries = name.endswith("[]")
        word = known.get(name[:-2] if entries else name)
        if word is None:
            yield f"{section}: {name} is not on the page"
        elif not types <= allowed(word, entries):
            yield f"{section}: {name} is {' or '.join(sorted(types))}, the page says {word}"
    for name in known:
        if not name.endswith("*") and name not in seen:
            yield f"{section}: no command showed {name}"
        elif name.endswith("*") and not any(s.startswith(name[:-1]) for s in seen):
            yield f"{section}: no command showed {name}"


def has(section, name):
    names = [n for group, _, _ in rows(section) for n in group]
    plain = name[:-2] if name.endswith("[]") else name
    return plain in names or any(n.endswith("*") and plain.startswith(n[:-1]) for n in names)


class Program:
    """The program, in a folder with the inputs that the commands name."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, Path(folder)
        for name in ("scenarios", "tests"):
            (self.folder / name).symlink_to(ROOT / name)
        self.leaking_driver()
        self.damaged_trace()
        self.changed_recording()
        self.small_calibration()
        for name, kinds, out in (("sound", "error,hang", "sound"), ("leak", "error", "leaking")):
            self.call(f"faults {name}.json --designs parallel --kinds {kinds} --out {out}.jsonl")

    def call(self, command):
        done = subprocess.run([self.binary, *shlex.split(command)], cwd=self.folder, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        if done.returncode not in (0, 1):
            sys.exit(f"cpuhp-sim {command}: {done.stderr}")
        return done.stdout

    def small_calibration(self):
        published = json.loads((ROOT / "scenarios/published/hpe-1920.json").read_text())
        del published["$schema"]
        published["scenario"] = "scenarios/skylake-112-boot.json"
        published["runs"] = {name: {"set": ["/design=" + name]} for name in ("parallel", "async")}
        published["rows"] = [
            {"id": run, "what": "boot", "run": run, "quantity": "boot", "total_ns": 600_000_000,
             "total_permille": 900} for run in published["runs"]]
        published["parameters"] = [
            {"name": "boot work", "at": ["scenarios/skylake-112-boot.json#/boot_work_ns"],
             "low_ns": 0, "high_ns": 900_000_000, "source": "x"}]
        (self.folder / "small.json").write_text(json.dumps(published))

    def leaking_driver(self):
        scenario = json.loads((ROOT / "scenarios/faults-of-a-driver.json").read_text())
        del scenario["$schema"]
        scenario["table"] = "scenarios/" + scenario["table"]
        (self.folder / "sound.json").write_text(json.dumps(scenario))
        scenario["states"][-1]["resources"] = [{"name": "rx_queue", "on_error": "kept"}]
        scenario["operations"] += [{"op": "down", "cpu": 1}, {"op": "up", "cpu": 1}]
        scenario["faults"] = []
        (self.folder / "leak.json").write_text(json.dumps(scenario))

    def damaged_trace(self):
        self.call("run scenarios/offline-one-cpu.json --trace t.txt")
        lines = (self.folder / "t.txt").read_text().splitlines()
        # Two enters without their exits: one finding, and the same again.
        several = [line for line in lines if "cpuhp_exit:" not in line or "step:  41" not in line]
        (self.folder / "open.txt").write_text("\n".join(several) + "\n")
        del lines[199:201]
        lines.append("CPU:0 [LOST 5 EVENTS]")
        (self.folder / "cut.txt").write_text("\n".join(lines) + "\n")

    def changed_recording(self):
        text = gzip.open(ROOT / RECORDING, "rt", encoding="utf-8").read()
        text = re.sub(r"^(#S .* state=)\d+", r"\g<1>7", text, count=1, flags=re.M)
        text = re.sub(r"(cpuhp_exit: .* ret: )0$", r"\g<1>-5", text, count=1, flags=re.M)
        (self.folder / "changed.txt").write_text(text)
        # These sessions never ran sched:active's teardown, and so the table does not have it: I15.
        self.call(f"import --states {RECORDING} --trace {RECORDING} --out partial.json")


def seen_json(program):
    for section, commands in JSON_COMMANDS.items():
        seen = {}
        for command in commands:
            collect(json.loads(program.call(command + " --format json")), "", seen)
        yield section, seen


def seen_campaign(program):
    program.call("faults leak.json --designs parallel --random 20 --led --shard 1/2"
                 " --out random.jsonl")
    first, cases = {}, {}
    for name in ("singles.jsonl", "random.jsonl"):
        for line in (program.folder / name).read_text().splitlines():
            document = json.loads(line)
            if "faults" in document:
                document["faults"] = []  # its fields are a scenario's, with a page of their own
            collect(document, "", first if "cpuhp_faults" in document else cases)
    yield "Campaign files: first line", first
    yield "Campaign files: cases", cases


def seen_csv(program):
    seen = {}
    for command in CSV_COMMANDS:
        header, = list(csv.reader(program.call(command + " --format csv").splitlines()))[:1]
        seen.update({column: set() for column in header})
    yield "CSV", seen


def seen_junit(program):
    seen = {}
    for name in ("test.xml", "faults.xml"):
        for element in ElementTree.parse(program.folder / name).iter():
            seen.update({f"{element.tag}@{key}": set() for key in element.attrib})
    yield "JUnit", seen


def main():
    binary = Path(sys.argv[1]).resolve()
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        program = Program(binary, folder)
        for reader in (seen_json, seen_campaign, seen_csv, seen_junit):
            for section, seen in reader(program):
                if "--seen" in sys.argv:
                    print(f"## {section}\n" + "\n".join(
                        f"{name}: {', '.join(sorted(types))}" for name, types in seen.items()))
                else:
                    wrong += compared(section, seen)
    print("\n".join(f"{PAGE.relative_to(ROOT)}: {line}" for line in wrong) or "the same")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
