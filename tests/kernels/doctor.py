#!/usr/bin/python3
"""Holds what `tcpblame doctor` says against what the kernel has attached: by the links, bpftool and ftrace.

Runs in a guest, or on this machine: as the tool chooses, and with each program forced that the kernel permits. The last line counts what held and what did not.
"""

import subprocess
import sys

from attached import attached_by
from checks import Checks
from doctors_word import hooks_of_doctor, problems_of

# What can be asked for, wherever the kernel lets it.
ASKED_FOR = (["--reads"], ["-f", "-p", "1"], *(["--hook", forced] for forced in (
    "write-failure=fexit", "write-failure=kprobe", "write-failure=tracepoint", "write-failure=syscall",
    "rst-sent-without-socket=fentry", "rst-sent-without-socket=kprobe", "error-reported=fentry")))
REFUSED = 4  # the kernel cannot
PATIENCE = 60  # seconds for the end of a tool that did not start


class Refused(Exception):
    """By this kernel."""


def problems_as_started(tool, options):
    """Raises Refused where the kernel does not let it start so; anything else that goes wrong is no excuse."""
    with subprocess.Popen([tool, "-j", "-P", "1", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as run:
        try:
            if '"type":"start"' not in run.stdout.readline():
                _, complaint = run.communicate(timeout=PATIENCE)
                if run.returncode == REFUSED:
                    raise Refused(complaint)
                return [f"the tool did not start: exit code {run.returncode}: {complaint}"]
            attached = attached_by(run.pid)
            # While it runs: what is attached shows in ftrace for the whole machine.
            return problems_of(tool, options, attached) if attached else ["nothing is attached"]
        finally:
            run.terminate()


def main():
    tool, = sys.argv[1:]
    checks = Checks()
    checks.hold("as it chooses", *problems_as_started(tool, []))
    impossible = []
    for options in ASKED_FOR:
        try:
            checks.hold(" ".join(options), *problems_as_started(tool, options))
        except Refused:
            impossible.append(" ".join(options))
    print(f"this kernel refuses: {', '.join(impossible) or 'nothing'}")
    for role, points in hooks_of_doctor(tool, []).items():
        print(f"  {role:25}{', '.join(sorted(points)) or 'nothing'}")
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
