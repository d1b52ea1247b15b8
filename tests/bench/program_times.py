#!/usr/bin/env python3
"""What each of tcpblame's BPF programs takes, by the kernel's own account: sysctl kernel.bpf_stats_enabled, bpftool prog.

    program_times.py [BUILD]     as root; prints, for a few loads on loopback, runs and nanoseconds of each program

The account itself takes some time of each run, and that is counted.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import child
import servers
import tracers

CONNECTIONS = 5000
SENDS = 1_000_000
_STATS = Path("/proc/sys/kernel/bpf_stats_enabled")


def _orderly(_build, listener):
    """The client closes first, then the server: each connection in good order."""
    for _ in range(CONNECTIONS):
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        client.close()
        server.close()
    return CONNECTIONS


def _storm(build, _listener):
    done = subprocess.run([build / "bench/reset_storm", "--port", str(servers.PORTS.take()), "--seconds", "1"],
                          capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    return int(done.stdout.split()[0])


def _sends(build, _listener):
    subprocess.run([build / "bench/send_more", str(SENDS)], capture_output=True, check=True, stdin=subprocess.DEVNULL)
    return SENDS


def _programs(pid):
    """{id: (name, runs, nanoseconds)} of the programs that the process holds."""
    held = {int(found.group(1)) for info in Path(f"/proc/{pid}/fdinfo").iterdir()
            if (found := re.search(r"^prog_id:\s+(\d+)$", info.read_text(encoding="ascii"), re.MULTILINE))}
    shown = subprocess.run(["bpftool", "prog", "show", "-j"], capture_output=True, text=True, check=True)
    return {one["id"]: (one["name"], one.get("run_cnt", 0), one.get("run_time_ns", 0))
            for one in json.loads(shown.stdout) if one["id"] in held}


def measure(name, tool, load, build, folder):
    with socket.create_server(("127.0.0.1", 0)) as listener, tracers.attached(tool, [os.getpid()], folder) as attached:
        before = _programs(attached[0].pid)
        _STATS.write_text("1", encoding="ascii")
        try:
            times = load(build, listener)
        finally:
            _STATS.write_text("0", encoding="ascii")
        after = _programs(attached[0].pid)
    print(f"{name}, {tool.name}, {times} times:")
    together = 0
    for number, (program, runs, spent) in sorted(after.items(), key=lambda one: one[1]):
        runs -= before[number][1]
        spent -= before[number][2]
        together += spent
        if runs * 100 >= times:
            print(f"  {program:24} {runs:9} runs of {spent / runs:6.0f} ns")
    print(f"  {'all programs':24} {together / times:9.0f} ns each time")


def _with(tcpblame, *options):
    name = " ".join(("tcpblame", *options))
    return tracers.Tool(name, (tracers.Program("tcpblame", (tcpblame, "-j", *options), '"type":"start"'),), True)


def main():
    build = Path(sys.argv[1] if len(sys.argv) > 1 else tracers.HERE.parent.parent / "build")
    whole, of_process = (tool for tool in tracers.all_tools(build / "tcpblame") if tool.is_ours)
    elsewhere = [_with(build / "tcpblame", *option) for option in (("-p", "1"), ("-n", "nobody"), ("-P", "1"))]
    with tempfile.TemporaryDirectory() as folder:
        for name, tool, load in (("send 64 B, MSG_MORE", whole, _sends), ("an orderly connection", whole, _orderly),
                                 ("an orderly connection", of_process, _orderly),
                                 *(("an orderly connection that is left out", tool, _orderly) for tool in elsewhere),
                                 ("a teardown by RST", whole, _storm)):
            measure(name, tool, load, build, Path(folder))


if __name__ == "__main__":
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    try:
        main()
    except (child.Failed, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"program_times: {error}")
