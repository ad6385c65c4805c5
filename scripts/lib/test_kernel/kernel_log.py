"""What a kernel's log says is wrong: warnings, oopses, lockdep, sanitizers, hangs, leaks.

    splats(["[    7.1] WARNING: CPU: 1 PID: 9 at kernel/cpu.c:10 f+0x1/0x2", "[    7.1] Call Trace:"])
        [Splat("warning", "WARNING: CPU: 1 PID: 9 at kernel/cpu.c:10 f+0x1/0x2", time=7.1, ...)]

Lines are those of a console, of dmesg, or of dmesg -r (with <6> before the time). Two splats are the
same when their signatures are: the text without numbers, addresses and offsets.
"""

import re
from collections import namedtuple

Line = namedtuple("Line", "time text")
Splat = namedtuple("Splat", "kind headline signature time lines")

LINE = re.compile(r"^(?:<\d+>)?\[ *(\d+\.\d+)\](?:\[ *[TC]\d+\])? ?(.*)$")

# The first that fits names the kind. Texts are those of the kernel's sources, 6.1 to 6.12.
KINDS = [(kind, re.compile(pattern)) for kind, pattern in (
    ("kasan", r"BUG: KASAN: "),
    ("kcsan", r"BUG: KCSAN: "),
    ("kfence", r"BUG: KFENCE: "),
    ("ubsan", r"UBSAN: "),
    ("lockdep", r"WARNING: possible |WARNING: inconsistent lock state|WARNING: bad unlock balance"
                r"|WARNING: suspicious RCU usage|WARNING: held lock freed|BUG: Invalid wait context"
                r"|WARNING: .* still has locks held|WARNING: lock held when returning"
                r"|INFO: trying to register non-static key|WARNING: Nested lock was not taken"
                r"|BUG: MAX_LOCK"),
    ("atomic", r"BUG: sleeping function called from invalid context|BUG: scheduling while atomic"
               r"|BUG: using \w+\(\) in preemptible|BUG: assuming (non-)?(atomic|migratable)"),
    ("hung", r"INFO: task \S+ blocked( in I/O wait)? for more than \d+ seconds"),
    ("lockup", r"BUG: soft lockup - |[Hh]ard LOCKUP on cpu|BUG: workqueue lockup"),
    ("stall", r"rcu: INFO: \S+ (self-)?detected (expedited )?stalls?"),
    ("oops", r"BUG: unable to handle|BUG: kernel NULL pointer|Unable to handle kernel"
             r"|kernel BUG at |Oops: |Internal error: |general protection fault"
             r"|divide error: |invalid opcode: |stack-protector: Kernel stack is corrupted"
             r"|BUG: Kernel NULL pointer dereference|BUG: Unable to handle kernel"
             r"|illegal operation: |Unable to handle kernel pointer dereference"),
    ("warning", r"WARNING: CPU: \d+ PID: \d+ at |WARNING: \S+:\d+ at "),
    ("bug", r"BUG: "),
    ("panic", r"Kernel panic - not syncing"),
)]
# Said of what another line tells better.
IGNORED = re.compile(r"---\[ end Kernel panic|kmemleak: \d+ new suspected")
CUT_HERE, END_TRACE = "[ cut here ]", "---[ end trace"
MOST_LINES = 80  # of one splat
MOST_SAID = 4  # lines of one WARN()
# What few readers need to see of a splat.
NOISE = re.compile(r"^ *(Modules linked in|Hardware name|Code: |R[A-Z0-9]{1,2}: |[CF]S: |CR\d: |DR\d: "
                   r"|RSP: |x\d+ ?: |sp : |pstate: |pc : |lr : |GPR\d\d: |EFLAGS: |E[A-D]X: |CFAR: "
                   r"|E[SD]I: |DS: |Kernel Offset: |NIP: |MSR: |LR: |Krnl (PSW|GPRS|Code)|\"echo 0 >)")
FOLLOWS_S = 5  # a panic this soon after an oops is its end


def lines_of(texts):
    """The lines with a time, as the kernel prints them."""
    found = (LINE.match(text.rstrip("\r\n")) for text in texts)
    return [Line(float(m.group(1)), m.group(2)) for m in found if m]


def signature(kind, headline):
    plain = re.sub(r"\+0x[0-9a-f]+(/0x[0-9a-f]+)?", "", headline)
    plain = re.sub(r"CPU: \d+ PID: \d+ ", "", plain)
    plain = re.sub(r"0x[0-9a-f]+|\b[0-9a-f]{8,}\b|\d+", "N", plain)
    return f"{kind}: {plain}"


def kind_of(text):
    """The kind of splat that a line begins, or None."""
    if IGNORED.search(text):
        return None
    return next((kind for kind, pattern in KINDS if pattern.search(text)), None)


def continues(splat, kind, time):
    """Whether a line of `kind` belongs to the splat before it: an oops ends as a panic, and says
    what it is in several lines."""
    return kind in ("oops", "panic", "bug") and time - splat.time <= FOLLOWS_S and (
        splat.kind in ("oops", "panic", "bug", "kasan", "lockup"))


def begin_splat(kind, line, said):
    """A new splat. `said`: what WARN() printed above its line, which says more than that line."""
    headline = " ".join(said + [line.text.strip()])
    return Splat(kind, headline, signature(kind, headline), line.time, [*said, line.text])


def splats(texts):
    """The splats of a log, in its order."""
    found, is_open, said = [], False, None
    for line in lines_of(texts):
        kind = kind_of(line.text)
        if kind and not (found and continues(found[-1], kind, line.time)):
            found.append(begin_splat(kind, line, said or []))
            is_open, said = True, None
        elif CUT_HERE in line.text:
            is_open, said = False, []
        elif said is not None and not kind:
            said = [*said, line.text.strip()][:MOST_SAID]
        elif is_open and len(found[-1].lines) < MOST_LINES:
            found[-1].lines.append(line.text)
            is_open = END_TRACE not in line.text
        elif kind:
            is_open = True
    return found


FRAME = r"^ +(?:\[<\S+>\] )?([A-Za-z_][\w.]*(?=\+0x)|0x[0-9a-f]{8,}$)"
ALLOCATORS = re.compile(r"kmem|kmalloc|slab|kzalloc|pcpu_alloc|__alloc|alloc_pages|vmalloc|krealloc"
                        r"|kvmalloc|kcalloc|kstrdup")


def leaks(texts):
    """The blocks of /sys/kernel/debug/kmemleak as splats. `time` is when the block was allocated, as
    seconds before the file was read, or None where the kernel does not say."""
    blocks = []
    for text in texts:
        if text.startswith("unreferenced object"):
            blocks.append([text])
        elif blocks:
            blocks[-1].append(text)
    found = []
    for block in blocks:
        age = next((re.search(r"age (\d+\.\d+)s", text) for text in block if "age " in text), None)
        # A module's code has no names when the module is gone.
        frames = re.findall(FRAME, "\n".join(block), re.M)
        callers = ["code of a module that is gone" if name.startswith("0x") else name
                   for name in frames if not ALLOCATORS.search(name)][:3]
        headline = "kmemleak: unreferenced object from " + (" < ".join(callers) or "nowhere known")
        found.append(Splat("leak", headline, headline, float(age.group(1)) if age else None,
                           block[:MOST_LINES]))
    return found
