#!/usr/bin/python3
"""Breaks each rule of check_places.py once, in a small tree, and expects that rule alone."""

import sys

from check_places import check
from small_tree import exit_code, with_breaches

RIGHT = {
    "model/down.cpp": "int take_cpu_down() { return 0; }\n",
    "docs/internals.md": "Where is ...?\n| down | `model/down.cpp`: `take_cpu_down` |\n",
}
BREACHES = [
    ("docs/internals.md", "| up | `model/up.cpp` |\n", "model/up.cpp: there is no such file"),
    ("docs/internals.md", "| dead | `model/down.cpp`: `take`, `take_cpu_down` |\n",
     "model/down.cpp: does not have take"),
]
EMPTY = ({"docs/internals.md": "Where is ...?\n## Next\n`model/down.cpp`\n"},
         ['docs/internals.md: no file under "Where is ...?"'])

if __name__ == "__main__":
    sys.exit(exit_code(check, with_breaches(RIGHT, BREACHES) + [EMPTY]))
