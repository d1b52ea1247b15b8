"""Speaks as a story does: at "go", a client that a relay connects to a worker gets its answer; then the worker is killed,
and the client writes until that fails. Called with the relay's port and the worker's; after the pid to watch, the
client's, the first line has the worker's. With "exits" behind, the worker ends with status 3 instead."""

import json
import os
import signal
import socket
import sys
import time

from forking import child


def work():
    connection = listener.accept()[0]
    connection.send(b"answer"[: len(connection.recv(7)) - 1])
    if ends_well:
        time.sleep(0.4)  # all have been used for the last time
        os._exit(3)
    time.sleep(60)


def ask():
    read_go.recv(1)
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    connection.send(b"request")
    connection.recv(6)
    answered.send(b"x")
    if ends_well:
        connection.recv(1)  # nothing is left unread
    try:
        while True:
            connection.send(b"x")
            time.sleep(0.05)
    except (BrokenPipeError, ConnectionResetError):
        pass


ends_well = sys.argv[3:] == ["exits"]
listener = socket.create_server(("127.0.0.1", int(sys.argv[2])))
go, read_go = socket.socketpair()
answered, read_answered = socket.socketpair()
client, worker = child(ask), child(work)
listener.close()
print(json.dumps({"pid": client, "worker": worker}), flush=True)
sys.stdin.readline()
go.send(b"x")
read_answered.recv(1)
time.sleep(0.2)
if not ends_well:
    os.kill(worker, signal.SIGKILL)
os.waitpid(worker, 0)
os.waitpid(client, 0)
