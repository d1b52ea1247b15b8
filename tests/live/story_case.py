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

READY_SECONDS = 10
START_SECONDS = 20
STORY_SECONDS = 25
EXPECTED_SECONDS = 3
QUIET_SECONDS = 0.3
END_SECONDS = 10
REPORT_SECONDS = 20
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


def can_be_together(case):
    """Whether one run of the tool can watch it beside others of its kind: each has a port of its own."""
    return case.attach == "port" and not case.tool_options


def run_together(cases, tcpblame, stories, validator, ports, at_a_time=1):
    """Reports each story once under one and the same run of the tool, and returns their Outcomes, in order.

    What the tool says of a port is the concern of the story that has it; what it says of none of them, of each.
    """
    outcomes = [Outcome(case) for case in cases]
    began = time.monotonic()
    with contextlib.ExitStack() as running:
        acts = [_Act(outcome, running, stories, port, ports) for outcome, port in zip(outcomes, ports)]
        ready = [act for act in acts if act.is_ready()]
        if ready:
            recording = Path(running.enter_context(tempfile.TemporaryDirectory())) / "recording"
            _watch(ready, running, tcpblame, recording, at_a_time)
            for act in ready:
                act.judge(validator)
                _judge_report(act.outcome, act.tool, tcpblame, recording)
        for act in acts:
            act.outcome.complaints += [f"story> {line}" for line in act.story.err]
            act.outcome.seconds = time.monotonic() - began
    return outcomes


class _Act:
    """One story, its port, and what comes of it."""

    def __init__(self, outcome, running, stories, port, all_ports):
        case = outcome.case
        self.outcome = outcome
        self.port = port
        self.pid = None
        self.tool = None
        self._others = {each for each in all_ports if each != port}
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
            parsed = []  # there may be a thousand lines, and each new one is looked at with all before it
            seen = 0

            def reported_enough(lines):
                nonlocal seen
                parsed.extend(objects(self._mine(lines[seen:])))
                seen = len(lines)
                return matcher.all_expected_lines_arrived(truths, parsed)

            self.tool.wait_for(reported_enough, EXPECTED_SECONDS)

    def judge(self, validator):
        outcome = self.outcome
        outcome.commands = [" ".join(each.command) for each in (self.story, self.tool)]
        outcome.lines = self._mine(self.tool.out)
        outcome.complaints += [f"tcpblame> {line}" for line in self.tool.err]
        if outcome.truths:
            _judge_stderr(outcome, self.tool)
            _judge_lines(outcome, validator)

    def _mine(self, lines):
        if not self._others:
            return list(lines)
        return [line for line in lines if not self._others & (named := _ports(line)) or self.port in named]

    @contextlib.contextmanager
    def _may_be_abandoned(self):
        try:
            yield
        except (Abandoned, OSError) as error:
            self.outcome.problems.append(str(error))


def _watch(acts, running, tcpblame, recording, at_a_time):
    first = acts[0]
    target = {
        "port": ["--port", ",".join(str(act.port) for act in acts)],
        "pid": ["-p", first.pid],
        "thread": ["-n", f"flusher-{first.port}"],
        "netns": ["--netns", f"/proc/{first.pid}/ns/net"],
    }
    case = first.outcome.case
    tool = running.enter_context(Process([*tcpblame, "-j", "-w", recording, *case.tool_options, *target[case.attach]]))
    for act in acts:
        act.tool = tool
    if not tool.wait_for(lambda lines: any(_type(line) == "start" for line in lines), START_SECONDS):
        for act in acts:
            act.outcome.problems.append(f"the tool printed no start line (exit code so far: {tool.end(0)})")
        return
    with ThreadPoolExecutor(at_a_time) as reporters:
        list(reporters.map(_Act.report, acts))
    # Whatever is said too much is said about now.
    time.sleep(QUIET_SECONDS)
    tool.signal(signal.SIGINT)
    code = tool.end(END_SECONDS)
    if code != 0:
        for act in acts:
            act.outcome.problems.append(f"the tool's exit code after SIGINT: {code}, expected 0 (None: it did not end)")


def _ports(line):
    connection = (_parse(line) or {}).get("connection", {})
    return {int(end.rsplit(":", 1)[1]) for end in (connection.get("local"), connection.get("remote")) if end}


def _judge_report(outcome, tool, tcpblame, recording):
    """What a recording is reported of it must be what was reported live, byte for byte."""
    outcome.recording = recording.read_bytes() if recording.exists() else b""
    report = subprocess.run(
        [tcpblame[0], "report", "-j", recording], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
        errors="backslashreplace", timeout=REPORT_SECONDS, check=False)
    lines = report.stdout.splitlines()
    if lines == tool.out and report.returncode == 0:
        return
    outcome.problems.append(f"the report of the recording is not what was reported live; its exit code: {report.returncode}")
    live, reported = set(tool.out), set(lines)
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
