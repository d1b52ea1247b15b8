"""Runs in the guest: plays the cases that /tests/job.json names, and prints each outcome as a line of JSON.

Packed, as an emulated serial port is slow, and some outcomes have megabytes.
"""

import base64
import dataclasses
import json
import socket
import sys
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matcher
import story_case
from ports import Ports

TOOL = Path("/bin/tcpblame")
STORIES = Path("/stories")
JOB = Path("/tests/job.json")
SENDING = threading.Lock()
# CONFIG_LIST_MAX of bpf/config.h. Starting the tool takes longer here than most stories do.
MOST_PORTS = 16
# An emulated machine takes so much longer; a case that goes well never waits for these.
SLOWNESS = 3
MPTCP = 262


class NoSchema:
    """The host validates: it has the means."""

    @staticmethod
    def iter_errors(_):
        return ()


def lacks(story):
    """What this kernel lacks for the story to happen at all; None if it can happen."""
    if story == "mptcp":
        try:
            socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP).close()
        except OSError as error:
            return f"no MPTCP: {error.strerror}"
    return None


def tell(outcome):
    said = {each.name: getattr(outcome, each.name) for each in dataclasses.fields(outcome) if each.name != "case"}
    send({"case": outcome.case.name, **said})


def send(said):
    packed = base64.b64encode(zlib.compress(json.dumps(said).encode(), 1)).decode()
    with SENDING:
        print(packed, flush=True)


def owed_another_try(outcome):
    """Where nothing wrong was said: the story itself did not come about, or the verdict only says less than is owed."""
    return outcome.problems and (not outcome.truths or matcher.says_only_less(outcome.problems))


def crowds(cases):
    """As few as can be, of about the same size: a run of the tool watches so many ports at most."""
    count = -(-len(cases) // MOST_PORTS)
    return [cases[number::count] for number in range(count)]


def main():
    job = json.loads(JOB.read_text(encoding="utf-8"))
    for name in ("READY_SECONDS", "START_SECONDS", "STORY_SECONDS", "OWED_SECONDS", "END_SECONDS"):
        setattr(story_case, name, getattr(story_case, name) * SLOWNESS)
    possible = []
    for case in story_case.all_cases():
        if case.name not in job["cases"]:
            continue
        if lack := lacks(case.story):
            send({"case": case.name, "lacks": lack})
        else:
            possible.append(case)
    ports = Ports()
    alone = [case for case in possible if not story_case.can_be_together(case)]
    for crowd in crowds([case for case in possible if story_case.can_be_together(case)]):
        taken = [ports.take() for _ in crowd]
        for outcome in story_case.run_together(crowd, TOOL, STORIES, NoSchema, taken, job["at_a_time"]):
            if owed_another_try(outcome):
                alone.append(outcome.case)
            else:
                tell(outcome)

    def play_alone(case):
        outcome = story_case.run_case(case, TOOL, STORIES, NoSchema, ports.take())
        if owed_another_try(outcome):
            outcome = story_case.run_case(case, TOOL, STORIES, NoSchema, ports.take())
        tell(outcome)

    with ThreadPoolExecutor(job["at_a_time"]) as players:
        list(players.map(play_alone, alone))


if __name__ == "__main__":
    sys.exit(main())
