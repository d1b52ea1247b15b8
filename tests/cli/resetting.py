"""Peers that reset a connection: `server PORT SECONDS`, `client PORT REQUEST`, `itself PORT` (both ends; it writes to the
reset one), and `slow PORT`, which answers one request late and in good order."""

import contextlib
import socket
import struct
import sys
import time

HOST = "127.0.0.1"


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def listen(port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    listener.listen(5)
    return listener


def serve(port, seconds):
    with listen(port) as listener:
        connection, _ = listener.accept()
    connection.recv(1000)
    time.sleep(float(seconds))
    reset(connection)
    time.sleep(1)


def ask(port, request):
    with socket.create_connection((HOST, port)) as connection:
        connection.sendall(request.encode("latin-1").decode("unicode_escape").encode("latin-1"))
        time.sleep(0.3)
        reset(connection)
    time.sleep(1)


def answer_late(port):
    with listen(port) as listener:
        connection, _ = listener.accept()
    connection.recv(1000)
    time.sleep(1)
    connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    connection.close()


def write_in_vain(port):
    with listen(port) as listener:
        client = socket.create_connection((HOST, port))
        connection, _ = listener.accept()
    reset(client)
    time.sleep(0.2)
    with contextlib.suppress(ConnectionError):
        connection.send(b"x")
    time.sleep(0.5)


if __name__ == "__main__":
    what, where, *rest = sys.argv[1:]
    {"server": serve, "client": ask, "slow": answer_late, "itself": write_in_vain}[what](int(where), *rest)
