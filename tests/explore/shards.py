#!/usr/bin/env python3
"""The file of an exploration: shards, one of which is cut off and goes on, come to the bytes of one
process. A file of another exploration and missing shards are told of.

  shards.py CPUHP-SIM SOURCE"""
import pathlib
import subprocess
import sys
import tempfile

PROGRAM, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
EXPLORE = [PROGRAM, "explore", str(SOURCE / "scenarios/explore/two-cpus.json"), "--singles",
           "--design", "async", "--most", "30"]


def explore(*words, code):
    run = subprocess.run([*EXPLORE, *map(str, words)], capture_output=True, text=True, check=False)
    if run.returncode != code:
        sys.exit(f"{words}: exit code {run.returncode}, expected {code}\n{run.stdout}{run.stderr}")
    return run.stdout + run.stderr


def main():
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)
        explore("--out", at / "whole", "--jobs", 1, code=0)
        for shard in (1, 2, 3):
            explore("--out", at / f"s{shard}", "--shard", f"{shard}/3", code=0)
        cut = (at / "s2").read_bytes()
        (at / "s2").write_bytes(cut[: len(cut) // 2])
        explore("--merge", at / "s1", at / "s2", at / "s3", "--out", at / "early", code=75)
        assert not (at / "early").exists(), "a merge without all cases wrote a file"
        explore("--out", at / "s2", "--shard", "2/3", code=0)
        assert (at / "s2").read_bytes() == cut, "a shard that went on has other bytes"
        text = explore("--merge", at / "s3", at / "s1", at / "s2", "--out", at / "merged", code=0)
        assert (at / "merged").read_bytes() == (at / "whole").read_bytes(), "other bytes"
        assert "not complete" in text, "30 runs a case are not all"
        told = explore("--merge", at / "s1", "--seed", 9, code=2)
        assert "another exploration" in told, told


main()
