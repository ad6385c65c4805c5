#!/usr/bin/python3
"""A writer that gets signals while its write is under way: a store can't be interrupted by one that
is ignored or handled, and who is killed is let go."""

import os
import signal
import subprocess
import time
import unittest

from machine import LiveTest, Machine, main

SLOW = ("--pace", "0.004")  # a takedown lasts about a second


class Signals(LiveTest):
    def writer(self, m, prepare, number):
        """Takes CPU 3 down, and sends itself a signal meanwhile."""
        pid = os.fork()
        if pid == 0:
            prepare()
            answer = m.write("cpu3/online", "0")
            os._exit(answer)
        time.sleep(0.2)
        os.kill(pid, number)
        return pid

    def test_handled(self):
        for restarts in (True, False):
            with self.subTest(restarts=restarts), Machine(*SLOW) as m:

                def prepare():
                    signal.signal(signal.SIGUSR1, lambda *_: None)
                    signal.siginterrupt(signal.SIGUSR1, not restarts)

                pid = self.writer(m, prepare, signal.SIGUSR1)
                self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
                self.assertEqual(m.read("online"), "0-2\n")

    def test_a_shell_whose_job_ends(self):
        with Machine(*SLOW) as m:
            command = f"(sleep .2) & echo 0 >{m.path('cpu3/online')}"
            self.assertEqual(subprocess.run(["bash", "-c", command]).returncode, 0)
            self.assertEqual(m.read("online"), "0-2\n")

    def test_killed_after_a_signal_that_was_handled(self):
        with Machine("--pace", "0.000001") as m:  # it would last for an hour

            def prepare():
                signal.signal(signal.SIGUSR1, lambda *_: None)

            pid = self.writer(m, prepare, signal.SIGUSR1)
            time.sleep(0.2)
            self.assertEqual(os.waitpid(pid, os.WNOHANG), (0, 0))
            os.kill(pid, signal.SIGTERM)
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), -signal.SIGTERM)
            m.process.kill()
            m.wait()


if __name__ == "__main__":
    main()
