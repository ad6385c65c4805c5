#!/usr/bin/python3
"""docs/library.md shows what the examples print: check_page.py PAGE FOLDER_OF_THE_EXAMPLES."""

import re
import subprocess
import sys
from pathlib import Path


def main():
    page = Path(sys.argv[1]).read_text(encoding="utf-8")
    shown = re.findall(r"`build/tests/(example_\w+)` prints:\n\n```\n(.*?)```\n", page, re.DOTALL)
    wrong = [] if len(shown) >= 2 else ["the page shows no two examples"]
    for example, text in shown:
        done = subprocess.run([Path(sys.argv[2]) / example], capture_output=True, text=True, check=False)
        if done.stdout != text:
            wrong.append(f"{example} prints:\n{done.stdout}{done.stderr}the page says:\n{text}")
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
