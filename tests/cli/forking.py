"""What the programs that speak like a story share."""

import os


def child(run):
    """Runs it in a process of its own, and gives the pid of that."""
    pid = os.fork()
    if pid == 0:
        run()
        os._exit(0)
    return pid
