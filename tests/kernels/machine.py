"""One emulated machine: boots a kernel and hands over what the guest says on its second serial port."""

import subprocess
import threading
import time

MEMORY_MIB = 1024
# Without 5-level paging, which costs time and tests nothing of ours.
CPU = "max,-la57"
# qemu 7.2 leaves garbage in the flags after a cmpxchg16b, and an interrupt that comes right then takes the kernel down.
# SLUB has one on its fast path up to 6.17 or so, and does without where the CPU has none.
CPU_FOR_OLD_SLUB = CPU + ",-cx16"
# A busy host makes the TSC look unstable; a clock that is changed then is code that is patched while it runs.
KERNEL_OPTIONS = "console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable"


class Machine:
    """As a context it never outlives its `with`."""

    def __init__(self, vmlinuz, cpu, initrd, console, seconds):
        """`console` is the file that gets what the kernel and init say; the machine is ended after `seconds`."""
        self._console = console
        self._began = time.monotonic()
        self.timed_out = False
        # Emulated, not virtualized: that works everywhere, and everywhere alike.
        self._qemu = subprocess.Popen(
            ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", cpu, "-smp", "2", "-m", str(MEMORY_MIB),
             "-kernel", str(vmlinuz), "-initrd", str(initrd),
             "-append", KERNEL_OPTIONS, "-no-reboot",
             "-display", "none", "-monitor", "none", "-vga", "none", "-nic", "none",
             "-serial", f"file:{console}", "-serial", "stdio"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._timer = threading.Timer(seconds, self._give_up)
        self._timer.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._timer.cancel()
        self._qemu.kill()
        self._qemu.communicate()

    def _give_up(self):
        self.timed_out = True
        self._qemu.kill()

    def lines(self):
        """Bytes, each line as soon as it is there, until the machine is off."""
        yield from self._qemu.stdout

    def last_words(self, count=60):
        """Why it ended, if nobody has asked it to: qemu's own words, and the end of the console."""
        said = self._qemu.stderr.read().decode(errors="replace").splitlines()
        try:
            said += self._console.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
        except OSError:
            pass
        return said

    @property
    def seconds(self):
        return time.monotonic() - self._began
