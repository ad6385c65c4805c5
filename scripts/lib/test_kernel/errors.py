"""What ends a run early, and with which exit code."""

FINE, FINDINGS, USAGE, UNTESTABLE = 0, 1, 2, 125


class BadInput(Exception):
    """Bad input or usage: one line for the user, exit code 2."""


class Untestable(Exception):
    """This kernel cannot be tested at all: exit code 125, which `git bisect run` skips."""
