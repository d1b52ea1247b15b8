"""Processes that are started for a measurement, and are gone after it whatever happens."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

PATIENCE = 30  # seconds that a child may take to be ready, or to end


class Failed(Exception):
    """A child did not do what it is for; says which, and its own words."""


def _own_signals():
    # Whoever ignores SIGINT (a shell's background job) hands that down, and the tools end at SIGINT.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextlib.contextmanager
def running(command, **streams):
    """The process, killed at the end if it has not ended; with us in any case, should we be killed."""
    command = ["setpriv", "--pdeathsig", "KILL", *map(str, command)]
    streams.setdefault("stdin", subprocess.DEVNULL)
    process = subprocess.Popen(command, preexec_fn=_own_signals, **streams)  # we have one thread
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            process.wait()


def wait_until(happened, what, process=None, seconds=PATIENCE):
    """Raises Failed where it does not happen in time, or the process ends before."""
    deadline = time.monotonic() + seconds
    while not happened():
        if process and process.poll() is not None:
            raise Failed(f"{what}: it ended with {process.returncode}")
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(0.005)


def reap(process, name, seconds=PATIENCE):
    """Waits for its end; what it and its own children used of the processors (struct rusage)."""
    deadline = time.monotonic() + seconds
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage
        if time.monotonic() > deadline:
            raise Failed(f"{name} did not end within {seconds} s")
        time.sleep(0.002)


def has_ended(pid):
    """Of a child that nobody has waited for."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def cpu_seconds(pid):
    """Used so far by its main thread, to the nanosecond; 0 where the kernel does not count that."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def waits_for_events(pid):
    """It sleeps in epoll or poll: what it had to set up is set up. (A tool may wait for children before.)"""
    try:
        return "poll" in Path(f"/proc/{pid}/wchan").read_text(encoding="ascii")
    except OSError:
        return False
