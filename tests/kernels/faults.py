"""Does to a machine under the tool's eyes what none should be tested on that somebody uses.

Runs in a guest: sets its clock, takes a processor away, and lets it sleep, all under one run of the tool. Between each of these a connection breaks, and what the tool says of it is held against what happened. The last line
counts what held and what did not.
"""

import json
import os
import select
import signal
import socket
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from checks import Checks
from process import Process

TOOL = "/bin/tcpblame"
PORT = 4242
RECORDING = "/tmp/faults.rec"
SECONDS = 60  # for anything that the tool is waited for; an emulated machine is slow
HOUR = 3600
CPU = Path("/sys/devices/system/cpu/cpu1/online")
ALARM = Path("/sys/class/rtc/rtc0/wakealarm")
ASLEEP_SECONDS = 3
NOTICED_SECONDS = 0.3  # the tool is woken for it, in a machine that is slow
SENT_IN_VAIN = b"x" * 512


@dataclass(frozen=True)
class Broken:
    """What happened, by this program's own word."""

    peer: int  # the pid of who aborted
    port: int  # the peer's
    monotonic_ns: tuple  # before and after the write that failed
    realtime: tuple  # the same, in seconds


class Connection:
    """To a process of its own, which aborts it when reported to."""

    def __init__(self, cpu=None):
        with socket.create_server(("127.0.0.1", PORT)) as listener:
            reported, self._tell = os.pipe()
            self._peer = os.fork()
            if self._peer == 0:
                try:
                    os.close(self._tell)
                    self._be_peer(reported, cpu)
                finally:
                    os._exit(1)
            os.close(reported)
            listener.settimeout(SECONDS)
            self._socket, (_, self._port) = listener.accept()

    @staticmethod
    def _be_peer(reported, cpu):
        if cpu is not None:
            os.sched_setaffinity(0, {cpu})
        peer = socket.socket()
        peer.connect(("127.0.0.1", PORT))
        os.read(reported, 1)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        os._exit(0)

    def break_off(self):
        """Once the peer's RST is here, writes to it."""
        os.write(self._tell, b"!")
        os.close(self._tell)
        reset = select.poll()
        reset.register(self._socket, 0)
        if not reset.poll(SECONDS * 1000):
            raise RuntimeError("no RST came")
        before = time.monotonic_ns(), time.time()
        try:
            self._socket.send(SENT_IN_VAIN, socket.MSG_NOSIGNAL)
            raise RuntimeError("the write did not fail")
        except ConnectionResetError:
            after = time.monotonic_ns(), time.time()
        self._socket.close()
        os.waitpid(self._peer, 0)
        return Broken(self._peer, self._port, *zip(before, after))


class Watched:
    """The tool's lines, and what they say."""

    def __init__(self, tool):
        self._tool = tool

    def verdict_on(self, broken):
        """None where none comes."""
        self._tool.wait_for(lambda lines: any(map(self._is_on(broken), lines)), SECONDS)
        return next(filter(self._is_on(broken), map(json.loads, self._tool.out)), None)

    @staticmethod
    def _is_on(broken):
        def is_on(line):
            said = json.loads(line) if isinstance(line, str) else line
            return said["type"] == "verdict" and said["connection"]["remote"].endswith(f":{broken.port}")

        return is_on

    def problems_of(self, broken):
        said = self.verdict_on(broken)
        if not said:
            return ["there is no verdict"]
        first, last = broken.monotonic_ns
        # As the tool's: nothing but digits differs from one to the other. The clock stands between its two looks.
        seconds = range(int(broken.realtime[0]), int(broken.realtime[1]) + 1)
        times = [time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(each)) for each in seconds]
        expected = {
            "cause": ("peer-aborted", said["cause"]),
            "confidence": ("observed", said["confidence"]),
            "error": ("ECONNRESET", said["write"]["error"]),
            "writer": (os.getpid(), said["process"]["pid"]),
            "peer": (broken.peer, said.get("peer", {}).get("process", {}).get("pid")),
            "SO_LINGER 0": (True, said.get("peer", {}).get("linger_zero")),
            "lost events": (0, said["lost_events"]),
        }
        problems = [f"{what}: {is_reported}, not {is_so}" for what, (is_so, is_reported) in expected.items() if is_so != is_reported]
        if not first <= said["monotonic_ns"] <= last:
            problems.append(f"monotonic_ns: {said['monotonic_ns']}, not from {first} to {last}")
        if said["time"][:19] not in times:
            problems.append(f"time: {said['time']}, not {' or '.join(times)}")
        return problems


