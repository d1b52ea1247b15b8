"""What a traced machine pays: each load under each tool, interleaved, against the untraced run of the same repetition."""

import contextlib
import random
import time
from dataclasses import dataclass, field

import child
import spread
import tracers

UNTRACED = tracers.Tool("untraced")
CONTROL = tracers.Tool("untraced again")
_SETTLE_SECONDS = 0.1  # for a tool that still prints what it saw of the load before


@dataclass
class Costs:
    """Of one load: {tool: {repetition: rate}}"""
    load: object
    rates: dict = field(default_factory=dict)

    def add(self, tool, repetition, rate):
        self.rates.setdefault(tool, {})[repetition] = rate

    def ratios(self, tool):
        """{repetition: what one costs with the tool, as a multiple of what it costs without}"""
        return spread.ratios(self.rates[UNTRACED.name], self.rates.get(tool, {}))

    def spread(self, tool):
        """None where the tool was not measured."""
        ratios = self.ratios(tool)
        return spread.of(list(ratios.values())) if ratios else None


def _measure_under(tool, loads, seconds, folder, add):
    with contextlib.ExitStack() as stack:
        started = [(load, *stack.enter_context(load.started(seconds))) for load in loads]
        pids = sorted({pid for _, pid, _ in started})
        with tracers.attached(tool, pids, folder):
            for load, _, measure in random.sample(started, len(started)):
                time.sleep(_SETTLE_SECONDS)
                add(load, measure())


def measure(groups, tools, repetitions, seconds, folder, say):
    """({load's name: Costs}, {tool: why it could not be measured})

    `groups`: lists of loads; a tool is attached once for all of a group. `say` is reported of each step.
    """
    costs = {load.name: Costs(load) for group in groups for load in group}
    failed = {}
    for repetition in range(repetitions):
        for group in groups:
            tried = [UNTRACED, CONTROL, *(tool for tool in tools if tool.name not in failed)]
            for tool in random.sample(tried, len(tried)):
                say(f"cost: repetition {repetition + 1} of {repetitions}, {tool.name}: {', '.join(l.name for l in group)}")
                try:
                    _measure_under(tool, group, seconds, folder,
                                   lambda load, rate, tool=tool: costs[load.name].add(tool.name, repetition, rate))
                except child.Failed as error:
                    if tool in (UNTRACED, CONTROL):
                        raise
                    failed[tool.name] = str(error)
                    say(f"{tool.name} is left out: {error}")
    return costs, failed
