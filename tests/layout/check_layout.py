#!/usr/bin/python3
"""Who may include whom, and who may ask the host: docs/internals.md as a test.

    check_layout.py [ROOT]

prints one line for each broken rule and exits with 1:

    model/walk.cpp:12: [model-outward] includes "sim/error.hpp": model/ knows only itself and the
    standard library

check_layout_test.py plants a breach of each rule and expects exactly that line.
"""

import re
import sys
from pathlib import Path

# What model/ may take from the standard library: values, containers with an order, algorithms. Not
# here, on purpose: clocks, threads, streams, files, host randomness, and unordered containers, whose
# order of iteration differs between library versions.
MODEL_STD = set(
    """algorithm any array bit bitset cassert charconv cmath compare concepts cstddef cstdint cstdio
    cstdlib cstring deque exception expected forward_list functional initializer_list iterator limits
    list map memory memory_resource new numbers numeric optional queue ranges ratio set
    source_location span stack stdexcept string string_view tuple type_traits typeinfo utility
    variant vector version coroutine climits cerrno""".split()
)

# Libraries and the folders that may see them. A header that is neither here nor of the standard
# library is refused until someone adds its line.
LIBRARIES = [
    (r"(simgrid|xbt)(/|\.h)", ["sim/engine/simgrid_stacks.cpp", "sim/engine/plain.cpp"]),
    (r"(spdlog|fmt)/", ["sim/", "tests/"]),
    (r"nlohmann/", ["sim/", "!sim/engine/", "tests/"]),
    (r"(xxhash|xxh3|xxh_x86dispatch|zlib|zstd)\.h$", ["sim/", "!sim/engine/", "tests/"]),
    (r"tl/expected\.hpp$", ["sim/", "tests/"]),
    (r"CLI/", ["sim/cli/", "tests/"]),
    (r"boost/math/", ["sim/analysis/"]),
    (r"(unsupported/)?Eigen/", ["sim/analysis/", "tests/"]),
    (r"(gtest|gmock|rapidcheck)[/.]", ["tests/"]),
    (r"fuse3?/|fuse", ["sim/live/fuse_"]),
    (r"editline/", ["sim/live/line_editor"]),
    (r"sanitizer/", ["sim/engine/bare_stacks"]),
    # POSIX: where there are processes, files, mappings and terminals to deal with.
    (
        r"(sys|arpa|netinet|linux|bits)/|(unistd|fcntl|signal|poll|pthread|termios|dirent|errno|err"
        r"|dlfcn|execinfo|ucontext|spawn|sched|fnmatch|glob|getopt)\.h$",
        ["sim/", "!sim/scenario/", "!sim/trace/", "!sim/analysis/", "!sim/report/", "tests/"],
    ),
]

# (rule, from, may not include, why). Paths are prefixes.
FORBIDDEN = [
    ("tests-inward", ["model/", "sim/"], ["tests/"], "nobody includes from tests/"),
    (
        "engine-outward",
        ["sim/engine/"],
        ["sim/"],
        "sim/engine/ knows model/, itself and sim/error.hpp",
    ),
    (
        "data-upward",
        ["sim/scenario/", "sim/trace/"],
        ["sim/"],
        "sim/scenario/ and sim/trace/ know model/, each other, sim/error.hpp, sim/input_file.hpp and sim/log.hpp",
    ),
    ("base-upward", ["sim/error", "sim/host", "sim/input_file", "sim/log", "sim/stop"], ["sim/", "model/"], "the base of sim/ knows nobody"),
    ("units-upward", ["sim/units"], ["sim/"], "sim/units knows model/ alone"),
    ("analysis-outward", ["sim/analysis/"], ["sim/report/"], "sim/analysis/ gives values; who prints them knows it"),
    (
        "cli-inward",
        ["sim/"],
        ["sim/cli/"],
        "sim/cli/ is the outermost layer",
    ),
]
EXCEPTIONS = {
    "engine-outward": ["sim/engine/", "sim/error.hpp"],
    "data-upward": ["sim/scenario/", "sim/trace/", "sim/error.hpp", "sim/input_file.hpp", "sim/log.hpp"],
    "units-upward": ["sim/units.hpp"],
    "base-upward": ["sim/error.hpp", "sim/host.hpp", "sim/input_file.hpp", "sim/log.hpp", "sim/stop.hpp"],
}
OWN_LAYER = {"cli-inward": ["sim/cli/"]}

