#!/usr/bin/python3
"""Holds many connections over loopback that do nothing; at "go" one of them is closed, and written to twice.

    idle_connections.py PORT COUNT

The first line printed is {"pid": N}, once they are there.
"""

import ctypes
import json
import os
import signal
import socket
import sys
import time

AT_ONCE = 9000  # connections of a process: it may have 20,000 files open; and of an address: so it has ports to spare


def connect(listener, address, count):
    """[(client, server)]"""
    pairs = []
    for _ in range(count):
        client = socket.socket()
        client.bind((address, 0))
        client.connect(listener.getsockname())
        pairs.append((client, listener.accept()[0]))
    return pairs


def hold(listener, address, count):
    """In a process of its own; returns once they are there."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: not for longer than this one
        pairs = connect(listener, address, count)
        os.write(writer, b"x")
        signal.pause()
        del pairs
    os.close(writer)
    if os.read(reader, 1) != b"x":
        raise RuntimeError("a process that was to hold connections died")
    os.close(reader)


def main():
    port, count = int(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    for number, begin in enumerate(range(1, count, AT_ONCE)):
        hold(listener, f"127.0.1.{number + 1}", min(AT_ONCE, count - begin))
    client, server = connect(listener, "127.0.0.1", 1)[0]
    print(json.dumps({"pid": os.getpid()}), flush=True)
    sys.stdin.readline()
    server.close()
    client.send(b"x")
    time.sleep(0.1)
    try:
        client.send(b"x")
    except BrokenPipeError:
        pass
    time.sleep(0.5)


if __name__ == "__main__":
    main()
