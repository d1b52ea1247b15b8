#!/usr/bin/python3
"""Does to a machine under the tool's eyes what none should be tested on that somebody uses.

In a guest in qemu (emulated) the clock is set, a processor goes and comes again, and the machine sleeps; what breaks
then is reported as ever, at the right time, and no event is lost.

    faults.py                   on 6.12
    faults.py --kernels 5.10,7
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

IN_GUEST = ("checks.py", "faults_guest.py")
SECONDS = 300


def parse_arguments():
    parser = guest_run.parser("faults", __doc__, SECONDS)
    every = guest_run.kernels_of(AMD64)
    parser.add_argument("--kernels", default="6.12", metavar="LIST", help=f"of {','.join(every)} (%(default)s)")
    arguments = parser.parse_args()
    arguments.kernels = arguments.kernels.split(",")
    if unknown := [each for each in arguments.kernels if each not in every]:
        parser.error(f"no such kernel: {', '.join(unknown)}; there are {', '.join(every)}")
    return arguments


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # in an orderly way, and no guest stays behind
    try:
        tool = arguments.tcpblame or kernels.build_static(AMD64)[0]
        guest = guest_run.GuestRun(tool, AMD64, IN_GUEST)
        command = "python3 -S -E -s -u /tests/faults_guest.py"
        codes = [guest.run(name, command, arguments.cache, arguments.seconds) for name in arguments.kernels]
    except (guest_image.NotBuilt, debian.NotFetched, OSError) as error:
        print(*(f"faults: {line}" for line in str(error).splitlines()), sep="\n", file=sys.stderr)
        return 1
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