# The checks judge by the event stream alone: a fault or defect that they could see would be excused
# instead of found. This holds through any chain of includes.
BLIND = "model/checks/"
UNSEEN = re.compile(r"^model/(faults/|[^/]*((?<!de)fault|defect)[^/]*$)|/[^/]*defect[^/]*$")

# The headers that are installed for other programs. Their types have a namespace of their own.
PUBLIC = "include/"
KNOW_PUBLIC = ["sim/library/", "tests/library/"]

# The one file that may ask the host for anything, and what asking looks like.
HOST = "sim/host.cpp"
HOST_CALLS = [
    r"\b(system|steady|high_resolution|utc|tai|gps|file)_clock\b",
    r"\b(clock_gettime|clock_getres|gettimeofday|ftime|timespec_get|getrusage|rdtscp?|__rdtscp?)\b",
    r"\b(getenv|secure_getenv|setenv|putenv|unsetenv|environ)\b",
    r"(\bstd\s*::\s*|(?<![\w)>\]]\s)(?<![\w:>.])::\s*)(time|clock|times)\s*\(",
    r"(?<![\w:>.])time\s*\(\s*(nullptr|NULL|0|&\s*\w+)\s*\)",
    r"(?<![\w:>.])clock\s*\(\s*\)",
    r"\brandom_device\b",
    r"(\bstd\s*::\s*|(?<![\w:>.]))s?rand(_r)?\s*\(",
    r"\b([delmn]rand48|arc4random\w*|getrandom|getentropy)\b",
    r"\b(isatty|ttyname|TIOCGWINSZ|gethostname|uname\s*\()",
]

# An order by address differs from run to run.
POINTER_KEYS = re.compile(r"\b(?:set|map|multiset|multimap)\s*<\s*(?:const\s+)?[\w:]+\s*(?:const\s*)?\*")

# A type that a header gives to all. Two of one name are one for the linker: it keeps one of the two
# bodies of a member function, and what is not inlined calls the wrong one.
TYPE = re.compile(r"^(?:struct|class|enum class)\s+(\w+)\b(?!::)[^;()]*\{")

SOURCES = (".hpp", ".cpp", ".h", ".cc", ".ipp", ".inc")
INCLUDE = re.compile(r"^\s*#\s*include\s*(.*?)\s*$")


def without_comments_and_texts(source):
    """The source with comments and the insides of literals blanked; line breaks stay."""
    token = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'",
        re.DOTALL,
    )
    return token.sub(lambda m: " " + "\n" * m.group().count("\n"), source)


def under(path, prefixes):
    return any(path.startswith(prefix) for prefix in prefixes)


def allowed_folder(path, folders):
    refused = [f[1:] for f in folders if f.startswith("!")]
    return under(path, [f for f in folders if not f.startswith("!")]) and not under(path, refused)


def is_standard(header):
    return "/" not in header and "." not in header


