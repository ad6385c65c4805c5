"""The guest's file system: busybox, the recorder, modules, and what this guest has to do.

    base = initramfs(base_files(busybox, recorder, modules, row))
    guest = base + initramfs(job_files(["--session", "states"], None))

A kernel unpacks archives that follow one another, so that the large one is made once. They are in
cpio's newc format (Documentation/driver-api/early-userspace/buffer-format.rst of the kernel).
"""

import gzip
import stat

INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tracefs tracefs /sys/kernel/tracing
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
stty raw -echo </dev/@PORT@
echo 'test-kernel: up'
cd /proc/sys/kernel
# A task that hangs ends the guest: what comes after it would wait for the same lock.
echo @HUNG@ >hung_task_timeout_secs
echo 1 >hung_task_panic
cd /
for module in $(cat /preload); do
  insmod "/modules/$module" || echo "test-kernel: insmod $module failed"
done
/job >/dev/@PORT@
echo "test-kernel: job exit=$?"
leaks=/sys/kernel/debug/kmemleak
if [ -e $leaks ] && [ -e /find-leaks ]; then
  # Blocks younger than five seconds are not looked at, and a first scan may be wrong.
  sleep 6
  echo scan >$leaks && echo scan >$leaks
  sed 's/^/#INFO kmemleak: /' $leaks >/dev/@PORT@
fi
sleep 1
poweroff -f
"""


def entry(name, mode, content, number):
    """One file of an archive."""
    encoded = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
    head += b"\0" * (-len(head) % 4)
    return head + content + b"\0" * (-len(content) % 4)


def initramfs(files):
    """A packed archive of {name: content}. A name that ends in / is a folder; all may be run."""
    folders = {name for name in files if name.endswith("/")}
    for name in files:
        parts = name.rstrip("/").split("/")[:-1]
        folders |= {"/".join(parts[:i + 1]) + "/" for i in range(len(parts))}
    out = b""
    number = 0
    for name in sorted(folders):
        number += 1
        out += entry(name.rstrip("/"), stat.S_IFDIR | 0o755, b"", number)
    for name, content in sorted(files.items()):
        if not name.endswith("/"):
            number += 1
            out += entry(name, stat.S_IFREG | 0o755, content, number)
    out += entry("TRAILER!!!", 0, b"", 0)
    packed = gzip.compress(out, compresslevel=1, mtime=0)
    return packed + b"\0" * (-len(packed) % 4)


def base_files(busybox, recorder, row, modules, preload, hung_seconds):
    """What every guest of a run has. `modules`: {file name: content}; `preload`: their names."""
    init = INIT.replace("@PORT@", row.port).replace("@HUNG@", str(hung_seconds))
    files = {"bin/busybox": busybox, "bin/record-cpuhp": recorder, "init": init.encode(),
             "preload": "".join(name + "\n" for name in preload).encode()}
    files.update({f"modules/{name}": content for name, content in modules.items()})
    files.update({name + "/": b"" for name in ("proc", "sys", "dev", "tmp", "modules")})
    return files


def job_files(words, session_text=None, find_leaks=True):
    """What one guest does: the recorder's words, the sessions that it plays, and whether it looks for
    leaks at its end, where its kernel can; that takes half a minute."""
    quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
    files = {"job": f"#!/bin/sh\nexec record-cpuhp --yes-really {quoted}\n".encode()}
    if session_text is not None:
        files["sessions.txt"] = session_text.encode()
    if find_leaks:
        files["find-leaks"] = b""
    return files
