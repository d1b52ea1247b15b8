"""Plays many cases with few runs of the tool: each run watches as many ports, or processes, as it takes."""

import itertools
from concurrent.futures import ThreadPoolExecutor, as_completed

import matcher
import story_case
from ports import Ports

# CONFIG_LIST_MAX of bpf/config.h.
MOST_TOGETHER = 16


def run(cases, tcpblame, stories, new_validator, at_a_time, each_alone=False, runs_at_a_time=None):
    """Yields an Outcome for each case; those that need a run of their own come last, so many of them at a time."""
    ports = Ports()
    companies = {}
    for case in cases:
        companies.setdefault(None if each_alone else story_case.company_of(case), []).append(case)
    alone = companies.pop(None, [])
    for crowd in itertools.chain.from_iterable(map(_crowds, companies.values())):
        taken = [ports.take() for _ in crowd]
        for outcome in story_case.run_together(crowd, tcpblame, stories, new_validator(), taken, at_a_time):
            if deserves_another_try(outcome):
                alone.append(outcome.case)
            else:
                yield outcome

    def run_alone(case):
        outcome = story_case.run_case(case, tcpblame, stories, new_validator(), ports.take())
        if deserves_another_try(outcome):
            outcome = story_case.run_case(case, tcpblame, stories, new_validator(), ports.take())
        return outcome

    with ThreadPoolExecutor(runs_at_a_time or at_a_time) as players:
        for each in as_completed([players.submit(run_alone, case) for case in alone]):
            yield each.result()


def _crowds(cases):
    """As few as can be, of about the same size."""
    count = -(-len(cases) // MOST_TOGETHER)
    return [cases[number::count] for number in range(count)]


def deserves_another_try(outcome):
    """Where nothing wrong was said: the story itself did not come about, or the verdict only says less than is expected,
    or there is none and the tool says that it has lost events."""
    lost = any(line.get("type") == "lost" for line in story_case.objects(outcome.lines))
    lacks_a_verdict = any(": missing, expected " in problem for problem in outcome.problems)
    return outcome.problems and (
        not outcome.truths or (lost and lacks_a_verdict) or matcher.says_only_less(outcome.problems))
