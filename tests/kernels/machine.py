"""One emulated machine: boots a kernel and hands over what the guest says on its second serial port."""

import subprocess
import threading
import time

MEMORY_MIB = 1024
KERNEL_OPTIONS = "quiet panic=-1 mitigations=off"


class Machine:
    """As a context it never outlives its `with`."""

    # An emulated kernel has been seen to hang, with both processors busy. What it reports comes some seconds after each
    # other, a check at its end alone, on a slow machine after minutes.
    LONGEST_SILENCE = 600

    running = set()
    all_ended = False  # none is to be booted again

    @classmethod
    def end_all(cls):
        """For who is asked to end: each has somebody who waits for it."""
        cls.all_ended = True
        for machine in list(cls.running):
            machine._qemu.kill()

    def __init__(self, architecture, vmlinuz, cpu, initrd, console, seconds):
        """`console` is the file that gets what the kernel and init say; the machine is ended after `seconds`."""
        self._console = console
        self._began = time.monotonic()
        self.timed_out = False
        self.fell_silent = False
        # Emulated, not virtualized: that works everywhere, and everywhere alike.
        self._qemu = subprocess.Popen(
            [architecture.qemu[0], "-accel", "tcg,thread=single", "-cpu", cpu, "-smp", "2", "-m", str(MEMORY_MIB),
             "-kernel", str(vmlinuz), "-initrd", str(initrd),
             # The kernel hands what it does not know to init, as its environment.
             "-append", f"{KERNEL_OPTIONS} {architecture.kernel_options} report={architecture.report}", "-no-reboot",
             "-display", "none", "-monitor", "none", "-vga", "none", "-nic", "none",
             "-serial", f"file:{console}", *architecture.qemu[1:]],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._timer = threading.Timer(seconds, self._give_up)
        self._timer.start()
        self._silence = None
        self.running.add(self)

    def __enter__(self):
        if self.all_ended:
            self._qemu.kill()
        return self

    def __exit__(self, *_):
        self.running.discard(self)
        self._timer.cancel()
        self._listen_anew(False)
        self._qemu.kill()
        self._qemu.communicate()

    def _give_up(self):
        self.timed_out = True
        self._qemu.kill()

    def _end_of_patience(self):
        self.fell_silent = True
        self._qemu.kill()

    def _listen_anew(self, goes_on=True):
        if self._silence:
            self._silence.cancel()
        self._silence = threading.Timer(self.LONGEST_SILENCE, self._end_of_patience) if goes_on else None
        if self._silence:
            self._silence.start()

    def lines(self):
        """Bytes, each line as soon as it is there, until the machine is off, or says nothing for too long."""
        self._listen_anew()
        for line in self._qemu.stdout:
            self._listen_anew()
            yield line
        self._listen_anew(False)

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
