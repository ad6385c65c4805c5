#!/usr/bin/python3
"""What docs/internals.md says under "Where is ...?" is there.

    check_places.py [ROOT]

prints one line for each file that does not exist, and for each word behind a file's name
(`model/a.cpp`: `word`, `other`) that does not stand in that file, and exits with 1. A table without
any file is an error, too.
"""

import re
import sys
from pathlib import Path

PLACE = re.compile(r"`([\w/.-]+\.(?:hpp|cpp|md|py))`(?:: ((?:`[^`]+`(?:, )?)+))?")


def check(root):
    root = Path(root).resolve()
    page = (root / "docs/internals.md").read_text(encoding="utf-8")
    table = page.partition("Where is ...?")[2].partition("\n## ")[0]
    places = PLACE.findall(table)
    if not places:
        return ['docs/internals.md: no file under "Where is ...?"']
    problems = []
    for name, words in places:
        if not (root / name).is_file():
            problems.append(f"{name}: there is no such file")
            continue
        text = (root / name).read_text(encoding="utf-8")
        problems += [f"{name}: does not have {word}"
                     for word in re.findall(r"`([^`]+)`", words) if not re.search(rf"\b{word}\b", text)]
    return problems


if __name__ == "__main__":
    found = check(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent.parent)
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)
