"""What a kernel image is: its architecture, and the form in which the emulator boots it.

    identify(Path("bzImage").read_bytes())       Image("amd64", packed=False)
    prepare(Path("vmlinuz"), None, folder)       ("arm64", Path of the image to boot)

An image says what it is in its first bytes: x86 in the boot protocol's header, arm64 in that of its
Image, ppc64el as an ELF file, s390x by its first instructions. arm64 also comes packed, by gzip or
with an EFI stub that unpacks it; this emulator boots neither.
"""

import gzip
import lzma
import struct
import subprocess
import zlib
from collections import namedtuple

from .architectures import ARCHITECTURES
from .errors import BadInput

Image = namedtuple("Image", "architecture packed")

GZIP = b"\x1f\x8b"
LARGEST = 512 << 20  # bytes; kernels with all debug options have less
PPC64, LITTLE_ENDIAN = 21, 1


def identify(data):
    """The image's architecture and whether it has to be unpacked first; None: not a kernel."""
    if data[:2] == GZIP:
        return Image("arm64", True)
    if data[4:8] == b"zimg" and data[:2] == b"MZ":
        return Image("arm64", True)
    if data[0x38:0x3C] == b"ARMd":
        return Image("arm64", False)
    if data[0x202:0x206] == b"HdrS":
        return Image("amd64" if data[0x236] & 1 else "i386", False)
    # A bare vmlinux: the emulator boots that of ppc64el alone.
    if data[:4] == b"\x7fELF" and data[5] == LITTLE_ENDIAN:
        return Image("ppc64el", False) if data[18:20] == struct.pack("<H", PPC64) else None
    # PSWs of the initial program load: 31-bit, to address 0x18 and on.
    if data[:8] == b"\x00\x08\x00\x00\x80\x00\x02\x00":
        return Image("s390x", False)
    return None


def inflate(data):
    """gzip's content. An image may be followed by a signature, which is left out."""
    unpacker = zlib.decompressobj(wbits=31)
    plain = unpacker.decompress(data, LARGEST)
    if unpacker.unconsumed_tail:
        raise BadInput(f"the image is larger than {LARGEST >> 20} MB, unpacked")
    return plain


def unpack(data):
    """The Image inside of a packed arm64 kernel."""
    if data[:2] == GZIP:
        return inflate(data)
    begin, size = struct.unpack_from("<II", data, 8)
    method = data[24:32].split(b"\0")[0].decode("ascii", "replace")
    packed = data[begin:begin + size]
    if method == "gzip":
        return inflate(packed)
    if method.startswith("xz") or method == "lzma":
        return lzma.LZMADecompressor().decompress(packed, LARGEST)
    if method.startswith("zstd"):
        return subprocess.run(["zstd", "-d", "-c"], input=packed, check=True,
                              stdout=subprocess.PIPE).stdout
    raise BadInput(f"the image is packed with {method or 'nothing known'}")


def prepare(path, architecture, folder):
    """(architecture, file to boot) of an image. `architecture` is what the user says, or None.

    Raises BadInput where the file is no kernel, or one of another architecture.
    """
    if path.stat().st_size > LARGEST:
        raise BadInput(f"{path}: larger than {LARGEST >> 20} MB: no kernel image")
    data = path.read_bytes()
    found = identify(data)
    if found is None:
        hint = ""
        if data[:4] == b"\x7fELF":
            hint = ": give the image that boots (bzImage, Image), not vmlinux"
        raise BadInput(f"{path}: not a kernel image of {', '.join(ARCHITECTURES)}{hint}")
    if architecture and architecture != found.architecture:
        raise BadInput(f"{path}: a kernel of {found.architecture}, not of {architecture}")
    if not found.packed:
        return found.architecture, path
    try:
        data = unpack(data)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, struct.error,
            subprocess.CalledProcessError) as error:
        raise BadInput(f"{path}: cannot be unpacked: {error}") from error
    inner = identify(data)
    if inner != Image(found.architecture, False):
        raise BadInput(f"{path}: what is packed in it is no kernel image")
    unpacked = folder / "Image"
    unpacked.write_bytes(data)
    return found.architecture, unpacked
