#!/usr/bin/python3
"""Plants each kind of dead link in a small site once, and expects that check_site.py names it alone."""

import sys

from check_site import check
from small_tree import exit_code, with_breaches

RIGHT = {
    "README.html": '<h1 id="top">P</h1>\n<a href="docs/a.html#one">a</a> <a href="https://example.org/x">w</a>\n',
    "docs/a.html": '<h2 id="one">1</h2><a href="#one">1</a> <a href="../README.html">r</a>\n'
                   '<a href="../scenarios/x.json">x</a> <a href="..">up</a> <img src="p%20q.svg">\n',
    "docs/p q.svg": "<svg/>",
    "index.html": "",
    "scenarios/x.json": "{}",
}
BREACHES = [
    ("docs/a.html", '<a href="b.html">b</a>', "docs/a.html:3: b.html: there is no such file"),
    ("docs/a.html", '<a href="../scenarios/y.json">y</a>',
     "docs/a.html:3: ../scenarios/y.json: there is no such file"),
    ("docs/a.html", '<img src="r.png">', "docs/a.html:3: r.png: there is no such file"),
    ("README.html", '<a href="docs/a.html#two">2</a>',
     "README.html:3: docs/a.html#two: there is no such place on that page"),
    ("README.html", '<a href="#two">2</a>', "README.html:3: #two: there is no such place on that page"),
    ("README.html", '<a href="../../../../../../../../bin/sh">sh</a>',
     "README.html:3: ../../../../../../../../bin/sh: is not part of the site"),
]

if __name__ == "__main__":
    sys.exit(exit_code(check, with_breaches(RIGHT, BREACHES)))
