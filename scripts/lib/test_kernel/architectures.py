"""The architectures that can be tested: how their kernels look, and which machine boots them.

    ARCHITECTURES["arm64"].console       ttyAMA0

A guest has two serial ports: the kernel's console, and one for the recording. What a machine has
besides the platform's own port is its row's `ports`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Architecture:
    name: str  # Debian's
    uname: str  # the kernel's
    emulator: str
    package: str  # of the emulator
    machine: tuple  # words for the emulator
    cpu: str  # emulated
    console: str
    port: str  # of the recording
    ports: tuple  # words that make both, of the backends `con` and `rec`
    append: str = ""  # of the kernel's command line


TWO_SERIALS = ("-serial", "chardev:con", "-serial", "chardev:rec")
SERIAL_AND_PCI = ("-serial", "chardev:con", "-device", "pci-serial,chardev=rec")

ARCHITECTURES = {
    row.name: row
    for row in (
        # Linux 6.12 dies of this emulator's CMPXCHG16B (cx16).
        Architecture("amd64", "x86_64", "qemu-system-x86_64", "qemu-system-x86", (),
                     "qemu64,-cx16", "ttyS0", "ttyS1", TWO_SERIALS, "tsc=reliable no_timer_check"),
        Architecture("i386", "i686", "qemu-system-i386", "qemu-system-x86", (),
                     "qemu32", "ttyS0", "ttyS1", TWO_SERIALS, "tsc=reliable no_timer_check"),
        Architecture("arm64", "aarch64", "qemu-system-aarch64", "qemu-system-arm",
                     ("-M", "virt"), "cortex-a57", "ttyAMA0", "ttyS0", SERIAL_AND_PCI),
        Architecture("ppc64el", "ppc64le", "qemu-system-ppc64", "qemu-system-ppc",
                     ("-M", "pseries"), "POWER9", "hvc0", "hvc1", TWO_SERIALS),
        Architecture("s390x", "s390x", "qemu-system-s390x", "qemu-system-misc",
                     ("-M", "s390-ccw-virtio"), "max", "ttyS0", "ttysclp0",
                     ("-device", "sclplmconsole,chardev=con", "-device",
                      "sclpconsole,chardev=rec")),
    )
}
