"""What became of each case on each kernel, as cells of one Markdown table."""

import enum
import re
from dataclasses import dataclass

import matcher


class Kind(enum.Enum):
    EXPECTED = ""
    LESS = "⇣ "
    FAILED = "✗ "
    IMPOSSIBLE = "– "


LEGEND = ("Each cell: cause · confidence of the first verdict, or of the first teardown where there is no verdict. "
          "⇣ says less than is expected, nothing false; ✗ failed; – this kernel cannot do what the story needs.")


@dataclass(frozen=True)
class Cell:
    kind: Kind
    text: str

    def __str__(self):
        return self.kind.value + self.text


def row_of(case):
    return "/".join([case.story.replace("_", "-"), *case.options[1:]])


_UNKNOWN = re.compile(r": cause: is 'unknown', expected ")


def kind_of(problems):
    if not problems:
        return Kind.EXPECTED
    if matcher.says_only_less(problems) and not any(_UNKNOWN.search(text) for text in problems):
        return Kind.LESS
    return Kind.FAILED


def cell_of(problems, lines):
    """`lines` are the tool's, as objects."""
    for kind in ("verdict", "teardown"):
        for line in lines:
            if line.get("type") == kind:
                return Cell(kind_of(problems), f"{line.get('cause')} · {line.get('confidence')}")
    if any(line.get("type") == "start" for line in lines):
        return Cell(kind_of(problems), "nothing" if problems else "none expected")
    return Cell(kind_of(problems), "the tool did not start")


RESULTS_BEGIN = "<!-- The table is made by scripts/kernels --readme. -->"
RESULTS_END = "<!-- The table ends here. -->"


def put_into(results, text, begin=RESULTS_BEGIN):
    """`results` as text, with `text` in the place of the table that is there after the mark `begin`."""
    before, _, rest = results.partition(begin)
    _, _, after = rest.partition(RESULTS_END)
    if not after:
        raise ValueError("the file has no place for the table")
    return f"{before}{begin}\n\n{text}\n{RESULTS_END}{after}"


def rows_in(results):
    _, _, rest = results.partition(RESULTS_BEGIN)
    return re.findall(r"^\| `([^`]+)` \|", rest.partition(RESULTS_END)[0], re.MULTILINE)


def render(rows, columns):
    """`columns`: {title: {row: Cell}, or text that says why there is none}"""
    def line(cells):
        return "| " + " | ".join(cells) + " |"

    text = [line(["story", *columns]), "|---" * (len(columns) + 1) + "|"]
    for row in rows:
        cells = [str(column[row]) if isinstance(column, dict) else "not run" for column in columns.values()]
        text.append(line([f"`{row}`", *cells]))
    text += ["", LEGEND]
    text += [f"{title}: not run: {why}" for title, why in columns.items() if not isinstance(why, dict)]
    return "\n".join(text) + "\n"
