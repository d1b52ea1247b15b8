"""The two ends of a connection, each in a container of its own: cart closes it, and api finds that out by writing.

    shop.py api|cart PORT
"""

import socket
import sys
import time

PORT = int(sys.argv[2])


def api():
    listener = socket.create_server(("127.0.0.1", PORT))
    connection, _ = listener.accept()
    connection.recv(1)
    try:
        for _ in range(100):
            connection.send(b"answer")
            time.sleep(0.05)
    except BrokenPipeError:
        pass
    time.sleep(60)


def cart():
    socket.create_connection(("127.0.0.1", PORT)).close()
    time.sleep(60)


{"api": api, "cart": cart}[sys.argv[1]]()
