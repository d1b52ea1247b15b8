"""Speaks as a story does: at "go", one event loop has two hundred connections: half of them it accepted, and to each
of these belongs one that it opened. As much goes through each, of one after the other. Ten times a second ten of those
that it opened are ended by their other ends, which it closes; and it closes ten of those it accepted, whose own
connections live on: none is passed on. The clients write into what was closed. The pid in the first line is the
loop's."""

import json
import os
import select
import socket
import sys
import time

from forking import child

PAIRS = 100
ROUNDS = 5
AT_ONCE = 10


def clients():
    all_of_them = []
    for _ in range(PAIRS):
        one = socket.create_connection(front.getsockname())
        one.send(b"request")
        all_of_them.append(one)
    for one in all_of_them:
        one.recv(6)
    until = time.monotonic() + 10
    while all_of_them and time.monotonic() < until:
        for one in list(all_of_them):
            if not select.select([one], [], [], 0)[0]:
                continue
            try:
                one.send(b"x")
            except OSError:
                all_of_them.remove(one)
        time.sleep(0.01)
        if os.getppid() != LOOP:
            return


def servers():
    all_of_them = [behind.accept()[0] for _ in range(PAIRS)]
    for one in all_of_them:  # in the order in which the loop opened them
        one.recv(7)
        one.send(b"answer")
    for turn in range(ROUNDS):
        for one in all_of_them[turn * AT_ONCE : (turn + 1) * AT_ONCE]:
            read_order.recv(1)
            one.close()
    read_order.recv(1)


def loop():
    pairs = []
    for _ in range(PAIRS):
        accepted = front.accept()[0]
        opened = socket.create_connection(behind.getsockname())
        pairs.append((accepted, opened))
    for accepted, opened in pairs:
        opened.send(accepted.recv(7))
        accepted.send(opened.recv(6))
        time.sleep(0.01)
    for turn in range(ROUNDS):
        for at in range(turn * AT_ONCE, (turn + 1) * AT_ONCE):
            order.send(b"x")
            opened = pairs[at][1]
            opened.recv(1)
            opened.close()
            pairs[-1 - at][0].close()
            time.sleep(0.1 / AT_ONCE)
    time.sleep(0.5)
    order.send(b"x")


LOOP = os.getpid()
front = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=PAIRS)
behind = socket.create_server(("127.0.0.1", 0), backlog=PAIRS)
order, read_order = socket.socketpair()
print(json.dumps({"pid": LOOP}), flush=True)
sys.stdin.readline()
children = [child(clients), child(servers)]
loop()
for pid in children:
    os.waitpid(pid, 0)