class Layout:
    def __init__(self, root):
        self.root = Path(root)
        self.findings = []
        self.includes = {}  # file -> [(line, included file of ours)]
        self.types = {}  # type of a header -> the header

    def say(self, path, line, rule, text):
        self.findings.append(f"{path}:{line}: [{rule}] {text}")

    def files(self):
        for top in ("include", "model", "sim", "tests"):
            for path in sorted((self.root / top).rglob("*")):
                if path.suffix in SOURCES and path.is_file():
                    yield path.relative_to(self.root).as_posix()

    def ours(self, path, header):
        """The file of this repository that a header's name means, or None."""
        if (self.root / header).is_file():
            return header
        if header.startswith("cpuhp/") and (self.root / PUBLIC / header).is_file():
            return PUBLIC + header
        beside = (self.root / path).parent / header
        if beside.is_file():
            resolved = beside.resolve()
            if resolved.is_relative_to(self.root.resolve()):
                return resolved.relative_to(self.root.resolve()).as_posix()
        return None

    def check(self):
        count = 0
        for path in self.files():
            count += 1
            self.check_file(path, (self.root / path).read_text(encoding="utf-8"))
        self.check_blindness()
        if count == 0:
            self.say(self.root, 0, "nothing-to-check", "no source file under model/, sim/, tests/")
        return self.findings

    def check_file(self, path, source):
        self.includes[path] = []
        for number, line in enumerate(source.splitlines(), 1):
            match = INCLUDE.match(line)
            if match:
                self.check_include(path, number, match.group(1))
        if path.startswith("tests/"):
            return
        code = without_comments_and_texts(source)
        for number, line in enumerate(code.splitlines(), 1):
            if path != HOST and any(re.search(call, line) for call in HOST_CALLS):
                why = f"only {HOST} asks the host for its clock, environment, terminal or randomness"
                self.say(path, number, "host-call", f"{line.strip()}: {why}")
            named = TYPE.match(line) if path.endswith(".hpp") and not path.startswith(PUBLIC) else None
            if named and self.types.setdefault(named.group(1), path) != path:
                why = f"{self.types[named.group(1)]} has a type of this name, too"
                self.say(path, number, "one-name", f"{named.group(1)}: {why}")
            if POINTER_KEYS.search(line):
                why = "an order by address differs from run to run"
                self.say(path, number, "pointer-key", f"{line.strip()}: {why}")

    def check_include(self, path, number, operand):
        match = re.match(r'["<]([^">]+)[">]', operand)
        if not match:
            return self.say(path, number, "opaque-include", f"{operand}: not a plain header name")
        header = match.group(1)
        ours = self.ours(path, header)
        if ours is None:
            return self.check_library(path, number, header)
        self.includes[path].append((number, ours))
        if header != ours.removeprefix(PUBLIC):
            self.say(path, number, "relative-include", f'"{header}": write "{ours}"')
        if path.startswith(PUBLIC) != ours.startswith(PUBLIC) and not under(path, KNOW_PUBLIC):
            why = "include/ knows itself alone, and only sim/library/ and its tests know include/"
            self.say(path, number, "public-headers", f'includes "{ours}": {why}')
        if path.startswith("model/") and not ours.startswith(("model/", "tests/")):
            why = "model/ knows only itself and the standard library"
            self.say(path, number, "model-outward", f'includes "{ours}": {why}')
        for rule, sources, targets, why in FORBIDDEN:
            if not under(path, sources) or under(path, OWN_LAYER.get(rule, [])):
                continue
            if under(ours, targets) and not under(ours, EXCEPTIONS.get(rule, [])):
                self.say(path, number, rule, f'includes "{ours}": {why}')

    def check_library(self, path, number, header):
        if is_standard(header):
            if path.startswith("model/") and header not in MODEL_STD:
                why = "not among the standard headers that model/ may use"
                self.say(path, number, "model-std", f"includes <{header}>: {why}")
            return
        if path.startswith(PUBLIC):
            why = "include/ knows itself and the standard library"
            return self.say(path, number, "public-headers", f"includes <{header}>: {why}")
        for pattern, folders in LIBRARIES:
            if re.match(pattern, header):
                if not allowed_folder(path, folders):
                    why = "may be included in " + ", ".join(folders) + " only"
                    self.say(path, number, "library", f"includes <{header}>: {why}")
                return
        why = "unknown: a file of ours is missing, or the library needs a line in check_layout.py"
        self.say(path, number, "unknown-header", f"includes <{header}>: {why}")

    def check_blindness(self):
        for path in self.includes:
            if not path.startswith(BLIND):
                continue
            chains = [[(number, target)] for number, target in self.includes[path]]
            seen = set()
            while chains:
                chain = chains.pop()
                target = chain[-1][1]
                if target in seen:
                    continue
                seen.add(target)
                if UNSEEN.search(target):
                    way = " -> ".join(name for _, name in chain)
                    why = "the checks see neither faults nor defects"
                    self.say(path, chain[0][0], "seeing-check", f"includes {way}: {why}")
                    continue
                chains += [chain + [step] for step in self.includes.get(target, [])]


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    findings = Layout(root).check()
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
