#!/usr/bin/python3
"""How soon tcpblame reports: from the failing write to the line that the reader of its JSON gets.

And how long it takes to attach, from its start to its first line (what happens after that is seen), and to detach,
from SIGINT to its exit. Needs root. All moments are of CLOCK_MONOTONIC.
"""

import argparse
import json
import math
import os
import select
import signal
import subprocess
import sys
import tempfile
import time

PORT = 20977
GAP_MS = 5  # between two failing writes
SILENCE_S = 2  # nothing more will come


class Tool:
    """The tool, attached, with the moment at which each piece of its output came."""

    def __init__(self, tool, *arguments):
        self.pieces = []  # (moment, bytes)
        started_ns = time.monotonic_ns()
        self.process = subprocess.Popen([tool, "-j", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if not self.read(timeout_s=30):
            self.process.kill()
            sys.exit(f"{tool} did not attach: {self.process.communicate()[1].decode()}")
        self.attached_after_ns = self.pieces[-1][0] - started_ns

    def read(self, timeout_s=SILENCE_S):
        """Waits for the next piece; False where none comes."""
        pipe = self.process.stdout.fileno()
        if not select.select([pipe], [], [], timeout_s)[0]:
            return False
        piece = os.read(pipe, 1 << 20)
        self.pieces.append((time.monotonic_ns(), piece))
        return bool(piece)

    def detach(self):
        """Ends it; gives how long that took."""
        signalled_ns = time.monotonic_ns()
        self.process.send_signal(signal.SIGINT)
        while self.read():
            pass
        self.process.wait(SILENCE_S)
        return time.monotonic_ns() - signalled_ns

    def lines(self):
        """Each line, and the moment at which its end came."""
        rest = b""
        for moment, piece in self.pieces:
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield moment, json.loads(line)


def local_port(line):
    return int(line["connection"]["local"].rpartition(":")[2])


def make_writes_fail(count, attached, load):
    """The local port and the moment of each, when all has come that is reported of them."""
    with tempfile.TemporaryFile("w+") as said:
        with subprocess.Popen([load, str(PORT), str(count), str(GAP_MS)], stdout=said) as writer:
            while attached.read() or writer.poll() is None:
                pass
        said.seek(0)
        written = [tuple(map(int, line.split())) for line in said]
    if len(written) != count:
        sys.exit(f"of {count} writes that were to fail {len(written)} did")
    return written


def latencies(written, reported):
    # A port may be used again; then the order reports which is which.
    written = sorted(written, key=lambda one: one[0])
    reported = sorted(reported, key=lambda one: one[0])
    if [port for port, _ in reported] != [port for port, _ in written]:
        sys.exit(f"{len(written)} writes failed, {len(reported)} were reported, or others were")
    return [reported_ns - written_ns for (_, written_ns), (_, reported_ns) in zip(written, reported)]


def measure_tool(tool, counts, load):
    """Nanoseconds from each failing write to the arrival of its line: of so many by one process, then by another."""
    load = load or os.path.join(os.path.dirname(tool), "bench", "failing_writes")
    attached = Tool(tool, "-P", str(PORT))
    written = [write for count in counts for write in make_writes_fail(count, attached, load)]
    attached.detach()
    reported = [(local_port(line), moment) for moment, line in attached.lines() if line["type"] == "verdict"]
    return latencies(written[: counts[0]], reported[: counts[0]]), latencies(written[counts[0] :], reported[counts[0] :])


def measure_latency(tool, count=200, load=None):
    """Of a program whose code was named before, for one verdict: see measure_first_latency()."""
    return measure_tool(tool, (1, count), load)[1]


def measure_first_latency(tool, count=5, load=None):
    """Of the first verdict of all, so many times: it waits for the names of the code, read out of its files then."""
    return [measure_tool(tool, (1,), load)[0][0] for _ in range(count)]


def measure_attach(tool, count=15):
    """Nanoseconds that it takes to attach, and to detach, so many times each."""
    attach_ns, detach_ns = [], []
    for _ in range(count):
        attached = Tool(tool, "-P", str(PORT))
        attach_ns.append(attached.attached_after_ns)
        detach_ns.append(attached.detach())
    return attach_ns, detach_ns


def percentile(values, share):
    """The smallest of them that so large a share of all does not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]


def row(what, values):
    figures = [f"{name} {ns / 1e6:7.2f} ms" for name, ns in (
        ("p50", percentile(values, 0.5)),
        ("p90", percentile(values, 0.9)),
        ("p99", percentile(values, 0.99)),
        ("max", max(values)),
    )]
    return f"{what:<32} {'  '.join(figures)}  of {len(values)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tcpblame", default="build/tcpblame")
    parser.add_argument("--writes", type=int, default=400)
    parser.add_argument("--attaches", type=int, default=15)
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("latency.py: attaching needs root: run it with sudo")
    print(row("failing write to its line", measure_latency(options.tcpblame, options.writes)))
    print(row("the same, of the very first", measure_first_latency(options.tcpblame)))
    attach_ns, detach_ns = measure_attach(options.tcpblame, options.attaches)
    print(row("start to the first line", attach_ns))
    print(row("SIGINT to the exit", detach_ns))


if __name__ == "__main__":
    main()
