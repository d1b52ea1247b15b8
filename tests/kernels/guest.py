"""Runs in the guest: plays the cases that /tests/job.json names, then the checks, and prints each outcome as a line of JSON.

Packed, as an emulated serial port is slow, and some outcomes have megabytes.
"""

import base64
import dataclasses
import json
import sys
import zlib
from pathlib import Path

import crowds
import guest_checks
import story_case
from cases import all_cases, lacks, shortened

TOOL = ["/bin/tcpblame"]
STORIES = Path("/stories")
JOB = Path("/tests/job.json")
# An emulated machine takes so much longer; a case that goes well never waits for these.
SLOWNESS = 3


class NoSchema:
    """The host validates: it has the means."""

    @staticmethod
    def iter_errors(_):
        return ()


def send(said):
    packed = base64.b64encode(zlib.compress(json.dumps(said).encode(), 1)).decode()
    print(packed, flush=True)


def main():
    job = json.loads(JOB.read_text(encoding="utf-8"))
    for name in ("READY", "START", "STORY", "EXPECTED", "END", "REPORT"):
        name += "_SECONDS"
        setattr(story_case, name, getattr(story_case, name) * SLOWNESS)
    known = dict.fromkeys([*all_cases(), *map(shortened, all_cases())])
    cases = [case for case in known if case.name in job["cases"]]
    for case in cases:
        if lack := lacks(case):
            send({"case": case.name, "lacks": lack})
    possible = [case for case in cases if not lacks(case)]
    alone = job["recordings"]
    # A story mostly waits. To load the programs takes an emulated processor many seconds.
    for outcome in crowds.run(possible, TOOL, STORIES, lambda: NoSchema, job["at_a_time"], alone, runs_at_a_time=2):
        said = {each.name: getattr(outcome, each.name) for each in dataclasses.fields(outcome) if each.name != "case"}
        said["recording"] = base64.b64encode(outcome.recording).decode() if alone else ""
        send({"case": outcome.case.name, **said})
    for name in job["checks"]:
        send({"check": name, **dataclasses.asdict(guest_checks.run(guest_checks.program_of(name), TOOL[0]))})


if __name__ == "__main__":
    sys.exit(main())
