#!/usr/bin/python3
"""Runs copies of dd(1), one after the other under the same pid, as the kernel will after a while; each dies of SIGPIPE.

    same_pid.py COPY COPY…

The first line printed is {"pid": N}, so that this passes for a story; then a line of input starts them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

LAST_PID = Path("/proc/sys/kernel/ns_last_pid")
TRIES = 200


def start(program):
    """Writes to a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.Popen([program, "if=/dev/zero", "bs=1", "count=1"], stdout=writer, stderr=subprocess.DEVNULL)
    os.close(writer)
    return process


def run_as(pid, program):
    """False where another process was faster to get it."""
    LAST_PID.write_text(str(pid - 1), encoding="ascii")
    process = start(program)
    process.wait()
    return process.pid == pid


def main():
    print(json.dumps({"pid": os.getpid()}), flush=True)
    sys.stdin.readline()
    first = start(sys.argv[1])
    first.wait()
    for program in sys.argv[2:]:
        if not any(run_as(first.pid, program) for _ in range(TRIES)):
            return "same_pid: the pid was never free"
    print(json.dumps({"used": first.pid}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
