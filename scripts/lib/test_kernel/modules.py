"""Kernel modules for the guests: files of the user's, and modules of the kernel's package.

    found = collect(["build/m/cpuhp_good.ko", "torture"], package_folder)
    found.names       ["cpuhp_good", "torture"]      what sessions load and unload
    found.files       {"cpuhp_good.ko": b"...", ...}   with what they depend on
    found.preload     ["dependency.ko"]              loaded by the guest before the sessions
"""

import gzip
import lzma
import re
from collections import namedtuple
from pathlib import Path

from .errors import BadInput

Modules = namedtuple("Modules", "names files preload")
ENDINGS = (".ko", ".ko.xz", ".ko.gz")


def stem(path):
    return next((path.name[:-len(e)] for e in ENDINGS if path.name.endswith(e)), None)


def name_of(word):
    """What sessions call the module that a word of the command line means."""
    return stem(Path(word)) or word


def content(path):
    data = path.read_bytes()
    try:
        if path.name.endswith(".xz"):
            data = lzma.decompress(data)
        elif path.name.endswith(".gz"):
            data = gzip.decompress(data)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise BadInput(f"{path}: {error}") from error
    if data[:4] != b"\x7fELF":
        raise BadInput(f"{path}: not a kernel module")
    return data


def info(data, key):
    """A value of the module's .modinfo."""
    found = re.search(rb"\0" + key.encode() + rb"=([^\0]*)\0", data)
    return found.group(1).decode("utf-8", "replace") if found else ""


def same(name):
    """The kernel takes - and _ for one."""
    return name.replace("-", "_")


def collect(wanted, package):
    """The modules by file or by name. `package`: folder of the kernel's package, or None."""
    shipped = {}
    if package is not None:
        for path in sorted((package / "lib/modules").rglob("*.ko*")):
            if stem(path):
                shipped.setdefault(same(stem(path)), path)
    names, files, preload = [], {}, []

    def depend(data):
        for name in filter(None, info(data, "depends").split(",")):
            if name + ".ko" in files or same(name) in map(same, names):
                continue
            if same(name) not in shipped:
                raise BadInput(f"module {name}, which another depends on, is not in the kernel's"
                               " package")
            inner = content(shipped[same(name)])
            depend(inner)
            files[name + ".ko"] = inner
            preload.append(name + ".ko")

    for word in wanted:
        path = Path(word)
        if stem(path) is None:
            if same(word) not in shipped:
                raise BadInput(f"--module {word}: neither a file .ko nor a module of the kernel's"
                               " package")
            path = shipped[same(word)]
        elif not path.is_file():
            raise BadInput(f"--module {word}: no such file")
        data = content(path)
        depend(data)
        if stem(path) in names:
            raise BadInput(f"--module {word}: given twice")
        names.append(stem(path))
        files[stem(path) + ".ko"] = data
    return Modules(names, files, preload)
