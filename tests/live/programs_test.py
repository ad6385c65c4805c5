#!/usr/bin/python3
"""Programs that know nothing of a simulator, as Debian ships them, on a machine of four CPUs."""

import json
import os
import shutil
import subprocess
import unittest

from machine import CPUS, LiveTest, Machine, main, private


def needs(program):
    if shutil.which(program) is not None:
        return lambda test: test
    print(f"left out: tests of {program}, which is missing: scripts/install-deps test")
    return unittest.skip("missing")


class Programs(LiveTest):
    def out(self, *command, code=0, **named):
        done = private(*command, **named)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done.stdout

    def test_the_guard(self):
        """Nothing below is worth anything if these are the host's files."""
        self.assertEqual(self.out("stat", "-f", "-c", "%t", f"/{CPUS}"), "65735546\n")
        self.assertEqual(self.out("cat", f"/{CPUS}/online"), "0-3\n")

    @needs("lscpu")
    def test_lscpu(self):
        self.assertEqual(
            self.out(
                "sh", "-c", f"echo 0 >/{CPUS}/cpu2/online; lscpu -e=CPU,NODE,SOCKET,CORE,ONLINE"
            ),
            "CPU NODE SOCKET CORE ONLINE\n"
            "  0    0      0    0    yes\n"
            "  1    0      0    1    yes\n"
            "  2    -      -    -     no\n"
            "  3    0      0    2    yes\n",  # lscpu counts the cores that it sees
        )
        self.assertEqual(
            self.out("lscpu", "-p=CPU,CORE").splitlines()[-4:], ["0,0", "1,1", "2,2", "3,3"]
        )
        fields = {f["field"]: f["data"] for f in json.loads(self.out("lscpu", "-J"))["lscpu"]}
        self.assertEqual(fields["CPU(s):"], "4")
        self.assertEqual(fields["On-line CPU(s) list:"], "0-3")
        self.assertEqual(fields["L2 cache:"], "8 MiB (4 instances)")

    @needs("lscpu")
    def test_lscpu_of_a_sysroot(self):
        with Machine() as m:
            m.write("cpu1/online", "0")
            done = subprocess.run(
                ["lscpu", "--sysroot", m.root, "-e=CPU,ONLINE"], capture_output=True, text=True
            )
            self.assertEqual(
                done.stdout, "CPU ONLINE\n  0    yes\n  1     no\n  2    yes\n  3    yes\n"
            )

    @needs("chcpu")
    def test_chcpu(self):
        self.assertEqual(
            self.out(
                "sh",
                "-c",
                "chcpu -d 2-3; chcpu -d 3; chcpu -e 3; lscpu -p=CPU,ONLINE -a | tail -n 4",
            ),
            "CPU 2 disabled\nCPU 3 disabled\nCPU 3 is already disabled\nCPU 3 enabled\n"
            "0,Y\n1,Y\n2,N\n3,Y\n",
        )
        done = private("chcpu", "-d", "0-3")
        self.assertEqual(done.returncode, 64)  # some of them
        self.assertIn("CPU 3 disable failed", done.stdout + done.stderr)

    @needs("lstopo-no-graphics")
    def test_lstopo(self):
        with Machine() as m:
            m.write("cpu2/online", "0")
            done = subprocess.run(
                ["lstopo-no-graphics", "--only", "pu"],
                capture_output=True,
                text=True,
                env=dict(os.environ, HWLOC_FSROOT=m.root, HWLOC_COMPONENTS="linux,stop"),
            )
            self.assertEqual(done.stdout, "PU L#0 (P#0)\nPU L#1 (P#1)\nPU L#2 (P#3)\n")

    @needs("stress-ng")
    def test_stress_ng(self):
        done = private(
            "stress-ng",
            "--pathological",
            "--cpu-online",
            "1",
            "--cpu-online-all",
            "--timeout",
            "2",
            "--metrics-brief",
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("fail", done.stdout + done.stderr)
        self.assertIn("successful run completed", done.stdout + done.stderr)

    def test_python_and_getconf(self):
        self.assertEqual(
            self.out(
                "sh",
                "-c",
                f"echo 0 >/{CPUS}/cpu3/online; getconf _NPROCESSORS_CONF;"
                " getconf _NPROCESSORS_ONLN;"
                " python3 -c 'import os; print(os.cpu_count())'",
            ),
            "4\n3\n3\n",
        )


if __name__ == "__main__":
    main()
