#!/usr/bin/python3
"""check_examples.py takes an example that compiles, and refuses one that does not, and none."""

import sys
import tempfile
from pathlib import Path

from check_examples import check

HEADER = "// A number.\n//\n//   {};\n//\n// More words.\n#pragma once\nnamespace cpuhp {{ inline int n = 1; }}\n"


def said_of(text):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / "model").mkdir()
        (root / "model/a.hpp").write_text(text, encoding="utf-8")
        return check(sys.argv[1], root)


def main():
    wrong = []
    if said_of(HEADER.format("const int twice = 2 * n")):
        wrong.append("an example that compiles is refused")
    said = said_of(HEADER.format("const int twice = 2 * m"))
    if "model/a.hpp:3" not in said or "'m'" not in said.replace("\u2018", "'").replace("\u2019", "'"):
        wrong.append(f"an unknown name is not told: {said}")
    if said_of("// Nothing.\n#pragma once\n") != "no header has an example\n":
        wrong.append("a tree without examples passes")
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
