#!/usr/bin/python3
"""A mounted machine has sysfs's manners, to the errno.

What is asked of it is asked of a real sysfs, too, on files that have nothing to do with CPUs; what
only CPU files can show stands here as it was measured on real kernels.
"""

import errno
import mmap
import os
import select
import stat
import unittest

from machine import HOST, LiveTest, Machine, error_of, main

# Of a real sysfs: a folder, a file that can only be read and one that can be written.
REAL_FOLDER, REAL_READ_ONLY, REAL_WRITABLE = "/sys/kernel", "uevent_seqnum", "rcu_expedited"


def opened(path, flags):
    def call():
        os.close(os.open(path, flags, 0o644))

    return error_of(call)


def with_file(path, flags, call):
    fd = os.open(path, flags)
    try:
        return call(fd)
    except OSError as error:
        return -error.errno
    finally:
        os.close(fd)


def poll_of(fd):
    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLOUT)
    return poll.poll(0)[0][1] & (select.POLLIN | select.POLLOUT)


def read_twice(fd):
    first = os.read(fd, 4096)
    return (
        first != b""
        and os.read(fd, 4096) == b""
        and os.lseek(fd, 0, os.SEEK_SET) == 0
        and os.read(fd, 4096)[:1] == first[:1]
    )


def manners(folder, read_only, writable):
    """(what, answer) of everything that can be asked without changing anything."""
    ro, rw, new = (os.path.join(folder, name) for name in (read_only, writable, "new"))
    meta = [os.stat(path) for path in (ro, rw, folder)]
    r, w, both = os.O_RDONLY, os.O_WRONLY, os.O_RDWR
    return {
        "modes": [oct(m.st_mode) for m in meta],
        "sizes": [m.st_size for m in meta],
        "blocks": [(m.st_blocks, m.st_blksize) for m in meta],
        "links of files": [m.st_nlink for m in meta[:2]],
        "links of the folder": meta[2].st_nlink - sum(e.is_dir() for e in os.scandir(folder)),
        "open r": (opened(ro, r), opened(rw, r)),
        "open w": (opened(ro, w), opened(rw, w)),
        "open rw": (opened(ro, both), opened(rw, both)),
        "open trunc": (opened(ro, w | os.O_TRUNC), opened(rw, w | os.O_TRUNC)),
        "open creat": (opened(ro, r | os.O_CREAT), opened(rw, w | os.O_CREAT | os.O_TRUNC)),
        "open excl": opened(rw, w | os.O_CREAT | os.O_EXCL),
        "open direct": (opened(ro, r | os.O_DIRECT), opened(ro, w | os.O_DIRECT)),
        "open append": opened(rw, w | os.O_APPEND),
        "open new": (
            opened(new, r),
            opened(new, w | os.O_CREAT),
            opened(new, w | os.O_CREAT | os.O_EXCL),
        ),
        "open folder": (opened(ro, os.O_DIRECTORY), opened(folder, w), opened(ro + "/x", r)),
        "truncate": (error_of(os.truncate, ro, 0), error_of(os.truncate, rw, 5)),
        "utime": error_of(os.utime, rw),
        "chmod": (error_of(os.chmod, rw, 0o644), error_of(os.chmod, ro, 0o444)),
        "dates": [m.st_mtime > 1e9 for m in meta],
        "mkdir": error_of(os.mkdir, new),
        "unlink": error_of(os.unlink, ro),
        "rmdir": error_of(os.rmdir, ro),
        "rename": error_of(os.rename, ro, new),
        "symlink": error_of(os.symlink, "x", new),
        "link": error_of(os.link, ro, new),
        "mknod": (error_of(os.mknod, new, stat.S_IFREG | 0o644), error_of(os.mkfifo, new)),
        "xattr": (
            error_of(os.setxattr, rw, "user.x", b"1"),
            error_of(os.getxattr, rw, "user.x"),
            os.listxattr(rw),
        ),
        "read again": with_file(ro, r, read_twice),
        "read beyond": with_file(ro, r, lambda fd: os.pread(fd, 10, 100_000)),
        "seek to the end": with_file(ro, r, lambda fd: os.lseek(fd, 0, os.SEEK_END)),
        "read w": with_file(rw, w, lambda fd: os.read(fd, 1)),
        "write r": with_file(rw, r, lambda fd: os.write(fd, b"0")),
        "write nothing": with_file(rw, w, lambda fd: os.write(fd, b"")),
        "poll": with_file(ro, r, poll_of),
        "mmap": with_file(ro, r, lambda fd: mmap.mmap(fd, 4096, prot=mmap.PROT_READ)),
        "fsync": (with_file(ro, r, os.fsync), with_file(folder, r, os.fsync)),
        "long name": (error_of(os.stat, new + "x" * 253), error_of(os.stat, new + "x" * 252)),
        "folder": (error_of(os.listdir, ro), error_of(os.stat, new)),
    }


