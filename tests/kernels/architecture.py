"""What is different from one processor architecture to the other: how qemu plays it, and where its programs come from."""

from dataclasses import dataclass
from pathlib import Path

import debian_root


@dataclass(frozen=True)
class Architecture:
    name: str  # Debian's
    triplet: str  # what its folders of libraries are called, and its binutils begin with
    root: Path  # its programs and libraries are below
    qemu: tuple  # the second serial port is its stdout
    cpu: str
    kernel_options: str
    report: str  # the second serial port, as the guest calls it


AMD64 = Architecture(
    name="amd64",
    triplet="x86_64-linux-gnu",
    root=Path("/"),
    qemu=("qemu-system-x86_64", "-serial", "stdio"),
    # Without 5-level paging, which costs time and tests nothing of ours. And qemu 7.2 leaves garbage in the flags
    # after a cmpxchg16b, and an interrupt that comes right then takes the kernel down: SLUB has one on its fast path
    # up to 6.17 or so, and does without where the CPU has none.
    cpu="max,-la57,-cx16",
    # A busy host makes the TSC look unstable; a clock that is changed then is code that is patched while it runs. And it
    # may be too slow for the check that the timer ticks, without which the kernel does not boot.
    kernel_options="console=ttyS0 tsc=reliable no_timer_check",
    report="/dev/ttyS1",
)
ARM64 = Architecture(
    name="arm64",
    triplet="aarch64-linux-gnu",
    root=debian_root.path_of("arm64"),
    # This board has one serial port of its own.
    qemu=("qemu-system-aarch64", "-machine", "virt", "-chardev", "stdio,id=report",
          "-device", "pci-serial,chardev=report"),
    # Return addresses are signed there, by a cipher that costs little to emulate.
    cpu="max,pauth-impdef=on",
    kernel_options="console=ttyAMA0",
    report="/dev/ttyS0",
)