def set_clock(by_seconds):
    time.clock_settime(time.CLOCK_REALTIME, time.time() + by_seconds)


def check_that_the_clock_may_be_set(checks, watched):
    for by_hours, words in ((1, "an hour ahead"), (-2, "two hours back")):
        connection = Connection()
        set_clock(by_hours * HOUR)
        time.sleep(NOTICED_SECONDS)
        checks.hold(f"a clock that is set {words}", *watched.problems_of(connection.break_off()))


def check_that_a_processor_may_go(checks, watched):
    connection = Connection(cpu=1)
    CPU.write_text("0", encoding="ascii")
    checks.hold("a processor that goes", *watched.problems_of(connection.break_off()))
    CPU.write_text("1", encoding="ascii")
    connection = Connection(cpu=1)
    checks.hold("… and comes again", *watched.problems_of(connection.break_off()))


def asleep_ns():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def check_that_the_machine_may_sleep(checks, watched):
    connection = Connection()
    before = asleep_ns()
    ALARM.write_text(f"+{ASLEEP_SECONDS}", encoding="ascii")
    Path("/sys/power/state").write_text("mem", encoding="ascii")
    slept = (asleep_ns() - before) / 1e9
    broken = connection.break_off()
    problems = [] if slept >= ASLEEP_SECONDS - 2 else [f"it slept for {slept:.1f} s only"]
    checks.hold(f"a machine that sleeps for {slept:.1f} s", *problems, *watched.problems_of(broken))


def check_the_end(checks, tool):
    tool.signal(signal.SIGINT)
    code = tool.end(SECONDS)
    end = json.loads(tool.out[-1])
    events = end.get("events", {})
    print(f"events: made {events.get('made')}, seen {events.get('seen')}, lost {end.get('lost_events')}")
    problems = [] if code == 0 else [f"the tool's exit code: {code}"]
    if not events.get("made") or events["made"] != events["seen"]:
        problems.append("it has not seen all that were made")
    if lost := [line for line in tool.out if '"type":"lost"' in line]:
        problems += ["reported as lost:", *lost]
    checks.hold("the counters balance, and nothing was lost", *problems)


def report(*options):
    return subprocess.run([TOOL, "report", *options, RECORDING], capture_output=True, text=True, check=False)


def check_the_recording(checks, tool):
    reported = report("-j")
    checks.hold("the recording reports it as it was reported", *(
        [] if reported.stdout.splitlines() == tool.out else [f"reported: {reported.stdout}", f"reported: {tool.out}"]))
    notices = [line for line in report().stderr.splitlines() if "the clock was set" in line]
    for line in notices:
        print(line)
    expected = ["ahead, or the machine slept", "back at", "ahead, or the machine slept"]
    checks.hold("each setting of the clock is reported", *(
        [] if len(notices) == len(expected) and all(map(str.__contains__, notices, expected)) else [f"reported: {notices}"]))


def main():
    checks = Checks()
    with Process([TOOL, "-j", "-P", PORT, "-w", RECORDING]) as tool:
        if not tool.wait_for(lambda lines: lines, SECONDS):
            raise RuntimeError(f"the tool did not start: {tool.err}")
        watched = Watched(tool)
        checks.hold("as ever", *watched.problems_of(Connection().break_off()))
        check_that_the_clock_may_be_set(checks, watched)
        check_that_a_processor_may_go(checks, watched)
        check_that_the_machine_may_sleep(checks, watched)
        check_the_end(checks, tool)
        check_the_recording(checks, tool)
    return checks.finish()


if __name__ == "__main__":
    raise SystemExit(main())
