#!/usr/bin/env python3
"""Two hosts and what is between them: a client and a server, each in a network namespace of its own, and a wire from
one to the other that rewrites addresses and ports, as NAT does, and may forge a RST. Sequence numbers pass as they are.

Where nothing is rewritten the kernel that the two share knows one connection, and a recorder sees both of its ends.

    far_network.py NEAR FAR PORT END

NEAR, FAR: network namespaces that are there, with nothing in them. END: what happens
once it is asked to by a line on standard input: the server closes with 5 B unread (unread), or closes (fin), or a RST
comes in its name and the server writes after a while (forged). The client then writes until that fails. Prints "ready" when they are connected, "over" when the write has failed, and stays until
standard input ends.
"""
import errno
import os
import select
import signal
import socket
import struct
import sys
import time

from forking import child, play
from wire import PORT_SEEN_AT, Ends, Packet, Wire, enter, lay_end, name_process

RST = 0x04
ENDS = Ends(client="10.77.1.1", server_seen="10.77.1.9", client_seen="10.77.2.9", server="10.77.2.1")
CLIENT_PORT = 41822


def forge_reset(wire):
    packet = Packet(bytes.fromhex("45000028000040004006") + bytes(30))
    seen = CLIENT_PORT + PORT_SEEN_AT
    packet.tcp = bytearray(struct.pack("!HHIIBBHHH", 0, seen, wire.expected_by_client, 0, 0x50, RST, 0, 0, 0))
    wire.inward(packet)
    os.write(wire.near, packet.bytes())


def serve(namespace, port, end, listening, go):
    name_process("far-server")
    enter(namespace)
    server = socket.create_server((ENDS.server, port))
    os.write(listening, b"l")
    server.accept()[0].close()
    connection, _ = server.accept()
    connection.recv(5)
    os.write(listening, b"a")
    os.read(go, 1)
    if end == "forged":
        time.sleep(0.3)
        connection.send(b"y")
    else:
        connection.close()
    os.read(go, 1)


def connected(own_port, port):
    client = socket.socket()
    client.bind((ENDS.client, own_port))
    client.connect((ENDS.server_seen, port))
    return client


def call(namespace, port, end, heard):
    name_process("near-client")
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    enter(namespace)
    # One that ends well first: its FINs go both ways, and report how the clocks are apart.
    before = connected(CLIENT_PORT + 1, port)
    before.recv(1)
    before.close()
    client = connected(CLIENT_PORT, port)
    client.sendall(b"hello" + (b"later" if end == "unread" else b""))
    os.write(heard, b"c")
    poll = select.poll()
    # A FIN comes first where there is one; a write is what draws the RST then.
    poll.register(client, select.POLLRDHUP if end == "fin" else 0)
    poll.poll()
    while True:
        try:
            client.send(b"x" * 512)
        except OSError as error:
            print("over " + errno.errorcode[error.errno], flush=True)
            break
        time.sleep(0.05)
    client.close()


def main():
    near, far, port, end = sys.argv[1:]
    port = int(port)
    wire = Wire(lay_end(near, ENDS.client), lay_end(far, ENDS.server), ENDS, port)
    heard, reported = os.pipe()
    go_in, go = os.pipe()
    forge_in, forge = os.pipe()
    pids = [child(lambda: (os.close(forge), wire.carry(forge_in, lambda: forge_reset(wire))))]
    pids.append(child(lambda: serve(far, port, end, reported, go_in)))
    os.read(heard, 1)
    pids.append(child(lambda: call(near, port, end, reported)))
    os.read(heard, 1)
    os.read(heard, 1)

    def go_on():
        os.write(go, b"g")
        if end == "forged":
            os.write(forge, b"f")

    play(pids, go_on)


if __name__ == "__main__":
    main()
