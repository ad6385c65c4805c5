#!/usr/bin/python3
"""A strict reader of KTAP version 1 (https://docs.kernel.org/dev-tools/ktap.html).

    ktap_reader.py FILE          prints "name ok|not ok|skip" of each test, names joined by " / "

Real readers skip what they do not know; this one refuses it, and knows nothing of the writer:
version and plan first, results from 1 on without a gap, as many as planned, two blanks for each
level, a nested block before the result that it belongs to, diagnostics before their result.
Beyond the format: a group is what its tests are, and the names of a group are distinct.
"""

import re
import sys
from dataclasses import dataclass, field

RESULT = re.compile(r"(ok|not ok) ([1-9]\d*) (\S(?:[^#]*[^#\s])?)(?: # SKIP (\S[^#]*))?")


class NotKtap(Exception):
    """Its text is the line's number and what is wrong there."""


@dataclass
class Test:
    name: str
    status: str  # "ok", "not ok" or "skip"
    reason: str = ""
    diagnostics: list = field(default_factory=list)
    tests: list = field(default_factory=list)

    def walk(self, above=()):
        """(names from the top, test) of this one and all below it."""
        yield (*above, self.name), self
        for test in self.tests:
            yield from test.walk((*above, self.name))


class Reader:
    def __init__(self, text):
        if not text.endswith("\n"):
            raise NotKtap("the last line has no end")
        self.lines, self.at = text[:-1].split("\n"), 0

    def fail(self, what):
        raise NotKtap(f"line {self.at + 1}: {what}")

    def line(self, indent):
        """The line without its indentation; None where the block ends."""
        if self.at >= len(self.lines):
            return None
        line = self.lines[self.at]
        if re.search(r"[\x00-\x1f\x7f]", line) or line != line.rstrip():
            self.fail(f"a control character, or blanks at the end: {line!r}")
        return line[len(indent):] if line.startswith(indent) else None

    def block(self, indent=""):
        """The tests from a version line to the last one of the plan."""
        if self.line(indent) != "KTAP version 1":
            self.fail("expected KTAP version 1")
        self.at += 1
        plan = re.fullmatch(r"1\.\.([1-9]\d*)", self.line(indent) or "")
        if not plan:
            self.fail("expected a plan")
        self.at += 1
        tests = [self.test(indent, number) for number in range(1, int(plan[1]) + 1)]
        names = [test.name for test in tests]
        if len(set(names)) < len(names):
            self.fail("two tests of the group above have the same name")
        return tests

    def test(self, indent, number):
        tests, diagnostics = [], []
        if self.line(indent) == "  KTAP version 1":
            tests = self.block(indent + "  ")
        while (line := self.line(indent)) is not None and line.startswith("#"):
            if line != "#" and not line.startswith("# "):
                self.fail("expected a blank after #")
            diagnostics.append(line[2:])
            self.at += 1
        result = RESULT.fullmatch(line or "")
        if not result:
            self.fail(f"expected the result of test {number}")
        if int(result[2]) != number:
            self.fail(f"test {result[2]}, expected {number}")
        test = Test(result[3], "skip" if result[4] else result[1], result[4] or "", diagnostics,
                    tests)
        if result[4] and result[1] == "not ok":
            self.fail("a skipped test that failed")
        self.check_group(test)
        self.at += 1
        return test

    def check_group(self, test):
        inner = [one.status for one in test.tests]
        if inner and (test.status == "not ok") != ("not ok" in inner):
            self.fail(f"the group is {test.status}, its tests are {inner}")
        if inner and (test.status == "skip") != (set(inner) == {"skip"}):
            self.fail(f"the group is {test.status}, its tests are {inner}")


def read(text):
    """The tests of a document. Raises NotKtap."""
    reader = Reader(text)
    tests = reader.block()
    if reader.at < len(reader.lines):
        reader.fail("more than was planned")
    return tests


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        for test in read(file.read()):
            for names, one in test.walk():
                print(" / ".join(names), one.status)


if __name__ == "__main__":
    main()
