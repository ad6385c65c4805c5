#!/usr/bin/python3
"""README.md and docs/: every relative link leads somewhere, every page is found.

    check_links.py [ROOT]

prints one line for each of these, and exits with 1:

- a link to a file that is not there, or to a heading that its page does not have;
- a heading that is linked to and has another anchor on GitHub than on the site (mkdocs);
- a page that cannot be reached from docs/README.md, or that mkdocs.yml does not have in its nav,
  and an entry of the nav without a page;
- a picture that no page shows.
"""

import re
import sys
from pathlib import Path

LINK = re.compile(r'\[[^\]]*\]\(([^()\s]+)\)|<img[^>]* src="([^"]+)"')
CODE = re.compile(r"^(```|~~~).*?^\1$|`[^`\n]*`", re.M | re.S)


def github_anchor(heading):
    """As GitHub does it: lower case, no punctuation, a hyphen for each space."""
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")


def mkdocs_anchor(heading):
    """As Python-Markdown does it: the same, but several spaces or hyphens become one."""
    plain = re.sub(r"[^\w\s-]", "", heading.replace("`", "")).strip().lower()
    return re.sub(r"[-\s]+", "-", plain)


class Page:
    def __init__(self, path):
        self.path = path
        text = path.read_text(encoding="utf-8")
        fenced = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
        self.headings = re.findall(r"^#+ (.*?)\s*$", fenced, re.M)
        self.links = []
        plain = CODE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
        for match in LINK.finditer(plain):
            target = match[1] or match[2]
            if not re.match(r"[a-z]+:", target):
                self.links.append((plain.count("\n", 0, match.start()) + 1, target))


def linked(root, page, pages):
    """Problems of a page's links, and the files that they lead to."""
    problems, files = [], set()
    for line, target in page.links:
        where = f"{page.path.relative_to(root)}:{line}: {target}"
        name, _, anchor = target.partition("#")
        file = (page.path.parent / name).resolve() if name else page.path
        if not file.exists():
            problems.append(f"{where}: there is no such file")
            continue
        files.add(file)
        if not anchor:
            continue
        headings = pages[file].headings if file in pages else []
        found = [h for h in headings if github_anchor(h) == anchor]
        if not found:
            problems.append(f"{where}: {file.relative_to(root)} has no such heading")
        elif mkdocs_anchor(found[0]) != anchor:
            problems.append(f"{where}: on the site the anchor is #{mkdocs_anchor(found[0])}")
    return problems, files


def check(root):
    front, readme = root / "docs/README.md", root / "README.md"
    pages = {path: Page(path) for path in [readme, *sorted((root / "docs").rglob("*.md"))]}
    problems, links = [], {}
    for path, page in pages.items():
        broken, links[path] = linked(root, page, pages)
        problems += broken

    reached, to_visit = set(), [front]
    while to_visit:
        path = to_visit.pop()
        if path not in reached and path in pages:
            reached.add(path)
            to_visit += links[path]
    for path in pages:
        if path not in reached and path != readme:
            problems.append(f"{path.relative_to(root)}: no way leads there from docs/README.md")

    nav = re.findall(r": (\S+\.md)$", (root / "mkdocs.yml").read_text(encoding="utf-8"), re.M)
    names = [path.relative_to(root).as_posix() for path in pages]
    problems += [f"mkdocs.yml: {name} is not in the nav" for name in names if name not in nav]
    problems += [f"mkdocs.yml: {name} is no page" for name in nav if name not in names]

    shown = set().union(*links.values())
    problems += [f"{path.relative_to(root)}: no page shows it"
                 for path in sorted((root / "docs/pictures").glob("*")) if path not in shown]
    return problems


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    problems = check(root)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
