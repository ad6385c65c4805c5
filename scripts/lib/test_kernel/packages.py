"""Debian's packages: kernels by name or file, and the busybox of any architecture.

    archive = Archive(Path("build/guest"))
    archive.unpacked("linux-image-cloud-arm64", "arm64")     Path of the folder with its files

apt runs with a state folder of its own, below the given one: what the machine has installed, and for
which architectures, is neither asked nor changed. What was fetched stays there for the next time.
"""

import os
import re
import shutil
import subprocess

from .errors import BadInput

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SOURCES = [("http://deb.debian.org/debian", "bookworm"),
           ("http://deb.debian.org/debian", "bookworm-backports"),
           ("http://deb.debian.org/debian-security", "bookworm-security")]


def run(words, **more):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, **more)


def unpack(package, folder):
    """The files of a .deb in `folder`, which appears only when all are there."""
    if shutil.which("dpkg-deb") is None:
        raise BadInput("dpkg-deb is missing: packages can be unpacked on Debian and its kin")
    beside = folder.with_name(folder.name + ".part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    done = run(["dpkg-deb", "-x", str(package), str(beside)])
    if done.returncode != 0:
        shutil.rmtree(beside)
        raise BadInput(f"{package}: {(done.stderr.strip().splitlines() or ['no package'])[-1]}")
    shutil.rmtree(folder, ignore_errors=True)
    beside.rename(folder)
    return folder


def kernel_of(folder):
    """The one kernel image of an unpacked package."""
    images = sorted((folder / "boot").glob("vmlinu[xz]-*"))
    if len(images) != 1:
        raise BadInput(f"{folder}: {len(images)} kernels in boot/, expected one")
    return images[0]


class Archive:
    """What is fetched from Debian's archive, below one folder."""

    def __init__(self, folder, say):
        self.folder, self.say = folder, say

    def options(self, architecture):
        """apt's, for a state of its own."""
        home = self.folder / "apt" / architecture
        for name in ("state/lists/partial", "cache/archives/partial"):
            (home / name).mkdir(parents=True, exist_ok=True)
        (home / "state/status").touch()
        sources = home / "sources.list"
        lines = [f"deb [arch={architecture} signed-by={KEYRING}] {url} {suite} main\n"
                 for url, suite in SOURCES]
        sources.write_text("".join(lines), encoding="utf-8")
        settings = {
            "APT::Architecture": architecture, "APT::Architectures::": architecture,
            "Dir::State": home / "state", "Dir::State::status": home / "state/status",
            "Dir::Cache": home / "cache", "Dir::Etc::sourcelist": sources,
            "Dir::Etc::sourceparts": "/dev/null", "Acquire::Retries": 3,
            "APT::Sandbox::User": "root" if os.getuid() == 0 else "",
        }
        return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]

    def update(self, architecture):
        self.say(f"reading Debian's list of packages for {architecture}")
        # An archive that has this architecture no more is no failure as long as the others serve.
        run(["apt-get", "-qq", *self.options(architecture), "update"])

    def concrete(self, name, architecture):
        """The package that has the files: a kernel's package without a version depends on it."""
        done = run(["apt-cache", *self.options(architecture), "depends", name])
        found = re.search(r"^ *Depends: (linux-image-\d\S+)", done.stdout, re.M)
        if done.returncode != 0 or (not found and f"\n{name}\n" not in f"\n{done.stdout}"):
            return None
        return found.group(1) if found else name

    def fetched(self, name, architecture):
        """The .deb of a package; None where the archive's list does not have it."""
        package = self.concrete(name, architecture)
        if package is None:
            return None
        folder = self.folder / "packages"
        folder.mkdir(parents=True, exist_ok=True)
        have = sorted(folder.glob(f"{package}_*_{architecture}.deb"))
        if have:
            return have[-1]
        self.say(f"fetching {package} for {architecture}")
        done = run(["apt-get", "-qq", *self.options(architecture), "download", package], cwd=folder)
        have = sorted(folder.glob(f"{package}_*_{architecture}.deb"))
        return have[-1] if done.returncode == 0 and have else None

    def unpacked(self, name, architecture):
        """The folder with the files of a package. Raises BadInput when there is none."""
        if shutil.which("apt-get") is None:
            raise BadInput(f"debian:{name}: apt-get is missing")
        if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]*", name):
            raise BadInput(f"debian:{name}: not a package's name")
        package = self.fetched(name, architecture)
        if package is None:
            self.update(architecture)
            package = self.fetched(name, architecture)
        if package is None:
            raise BadInput(f"debian:{name}: Debian's archive has no such package for {architecture}")
        folder = self.folder / "unpacked" / package.name[:-len(".deb")]
        return folder if folder.is_dir() else unpack(package, folder)

    def busybox(self, architecture):
        """A statically linked busybox: this machine's own where it fits."""
        own = shutil.which("busybox")
        if own and architecture == run(["dpkg", "--print-architecture"]).stdout.strip():
            with open(own, "rb") as file:
                if b"/ld-linux" not in file.read(4096):
                    return own
        return str(self.unpacked("busybox-static", architecture) / "bin/busybox")
