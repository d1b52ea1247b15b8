"""Speaks as a story does: at "go", the server resets its client's connection, which then writes; a third process is near: it
has a connection to the server, and one that it ends itself, at the same time. After the pid to watch, the server's, the
first line has those of the others."""

import json
import os
import socket
import sys

from forking import child


def write_until_broken(connection):
    try:
        while True:
            connection.send(b"x")
    except (BrokenPipeError, ConnectionResetError):
        pass


def client():
    read_go.recv(1)
    connection = socket.create_connection(listener.getsockname())
    connection.send(b"hello")
    try:
        connection.recv(1)
    except ConnectionResetError:
        pass
    write_until_broken(connection)


def bystander():
    near_go.recv(1)
    near = socket.create_connection(listener.getsockname())
    other = socket.create_server(("127.0.0.1", 0))
    ours = socket.create_connection(other.getsockname())
    other.accept()[0].close()
    write_until_broken(ours)
    near.recv(1)


listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
go, read_go = socket.socketpair()
near, near_go = socket.socketpair()
pids = {"pid": os.getpid(), "client": child(client), "bystander": child(bystander)}
print(json.dumps(pids), flush=True)
sys.stdin.readline()
near.send(b"x")
kept = listener.accept()[0]
go.send(b"x")
victim = listener.accept()[0]
victim.recv(1)  # not all: the close sends a RST
victim.close()
os.waitpid(pids["client"], 0)
kept.close()
os.waitpid(pids["bystander"], 0)
