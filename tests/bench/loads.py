"""What is made to run under the tools: each load runs for a time, and its rate is what is compared.

A load is started first (`started`, a context), so that a tool can be attached to its process, and measured then, as
often as is wanted for one that a server answers, and once for one of ours.
"""

import contextlib
import subprocess
import time

import child

_WARM_UP_SECONDS = 0.1  # until the clients of a server are all connected
_READY = b"ready\n"


class NotStarted(Exception):
    """No tool is to blame: a load does not run at all."""


class OwnLoad:
    """A program of tests/bench: it waits to be reported to begin, and prints how many a second."""

    def __init__(self, name, program, bar):
        self.name = name
        self.bar = bar
        self._program = program

    @contextlib.contextmanager
    def started(self, seconds):
        command = [self._program, "--seconds", seconds]
        with child.running(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            if process.stdout.readline() != _READY:
                raise NotStarted(f"{self.name} did not start: is {self._program} built?")

            def measure():
                process.stdin.write(b"\n")
                process.stdin.flush()
                rate = process.stdout.readline()
                if not rate:
                    raise child.Failed(f"{self.name} ended early")
                return float(rate)

            try:
                yield process.pid, measure
            finally:
                process.stdin.close()
                process.stdout.close()


class ServerLoad:
    """Clients of a server, which counts what it has served."""

    def __init__(self, name, server, clients, bar):
        self.name = name
        self.bar = bar
        self._server = server
        self._clients = clients

    @contextlib.contextmanager
    def started(self, seconds):
        yield self._server.pid, lambda: self._measure(seconds)

    def _measure(self, seconds):
        quiet = subprocess.DEVNULL
        with child.running(self._clients, stdout=quiet, stderr=quiet) as clients:
            time.sleep(_WARM_UP_SECONDS)
            began, before = time.monotonic(), self._server.served()
            time.sleep(seconds)
            done, ended = self._server.served() - before, time.monotonic()
            if clients.poll() is not None:
                raise child.Failed(f"{self.name}: its clients ended early")
        if done <= 0:
            raise child.Failed(f"{self.name}: nothing was served")
        return done / (ended - began)


def own(programs):
    """`programs`: the folder of those that were built."""
    return [
        OwnLoad("send 64 B, MSG_MORE", programs / "send_more", bar=1.12),
        OwnLoad("ping-pong of 64 B", programs / "ping_pong", bar=None),
        OwnLoad("getppid()", programs / "getppid_loop", bar=1.01),
    ]


def of_servers(redis, nginx):
    url = f"http://127.0.0.1:{nginx.port}/"
    # More than can be done: they are ended.
    benchmark = ["redis-benchmark", "-p", redis.port, "-t", "set", "-q", "-n", 1_000_000_000]
    wrk = ["wrk", "--threads", 1, "--connections", 16, "--duration", 3600]
    return [
        ServerLoad("redis", redis, benchmark, bar=1.02),
        ServerLoad("redis, 16 in a pipeline", redis, [*benchmark, "-P", 16], bar=1.02),
        ServerLoad("nginx, keep-alive", nginx, [*wrk, url], bar=1.02),
        ServerLoad("nginx, a connection a request", nginx, [*wrk, "--header", "Connection: close", url], bar=1.05),
    ]
