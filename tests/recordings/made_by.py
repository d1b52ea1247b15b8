#!/usr/bin/python3
"""Names the recordings whose maker has changed since: the story that was recorded, or the contract of the wire.

    made_by.py                   names them; fails if there are any
    made_by.py --accept GLOB     takes those that match as made by what is there now

A recording is made again by scripts/kernels --recordings tests/recordings. Accept it as it is where the change makes no
other events and no other truth.
"""

import argparse
import fnmatch
import hashlib
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
BOOK = HERE / "made_by.txt"  # a line for each: the hash of its maker, and its path below this folder
WIRE = REPOSITORY / "bpf/wire.h"


def _code_of(path):
    """Without comments, and however it is laid out."""
    code = re.sub(r"/\*.*?\*/|//[^\n]*", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(code.split())


def maker_of(name):
    """The hash of what makes the recording KERNEL/STORY.OPTION.rec; None where there is no such story any more."""
    story = REPOSITORY / "tests/stories" / f"{Path(name).name.split('.')[0].replace('-', '_')}.c"
    if not story.exists():
        return None
    return hashlib.sha256(f"{_code_of(story)}\n{_code_of(WIRE)}".encode()).hexdigest()[:16]


def known():
    lines = BOOK.read_text(encoding="ascii").splitlines() if BOOK.exists() else []
    return {name: maker for maker, name in (line.split() for line in lines)}


def recordings():
    return sorted(str(path.relative_to(HERE)) for path in HERE.glob("*/*.rec"))


def accept(names):
    makers = {name: maker for name, maker in known().items() if (HERE / name).exists()}
    makers |= {name: maker_of(name) for name in names}
    BOOK.write_text("".join(f"{maker} {name}\n" for name, maker in sorted(makers.items())), encoding="ascii")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accept", metavar="GLOB", help="of KERNEL/STORY.rec")
    arguments = parser.parse_args()
    if arguments.accept:
        accept([name for name in recordings() if fnmatch.fnmatch(name, arguments.accept) and maker_of(name)])
        return 0
    makers = known()
    changed = [name for name in recordings() if makers.get(name) is None or makers[name] != maker_of(name)]
    gone = sorted(makers.keys() - set(recordings()))
    for name in changed:
        print(f"{name}: {'its maker has changed' if name in makers else 'nothing says what made it'}")
    for name in gone:
        print(f"{name}: there is no such recording")
    if changed or gone:
        print("make them again: scripts/kernels --recordings tests/recordings --only STORY\n"
              "or, where the same events would be recorded: tests/recordings/made_by.py --accept GLOB")
    return 1 if changed or gone else 0


if __name__ == "__main__":
    sys.exit(main())
