"""Plays the cases, in a guest or on this machine, and judges them."""

import base64
import json
import os
import zlib
from dataclasses import dataclass

import jsonschema

import matcher
import story_case
import table
from guest_image import LIVE
from machine import Machine
from ports import Ports

SCHEMA = LIVE.parent.parent / "userspace/render/schema.json"
GUEST_SECONDS = 1500


class NotPlayed(Exception):
    """The message says why."""


@dataclass(frozen=True)
class Played:
    cell: table.Cell
    problems: tuple = ()
    complaints: tuple = ()
    report: str = ""


def cases():
    """Each story once in each variant: what is different with IPv6 or -p is not so by kernel."""
    stories_by_pid = (*story_case.OTHER_STORIES, *story_case.STORIES_WITHOUT_CONNECTION)
    return [
        case for case in story_case.all_cases()
        if case.family == 4 and case.attach == ("pid" if case.story in stories_by_pid else "port")
    ]


def _validator():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return jsonschema.validators.validator_for(schema)(schema)


def _judged(outcome):
    lines = story_case.objects(outcome.lines)
    cell = table.cell_of(outcome.problems, lines)
    return Played(cell, tuple(outcome.problems), tuple(outcome.complaints), outcome.report())


def here(chosen, tcpblame, stories):
    """Yields (case, Played) on this machine's own kernel."""
    if os.geteuid() != 0:
        raise NotPlayed("only root may attach to this machine's own kernel")
    validator = _validator()
    ports = Ports()

    def run(case):
        return story_case.run_case(case, tcpblame.resolve(), stories.resolve(), validator, ports.take())

    for case in chosen:
        outcome = run(case)
        if matcher.says_only_less(outcome.problems):
            outcome = run(case)  # as stories_test.py does, and says why
        yield case, _judged(outcome)


def in_guest(chosen, kernel, initrd, record, seconds):
    """Yields (case, Played) as the guest tells them; `record` names the files of the transcript and the console."""
    validator = _validator()
    left = {case.name: case for case in chosen}
    console = record.with_name(record.name + ".console")
    with Machine(kernel.vmlinuz, initrd, console, seconds or GUEST_SECONDS) as machine:
        with open(record.with_name(record.name + ".transcript"), "wb") as transcript:
            for packed in machine.lines():
                line = _unpacked(packed)
                transcript.write(line)
                case, played = _told(line, left, validator)
                if case:
                    yield case, played
        if not left:
            return
        why = "the guest took too long" if machine.timed_out else "the guest ended before it was played"
        words = machine.last_words()
    if len(left) == len(chosen):
        raise NotPlayed("\n".join([why.replace("it was", "any case was"), *words]))
    for case in left.values():
        report = "\n".join(["  the console:", *(f"    {each}" for each in words)])
        yield case, Played(table.Cell(table.Kind.FAILED, "not played"), (why,), tuple(words), report)


def _unpacked(packed):
    try:
        return zlib.decompress(base64.b64decode(packed)) + b"\n"
    except (ValueError, zlib.error):
        return packed


def _told(line, left, validator):
    try:
        said = json.loads(line)
        case = left.pop(said.pop("case"))
    except (ValueError, TypeError, KeyError):
        return None, None
    if "lacks" in said:
        return case, Played(table.Cell(table.Kind.IMPOSSIBLE, said["lacks"]))
    outcome = story_case.Outcome(case, **said)
    outcome.problems += story_case.schema_problems(story_case.objects(outcome.lines), validator)
    return case, _judged(outcome)
