#!/usr/bin/python3
"""What a traced machine pays for a send that succeeds: the send loop with and without tcpblame.

Interleaved pairs in random order within each pair, so that the machine's drift falls on both alike. Prints
the median of each, and the quartiles of the pairs' ratios.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys


def run_load(load, sends):
    return float(subprocess.run([load, str(sends)], check=True, capture_output=True, text=True).stdout)


def attached(tcpblame, filters):
    """The tool, attached: it says so by its first line."""
    tool = subprocess.Popen([tcpblame, "-j", *filters], stdout=subprocess.PIPE, text=True)
    if json.loads(tool.stdout.readline())["type"] != "start":
        sys.exit("tcpblame did not start")
    return tool


def run_traced(load, sends, tcpblame, filters):
    tool = attached(tcpblame, filters)
    try:
        return run_load(load, sends)
    finally:
        tool.terminate()
        tool.communicate(timeout=10)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tcpblame", default="build/tcpblame")
    parser.add_argument("--load", default="build/bench/send_more")
    parser.add_argument("--sends", type=int, default=2_000_000)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("filters", nargs="*", help="what tcpblame watches (default: -p, another process)")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("send_cost.py: attaching needs root: run it with sudo")
    filters = options.filters or ["-p", str(os.getpid())]
    run_load(options.load, options.sends)  # warms up
    plain, traced = [], []
    for _ in range(options.pairs):
        steps = [
            lambda: plain.append(run_load(options.load, options.sends)),
            lambda: traced.append(run_traced(options.load, options.sends, options.tcpblame, filters)),
        ]
        random.shuffle(steps)
        for step in steps:
            step()
    ratios = [with_tool / without for with_tool, without in zip(traced, plain)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    print(f"send(64 B, MSG_MORE), tcpblame {' '.join(filters)}, {options.pairs} interleaved pairs")
    print(f"  untraced  {statistics.median(plain):7.1f} ns a send")
    print(f"  traced    {statistics.median(traced):7.1f} ns a send")
    print(f"  ratio     {middle:7.3f}  (quartiles {low:.3f} to {high:.3f})")


if __name__ == "__main__":
    main()
