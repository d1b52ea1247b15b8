"""Plays many cases with few runs of the tool: each run watches as many ports as it takes."""

from concurrent.futures import ThreadPoolExecutor, as_completed

import matcher
import story_case
from ports import Ports

# CONFIG_LIST_MAX of bpf/config.h.
MOST_PORTS = 16


def run(cases, tcpblame, stories, new_validator, at_a_time, each_alone=False):
    """Yields an Outcome for each case; those that need a run of their own come last."""
    ports = Ports()
    together = [case for case in cases if story_case.can_be_together(case) and not each_alone]
    alone = [case for case in cases if case not in together]
    for crowd in _crowds(together):
        taken = [ports.take() for _ in crowd]
        for outcome in story_case.run_together(crowd, tcpblame, stories, new_validator(), taken, at_a_time):
            if _deserves_another_try(outcome):
                alone.append(outcome.case)
            else:
                yield outcome

    def run_alone(case):
        outcome = story_case.run_case(case, tcpblame, stories, new_validator(), ports.take())
        if _deserves_another_try(outcome):
            outcome = story_case.run_case(case, tcpblame, stories, new_validator(), ports.take())
        return outcome

    with ThreadPoolExecutor(at_a_time) as players:
        for each in as_completed([players.submit(run_alone, case) for case in alone]):
            yield each.result()


def _crowds(cases):
    """As few as can be, of about the same size."""
    count = -(-len(cases) // MOST_PORTS)
    return [cases[number::count] for number in range(count)]


def _deserves_another_try(outcome):
    """Where nothing wrong was said: the story itself did not come about, or the verdict only says less than is expected."""
    return outcome.problems and (not outcome.truths or matcher.says_only_less(outcome.problems))
