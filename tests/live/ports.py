"""Ports that are free, and stay so: none that the kernel gives to a connection by itself."""

import random
import socket
import threading


def _candidates():
    """Ports outside the range that connect() draws from: else `--port N` could see another case's client."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as setting:
        low, high = map(int, setting.read().split())
    first, last = (10000, low - 1) if low > 12000 else (high + 1, 65535)
    if last - first < 500:
        raise SystemExit(f"ip_local_port_range {low} {high} leaves too few ports; narrow it")
    return range(first, last + 1)


def _is_free(port):
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


class Ports:
    def __init__(self):
        self._range = _candidates()
        self._next = random.randrange(len(self._range))
        self._lock = threading.Lock()

    def take(self):
        with self._lock:
            for _ in self._range:
                port = self._range[self._next]
                self._next = (self._next + 1) % len(self._range)
                if _is_free(port):
                    return port
        raise OSError("no free port is left")
