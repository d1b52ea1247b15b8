#!/usr/bin/env python3
"""The parts of a story on three hosts: a worker that the OOM killer takes amid an answer, a client whose next request
fails, and the wires between them and a proxy, which rewrite addresses and ports: the kernel that all three share takes
the ends for connections of their own.

    oom_fleet.py wires NEAR MIDDLE FAR   between these network namespaces, until it is killed
    oom_fleet.py worker PORT GROUP   serves one request, in a memory cgroup of that name
    oom_fleet.py client HOST:PORT    is killed by SIGPIPE, or says what else happened
"""

import os
import signal
import socket
import sys
import threading
import time

from wire import Ends, Wire, lay_end, name_process

LIMIT = 24 << 20
FRONT = Ends(client="10.79.1.1", server_seen="10.79.1.9", client_seen="10.79.2.9", server="10.79.2.1"), 80
BACK = Ends(client="10.79.3.1", server_seen="10.79.3.9", client_seen="10.79.4.9", server="10.79.4.1"), 8080


def memory_hierarchy():
    """Where memory cgroups are made, and what their limit's file is called."""
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        fields = [line.split() for line in mounts]
    for _, where, kind, options, *_ in fields:
        if kind == "cgroup" and "memory" in options.split(","):
            return where, "memory.limit_in_bytes"
    where = next(where for _, where, kind, *_ in fields if kind == "cgroup2")
    write(f"{where}/cgroup.subtree_control", "+memory")
    return where, "memory.max"


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def limit_memory(group):
    where, limit = memory_hierarchy()
    os.makedirs(f"{where}/{group}", exist_ok=True)
    write(f"{where}/{group}/{limit}", str(LIMIT))
    write(f"{where}/{group}/cgroup.procs", "0")


def lay_wires(near, middle, far):
    never, _kept = os.pipe()
    for here, there, (ends, port), device in ((near, middle, FRONT, "wire"), (middle, far, BACK, "wire2")):
        end = lay_end(here, ends.client, device)
        # The wire makes a client's port a higher one.
        write("/proc/sys/net/ipv4/ip_local_port_range", "32768 40000")
        wire = Wire(end, lay_end(there, ends.server, device), ends, port)
        threading.Thread(target=wire.carry, args=(never, lambda: None)).start()
    print("laid", flush=True)


def work(port, group):
    name_process("worker")
    server = socket.create_server(("", int(port)))
    print("listens", flush=True)
    connection = server.accept()[0]
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000)
    time.sleep(0.3)
    limit_memory(group)
    taken = []
    while True:
        taken.append(bytearray(os.urandom(1 << 16) * 16))


def ask(where):
    name_process("client")
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    host, port = where.rsplit(":", 1)
    connection = socket.create_connection((host, int(port)))
    request = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n"
    connection.sendall(request)
    while connection.recv(65536):
        pass
    for _ in range(20):
        connection.send(request)
        time.sleep(0.05)
    sys.exit("no write failed")


if __name__ == "__main__":
    {"wires": lay_wires, "worker": work, "client": ask}[sys.argv[1]](*sys.argv[2:])
