#!/usr/bin/python3
"""The site that scripts/docs makes: every link of every page leads to a file of the site, and to a place on it.

    check_site.py [FOLDER]          build/docs when there is none

prints one line for each link that leads nowhere, and exits with 1. Addresses outside the site are not
fetched.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LINKS = {"a": "href", "link": "href", "img": "src", "script": "src"}


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.places, self.links = {""}, []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.places |= {attrs[key] for key in ("id", "name") if attrs.get(key)}
        target = attrs.get(LINKS.get(tag))
        if target:
            self.links.append((self.getpos()[0], target))


def check(site):
    pages = {path: Page(path) for path in sorted(site.rglob("*.html")) if path.name != "404.html"}
    if not pages:
        return [f"{site}: there is no page"]
    problems = []
    for path, page in pages.items():
        for line, target in page.links:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            where = f"{path.relative_to(site)}:{line}: {target}"
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if file.is_dir():
                file = file / "index.html"
            if not file.is_file():
                problems.append(f"{where}: there is no such file")
            elif not file.is_relative_to(site):
                problems.append(f"{where}: is not part of the site")
            elif file in pages and unquote(parts.fragment) not in pages[file].places:
                problems.append(f"{where}: there is no such place on that page")
    return problems


def main():
    problems = check(Path(sys.argv[1] if len(sys.argv) > 1 else
                          Path(__file__).parents[2] / "build/docs").resolve())
    print("\n".join(problems) or "every link leads somewhere")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
