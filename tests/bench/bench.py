#!/usr/bin/python3
"""Measures what tcpblame costs beside what people use today, and how it fares in a storm; prints tables of ratios.

    bench.py                                         all of it, in about 20 minutes, on a machine that does nothing else
    bench.py --only 'cost/redis*' --repetitions 3    some rows, quickly
    bench.py --readme                                all of it, into RESULTS.md

The rows are cost/LOAD, storm, latency, reader/PROGRAM and size. Needs root, as the tools do.
"""

import argparse
import contextlib
import datetime
import fnmatch
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
sys.path += [str(HERE.parent / "kernels"), str(HERE.parent / "live")]

import child
import cost
import host
import loads
import pieces
import plots
import report
import results as results_of
import servers
import size
import storms
import table
import tracers

RESULTS_BEGIN = "<!-- The table is made by scripts/bench --readme. -->"
READER_PROGRAMS = ("reader_bench", "recording_bench", "render_bench")
LATENCY_COUNT = 1000
ATTACH_COUNT = 20
# Seconds that a tool takes to attach, be asked to end and end, and a load to start; for the budget alone.
_ATTACH_SECONDS = 0.8
_START_SECONDS = 0.25


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=15, metavar="N", help="of each pair (%(default)s)")
    parser.add_argument("--seconds", type=float, default=0.5, metavar="S", help="for each measurement (%(default)s)")
    parser.add_argument("--only", default="*", metavar="GLOB", help="only the rows whose name matches")
    parser.add_argument("--tools", default="*", metavar="GLOB", help="only the tools whose name matches")
    parser.add_argument("--list", action="store_true", help="print the names of the rows, and end")
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build", metavar="DIR", help="%(default)s")
    parser.add_argument("--readme", action="store_true", help="put the tables into tests/bench/RESULTS.md")
    arguments = parser.parse_args()
    if arguments.repetitions < 1 or not 0.05 <= arguments.seconds <= 60:
        parser.error("--repetitions from 1, --seconds from 0.05 to 60")
    if arguments.readme and (arguments.only != "*" or arguments.tools != "*" or arguments.repetitions < 15):
        parser.error("--readme is for all the rows and tools, with at least 15 repetitions")
    return arguments


class Progress:
    """Says on standard error what is done, and for how long it has been going on."""

    def __init__(self):
        self._began = time.monotonic()

    def __call__(self, text):
        print(f"bench: {time.monotonic() - self._began:5.0f} s  {text}", file=sys.stderr, flush=True)


