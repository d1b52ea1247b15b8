"""Holds a file to the rules of Chrome's JSON trace format, as far as tcpblame uses it.

    check_trace.py FILE

The rules are those of the "Trace Event Format" (Google, 2016): which members an event of each phase must have, what is in
them, and that the slices of a thread nest. Prints what it found, or every rule that is broken, and ends with 1 then.
"""

import collections
import json
import numbers
import sys

METADATA = {"process_name": "name", "thread_name": "name", "process_sort_index": "sort_index", "thread_sort_index": "sort_index"}


def is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def is_id(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def broken_members(event):
    """The rules for one event by itself."""
    if not isinstance(event, dict):
        yield "is no object"
        return
    phase = event.get("ph")
    if phase not in ("M", "X", "i"):
        yield f"has a phase that is not of ours: {phase!r}"
        return
    if not isinstance(event.get("name"), str) or not event["name"]:
        yield "has no name"
    for member in ("pid", "tid"):
        if not is_id(event.get(member)):
            yield f"has no {member}"
    if phase != "M" and not (is_number(event.get("ts")) and event["ts"] >= 0):
        yield "has no time"
    if phase == "X" and not (is_number(event.get("dur")) and event["dur"] >= 0):
        yield "is complete and has no duration"
    if phase == "i" and event.get("s") not in ("g", "p", "t"):
        yield "is an instant and has no scope"
    if "args" in event and not isinstance(event["args"], dict):
        yield "has arguments that are no object"
    if phase == "M":
        member = METADATA.get(event.get("name"))
        if member is None:
            yield f"is metadata of an unknown kind: {event.get('name')!r}"
        elif not event.get("args", {}).get(member):
            yield f"is metadata without its {member}"
    elif not isinstance(event.get("cat"), str):
        yield "has no category"


def broken_tracks(events):
    """That each track that is used has a name, one and no more."""
    names = collections.Counter()
    for event in events:
        if event["ph"] == "M":
            names[event["name"], event["pid"], event["tid"] if event["name"] == "thread_name" else 0] += 1
    for name, count in names.items():
        if count > 1:
            yield f"{name} is given {count} times"
    for event in events:
        if event["ph"] == "M" or event.get("s") == "g":
            continue
        if not names["process_name", event["pid"], 0]:
            yield f"process {event['pid']} has no name"
        # A viewer calls a thread without one by its number.
        if event["ph"] == "X" and not names["thread_name", event["pid"], event["tid"]]:
            yield f"thread {event['tid']} of {event['pid']} has slices and no name"


def broken_nesting(events):
    """Slices of a thread lie inside of each other, or apart."""
    threads = collections.defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            threads[event["pid"], event["tid"]].append((event["ts"], event["ts"] + event["dur"], event["name"]))
    tick = 0.0006  # of a microsecond: they are whole nanoseconds
    for thread, slices in threads.items():
        open_until = []
        for begin, end, name in sorted(slices, key=lambda each: (each[0], -each[1])):
            while open_until and open_until[-1] <= begin + tick:
                open_until.pop()
            if open_until and end > open_until[-1] + tick:
                yield f"{name!r} on {thread} goes on after what it began in"
            open_until.append(end)


def broken(trace):
    if not isinstance(trace, dict) or not isinstance(trace.get("traceEvents"), list):
        return ["it has no traceEvents"]
    if trace.get("displayTimeUnit") not in (None, "ms", "ns"):
        return ["displayTimeUnit is neither ms nor ns"]
    events = trace["traceEvents"]
    found = [f"event {number} {rule}: {event}" for number, event in enumerate(events) for rule in broken_members(event)]
    return found or [*broken_tracks(events), *broken_nesting(events)]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        trace = json.load(file)
    found = broken(trace)
    print("\n".join(found) if found else dict(collections.Counter(event["ph"] for event in trace["traceEvents"])))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
