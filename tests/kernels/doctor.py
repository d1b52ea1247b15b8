#!/usr/bin/python3
"""Holds what `tcpblame doctor` says against what the kernel has attached: by the links, bpftool and ftrace.

On Debian's kernels from 5.10 to today's, each booted in qemu (emulated), and on this machine's own; as the tool
chooses, and with each program forced that the kernel permits.

    doctor.py
    doctor.py --kernels 5.10,here
"""

import signal
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "live"))

import debian
import guest_image
import guest_run
import kernels
from architecture import AMD64

IN_GUEST = (*guest_run.OF_DOCTOR, "doctor_guest.py")
SECONDS = 600


def parse_arguments():
    parser = guest_run.parser("doctor", __doc__, SECONDS)
    every = [*guest_run.kernels_of(AMD64), kernels.OWN]
    parser.add_argument("--kernels", default=",".join(every), metavar="LIST", help="%(default)s")
    arguments = parser.parse_args()
    arguments.kernels = arguments.kernels.split(",")
    if unknown := [each for each in arguments.kernels if each not in every]:
        parser.error(f"no such kernel: {', '.join(unknown)}; there are {', '.join(every)}")
    return arguments


def run_here(tool):
    done = subprocess.run(
        ["/usr/bin/python3", "-B", "-u", HERE / "doctor_guest.py", tool], stdin=subprocess.DEVNULL, check=False)
    return done.returncode


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # in an orderly way, and no guest stays behind
    try:
        tool = arguments.tcpblame or kernels.build_static(AMD64)[0]
        guests = [name for name in arguments.kernels if name != kernels.OWN]
        command = "python3 -S -E -s -u /tests/doctor_guest.py /bin/tcpblame"
        codes = guest_run.GuestRun(tool, AMD64, IN_GUEST).run_each(
            guests, command, arguments.cache, arguments.seconds) if guests else {}
        failed = [name for name, code in codes.items() if code != 0]
        if kernels.OWN in arguments.kernels and run_here(tool.resolve()) != 0:
            failed.append(kernels.OWN)
    except (guest_image.NotBuilt, debian.NotFetched, OSError) as error:
        print(*(f"doctor: {line}" for line in str(error).splitlines()), sep="\n", file=sys.stderr)
        return 1
    print(f"{len(arguments.kernels) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
