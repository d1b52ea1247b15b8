"""Compares what the tool said with what a story knows to be true.

A truth is a subset of the tool's line: every member that it names must be there with that value, a null means that
the member must be absent, and lists compare as a whole. What the truth does not name may be anything. In place of a
value may stand {"$any": [...]}, one of several truths, or {"$present": true}, anything that is not empty,
or {"$at_least": N}, or {"$some": truth}, a list with an element that the truth is about, or {"$first": truth}, one that
begins with it, or {"$none": truth}, one without it.
"""

from collections import Counter

_ABSENT = object()


def differences(truth, line, path=""):
    """One readable line for each member of `truth` that `line` does not bear out; empty if all match."""
    if isinstance(truth, dict) and truth.keys() == {"$first"} and isinstance(line, list) and line:
        # What the first element lacks is reported by itself: it may say less than is expected, and nothing false.
        return differences(truth["$first"], line[0], f"{path}[0]")
    if isinstance(truth, dict) and _OPERATORS.keys() & truth.keys():
        holds = all(_OPERATORS[name](operand, line) for name, operand in truth.items())
        return [] if holds else [_difference(path, truth, line)]
    if isinstance(truth, dict):
        if not isinstance(line, dict):
            return [_difference(path, truth, line)]
        found = []
        for name, value in truth.items():
            member = f"{path}.{name}" if path else name
            found += differences(value, line.get(name, _ABSENT), member)
        return found
    if truth is None:
        return [] if line is _ABSENT else [_difference(path, truth, line)]
    # Python takes True for 1, JSON does not.
    same = truth == line and isinstance(truth, bool) == isinstance(line, bool)
    return [] if same else [_difference(path, truth, line)]


def _is_present(_, line):
    return line is not _ABSENT and line not in ("", [], {}, None)


def _is_any(truths, line):
    return any(matches(truth, line) for truth in truths)


def _is_at_least(least, line):
    return isinstance(line, (int, float)) and not isinstance(line, bool) and line >= least


def _has_some(truth, line):
    return isinstance(line, list) and any(matches(truth, element) for element in line)


def _begins_with(truth, line):
    return isinstance(line, list) and bool(line) and matches(truth, line[0])


def _has_none(truth, line):
    return isinstance(line, list) and not _has_some(truth, line)


_OPERATORS = {"$any": _is_any, "$present": _is_present, "$at_least": _is_at_least, "$some": _has_some,
              "$first": _begins_with, "$none": _has_none}


def _difference(path, truth, line):
    expected = "to be absent" if truth is None else repr(truth)
    reported = "is absent" if line is _ABSENT else f"is {line!r}"
    return f"{path or 'the line'}: {reported}, expected {expected}"


def matches(truth, line):
    return not differences(truth, line)


def split_count(truth):
    """A truth may own, beside the tool's names, a `count`.

    Of a verdict it means that so many in a row say this, and where it is 0, that there is none at all. Of any other
    type it is how many lines of that type there must be in all.
    """
    wanted = {name: value for name, value in truth.items() if name != "count"}
    return wanted, truth.get("count")


def says_that_there_is_none(truth):
    """A truth of no more than a type and a count of 0 wants no line: none of that type is expected."""
    return split_count(truth) == ({"type": truth["type"]}, 0)


def _expected_verdicts(truths):
    """One truth for each verdict, in order."""
    split = [split_count(truth) for truth in truths if truth["type"] == "verdict"]
    return [wanted for wanted, count in split for _ in range(1 if count is None else count)]


def all_expected_lines_arrived(truths, lines):
    """Whether waiting longer makes no sense: as many verdicts as expected, and a line for every other truth."""
    truths = [truth for truth in truths if not says_that_there_is_none(truth)]
    expected = _expected_verdicts(truths)
    reported = [line for line in lines if line.get("type") == "verdict"]
    if len(reported) < len(expected):
        return False
    others = [split_count(truth)[0] for truth in truths if truth["type"] != "verdict"]
    return all(any(matches(truth, line) for line in lines) for truth in others)


def judge(truths, lines):
    """All that is wrong with the tool's lines, as readable text; empty if they report the truths and nothing beyond."""
    problems = _judge_counts(truths, lines)
    truths = [truth for truth in truths if not says_that_there_is_none(truth)]
    problems += _judge_verdicts(
        _expected_verdicts(truths),
        [line for line in lines if line.get("type") == "verdict"],
    )
    others = [truth for truth in truths if truth["type"] != "verdict"]
    return problems + _judge_unordered([split_count(truth)[0] for truth in others], lines)


_LESS_THAN_EXPECTED = (
    ": is absent, expected", ": is 'unknown', expected", "modifiers: is [], expected", "confidence: is 'inferred', expected 'observed'")


def says_only_less(problems):
    """Whether nothing that was reported is false: there are verdicts that claim less than was expected, and no other problem."""
    return bool(problems) and all(any(less in text for less in _LESS_THAN_EXPECTED) for text in problems)


def _judge_verdicts(truths, lines):
    problems = []
    for number, (truth, line) in enumerate(zip(truths, lines), start=1):
        problems += [f"verdict {number}: {text}" for text in differences(truth, line) + _losses(line)]
    for number, truth in enumerate(truths[len(lines):], start=len(lines) + 1):
        problems.append(f"verdict {number}: missing, expected {truth.get('cause')}")
    for number, line in enumerate(lines[len(truths):], start=len(truths) + 1):
        problems.append(f"verdict {number}: not expected, says {line.get('cause')}")
    return problems


def _judge_unordered(truths, lines):
    problems = []
    taken = set()
    for truth in truths:
        kind = truth["type"]
        candidates = [(index, line) for index, line in enumerate(lines) if line.get("type") == kind]
        matching = [(index, line) for index, line in candidates if matches(truth, line)]
        if not candidates:
            problems.append(f"{kind}: missing, expected {truth.get('cause')}")
        elif not matching:
            nearest = min((differences(truth, line) for _, line in candidates), key=len)
            problems += [f"{kind} (the nearest of {len(candidates)}): {text}" for text in nearest]
        elif len(matching) > 1:
            problems.append(f"{kind}: {len(matching)} lines say what one should: {truth.get('cause')}")
        else:
            index, line = matching[0]
            if index in taken:
                problems.append(f"{kind}: one line stands for two truths")
            taken.add(index)
            problems += [f"{kind}: {text}" for text in _losses(line)]
    return problems


def _judge_counts(truths, lines):
    reported = Counter(line.get("type") for line in lines)
    problems = []
    for truth in truths:
        wanted, count = split_count(truth)
        kind = wanted["type"]
        if kind == "verdict" and not says_that_there_is_none(truth):
            continue  # each of them is expected in its place
        if count is not None and reported[kind] != count:
            problems.append(f"{kind}: {reported[kind]} lines, expected {count} in all")
    return problems


def _losses(line):
    return differences({"lost_events": 0}, line)
