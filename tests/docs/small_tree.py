"""Trees of a few files for the tests of the checks of this folder."""

import tempfile
from pathlib import Path


def problems_of(check, files):
    """What `check` says of a tree with these files: name to text."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        return check(root)


def with_breaches(right, breaches):
    """Cases: the right tree, and it with each breach (file, what it has besides, what is said)."""
    return [(right, [])] + [
        (right | {name: right.get(name, "") + more}, [said]) for name, more, said in breaches]


def exit_code(check, cases):
    """Prints each case (files, what is said) of which something else is said; 1: there are some."""
    wrong = 0
    for files, expected in cases:
        found = problems_of(check, files)
        if found != expected:
            wrong = 1
            print(f"expected {expected}\n   found {found}")
    return wrong
