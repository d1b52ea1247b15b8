"""The pieces of the reader, measured by Google Benchmark in programs of their own (build/bench/*_bench)."""

import json
import subprocess
from dataclasses import dataclass, field

import child

_SECONDS = 600


@dataclass(frozen=True)
class Piece:
    """One benchmark: the median of its repetitions."""
    program: str
    name: str
    items_per_second: float | None
    counters: dict = field(default_factory=dict)


# What every benchmark has; the rest are counters of its own.
_COMMON = {
    "name", "run_name", "run_type", "family_index", "per_family_instance_index", "repetitions", "repetition_index",
    "threads", "iterations", "real_time", "cpu_time", "time_unit", "aggregate_name", "aggregate_unit", "items_per_second",
    "label", "big_o", "rms", "error_occurred", "error_message",
}


def pieces_of(program, report):
    """`report`: what --benchmark_format=json printed, as an object."""
    runs = report["benchmarks"]
    medians = [run for run in runs if run.get("aggregate_name") == "median"]
    pieces = []
    for run in medians or [run for run in runs if run.get("run_type") != "aggregate"]:
        if run.get("error_occurred"):
            raise child.Failed(f"{program}: {run['name']}: {run.get('error_message')}")
        counters = {name: value for name, value in run.items() if name not in _COMMON}
        pieces.append(Piece(program, run.get("run_name", run["name"]), run.get("items_per_second"), counters))
    return pieces


def measure(program, repetitions, say):
    """The pieces of one program."""
    say(f"reader: {program.name}")
    command = [program, "--benchmark_format=json", f"--benchmark_repetitions={repetitions}",
               "--benchmark_report_aggregates_only=true"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS,
                              stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise child.Failed(f"{program.name}: {error}") from error
    if done.returncode:
        raise child.Failed(f"{program.name} ended with {done.returncode}: {done.stderr[-300:]}")
    return pieces_of(program.name, json.loads(done.stdout))
