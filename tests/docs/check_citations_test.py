#!/usr/bin/python3
"""Breaks each rule of check_citations.py once, in a small tree, and expects that rule alone."""

import sys

from check_citations import check
from small_tree import exit_code, with_breaches

RIGHT = {
    "README.md": "See docs/kernel.md 4.2 and internals.md.\n",
    "docs/kernel.md": "# Kernel\n## 4. Now\n### 4.2 States\n## 7. Invariants\n| I12 | T | a |\n"
                      "## 8. Bugs\n| B27 | abc | b |\n| 9.1 | a machine | c |\n",
    "docs/internals.md": "# Internals, beside kernel.md\n",
    "model/walk.cpp": "// docs/kernel.md 7, I12; docs/kernel.md\n/// 4.2; B27; docs/kernel.md 9.1\n"
                      'const char* hex = "0xB1";\n',
}
# (file, what it has besides, what is said)
BREACHES = [
    ("model/walk.cpp", "// notes.md", "model/walk.cpp:4: notes.md: there is no such page"),
    ("scripts/a", "# docs/b.md", "scripts/a:1: docs/b.md: there is no such page"),
    ("model/walk.cpp", "// docs/kernel.md 5", "model/walk.cpp:4: docs/kernel.md has no section 5"),
    ("sim/a.hpp", "// docs/kernel.md\n// 4.3", "sim/a.hpp:1: docs/kernel.md has no section 4.3"),
    ("sim/a.cpp", "// docs/kernel.md 7, I12 and I13", "sim/a.cpp:1: docs/kernel.md has no I13"),
    ("sim/a.cpp", "// fixed long ago (B28)", "sim/a.cpp:1: docs/kernel.md has no bug B28"),
]


if __name__ == "__main__":
    sys.exit(exit_code(check, with_breaches(RIGHT, BREACHES)))
