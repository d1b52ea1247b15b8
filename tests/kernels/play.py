"""Plays the cases, in a guest or on this machine, and judges them."""

import base64
import json
import os
import zlib
from dataclasses import dataclass

import jsonschema

import crowds
import guest_checks
import story_case
import table
from cases import OTHER_STORIES, STORIES_BY_THREAD, STORIES_WITHOUT_CONNECTION, all_cases, lacks, shortened
from guest_image import LIVE

SCHEMA = LIVE.parent.parent / "userspace/render/schema.json"
GUEST_SECONDS = 2400
BOOTS = 3


class NotPlayed(Exception):
    """The message says why."""


@dataclass(frozen=True)
class Played:
    cell: table.Cell
    problems: tuple = ()
    complaints: tuple = ()
    report: str = ""
    recording: bytes = b""


def cases(short=False):
    """Each story once in each variant: what is different with IPv6 or -p is not so by kernel."""
    attach = dict.fromkeys((*OTHER_STORIES, *STORIES_WITHOUT_CONNECTION), "pid")
    attach |= dict.fromkeys(STORIES_BY_THREAD, "thread")
    return [
        shortened(case) if short else case for case in all_cases()
        if case.family == 4 and case.attach == attach.get(case.story, "port")
    ]


def _validator():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return jsonschema.validators.validator_for(schema)(schema)


def _judged(outcome):
    lines = story_case.objects(outcome.lines)
    cell = table.cell_of(outcome.problems, lines)
    return Played(cell, tuple(outcome.problems), tuple(outcome.complaints), outcome.report(), outcome.recording)


def here(chosen, tcpblame, stories, each_alone):
    """Yields (case, Played) on this machine's own kernel."""
    if os.geteuid() != 0:
        raise NotPlayed("only root may attach to this machine's own kernel")
    for case in chosen:
        if lack := lacks(case):
            yield case, Played(table.Cell(table.Kind.IMPOSSIBLE, lack))
    possible = [case for case in chosen if not lacks(case)]
    for outcome in crowds.run(possible, [tcpblame.resolve()], stories.resolve(), _validator, 2, each_alone):
        yield outcome.case, _judged(outcome)


def in_guest(chosen, checks, boot, transcript_path):
    """Yields (case, Played) and (name of a check, Checked) as the guest reports them.

    `boot` is given the cases and the checks, and makes a Machine that plays them. A guest that dies or hangs is booted
    again, with what it has not reported of: an emulator is only one.
    """
    validator = _validator()
    left = {case.name: case for case in chosen} | {name: name for name in checks}
    with open(transcript_path, "wb") as transcript:
        for number in range(1, BOOTS + 1):
            with boot([each for each in left.values() if each not in checks],
                      [name for name in checks if name in left], number) as machine:
                for packed in machine.lines():
                    line = _unpacked(packed)
                    transcript.write(line)
                    what, outcome = _reported(line, left, validator)
                    if what:
                        yield what, outcome
                if not left:
                    return
                why = ("the guest took too long" if machine.timed_out
                       else "the guest hung" if machine.fell_silent else "the guest died")
                words = machine.last_words()
            print(f"{why}, {len(left)} of {len(chosen) + len(checks)} cases and checks are left; its last words:")
            print("\n".join(f"    {each}" for each in words))
            if machine.timed_out or machine.all_ended:
                break
    if len(left) == len(chosen) + len(checks):
        raise NotPlayed(why)
    for each in left.values():
        if each in checks:
            yield each, guest_checks.Checked(False, why)
        else:
            yield each, Played(table.Cell(table.Kind.FAILED, "not played"), (why,), (), f"  {why}")


def _unpacked(packed):
    try:
        return zlib.decompress(base64.b64decode(packed)) + b"\n"
    except (ValueError, zlib.error):
        return packed


def _reported(line, left, validator):
    try:
        said = json.loads(line)
        if "check" in said:
            return left.pop(said.pop("check")), guest_checks.Checked(**said)
        case = left.pop(said.pop("case"))
    except (ValueError, TypeError, KeyError):
        return None, None
    if "lacks" in said:
        return case, Played(table.Cell(table.Kind.IMPOSSIBLE, said["lacks"]))
    said["recording"] = base64.b64decode(said["recording"])
    outcome = story_case.Outcome(case, **said)
    outcome.problems += story_case.schema_problems(story_case.objects(outcome.lines), validator)
    return case, _judged(outcome)
