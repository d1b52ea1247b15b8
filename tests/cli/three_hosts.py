#!/usr/bin/env python3
"""Three hosts: a client, a proxy, and the proxy's server, each in a network namespace of its own, with a wire between
each two that rewrites addresses and ports.

    three_hosts.py NEAR MIDDLE FAR PORT

At a line on standard input the server is killed; the client writes until that fails. Prints "ready" when all is
connected, "over" when the write has failed, and stays until standard input ends.
"""

import os
import select
import signal
import socket
import sys
import time

from forking import child, play
from wire import Ends, Wire, enter, lay_end, name_process

FRONT = Ends(client="10.78.1.1", server_seen="10.78.1.9", client_seen="10.78.2.9", server="10.78.2.1")
CLIENT_PORT = 41822
BACK = Ends(client="10.78.3.1", server_seen="10.78.3.9", client_seen="10.78.4.9", server="10.78.4.1")


def connected(ends, port):
    """From a port that the wire can make a higher one of."""
    return socket.create_connection((ends.server_seen, port), source_address=(ends.client, CLIENT_PORT))


def accepted(name, namespace, ends, port, reported):
    name_process(name)
    enter(namespace)
    server = socket.create_server((ends.server, port))
    os.write(reported, b"l")
    return server.accept()[0]


def serve(namespace, port, reported):
    connection = accepted("far-worker", namespace, BACK, port, reported)
    connection.recv(7)
    connection.send(b"answer")
    time.sleep(60)


def relay(namespace, port, reported):
    ahead = accepted("middle-proxy", namespace, FRONT, port, reported)
    behind = connected(BACK, port)
    other = {ahead: behind, behind: ahead}
    while True:
        for one in select.select(list(other), [], [])[0]:
            data = one.recv(4096)
            if not data:
                other[one].close()
                one.close()
                time.sleep(60)
            other[one].send(data)


def ask(namespace, port, reported):
    name_process("near-client")
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    enter(namespace)
    client = connected(FRONT, port)
    client.send(b"request")
    client.recv(6)
    os.write(reported, b"a")
    client.recv(1)  # its end
    try:
        while True:
            client.send(b"x" * 512)
            time.sleep(0.05)
    except OSError:
        print("over", flush=True)


def main():
    near, middle, far, port = sys.argv[1:]
    port = int(port)
    heard, reported = os.pipe()
    never, _kept = os.pipe()
    pids = []
    for here, there, ends, device in ((near, middle, FRONT, "wire"), (middle, far, BACK, "wire2")):
        wire = Wire(lay_end(here, ends.client, device), lay_end(there, ends.server, device), ends, port)
        pids.append(child(lambda wire=wire: wire.carry(never, lambda: None)))
    worker = child(lambda: serve(far, port, reported))
    pids.append(child(lambda: relay(middle, port, reported)))
    os.read(heard, 1), os.read(heard, 1)
    pids.append(child(lambda: ask(near, port, reported)))
    os.read(heard, 1)

    def kill_worker():
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)

    play(pids, kill_worker)


if __name__ == "__main__":
    main()
