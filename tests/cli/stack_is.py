"""The stack of the first verdict in a file of the tool's lines: `FILE stack|peer FRAME…` fails unless it has those frames in
that order, `FILE print` prints where its frames are in memory, and `RECORDING unpack` writes what is in a recording."""

import fnmatch
import json
import subprocess
import sys


def verdict_in(file):
    with open(file, encoding="utf-8") as lines:
        verdicts = [line for line in map(json.loads, lines) if line["type"] == "verdict"]
    assert verdicts, "no verdict"
    return verdicts[0]


def is_frame(frame, wanted):
    if wanted.startswith("@"):
        return (frame.get("module") or "").startswith(wanted[1:])
    function = frame.get("function") or ""
    if "*" in wanted:
        return fnmatch.fnmatchcase(function, wanted)
    return function == wanted or function.startswith(wanted + "(") or function.endswith("::" + wanted)


def check(verdict, whose, wanted):
    stack = (verdict if whose == "stack" else verdict["peer"])["stack"]
    said = "\n".join(f"  {frame.get('function')} {frame.get('module')}+{frame.get('offset', 0):#x}" for frame in stack)
    assert is_frame(stack[0], wanted[0]), f"{wanted[0]} is not the innermost:\n{said}"
    rest = iter(stack)
    for one in wanted:
        assert any(is_frame(frame, one) for frame in rest), f"{one} is not there, or in another place:\n{said}"
    assert is_frame(stack[-1], wanted[-1]) or wanted[-1] not in ("_start", "@curl"), f"more than expected:\n{said}"


def unpack(recording):
    with open(recording, "rb") as file:
        content = file.read()
    at = int.from_bytes(content[12:16], "little")
    while at + 16 <= len(content):
        assert content[at:at + 4] == b"CHNK", at
        packed = int.from_bytes(content[at + 4:at + 8], "little")
        sys.stdout.buffer.write(subprocess.run(["zstd", "-dc"], input=content[at + 16:at + 16 + packed], check=True,
                                               stdout=subprocess.PIPE).stdout)
        at += 16 + packed


if __name__ == "__main__":
    if sys.argv[2] == "unpack":
        unpack(sys.argv[1])
    elif sys.argv[2] == "print":
        for place in verdict_in(sys.argv[1])["stack"]:
            print(place.get("module"), place["address"])
    else:
        check(verdict_in(sys.argv[1]), sys.argv[2], sys.argv[3:])
