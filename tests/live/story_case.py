"""One case: a story reported under the eyes of the tool, and what is wrong with what the tool said of it."""

import contextlib
import json
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import matcher
from cases import Case
from process import Process

READY_SECONDS = 30
START_SECONDS = 240  # to the first line: an emulated machine that has others beside it is slow
STORY_SECONDS = 90
EXPECTED_SECONDS = 30
QUIET_SECONDS = 0.3
END_SECONDS = 60
REPORT_SECONDS = 120
SHOWN_LINES = 40

@dataclass
class Outcome:
    case: Case
    problems: list = field(default_factory=list)
    commands: list = field(default_factory=list)
    truths: list = field(default_factory=list)
    lines: list = field(default_factory=list)  # the tool's stdout, as text
    complaints: list = field(default_factory=list)  # what both said on stderr
    recording: bytes = b""
    seconds: float = 0.0

    def report(self):
        sections = [
            ("what differs", self.problems),
            ("commands", self.commands),
            ("the truth", [json.dumps(truth, ensure_ascii=False) for truth in self.truths]),
            ("the tool's lines", self.lines),
            ("stderr", self.complaints),
        ]
        text = []
        for title, lines in sections:
            text.append(f"  {title}:" + ("" if lines else " none"))
            text += [f"    {line}" for line in lines[:SHOWN_LINES]]
            if len(lines) > SHOWN_LINES:
                text.append(f"    … and {len(lines) - SHOWN_LINES} more")
        return "\n".join(text)


class Abandoned(Exception):
    """The case cannot go on; the message says why."""


def run_case(case, tcpblame, stories, validator, port):
    """Reports the story once and returns its Outcome.

    `tcpblame` is the tool, with options if need be; `validator` holds the schema, and `port` is nobody else's.
    """
    return run_together([case], tcpblame, stories, validator, [port])[0]


def company_of(case):
    """What cases have in common that one run of the tool can watch beside each other; None: it needs one of its own."""
    return (case.attach, case.tool_options) if case.attach in ("port", "pid") else None


def run_together(cases, tcpblame, stories, validator, ports, at_a_time=1):
    """Reports each story once under one and the same run of the tool, and returns their Outcomes, in order.

    What the tool says of a port, or of a process, is the concern of the story that has it; what it says of none of
    them, of each.
    """
    outcomes = [Outcome(case) for case in cases]
    began = time.monotonic()
    with contextlib.ExitStack() as running:
        acts = [_Act(outcome, running, stories, port) for outcome, port in zip(outcomes, ports)]
        ready = [act for act in acts if act.is_ready()]
        if ready:
            recording = Path(running.enter_context(tempfile.TemporaryDirectory())) / "recording"
            said = _watch(ready, running, tcpblame, recording, at_a_time)
            for act in ready:
                act.judge(validator)
            _judge_report([act.outcome for act in ready], said.tool, tcpblame, recording)
        for act in acts:
            act.outcome.complaints += [f"story> {line}" for line in act.story.err]
            act.outcome.seconds = time.monotonic() - began
    return outcomes


class _Said:
    """What a run of the tool has said, each line looked at once, and which of the acts is meant by it."""

    def __init__(self, tool, acts):
        self.tool = tool
        self._keys = {act.key for act in acts}
        self._looked_at = []  # (line, as an object, which keys are meant)

    def lines_of(self, act, since=0):
        """[(line, as an object)], and how many there are of all; to be called by who has the tool's lines to himself."""
        for line in self.tool.out[len(self._looked_at):]:
            parsed = _parse(line)
            self._looked_at.append((line, parsed, self._keys & _keys_in(parsed or {})))
        return [(line, parsed) for line, parsed, meant in self._looked_at[since:]
                if not meant or act.key in meant], len(self._looked_at)


def _keys_in(line):
    """By what its story is known: its ports, and the process that it is about."""
    connection = line.get("connection", {})
    keys = {("port", int(end.rsplit(":", 1)[1])) for end in (connection.get("local"), connection.get("remote")) if end}
    return keys | {("pid", line.get("process", {}).get("pid"))}


