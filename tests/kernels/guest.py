"""Runs in the guest: plays the cases that /tests/job.json names, and prints each outcome as a line of JSON.

Packed, as an emulated serial port is slow, and some outcomes have megabytes.
"""

import base64
import dataclasses
import json
import queue
import socket
import sys
import threading
import zlib
from pathlib import Path

import story_case
from ports import Ports

TOOL = Path("/bin/tcpblame")
STORIES = Path("/stories")
JOB = Path("/tests/job.json")
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


def play(case, port):
    lack = lacks(case.story)
    if lack:
        return {"case": case.name, "lacks": lack}
    outcome = story_case.run_case(case, TOOL, STORIES, NoSchema, port)
    said = {each.name: getattr(outcome, each.name) for each in dataclasses.fields(outcome) if each.name != "case"}
    return {"case": case.name, **said}


def main():
    job = json.loads(JOB.read_text(encoding="utf-8"))
    for name in ("READY_SECONDS", "START_SECONDS", "STORY_SECONDS", "OWED_SECONDS", "END_SECONDS"):
        setattr(story_case, name, getattr(story_case, name) * SLOWNESS)
    cases = queue.SimpleQueue()
    for case in story_case.all_cases():
        if case.name in job["cases"]:
            cases.put(case)
    ports = Ports()
    lock = threading.Lock()

    def work():
        while True:
            try:
                case = cases.get_nowait()
            except queue.Empty:
                return
            said = json.dumps(play(case, ports.take())).encode()
            with lock:
                print(base64.b64encode(zlib.compress(said, 1)).decode(), flush=True)

    workers = [threading.Thread(target=work) for _ in range(job["at_a_time"])]
    for each in workers:
        each.start()
    for each in workers:
        each.join()


if __name__ == "__main__":
    sys.exit(main())
