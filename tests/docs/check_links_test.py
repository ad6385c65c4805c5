#!/usr/bin/python3
"""Breaks each rule of check_links.py once, in a small tree, and expects that rule alone."""

import sys

from check_links import check
from small_tree import exit_code, with_breaches

RIGHT = {
    "README.md": "# Program\n[docs](docs/README.md), [web](https://example.org/)\n",
    "docs/README.md": "# Docs\n[a](a.md), [b](a.md#a-heading-of-its-own), ![p](pictures/p.svg)\n",
    "docs/a.md": "# A\n## A heading, of `its` own\n`[n](link)`\n```\n[n](l.md)\n# no heading\n```\n",
    "docs/pictures/p.svg": "<svg/>",
    "mkdocs.yml": "nav:\n  - P: README.md\n  - Docs: docs/README.md\n  - A: docs/a.md\n",
}
# (file, what it has besides, what is said)
BREACHES = [
    ("README.md", "\n[b](docs/b.md)", "README.md:4: docs/b.md: there is no such file"),
    ("docs/a.md", "[b](#no-heading)", "docs/a.md:8: #no-heading: docs/a.md has no such heading"),
    ("docs/a.md", "## a -- b\n[b](#a----b)",
     "docs/a.md:9: #a----b: on the site the anchor is #a-b"),
    ("docs/a.md", "[b\nc](d.md)", "docs/a.md:8: d.md: there is no such file"),
    ("docs/a.md", '<img src="d.png">', "docs/a.md:8: d.png: there is no such file"),
    ("docs/pictures/q.svg", "", "docs/pictures/q.svg: no page shows it"),
    ("mkdocs.yml", "  - B: docs/b.md\n", "mkdocs.yml: docs/b.md is no page"),
]


PAGE_ALONE = RIGHT | {"docs/b.md": "# B\n", "mkdocs.yml": RIGHT["mkdocs.yml"] + "  - B: docs/b.md\n"}
NOT_IN_NAV = RIGHT | {"docs/b.md": "# B\n", "docs/a.md": RIGHT["docs/a.md"] + "[b](b.md)"}
CASES = [*with_breaches(RIGHT, BREACHES),
         (PAGE_ALONE, ["docs/b.md: no way leads there from docs/README.md"]),
         (NOT_IN_NAV, ["mkdocs.yml: docs/b.md is not in the nav"])]

if __name__ == "__main__":
    sys.exit(exit_code(check, CASES))
