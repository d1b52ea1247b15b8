#!/usr/bin/python3
"""Holds the first law against a kernel with trampolines: of a million sends that succeed, no program of ours sees one.

Boots Debian's kernel in qemu (emulated), where the kernel itself counts the runs of each program
(sysctl kernel.bpf_stats_enabled), and prints them. There, too, what `tcpblame doctor` says is held against what
bpftool says is attached.

    free_sends.py                  on 6.12
    free_sends.py --sends 10000    to see it quickly
"""

import signal
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "live"))

import debian
import guest_image
import guest_run
import kernels
from architecture import AMD64

IN_GUEST = (*guest_run.OF_DOCTOR, "free_sends_guest.py")
SECONDS = 900


def parse_arguments():
    parser = guest_run.parser("free_sends", __doc__, SECONDS)
    parser.add_argument("--kernel", default="6.12", choices=guest_run.kernels_of(AMD64), help="%(default)s")
    parser.add_argument("--sends", type=int, default=1_000_000, metavar="N", help="%(default)s")
    parser.add_argument("--load", type=Path, metavar="PATH", help="tests/bench/send_more, built; else it is built")
    arguments = parser.parse_args()
    if bool(arguments.tcpblame) != bool(arguments.load):
        parser.error("--tcpblame and --load go together")
    return arguments


def complain(*lines):
    for line in lines:
        print(f"free_sends: {line}", file=sys.stderr)


def build():
    """The tool and the load."""
    tool, _ = kernels.build_static(AMD64)
    return tool, tool.parent / "bench/send_more"


def run(arguments):
    tool, load = (arguments.tcpblame, arguments.load) if arguments.tcpblame else build()
    guest = guest_run.GuestRun(tool, AMD64, IN_GUEST, {"send_more": load})
    command = f"python3 -S -E -s -u /tests/free_sends_guest.py {arguments.sends}"
    return guest.run(arguments.kernel, command, arguments.cache, arguments.seconds)


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # in an orderly way, and no guest stays behind
    try:
        return run(arguments)
    except (guest_image.NotBuilt, debian.NotFetched, OSError) as error:
        complain(*str(error).splitlines())
        return 1


if __name__ == "__main__":
    sys.exit(main())