class Manners(LiveTest):
    maxDiff = None

    def test_as_a_real_sysfs(self):
        real = manners(REAL_FOLDER, REAL_READ_ONLY, REAL_WRITABLE)
        with Machine() as m:
            ours = manners(m.path(""), "present", "../cpu/cpu1/online")
        self.assertEqual(set(real), set(ours))
        for what, answer in real.items():
            with self.subTest(what):
                self.assertEqual(ours[what], answer)

    def test_lists_and_masks_read_as_the_hosts(self):
        """The same files, with the same kinds of content."""
        with Machine() as m:
            for name in ("online", "possible", "present", "kernel_max", "isolated", "offline"):
                with open(HOST / name, encoding="ascii") as file:
                    real = file.read()
                self.assertRegex(m.read(name), r"\A([0-9]+([-,][0-9]+)*)?\n\Z", name)
                self.assertRegex(real, r"\A([0-9]+([-,][0-9]+)*)?\n\Z", name)
            for name in (
                "cpu0/topology/core_cpus_list",
                "cpu0/hotplug/state",
                "cpu0/hotplug/target",
            ):
                self.assertEqual(os.path.exists(HOST / name), os.path.exists(m.path(name)), name)


class Stores(LiveTest):
    """Measured on real kernels: what online, target and fail take."""

    def test_online(self):
        with Machine() as m:
            for text, answer in {
                "0\n": 0,
                "0": 0,
                "1": 0,
                "1junk": 0,
                "n": 0,
                "y\n": 0,
                "off": 0,
                "on": 0,
                "of": 0,
                "ON": 0,
                " 0": errno.EINVAL,
                "2": errno.EINVAL,
                "\n": errno.EINVAL,
                "\0": errno.EINVAL,
                "o": errno.EINVAL,
                "-1": errno.EINVAL,
            }.items():
                self.assertEqual(m.write("cpu1/online", text), answer, repr(text))
            self.assertEqual(m.read("cpu1/online"), "1\n")

    def test_target_and_fail(self):
        with Machine(machine=', "state_control": false') as m:
            for text, answer in {
                "236": 0,
                "236\n": 0,
                "+236": 0,
                "82": errno.EINVAL,
                "5": errno.EINVAL,
                "2": errno.EINVAL,
                "junk": errno.EINVAL,
                " 236": errno.EINVAL,
                "236 ": errno.EINVAL,
                "0x10": errno.EINVAL,
                "99999999999": errno.ERANGE,
                "-99999999999": errno.ERANGE,
            }.items():
                self.assertEqual(m.write("cpu1/hotplug/target", text), answer, repr(text))
            for text, answer in {
                "-1": 0,
                "9999": errno.EINVAL,
                "99999999999": errno.ERANGE,
            }.items():
                self.assertEqual(m.write("cpu1/hotplug/fail", text), answer, repr(text))

    def test_a_write_is_one_store_of_at_most_a_page(self):
        with Machine() as m:
            fd = os.open(m.path("cpu1/online"), os.O_RDWR)
            self.addCleanup(os.close, fd)
            self.assertEqual(os.write(fd, b"0" + b"x" * 9_999), 4_096)
            self.assertEqual(os.pwrite(fd, b"1", 77), 1)
            self.assertEqual(m.read("cpu1/online"), "1\n")
            with self.expect(errno.EINVAL):
                os.write(fd, b"?")

    def test_the_last_cpu_stays(self):
        with Machine() as m:
            self.assertEqual(
                [m.write(f"cpu{i}/online", "0") for i in (0, 2, 3, 1)], [0, 0, 0, errno.EBUSY]
            )
            self.assertEqual(m.read("online"), "1\n")
            self.assertEqual(m.read("offline"), "0,2-3\n")

    def test_content_is_made_at_offset_0_and_kept(self):
        with Machine() as m:
            fd = os.open(m.path("online"), os.O_RDONLY)
            self.addCleanup(os.close, fd)
            self.assertEqual(os.pread(fd, 1, 0), b"0")
            m.write("cpu3/online", "0")
            self.assertEqual(os.pread(fd, 10, 1), b"-3\n")
            self.assertEqual(os.pread(fd, 10, 0), b"0-2\n")

    def test_what_has_gone_is_gone_for_open_files_too(self):
        with Machine() as m:
            fd = os.open(m.path("cpu3/topology/core_id"), os.O_RDONLY)
            self.addCleanup(os.close, fd)
            self.assertEqual(os.stat(m.path("cpu3")).st_nlink, 5)
            m.write("cpu3/online", "0")
            with self.expect(errno.ENODEV):
                os.read(fd, 10)
            self.assertFalse(os.path.exists(m.path("cpu3/topology")))
            self.assertEqual(os.stat(m.path("cpu3")).st_nlink, 3)
            m.write("cpu3/online", "1")
            self.assertTrue(os.path.exists(m.path("cpu3/topology/core_id")))
            with self.expect(errno.ENODEV):  # it was another file
                os.pread(fd, 10, 0)

    def test_what_was_looked_at_before_is_there_while_the_cpu_is(self):
        """The kernel may remember files, and is told when they come and go."""
        with Machine() as m:
            name = m.path("cpu3/topology/core_id")
            for _ in range(2):
                self.assertEqual(os.stat(name).st_size, 4096)
                self.assertEqual(m.write("cpu3/online", "0"), 0)
                self.assertFalse(os.path.exists(name))
                self.assertFalse(os.path.exists(m.path("cpu3/cache/index0")))
                self.assertEqual(m.write("cpu3/online", "1"), 0)
                self.assertTrue(os.path.isdir(m.path("cpu3/cache/index0")))
            self.assertFalse(os.path.exists(m.path("cpu3/nothing")))

    def test_a_mode_that_is_set_is_kept_and_counts_for_root(self):
        with Machine() as m:
            os.chmod(m.path("cpu3/online"), 0o444)
            self.assertEqual(os.stat(m.path("cpu3/online")).st_mode & 0o777, 0o444)
            self.assertEqual(m.write("cpu3/online", "0"), errno.EACCES)
            os.chmod(m.path("cpu3/hotplug/state"), 0o644)
            self.assertEqual(m.write("cpu3/hotplug/state", "0"), errno.EIO)
            os.utime(m.path("cpu3/uevent"), (5, 7))
            self.assertEqual(os.stat(m.path("cpu3/uevent")).st_mtime, 7)
            os.chmod(m.path("cpu3/topology/core_id"), 0o400)
            m.write("cpu3/hotplug/target", "0")
            m.write("cpu3/hotplug/target", "236")
            self.assertEqual(os.stat(m.path("cpu3/topology/core_id")).st_mode & 0o777, 0o444)

    def test_target_leaves_the_device_alone(self):
        with Machine() as m:
            self.assertEqual(m.write("cpu2/hotplug/target", "0"), 0)
            self.assertEqual((m.read("online"), m.read("cpu2/online")), ("0-1,3\n", "1\n"))

    def test_other_users(self):
        with Machine("--allow-other") as m:
            os.chmod(os.path.dirname(m.root), 0o755)
            pid = os.fork()
            if pid == 0:
                os.setuid(65534)
                seen = m.read("online") == "0-3\n"
                os._exit(m.write("cpu1/online", "0") if seen else 1)
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), errno.EACCES)
        with Machine("--allow-other", "--uid", "65534") as m:
            self.assertEqual(os.stat(m.path("online")).st_uid, 65534)


if __name__ == "__main__":
    main()
