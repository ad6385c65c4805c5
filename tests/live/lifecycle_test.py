#!/usr/bin/python3
"""How a mounted machine begins and ends, hangs, is interrupted, and what it writes down."""

import errno
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

from machine import BINARY, CPUS, FUSE_MAGIC, HANG, SOURCE, LiveTest, Machine, main, private, scenario

TABLE = str(SOURCE / "scenarios/tables/x86_64-6.1.json")
HUNG_S = 100  # nobody waits that long for what works


def called(*words):
    done = subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


class Beginning(LiveTest):
    def refused(self, sentence, *words):
        code, said = called("mount", *words)
        self.assertEqual(said, f"cpuhp-sim: error: {sentence}\n")
        self.assertEqual(code, 2)

    def test_a_place_that_will_not_do(self):
        with tempfile.TemporaryDirectory() as folder:
            file = scenario(folder)
            self.refused(f"cannot mount {folder}: expected an empty folder", file, folder)
            self.refused(f"cannot mount {file}: expected a folder", file, file)
            self.refused(f"cannot mount {folder}/x: No such file or directory", file, folder + "/x")

    def test_options_that_do_not_fit(self):
        with tempfile.TemporaryDirectory() as folder:
            file = scenario(folder)
            self.refused("mount: expected a folder, or --exec -- COMMAND", file)
            self.refused("mount: --exec needs a command after --", file, "--exec")
            self.refused(
                "--uevents needs --exec, so that the uevents do not reach the whole host",
                file,
                folder,
                "--uevents",
            )
            self.refused(
                "mount: --foreground, --allow-other and --uid need a folder and do not go together "
                "with --exec",
                file,
                "--foreground",
                "--exec",
                "--",
                "true",
            )
            self.refused(
                "--record does not go together with --pace, because operations may overlap "
                "with --pace",
                file,
                folder,
                "--pace",
                "1",
                "--record",
                folder + "/r.txt",
            )
            self.assertEqual(os.listdir(folder), ["four.json"])

    def test_no_device(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(folder + "/m")
            words = f"mount -t tmpfs none /dev && {BINARY} mount {scenario(folder)} {folder}/m"
            done = subprocess.run(
                ["unshare", "-m", "sh", "-c", words], capture_output=True, text=True
            )
            self.assertEqual(done.returncode, 2)
            self.assertEqual(
                done.stderr,
                "cpuhp-sim: error: cannot mount, because /dev/fuse cannot be opened: "
                "No such file or directory; use `cpuhp-sim shell`, which needs no FUSE\n",
            )

    def test_no_rights(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            os.mkdir(folder + "/m")
            file = scenario(folder)
            for words in ([file, folder + "/m"], [file, "--exec", "--", "true"]):
                done = subprocess.run(
                    [BINARY, "mount", *words], capture_output=True, text=True, user=65534, cwd="/"
                )
                if Path("/dev/fuse").stat().st_mode & 0o006 == 0:
                    self.assertEqual(done.returncode, 2)
                    self.assertRegex(done.stderr, r"\Acpuhp-sim: error: .*Permission denied.*\n\Z")

    def test_a_killed_ones_mount_is_taken_away(self):
        with Machine() as m:
            m.process.kill()
            m.wait()
            with self.expect(errno.ENOTCONN):
                os.listdir(m.root)
            done = subprocess.run(
                [BINARY, "mount", m.scenario, m.root], capture_output=True, text=True
            )
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(m.read("online"), "0-3\n")
            subprocess.run(["umount", m.root], check=True)


class Ending(LiveTest):
    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with Machine() as m:
                m.end(number)
                self.assertEqual((m.code, m.said), (128 + number, ""))
                self.assertFalse(os.path.ismount(m.root))

    def test_unmounting(self):
        with Machine() as m:
            subprocess.run(["umount", m.root], check=True)
            m.wait()
            self.assertEqual((m.code, m.said), (0, ""))

    def test_in_the_background(self):
        with Machine(background=True) as m:
            self.assertEqual((m.code, m.said), (0, ""))
            self.assertEqual(m.read("online"), "0-3\n")

    def test_a_hang_is_answered_and_found(self):
        with Machine(more=HANG) as m:
            self.assertEqual(m.write("cpu3/online", "0"), errno.ETIMEDOUT)
            self.assertEqual(m.write("cpu2/online", "0"), errno.ETIMEDOUT)
            self.assertEqual(m.read("online"), "0-3\n")
            self.assertEqual(m.read("cpu3/hotplug/target"), "153\n")
            subprocess.run(["umount", m.root], check=True)
            m.wait()
            self.assertEqual(m.code, 1)
            self.assertRegex(m.said, r"\Afinding: hang: expected none, found a hang: .*\n\Z")


class Recording(LiveTest):
    def test_a_session_replays(self):
        with tempfile.TemporaryDirectory() as folder:
            record, trace = folder + "/rec.txt", folder + "/t.jsonl"
            with Machine("--record", record, "--trace", trace) as m:
                for name, text in [
                    ("cpu3/online", "0\n"),
                    ("cpu2/hotplug/target", "0\n"),
                    ("cpu1/hotplug/fail", "64\n"),
                    ("cpu3/online", "1"),
                    ("cpu1/online", "0"),
                    ("cpu0/online", "0\n"),
                    ("cpu0/online", "1\n"),
                ]:
                    m.write(name, text)
                m.end()
                self.assertEqual((m.code, m.said), (0, ""))
            done = subprocess.run(
                [BINARY, "conform", record, "--table", TABLE], capture_output=True, text=True
            )
            self.assertIn("7 operations, 7 identical", done.stdout)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertGreater(Path(trace).stat().st_size, 10_000)

    def test_nothing_is_lost_by_unmounting_in_the_middle(self):
        with tempfile.TemporaryDirectory() as folder:
            trace = folder + "/t.jsonl"
            with Machine("--pace", "0.001", "--trace", trace) as m:
                writer = threading.Thread(target=m.write, args=("cpu3/online", "0"))
                writer.start()
                m.wait_until_cpu_moves(3)
                m.end(signal.SIGTERM)
                writer.join(HUNG_S)
                self.assertEqual((m.code, m.said), (128 + signal.SIGTERM, ""))
            text = Path(trace).read_text()
            self.assertEqual(text.count('"op_begin"'), text.count('"op_end"'))
            self.assertEqual(text.count('"op_end"'), 2)


class Pace(LiveTest):
    def test_one_watches_a_cpu_go(self):
        states = set()
        with Machine("--pace", "0.002") as m:
            writer = threading.Thread(target=m.write, args=("cpu3/online", "0"))
            writer.start()
            while writer.is_alive():
                states.add(int(m.read("cpu3/hotplug/state")))
            writer.join()
            states.add(int(m.read("cpu3/hotplug/state")))
        self.assertGreater(len(states), 3)
        self.assertTrue({0, 236} <= states, states)

    def test_a_killed_writer_goes_and_a_handled_signal_ends_no_store(self):
        with Machine("--pace", "0.001") as m:
            writer = subprocess.Popen(["sh", "-c", f"echo 0 >{m.path('cpu3/online')}"])
            m.wait_until_cpu_moves(3)
            writer.kill()
            writer.wait(HUNG_S)

            handled = []
            old = signal.signal(signal.SIGALRM, lambda *_: handled.append(True))
            self.addCleanup(signal.signal, signal.SIGALRM, old)
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            self.assertEqual(m.write("cpu2/online", "0"), 0)
            self.assertTrue(handled)
            self.assertEqual(m.read("cpu2/hotplug/state"), "0\n")

    def test_a_hang_lasts_two_minutes(self):
        with Machine("--pace", "100", more=HANG) as m:
            begin = time.monotonic()
            self.assertEqual(m.write("cpu3/online", "0"), errno.ETIMEDOUT)
            self.assertGreater(time.monotonic() - begin, 1)


class Private(LiveTest):
    def test_the_commands_code(self):
        self.assertEqual(private("sh", "-c", "exit 7").returncode, 7)
        self.assertEqual(private("sh", "-c", "kill -9 $$").returncode, 128 + signal.SIGKILL)
        missing = private("no-such-command", guarded=False)
        self.assertEqual(missing.returncode, 127)
        self.assertEqual(
            missing.stderr,
            "cpuhp-sim: error: cannot run no-such-command: No such file or directory\n",
        )

    def test_a_finding_shows_where_the_command_was_content(self):
        done = private("sh", "-c", f"echo 0 >/{CPUS}/cpu3/online || true", more=HANG)
        self.assertEqual(done.returncode, 1)
        self.assertIn("finding: hang: expected none, found a hang", done.stderr)

    def test_the_rest_of_the_hosts_files_can_not_be_written(self):
        done = private(
            "sh",
            "-c",
            "grep -c ^cpu /proc/stat; cd /sys/kernel; cat rcu_expedited >rcu_expedited",
        )
        self.assertEqual(done.stdout, "5\n")
        self.assertIn("Read-only file system", done.stderr)

    def test_if_the_machine_dies_the_host_stays_covered(self):
        with tempfile.TemporaryDirectory() as folder:
            shell = (
                f'kill -9 $PPID; while [ "$(stat -f -c %t /{CPUS})" = {FUSE_MAGIC} ]; do :; done; '
                f"cat /{CPUS}/online; echo $? >{folder}/code"
            )
            done = subprocess.run(
                [BINARY, "mount", scenario(folder), "--exec", "--", "sh", "-c", shell],
                capture_output=True,
                text=True,
                timeout=60,
            )
            self.assertEqual(done.returncode, -signal.SIGKILL)
            code = Path(folder + "/code")
            until = time.monotonic() + HUNG_S
            while not (code.exists() and code.read_text()) and time.monotonic() < until:
                time.sleep(0.01)
            self.assertEqual(code.read_text(), "1\n")

    def test_uevents(self):
        listener = (
            "import socket,subprocess\n"
            "s=socket.socket(socket.AF_NETLINK,socket.SOCK_RAW,15);s.bind((0,1));s.settimeout(100)\n"
            f"subprocess.run(['sh','-c','cd /{CPUS}; echo 0 >cpu3/online; echo 1 >cpu3/online;"
            " echo change >cpu1/uevent'])\n"
            "for i in range(3): print(s.recv(4096).split(b'\\0')[0].decode())\n"
        )
        done = private("python3", "-c", listener, options=["--uevents"])
        self.assertEqual(done.stderr, "")
        self.assertEqual(
            done.stdout,
            "".join(
                f"{word}@/devices/system/cpu/cpu{cpu}\n"
                for word, cpu in (("offline", 3), ("online", 3), ("change", 1))
            ),
        )

    def test_the_hosts_listeners_hear_nothing(self):
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 15) as host:
            host.bind((0, 1))
            host.setblocking(False)
            private("sh", "-c", f"echo 0 >/{CPUS}/cpu3/online", options=["--uevents"])
            with self.assertRaises(BlockingIOError):  # nothing more is there
                while b"cpu" not in host.recv(4096):
                    pass


if __name__ == "__main__":
    main()
