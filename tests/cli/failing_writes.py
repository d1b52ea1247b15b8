"""Speaks like a story: at "go", connects to itself at each of the addresses it is given, and writes after the peer's close."""

import json
import os
import socket
import sys


def fail_write(address):
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    if ":" in address:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # ::ffff:127.0.0.1
    listener.bind((address, 0))
    listener.listen()
    client = socket.create_connection(listener.getsockname()[:2])
    server, _ = listener.accept()
    server.close()
    try:
        while True:
            client.send(b"x")
    except (BrokenPipeError, ConnectionResetError):
        pass


print(json.dumps({"pid": os.getpid()}), flush=True)
sys.stdin.readline()
for each in sys.argv[1:]:
    fail_write(each)
