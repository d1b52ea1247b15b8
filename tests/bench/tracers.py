"""The tools that are measured: tcpblame, and what people use today for the nearest job; how each is attached.

Each writes into a file, as a person would have it who keeps what it says.
"""

import contextlib
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import child

HERE = Path(__file__).resolve().parent
# The tools of libbpf-tools and bpftrace look for the tracepoints' numbers below debugfs only. Where that is not mounted
# it is for them alone.
_WITH_DEBUGFS = ("unshare", "--mount", "sh", "-c",
                 "[ -e /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug; exec \"$@\"", "sh")
_CALM_SECONDS = 0.06  # a tool that has waited for so long has nothing to set up any more
_SETTLE_SECONDS = 0.05


@dataclass(frozen=True)
class Program:
    """One process of a tool: its command, and where it says that it is attached, if it does."""
    name: str
    command: tuple  # PIDS and OUTPUT stand for what is to be put there
    ready: str = ""  # in what it prints; else it is ready when it waits for events
    to_stdout: bool = True  # or into the file that OUTPUT names
    ends_with_target: bool = False  # by itself, when what it traces has ended


@dataclass(frozen=True)
class Tool:
    name: str
    programs: tuple = ()
    is_ours: bool = False


PIDS = "PIDS"
OUTPUT = "OUTPUT"


def all_tools(tcpblame):
    bpftrace = Program("bpftrace", (*_WITH_DEBUGFS, "bpftrace", HERE / "peers/teardown.bt"))
    return [
        Tool("tcpblame", (Program("tcpblame", (tcpblame, "-j"), '"type":"start"'),), True),
        Tool("tcpblame -p", (Program("tcpblame", (tcpblame, "-j", "-p", PIDS), '"type":"start"'),), True),
        Tool("tcpstates + sigsnoop", (
            Program("tcpstates", (*_WITH_DEBUGFS, "tcpstates")),
            Program("sigsnoop", (*_WITH_DEBUGFS, "sigsnoop", "-s", "13")))),
        Tool("bpftrace", (bpftrace,)),
        Tool("strace -p", (
            Program("strace", ("strace", "-f", "-e", "trace=network", "-o", OUTPUT, "-p", PIDS), "attached",
                    to_stdout=False, ends_with_target=True),)),
        Tool("perf trace -p", (Program("perf", ("perf", "trace", "-o", OUTPUT, "-p", PIDS), to_stdout=False,
                                       ends_with_target=True),)),
        # -Z: as root, since it would not be let into our folder as another user.
        Tool("tcpdump -w", (
            Program("tcpdump", ("tcpdump", "-i", "lo", "-Z", "root", "-w", OUTPUT), "listening on", to_stdout=False),)),
    ]


class Attached:
    """A program that is attached."""

    def __init__(self, program, process, output, words):
        self.program = program
        self.process = process
        self.output = output  # the file of what it has to say
        self.words = words  # … and of its complaints
        self.usage = None  # of the processors, when it has ended

    @property
    def pid(self):
        return self.process.pid

    def said(self):
        return self.words.read_text(encoding="utf-8", errors="replace")

    def wait_until_ready(self):
        if self.program.ready:
            # Complaints and output: each tool says it where it likes.
            child.wait_until(lambda: self.program.ready in self.said() or self.program.ready in self._first_output(),
                             self.program.name, self.process)
            return
        child.wait_until(self._is_calm, self.program.name, self.process)

    def _first_output(self):
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return file.read(1000)

    def _is_calm(self):
        """Not the shell before it, and not a pause of its setting up."""
        until = time.monotonic() + _CALM_SECONDS
        while time.monotonic() < until:
            name = Path(f"/proc/{self.pid}/comm").read_text(encoding="utf-8").strip()
            if name != self.program.name or not child.waits_for_events(self.pid):
                return False
            time.sleep(0.01)
        return True

    def end(self):
        """Raises child.Failed where it has ended before: then what was measured was not traced."""
        ended = child.has_ended(self.pid)
        os.kill(self.pid, signal.SIGINT)  # not by `process`, which might reap it
        self.usage = child.reap(self.process, self.program.name)
        if ended and not self.program.ends_with_target:
            raise child.Failed(f"{self.program.name} ended by itself, with {self.process.returncode}; {self.said()[-300:]}")


def command_of(program, pids, output):
    command = []
    for part in program.command:
        if part == PIDS and program.name == "strace":
            command += [str(pids[0])]
            for pid in pids[1:]:
                command += ["-p", str(pid)]
        elif part == PIDS:
            command.append(",".join(map(str, pids)))
        else:
            command.append(str(output) if part == OUTPUT else part)
    return command


@contextlib.contextmanager
def attached(tool, pids, folder):
    """The tool's programs, attached, in order; raises child.Failed with a tool's own words where one cannot."""
    programs = []
    with contextlib.ExitStack() as stack:
        for program in tool.programs:
            # tcpdump under AppArmor writes to no other names.
            output = folder / f"{program.name}.pcap"
            words = folder / f"{program.name}.words"
            output.write_bytes(b"")
            with open(output if program.to_stdout else os.devnull, "wb") as out, open(words, "wb") as err:
                process = stack.enter_context(child.running(command_of(program, pids, output), stdout=out, stderr=err))
            programs.append(Attached(program, process, output, words))
        try:
            for each in programs:
                each.wait_until_ready()
        except (child.Failed, OSError) as error:
            said = " ".join(" ".join(each.said().split()) for each in programs)
            raise child.Failed(f"{error}; {said[-300:]}" if said else str(error)) from error
        if programs:
            time.sleep(_SETTLE_SECONDS)
        yield programs
        for each in programs:
            if each.usage is None:
                each.end()


def version_of(command):
    """The first thing that looks like one in what a program says when it is asked for its version."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    found = re.search(r"\d+\.\d[\w.+~-]*", done.stdout + done.stderr)
    return found.group() if found else "?"
