"""Storms: connections torn down by RST as fast as they can be, under each tool, and how much of it each tool reports."""

import json
import random
import re
import subprocess
import time
from dataclasses import dataclass, field

import child
import servers
import spread
import tracers
from cost import CONTROL, UNTRACED

BAR = 0.90
_LATE_SECONDS = 0.1  # what is printed later than so long after the storm is late
_SECONDS = 1


@dataclass(frozen=True)
class Run:
    """One storm under one tool."""
    rate: float
    connections: int
    reported: int = 0  # of the connections, by what the tool printed in the end
    lost: int = 0  # events, by its own count
    late: float = 0.0  # share of what it printed
    cpu_ms: float = 0.0  # of its own processes, for each 1,000 teardowns
    events: int = 0  # made for the reader, where the tool counts that


@dataclass
class Storms:
    runs: dict = field(default_factory=dict)  # {tool: {repetition: Run}}

    def add(self, tool, repetition, run):
        self.runs.setdefault(tool, {})[repetition] = run

    def each(self, tool, what):
        """{repetition: value}"""
        return {repetition: what(run) for repetition, run in self.runs.get(tool, {}).items()}

    def shares(self, tool):
        """{repetition: rate with the tool as a share of the rate without}"""
        return spread.ratios(self.each(tool, lambda run: run.rate), self.each(UNTRACED.name, lambda run: run.rate))

    def spread(self, tool, what=None):
        values = self.each(tool, what) if what else self.shares(tool)
        return spread.of(list(values.values())) if values else None


def _sum_of(pattern, text):
    return sum(int(number) for number in re.findall(pattern, text, re.IGNORECASE))


def _reported_by_tcpblame(attached, port):
    reported = events = lost = 0
    with open(attached.output, encoding="utf-8") as lines:
        for text in lines:
            if '"type":"teardown"' in text:
                reported += f':{port}"' in text
            elif '"type":"end"' in text:
                end = json.loads(text)
                events, lost = end["events"]["made"], end["lost_events"]
    return reported, lost, events


def _reported_in_lines(attached, pattern):
    """For the tools that print a line an event."""
    with open(attached.output, encoding="utf-8", errors="replace") as file:
        text = file.read()
    reported = len(re.findall(pattern, text, re.MULTILINE))
    return reported, _sum_of(r"lost (\d+) events", text) + _sum_of(r"lost (\d+) events", attached.said()), 0


def _reported_by_tcpdump(attached, port):
    read = ["tcpdump", "-n", "-r", attached.output, f"src port {port} and tcp[tcpflags] & tcp-rst != 0"]
    done = subprocess.run(read, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return done.stdout.count(b"\n"), _sum_of(r"(\d+) packets dropped by kernel", attached.said()), 0


def what_was_reported(attached, port):
    """(connections reported, events lost by the tool's own count, events made)"""
    name = attached.program.name
    if name == "tcpblame":
        return _reported_by_tcpblame(attached, port)
    if name == "tcpstates":  # the server's end: its own port comes first
        return _reported_in_lines(attached, rf"^\S+ +\d+ .* {port} +\S+ +\d+ +\S+ +-> CLOSE ")
    if name == "bpftrace":
        return _reported_in_lines(attached, rf" reset-received .* > {port}$")
    if name == "tcpdump":
        return _reported_by_tcpdump(attached, port)
    return 0, _reported_in_lines(attached, "$^")[1], 0


def _storm(program, port):
    """(rate, connections)"""
    done = subprocess.run([program, "--port", str(port), "--seconds", str(_SECONDS)], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)
    found = re.fullmatch(r"(\d+) connections, (\d+) a second\n", done.stdout)
    if done.returncode or not found:
        raise child.Failed(f"reset_storm failed: {done.stdout}{done.stderr}")
    return float(found.group(2)), int(found.group(1))


def _size_of(attached):
    return sum(each.output.stat().st_size for each in attached)


def _run_under(tool, program, folder):
    port = servers.PORTS.take()
    with tracers.attached(tool, [], folder) as attached:
        before = sum(child.cpu_seconds(each.pid) for each in attached)
        rate, connections = _storm(program, port)
        time.sleep(_LATE_SECONDS)
        in_time = _size_of(attached)
        for each in attached:
            each.end()
    if not attached:
        return Run(rate, connections)
    cpu = sum(each.usage.ru_utime + each.usage.ru_stime for each in attached) - before
    reported, lost, events = (sum(column) for column in zip(*(what_was_reported(each, port) for each in attached)))
    return Run(rate, connections, reported, lost, 1 - in_time / max(_size_of(attached), 1), cpu * 1e6 / connections, events)


def measure(program, tools, repetitions, folder, say):
    """(Storms, {tool: why it could not be measured})"""
    storms = Storms()
    failed = {}
    for repetition in range(repetitions):
        tried = [UNTRACED, CONTROL, *(tool for tool in tools if tool.name not in failed)]
        for tool in random.sample(tried, len(tried)):
            say(f"storm: repetition {repetition + 1} of {repetitions}, {tool.name}")
            try:
                storms.add(tool.name, repetition, _run_under(tool, program, folder))
            except child.Failed as error:
                if tool in (UNTRACED, CONTROL):
                    raise
                failed[tool.name] = str(error)
                say(f"{tool.name} is left out: {error}")
    return storms, failed