class Bench:
    """One run: what is asked for, where things are, what came out."""

    def __init__(self, arguments, folder, say):
        self.arguments = arguments
        self.folder = folder
        self.say = say
        self.programs = arguments.build / "bench"
        self.tcpblame = arguments.build / "tcpblame"
        self.tools = [tool for tool in tracers.all_tools(self.tcpblame) if fnmatch.fnmatch(tool.name, arguments.tools)]
        self.results = results_of.Results(
            host.describe(), datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
            " ".join(["sudo scripts/bench", *sys.argv[1:]]), arguments.repetitions, arguments.seconds,
            versions=_versions(self.tcpblame),
            tools=[tool.name for tool in self.tools], ours=[tool.name for tool in self.tools if tool.is_ours])

    def wants(self, row):
        return fnmatch.fnmatch(row, self.arguments.only)

    def groups_of_loads(self, stack):
        own = [load for load in loads.own(self.programs) if self.wants(f"cost/{load.name}")]
        if not any(self.wants(row) for row in rows() if row.startswith(("cost/redis", "cost/nginx"))):
            return [own] if own else []
        redis = stack.enter_context(servers.redis(self.folder))
        nginx = stack.enter_context(servers.nginx(self.folder))
        served = [load for load in loads.of_servers(redis, nginx) if self.wants(f"cost/{load.name}")]
        return [group for group in (own, served) if group]

    def leave_out(self, section, reasons):
        self.results.left_out.update({f"{name} ({section})": why for name, why in reasons.items()})

    def cost(self):
        with contextlib.ExitStack() as stack:
            groups = self.groups_of_loads(stack)
            measured = sum(map(len, groups)) * (len(self.tools) + 2) * self.arguments.repetitions
            attached = len(groups) * len(self.tools) * self.arguments.repetitions
            if groups:
                self.budget("cost", measured * (self.arguments.seconds + _START_SECONDS) + attached * _ATTACH_SECONDS)
                self.results.costs, failed = cost.measure(
                    groups, self.tools, self.arguments.repetitions, self.arguments.seconds, self.folder, self.say)
                self.leave_out("cost", failed)

    def storm(self):
        # Those that watch one process alone, and those that stop it at each call, are no match for it.
        tools = [tool for tool in self.tools if not tool.name.endswith(" -p")]
        self.budget("storm", self.arguments.repetitions * (len(tools) + 2) * (2 * _ATTACH_SECONDS + 1))
        self.results.storms, failed = storms.measure(
            self.programs / "reset_storm", tools, self.arguments.repetitions, self.folder, self.say)
        self.leave_out("storm", failed)

    def latency(self):
        import latency  # its own program, too

        self.budget("latency", 20)
        tool = str(self.tcpblame)
        try:
            self.results.latency_ns = list(latency.measure_latency(tool, LATENCY_COUNT))
            self.results.attach_ns, self.results.detach_ns = map(list, latency.measure_attach(tool, ATTACH_COUNT))
        except SystemExit as error:  # it ends so where it is run for itself
            raise child.Failed(str(error)) from error

    def reader(self, program):
        self.budget(f"reader/{program}", 60)
        self.results.pieces += pieces.measure(self.programs / program, 3, self.say)

    def size(self):
        tools = [tool for tool in self.tools if not tool.name.endswith(" -p")]
        self.budget("size", len(tools) * (_ATTACH_SECONDS + 0.5))
        self.results.memory, self.results.ring_bytes, failed = size.measure(tools, self.folder, self.say)
        self.results.binary_bytes = size.stripped_bytes(self.tcpblame, self.folder)
        self.leave_out("size", failed)

    def budget(self, section, seconds):
        self.say(f"{section}: about {seconds:.0f} s")

    def run(self):
        sections = {"storm": self.storm, "latency": self.latency,
                    **{f"reader/{program}": lambda program=program: self.reader(program) for program in READER_PROGRAMS},
                    "size": self.size}
        if any(self.wants(row) for row in rows() if row.startswith("cost/")):
            sections = {"cost": self.cost, **sections}
        for name, measure in sections.items():
            if name != "cost" and not self.wants(name):
                continue
            began = time.monotonic()
            try:
                measure()
            except (child.Failed, loads.NotStarted, ImportError, OSError) as error:
                # The other rows took their time: they are not lost for it.
                self.leave_out("section", {name: str(error)})
                self.say(f"{name} is left out: {error}")
            self.results.took[name] = round(time.monotonic() - began, 1)


def rows():
    class NoServer:
        port = 0

    costs = [*loads.own(Path()), *loads.of_servers(NoServer, NoServer)]
    return [*(f"cost/{load.name}" for load in costs), "storm", "latency", *(f"reader/{each}" for each in READER_PROGRAMS),
            "size"]


def _versions(tcpblame):
    of_package = ["dpkg-query", "-W", "-f=${Version}\n", "libbpf-tools"]
    asked = {"tcpblame": [tcpblame, "--version"], "libbpf-tools": of_package, "bpftrace": ["bpftrace", "--version"],
             "strace": ["strace", "--version"], "perf": ["perf", "--version"], "tcpdump": ["tcpdump", "--version"],
             "redis": ["redis-server", "--version"], "nginx": ["nginx", "-v"], "wrk": ["wrk", "--version"]}
    return {name: tracers.version_of(command) for name, command in asked.items()}


def keep(results, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):  # of rows that this run has not measured
        old.unlink()
    (folder / "results.json").write_text(json.dumps(results.as_json(), indent=1) + "\n", encoding="utf-8")
    return [folder / "results.json", *plots.draw(results, folder)]


def main():
    arguments = parse_arguments()
    if arguments.list:
        print("\n".join(rows()))
        return 0
    if not any(fnmatch.fnmatch(row, arguments.only) for row in rows()):
        print(f"bench: no row matches {arguments.only}; there are: {', '.join(rows())}", file=sys.stderr)
        return 2
    if os.geteuid() != 0:
        print("bench: attaching needs root: run sudo scripts/bench", file=sys.stderr)
        return 3
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # in an orderly way, and no server stays behind
    say = Progress()
    with tempfile.TemporaryDirectory(prefix="tcpblame-bench-") as folder:
        bench = Bench(arguments, Path(folder), say)
        bench.run()
    text = report.render(bench.results)
    made = keep(bench.results, arguments.build / "bench")
    print(text)
    say("wrote " + ", ".join(str(each.relative_to(Path.cwd()) if each.is_relative_to(Path.cwd()) else each)
                             for each in made))
    if arguments.readme:
        results = REPOSITORY / "tests/bench/RESULTS.md"
        results.write_text(table.put_into(results.read_text(encoding="utf-8"), text, RESULTS_BEGIN), encoding="utf-8")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
