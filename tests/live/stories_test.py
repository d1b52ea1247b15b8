#!/usr/bin/python3
"""Runs every story live under tcpblame, as root, and checks that the tool reports the truth and nothing beyond it.

    stories_test.py --tcpblame build/tcpblame --stories build/stories --schema FILE [--only 'linger-zero/*'] [--jobs 4]
"""

import argparse
import fnmatch
import json
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema

import crowds
import story_case
from cases import all_cases, lacks, usual_cases
from ports import Ports


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tcpblame", type=Path, required=True, help="the tool")
    parser.add_argument("--stories", type=Path, required=True, help="the folder of the story programs")
    parser.add_argument("--schema", type=Path, required=True, help="the JSON Schema of the tool's lines")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="run every case N times")
    parser.add_argument("--only", default="*", metavar="GLOB", help="only the cases whose name matches")
    parser.add_argument("--usual", action="store_true", help="each variant of a story in one family and one attach")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="run N cases at a time")
    parser.add_argument("--hook", metavar="ROLE=PROGRAM", help="run the tool with this option, too")
    parser.add_argument("--list", action="store_true", help="print the names of the cases and end")
    parser.add_argument("--verbose", action="store_true", help="say how long each case took")
    return parser.parse_args()


# A kernel may not run BPF programs in some task (a sandbox's own supervisor, for one; seen on 6.18: events of tracefs
# in its softirqs, and neither a run nor a recursion_miss of a program). What a softirq does while it has interrupted
# such a task is not seen, and the verdict honestly says less. Such a case is played again, and said so; a verdict that
# claims what is false never is, and more than these few in a hundred cases are a failure.
PLAYED_AGAIN_PERCENT = 2


def load_schema(path):
    """Returns a maker of validators: one validator is not safe to use from two threads."""
    schema = json.loads(path.read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    return lambda: validator(schema)


def run_all(arguments, cases):
    ports = Ports()
    new_validator = load_schema(arguments.schema)

    def run(case):
        tool = [arguments.tcpblame.resolve(), *(["--hook", arguments.hook] if arguments.hook else [])]
        return story_case.run_case(
            case, tool, arguments.stories.resolve(), new_validator(), ports.take())

    def run_at_most_twice(case):
        first = run(case)
        if crowds.deserves_another_try(first):
            return [first, run(case)]
        return [first]

    with ThreadPoolExecutor(max_workers=arguments.jobs) as pool:
        yield from pool.map(run_at_most_twice, cases * arguments.repeat)


def print_said_less(outcome):
    what = "the verdict claims less than is expected" if outcome.truths else "the story did not come about"
    print(f"less {outcome.case.name}: {what}; it is played again")
    for problem in outcome.problems:
        print(f"    {problem}")


def print_outcome(outcome, verbose):
    took = f"  {outcome.seconds:.2f} s" if verbose else ""
    print(f"{'FAIL' if outcome.problems else 'ok  '} {outcome.case.name}{took}")
    if outcome.problems:
        print(outcome.report())
    sys.stdout.flush()


def main():
    arguments = parse_arguments()
    cases = [case for case in (usual_cases() if arguments.usual else all_cases()) if fnmatch.fnmatch(case.name, arguments.only)]
    if arguments.list:
        print("\n".join(case.name for case in cases))
        return 0
    if not cases:
        print(f"stories_test: no case matches {arguments.only}; --list names them all", file=sys.stderr)
        return 2
    # A shell starts what it puts into the background with SIGINT ignored; the tool is ended by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if os.geteuid() != 0:
        print("stories_test: needs root, since tcpblame attaches to the kernel; run it with sudo", file=sys.stderr)
        return 1

    # Not passed, and not counted: the kernels that have it are tested by scripts/kernels.
    for what, lack in sorted({(" ".join((case.story, *case.options)), lack) for case in cases if (lack := lacks(case))}):
        print(f"none {what}: cannot happen on this kernel: {lack}")
    cases = [case for case in cases if not lacks(case)]
    failed = 0
    total = 0
    again = 0
    for *said_less, outcome in run_all(arguments, cases):
        for each in said_less:
            print_said_less(each)
        print_outcome(outcome, arguments.verbose)
        total += 1
        again += len(said_less)
        failed += bool(outcome.problems)
    if again:
        print(f"played again: {again} of {total}")
    if again > max(1, total * PLAYED_AGAIN_PERCENT // 100):
        print(f"FAIL more than {PLAYED_AGAIN_PERCENT} in 100 cases had a verdict that claimed less than was expected")
        failed += 1
        total += 1
    print(f"{total - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
