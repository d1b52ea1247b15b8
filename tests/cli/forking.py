"""What the programs that speak like a story share."""

import os
import signal
import sys


def child(run):
    """Runs it in a process of its own, and gives the pid of that."""
    pid = os.fork()
    if pid == 0:
        run()
        os._exit(0)
    return pid


def play(pids, at_go):
    """Says "ready", calls `at_go` at a line on standard input, and ends the processes when that ends."""
    print("ready", flush=True)
    try:
        if sys.stdin.readline():
            at_go()
        sys.stdin.readline()
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