class _Act:
    """One story, its port, and what comes of it."""

    def __init__(self, outcome, running, stories, port):
        case = outcome.case
        self.outcome = outcome
        self.port = port
        self.pid = None
        self.said = None
        command = [stories / case.story, "--port", port, "--family", case.family, *case.options]
        self.story = running.enter_context(Process(command))

    def is_ready(self):
        with self._may_be_abandoned():
            if not self.story.wait_for(len, READY_SECONDS):
                raise Abandoned("the story never got ready")
            ready = _parse(self.story.out[0])
            if not (ready and ready.get("ready") is True and "pid" in ready):
                raise Abandoned(f"the story's first line is not its ready line: {self.story.out[0]}")
            self.pid = ready["pid"]
        return self.pid is not None

    @property
    def key(self):
        """By what its lines are known among those of others."""
        return ("pid", self.pid) if self.outcome.case.attach == "pid" else ("port", self.port)

    def report(self):
        """Until all is reported that is expected."""
        with self._may_be_abandoned():
            self.story.say("go")
            code = self.story.end(STORY_SECONDS)
            if code != 0:
                raise Abandoned(f"the story did not happen as intended: exit code {code}")
            truths = [(_parse(line) or {}).get("truth") for line in self.story.out[1:]]
            if not truths or None in truths:
                raise Abandoned(f"the story reported no truth, or not only: {self.story.out[1:]}")
            self.outcome.truths = truths
            mine = []  # there may be a thousand lines, and each new one is looked at with all before it
            seen = 0

            def reported_enough(_):
                nonlocal seen
                new, seen = self.said.lines_of(self, seen)
                mine.extend(parsed for _, parsed in new if parsed is not None)
                return matcher.all_expected_lines_arrived(truths, mine)

            self.said.tool.wait_for(reported_enough, EXPECTED_SECONDS)

    def judge(self, validator):
        outcome, tool = self.outcome, self.said.tool
        outcome.commands = [" ".join(each.command) for each in (self.story, tool)]
        outcome.lines = [line for line, _ in self.said.lines_of(self)[0]]
        outcome.complaints += [f"tcpblame> {line}" for line in tool.err]
        if outcome.truths:
            _judge_stderr(outcome, tool)
            _judge_lines(outcome, validator)

    @contextlib.contextmanager
    def _may_be_abandoned(self):
        try:
            yield
        except (Abandoned, OSError) as error:
            self.outcome.problems.append(str(error))


def _watch(acts, running, tcpblame, recording, at_a_time):
    """What the tool has said while each of them was reported."""
    first = acts[0]
    target = {
        "port": ["--port", ",".join(str(act.port) for act in acts)],
        "pid": ["-p", ",".join(str(act.pid) for act in acts)],
        "thread": ["-n", f"flusher-{first.port}"],
        "netns": ["--netns", f"/proc/{first.pid}/ns/net"],
    }
    case = first.outcome.case
    tool = running.enter_context(Process([*tcpblame, "-j", "-w", recording, *case.tool_options, *target[case.attach]]))
    said = _Said(tool, acts)
    for act in acts:
        act.said = said
    if not tool.wait_for(lambda lines: any(_type(line) == "start" for line in lines), START_SECONDS):
        for act in acts:
            act.outcome.problems.append(f"the tool printed no start line (exit code so far: {tool.end(0)})")
        return said
    with ThreadPoolExecutor(at_a_time) as reporters:
        list(reporters.map(_Act.report, acts))
    # Whatever is said too much is said about now.
    time.sleep(QUIET_SECONDS)
    tool.signal(signal.SIGINT)
    code = tool.end(END_SECONDS)
    if code != 0:
        for act in acts:
            act.outcome.problems.append(f"the tool's exit code after SIGINT: {code}, expected 0 (None: it did not end)")
    return said


def _judge_report(outcomes, tool, tcpblame, recording):
    """What a recording is reported of it must be what was reported live, byte for byte."""
    for outcome in outcomes:
        outcome.recording = recording.read_bytes() if recording.exists() else b""
    report = subprocess.run(
        [tcpblame[0], "report", "-j", recording], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
        errors="backslashreplace", timeout=REPORT_SECONDS, check=False)
    lines = report.stdout.splitlines()
    if lines == tool.out and report.returncode == 0:
        return
    live, reported = set(tool.out), set(lines)
    for outcome in outcomes:
        outcome.problems.append(
            f"the report of the recording is not what was reported live; its exit code: {report.returncode}")
        outcome.complaints += [f"report> {line}" for line in report.stderr.splitlines()]
        outcome.complaints += [f"live, not reported> {line}" for line in tool.out if line not in reported]
        outcome.complaints += [f"reported, not live> {line}" for line in lines if line not in live]


def _judge_stderr(outcome, tool):
    outcome.problems += [
        f"the tool's stderr has a line that is not its own: {line}"
        for line in tool.err if not line.startswith("tcpblame: ")
    ]


def _judge_lines(outcome, validator):
    lines = objects(outcome.lines)
    if len(lines) != len(outcome.lines):
        outcome.problems.append("not every line of the tool is a JSON object")
    outcome.problems += schema_problems(lines, validator)
    if not outcome.lines or _type(outcome.lines[-1]) != "end":
        outcome.problems.append("the tool's last line is not of type end")
    outcome.problems += matcher.judge(outcome.truths, lines)


def schema_problems(lines, validator):
    problems = []
    for line in lines:
        for error in validator.iter_errors(line):
            where = ".".join(str(part) for part in error.absolute_path)
            problems.append(f"schema, {line.get('type')} line, {where or 'top level'}: {error.message}")
    return problems


def _parse(text):
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def objects(lines):
    return [value for value in map(_parse, lines) if value is not None]


def _type(line):
    value = _parse(line)
    return value and value.get("type")
