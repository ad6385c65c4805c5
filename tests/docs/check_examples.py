#!/usr/bin/python3
"""The examples in the opening comments of headers compile.

    check_examples.py COMPILER [ROOT]

An example is the lines of an opening comment that are indented by three spaces (`//   code`). It is
compiled as the body of a function, with nothing but its header included. The exit code is 1, and
the compiler's errors are printed, if one does not compile, or if there are none at all.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDERS = ("include", "model", "sim", "bench", "tests")
FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wno-unused", "-DSPDLOG_FMT_EXTERNAL"]


def example_of(header):
    """The lines of its example with their numbers, and those of the opening comment's text left out."""
    lines = []
    for number, line in enumerate(header.read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("//"):
            break
        if re.match(r"//   \S|//     ", line):
            lines.append((number, line[2:]))
    return lines


def program(root):
    """One translation unit with all examples, and how many there are."""
    includes, functions = [], []
    for folder in FOLDERS:
        for header in sorted((root / folder).rglob("*.hpp")):
            lines = example_of(header)
            if not lines:
                continue
            name = header.relative_to(root).as_posix()
            includes.append(f'#include "{name}"')
            body = "\n".join(f'#line {number} "{name}"\n{code}' for number, code in lines)
            functions.append("namespace cpuhp {\n[[maybe_unused]] static void "
                             f"example_{len(functions)}() {{\n{body}\n}}\n}}")
    return "\n".join(includes + functions) + "\n", len(functions)


def check(compiler, root):
    """The compiler's complaints; a text without lines if all is well."""
    text, count = program(root)
    if count == 0:
        return "no header has an example\n"
    with tempfile.NamedTemporaryFile("w", suffix=".cpp", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        done = subprocess.run([compiler, *FLAGS, f"-I{root}", f"-I{root}/include", file.name], capture_output=True,
                              text=True, check=False)
    return done.stderr if done.returncode != 0 else ""


def main():
    root = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parents[2]
    said = check(sys.argv[1], root.resolve())
    print(said, end="")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
