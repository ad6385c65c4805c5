"""What the tests of this folder are told on the command line."""
import argparse
import pathlib


def parser(doc):
    """A parser of the options that all have, with the first line of `doc` as its description."""
    made = argparse.ArgumentParser(description=doc.split("\n", maxsplit=1)[0])
    made.add_argument("program")
    made.add_argument("scenarios", type=pathlib.Path)
    made.add_argument("--seed", type=int, default=1)
    return made
