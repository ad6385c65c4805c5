#!/usr/bin/python3
"""docs/live.md shows what one sees: its sessions, done again.

Blocks of `sh-session` are one shell's, from the first to the last, in a folder with `scenarios`.
CPUHP_UPDATE=1 writes into the page what differs.
"""

import os
import re
import subprocess
import tempfile
import unittest

from machine import BINARY, SOURCE, LiveTest, main

PAGE = SOURCE / "docs/live.md"
BLOCK = re.compile(r"^```sh-session\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MARK = "--- the next one"


def commands_of(block):
    return re.findall(r"^\$ ((?:[^\n]*\\\n)*[^\n]*)", block, re.MULTILINE)


def outputs(commands, folder):
    """What a terminal shows after each of them."""
    os.symlink(SOURCE / "scenarios", os.path.join(folder, "scenarios"))
    script = "".join(f"{command}\necho '{MARK}'\n" for command in commands)
    environment = dict(
        os.environ,
        LC_ALL="C.UTF-8",
        COLUMNS="100",
        NO_COLOR="1",
        PATH=f"{os.path.dirname(os.path.abspath(BINARY))}:{os.environ['PATH']}",
    )
    done = subprocess.run(
        ["bash"],
        input=script,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env=environment,
        timeout=100,
    )
    shown = re.sub(r"^bash: line \d+: ", "bash: ", done.stdout, flags=re.MULTILINE)
    return [re.sub(r" +$", "", part, flags=re.MULTILINE) for part in shown.split(MARK + "\n")[:-1]]


class Lesson(LiveTest):
    maxDiff = None

    def test_what_it_shows_is_what_one_sees(self):
        page = PAGE.read_text()
        commands = [command for block in BLOCK.findall(page) for command in commands_of(block)]
        self.assertGreater(len(commands), 20)
        with tempfile.TemporaryDirectory(prefix="cpuhp-live-") as folder:
            shown = outputs(commands, folder)
            subprocess.run(["umount", "-l", os.path.join(folder, "m")], capture_output=True)
        self.assertEqual(len(shown), len(commands))
        left = iter(zip(commands, shown))
        renewed = BLOCK.sub(
            lambda m: "```sh-session\n"
            + "".join("$ %s\n%s" % next(left) for _ in commands_of(m[1]))
            + "```",
            page,
        )
        if os.environ.get("CPUHP_UPDATE") == "1":
            PAGE.write_text(renewed)
        else:
            self.assertEqual(page, renewed)


if __name__ == "__main__":
    main()
