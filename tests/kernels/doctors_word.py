"""Holds what `tcpblame doctor` says against what the kernel says is attached."""

import json
import subprocess
from collections import Counter

from attached import NOT_TOLD, trampolined_functions


def hooks_of_doctor(tool, options):
    """{role: set of attach points}, were the tool started so."""
    said = subprocess.run([tool, "doctor", "-j", *options], capture_output=True, text=True, check=True).stdout
    hooks = {}
    for role in json.loads(said)["hooks"]:
        kind, _, targets = role.get("attach_point", "").partition("/")
        hooks[role["role"]] = {f"{kind}/{target}" for target in targets.split(", ") if target}
    return hooks


def problems_of(tool, options, attached):
    """Both ways: nothing is attached that it does not name."""
    said = set().union(*hooks_of_doctor(tool, options).values())
    seen = [each.point for each in attached]
    problems = _problems_of_trampolines(said, seen)
    if any(NOT_TOLD in point for point in seen):
        said, seen = ({point for point in points if not _is_trampoline(point)} for points in (said, seen))
    return problems + [f"doctor says {point}; nothing is attached there" for point in sorted(said - set(seen))] + [
        f"{point} is attached; doctor does not say so" for point in sorted(set(seen) - said)]


def _is_trampoline(point):
    return point.startswith(("fentry/", "fexit/"))


def _problems_of_trampolines(said, seen):
    """ftrace reports at which functions there are any; the links how many of a kind, even where they do not report more."""
    claimed = [point for point in said if _is_trampoline(point)]
    functions = {point.partition("/")[2] for point in claimed}
    kinds, found = (Counter(point.partition("/")[0] for point in points)
                    for points in (claimed, filter(_is_trampoline, seen)))
    problems = []
    traced = trampolined_functions()
    if traced is None and any(NOT_TOLD in point for point in seen):
        problems.append("neither a link nor ftrace reports where a trampoline is")
    if traced is not None and functions != traced:
        problems.append(f"doctor says trampolines at {sorted(functions)}; ftrace, at {sorted(traced)}")
    if kinds != found:
        problems.append(f"doctor says {dict(kinds)}; the links say {dict(found)}")
    return problems
