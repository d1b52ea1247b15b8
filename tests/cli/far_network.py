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
import ctypes
import errno
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
RST, ACK = 0x04, 0x10
CLIENT, CLIENT_PORT = "10.77.1.1", 41822
CLIENT_SEEN, PORT_SEEN_AT = "10.77.2.9", 11111  # by the server; its port is so much higher there
SERVER, SERVER_SEEN = "10.77.2.1", "10.77.1.9"


def enter(namespace):
    fd = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


def lay_end(namespace, address):
    """The wire's end in a namespace: a TUN device whose packets we carry."""
    enter(namespace)
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"wire", IFF_TUN | IFF_NO_PI))
    for command in (f"addr add {address}/24 dev wire", "link set wire up", "link set lo up"):
        subprocess.run(["ip", *command.split()], check=True)
    return fd


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data[: len(data) & ~1]))
    if len(data) % 2:
        total += data[-1] << 8
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Packet:
    """An IPv4 packet without options, with TCP in it."""

    def __init__(self, data):
        self.ip, self.tcp = bytearray(data[:20]), bytearray(data[20:])

    @staticmethod
    def is_one(data):
        return len(data) >= 40 and data[0] == 0x45 and data[9] == socket.IPPROTO_TCP

    def set_ends(self, source, source_port, target, target_port):
        self.ip[12:20] = socket.inet_aton(source) + socket.inet_aton(target)
        self.tcp[:4] = struct.pack("!HH", source_port, target_port)

    def bytes(self):
        self.ip[2:4] = struct.pack("!H", 20 + len(self.tcp))
        self.ip[10:12] = self.tcp[16:18] = b"\0\0"
        self.ip[10:12] = struct.pack("!H", checksum(bytes(self.ip)))
        pseudo = self.ip[12:20] + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(self.tcp))
        self.tcp[16:18] = struct.pack("!H", checksum(bytes(pseudo + self.tcp)))
        return bytes(self.ip + self.tcp)


class Wire:
    def __init__(self, near, far, port):
        self.near, self.far, self.port = near, far, port
        self.expected_by_client = None  # the number that a forged RST has to have

    def carry(self, forge):
        """Until a byte comes: then a RST is forged."""
        while True:
            ready, _, _ = select.select([self.near, self.far, forge], [], [])
            if forge in ready:
                if not os.read(forge, 1):
                    return
                self.forge_reset()
            for here, there, rewrite in ((self.near, self.far, self.outward), (self.far, self.near, self.inward)):
                if here in ready:
                    data = os.read(here, 65536)
                    if Packet.is_one(data):
                        packet = Packet(data)
                        rewrite(packet)
                        os.write(there, packet.bytes())

    def outward(self, packet):
        self.expected_by_client = struct.unpack("!I", packet.tcp[8:12])[0]
        (port,) = struct.unpack("!H", packet.tcp[:2])
        packet.set_ends(CLIENT_SEEN, port + PORT_SEEN_AT, SERVER, self.port)

    def inward(self, packet):
        (port,) = struct.unpack("!H", packet.tcp[2:4])
        packet.set_ends(SERVER_SEEN, self.port, CLIENT, port - PORT_SEEN_AT)

    def forge_reset(self):
        packet = Packet(bytes.fromhex("45000028000040004006") + bytes(30))
        seen = CLIENT_PORT + PORT_SEEN_AT
        packet.tcp = bytearray(struct.pack("!HHIIBBHHH", 0, seen, self.expected_by_client, 0, 0x50, RST, 0, 0, 0))
        self.inward(packet)
        os.write(self.near, packet.bytes())


def say(word):
    print(word, flush=True)


def name_process(name):
    ctypes.CDLL(None).prctl(15, name.encode(), 0, 0, 0)


def child(work):
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid


def serve(namespace, port, end, listening, go):
    name_process("far-server")
    enter(namespace)
    server = socket.create_server((SERVER, port))
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
    client.bind((CLIENT, own_port))
    client.connect((SERVER_SEEN, port))
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
            say("over " + errno.errorcode[error.errno])
            break
        time.sleep(0.05)
    client.close()


def main():
    near, far, port, end = sys.argv[1:]
    port = int(port)
    wire = Wire(lay_end(near, CLIENT), lay_end(far, SERVER), port)
    heard, reported = os.pipe()
    go_in, go = os.pipe()
    forge_in, forge = os.pipe()
    pids = [child(lambda: (os.close(forge), wire.carry(forge_in)))]
    pids.append(child(lambda: serve(far, port, end, reported, go_in)))
    os.read(heard, 1)
    pids.append(child(lambda: call(near, port, end, reported)))
    os.read(heard, 1)
    os.read(heard, 1)
    say("ready")
    try:
        if sys.stdin.readline():
            os.write(go, b"g")
            if end == "forged":
                os.write(forge, b"f")
        sys.stdin.readline()
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
