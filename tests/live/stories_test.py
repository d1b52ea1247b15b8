#!/usr/bin/python3
"""Runs every story live under tcpblame, as root, and checks that the tool tells the truth and nothing beyond it.

    stories_test.py --tcpblame build/tcpblame --stories build/stories --schema FILE [--only 'linger-zero/*'] [--jobs 4]
"""

import argparse
import fnmatch
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema

import story_case
from ports import Ports


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tcpblame", type=Path, required=True, help="the tool")
    parser.add_argument("--stories", type=Path, required=True, help="the folder of the story programs")
    parser.add_argument("--schema", type=Path, required=True, help="the JSON Schema of the tool's lines")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="run every case N times")
    parser.add_argument("--only", default="*", metavar="GLOB", help="only the cases whose name matches")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="run N cases at a time")
    parser.add_argument("--list", action="store_true", help="print the names of the cases and end")
    parser.add_argument("--verbose", action="store_true", help="say how long each case took")
    return parser.parse_args()


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
        return story_case.run_case(
            case, arguments.tcpblame.resolve(), arguments.stories.resolve(), new_validator(), ports.take())

    with ThreadPoolExecutor(max_workers=arguments.jobs) as pool:
        yield from pool.map(run, cases * arguments.repeat)


def print_outcome(outcome, verbose):
    took = f"  {outcome.seconds:.2f} s" if verbose else ""
    print(f"{'FAIL' if outcome.problems else 'ok  '} {outcome.case.name}{took}")
    if outcome.problems:
        print(outcome.report())
    sys.stdout.flush()


def main():
    arguments = parse_arguments()
    cases = [case for case in story_case.all_cases() if fnmatch.fnmatch(case.name, arguments.only)]
    if arguments.list:
        print("\n".join(case.name for case in cases))
        return 0
    if not cases:
        print(f"stories_test: no case matches {arguments.only}; --list names them all", file=sys.stderr)
        return 2
    if os.geteuid() != 0:
        print("stories_test: needs root, since tcpblame attaches to the kernel; run it with sudo", file=sys.stderr)
        return 1

    failed = 0
    total = 0
    for outcome in run_all(arguments, cases):
        print_outcome(outcome, arguments.verbose)
        total += 1
        failed += bool(outcome.problems)
    print(f"{total - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
