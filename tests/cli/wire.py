"""A wire between two network namespaces that rewrites addresses and ports, as NAT does: a kernel that both share takes
the two ends for connections of their own. Sequence numbers pass as they are."""

import ctypes
import fcntl
import os
import select
import socket
import struct
import subprocess
from dataclasses import dataclass

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
PORT_SEEN_AT = 11111  # a client's port is so much higher at the server


def enter(namespace):
    fd = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


def lay_end(namespace, address, device="wire"):
    """The wire's end in a namespace: a TUN device whose packets we carry."""
    enter(namespace)
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    for command in (f"addr add {address}/24 dev {device}", f"link set {device} up", "link set lo up"):
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


@dataclass(frozen=True)
class Ends:
    """The addresses of a client and a server, and by which each sees the other, in the same /24."""

    client: str
    server_seen: str
    client_seen: str
    server: str


class Wire:
    def __init__(self, near, far, ends, port):
        """`near` and `far`: of lay_end(), in the client's and in the server's namespace."""
        self.near, self.far, self.ends, self.port = near, far, ends, port
        self.expected_by_client = None  # the number of the next byte

    def carry(self, asked, do):
        """`do` is called for each byte that comes from `asked`; until that ends."""
        while True:
            ready, _, _ = select.select([self.near, self.far, asked], [], [])
            if asked in ready:
                if not os.read(asked, 1):
                    return
                do()
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
        packet.set_ends(self.ends.client_seen, port + PORT_SEEN_AT, self.ends.server, self.port)

    def inward(self, packet):
        (port,) = struct.unpack("!H", packet.tcp[2:4])
        packet.set_ends(self.ends.server_seen, self.port, self.ends.client, port - PORT_SEEN_AT)


def name_process(name):
    ctypes.CDLL(None).prctl(15, name.encode(), 0, 0, 0)
