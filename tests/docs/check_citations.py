#!/usr/bin/python3
"""Every page that code, output, data and docs cite is in the repository, and has what is cited.

    check_citations.py [ROOT]

prints one line for each of these, and exits with 1:

- a page (`docs/kernel.md`, `internals.md`) that is not in the repository;
- a section (`docs/kernel.md 4.2`), an invariant (`docs/kernel.md 7, I12`) or a bug (`B27`) that
  docs/kernel.md does not have. A row of its tables that begins with a number is a section, too.

Links of pages are check_links.py's.
"""

import re
import sys
from pathlib import Path

FOLDERS = ("include", "examples", "model", "sim", "bench", "tests", "scripts", "page/src", "scenarios", "docs")
FILES = ("README.md", "CMakeLists.txt", "mkdocs.yml", "CMakePresets.json", ".clang-tidy")
KINDS = {"", ".hpp", ".cpp", ".py", ".sh", ".js", ".cjs", ".css", ".md", ".json", ".txt", ".cmake"}
PAGE = re.compile(r"(?<![\w/.-])((?:[\w-]+/|\.\./)*[\w-]+\.md)\b")
# The line may break within a citation: then the next one begins with a comment's marks.
SECTION = re.compile(r"docs/kernel\.md(?:,? section)?[\s/#*]+(\d+(?:\.\d+)?)\b")
NUMBERED = re.compile(r"docs/kernel\.md[\s/#*]+(?:7|8\.[12])(?:, | \()([ICB]\d+(?:(?:, | and | to )[ICB]\d+)*)")
BUG = re.compile(r"(?<![\w./\"#-])(B\d{1,2})(?![\w%-])")
# Its tree is made up.
LEFT_OUT = ("tests/docs/check_links_test.py", "tests/docs/check_citations_test.py")


def texts(root):
    paths = [root / name for name in FILES if (root / name).is_file()]
    for folder in FOLDERS:
        paths += [p for p in sorted((root / folder).rglob("*")) if p.suffix in KINDS and p.is_file()]
    for path in paths:
        name = path.relative_to(root).as_posix()
        if name in LEFT_OUT or "/recordings/" in name or "/seeds/" in name:
            continue
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def exists(root, file, cited):
    """As a path from the root, from the file's own folder, or a page of docs/ by its name."""
    cited = cited.replace("../", "")
    if any((base / cited).is_file() for base in (root, file.parent, root / "docs")):
        return True
    return "/" not in cited and any(root.glob(f"docs/**/{cited}"))


def has_numbers(kernel):
    """Invariants, and bugs by letter and number, that docs/kernel.md has rows for."""
    return set(re.findall(r"^\| ([ICBF]\d+) \|", kernel, re.M))


def check(root):
    root = Path(root).resolve()
    kernel = (root / "docs/kernel.md").read_text(encoding="utf-8")
    sections = set(re.findall(r"^(?:##+|\|) (\d+(?:\.\d+)?)\.? ", kernel, re.M))
    numbers = has_numbers(kernel)
    problems = []
    for path, text in texts(root):
        def say(match, what):
            line = text.count("\n", 0, match.start()) + 1
            problems.append(f"{path.relative_to(root)}:{line}: {what}")
        for match in PAGE.finditer(text):
            if not exists(root, path, match[1]):
                say(match, f"{match[1]}: there is no such page")
        for match in SECTION.finditer(text):
            if match[1] not in sections:
                say(match, f"docs/kernel.md has no section {match[1]}")
        for match in NUMBERED.finditer(text):
            for number in re.findall(r"[ICB]\d+", match[1]):
                if number not in numbers:
                    say(match, f"docs/kernel.md has no {number}")
        if path.suffix in (".hpp", ".cpp"):
            for match in BUG.finditer(text):
                if match[1] not in numbers:
                    say(match, f"docs/kernel.md has no bug {match[1]}")
    return problems


def main():
    problems = check(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2])
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
