"""One case: a story told under the eyes of the tool, and what is wrong with what the tool said of it."""

import json
import signal
import time
from dataclasses import dataclass, field

import matcher
from process import Process

READY_SECONDS = 10
START_SECONDS = 20
STORY_SECONDS = 25
OWED_SECONDS = 3
QUIET_SECONDS = 0.3
END_SECONDS = 10
SHOWN_LINES = 40

# name: the program's options that make a case each
TCP_STORIES = {
    "close_then_write_once": [()],
    "close_then_write_twice": [("--first-write", each) for each in ("after-ack", "at-once")],
    "close_then_write_ignored": [("--disposition", each) for each in ("ignored", "handled", "blocked", "suppressed")],
    "own_shutdown_then_write": [()],
    "linger_zero": [()],
    "unread_data_close": [()],
    "server_killed": [()],
    "recv_zero_then_send": [()],
    "refused": [("--connect", each) for each in ("blocking", "nonblocking")],
    "peer_half_close": [("--asked-for", each) for each in ("broken", "all")],
    "peer_half_close_then_exit": [()],
    "half_close_both_read_side": [("--asked-for", each) for each in ("broken", "all")],
    "both_closed_then_write": [()],
    "fork_shared_fd": [()],
    "fork_shared_shutdown": [()],
    "passed_fd": [()],
    "exec_keeps_fd": [()],
    "never_connected": [()],
    "stale_errno": [()],
    "reset_taken_by_read": [("--how", each) for each in ("read", "so-error")],
    "blocked_write": [()],
    "admin_kill": [()],
    "connect_unspec": [("--who", each) for each in ("us", "peer")],
    "ways_to_write": [
        ("--way", each)
        for each in ("writev", "sendmsg", "sendmmsg", "pwritev2", "sendfile", "splice", "io-uring")
    ],
    "hostile_name": [()],
    "dies_at_once": [()],
    "peer_long_gone": [()],
    "in_container": [()],
    "attached_late": [("--after", each) for each in ("fin", "reset")],
    "attached_late_owner": [()],
    # The ends that the network and the other host make.
    "listener_closed": [()],
    "accept_queue_overflow": [()],
    "unknown_connection": [("--port-is", each) for each in ("free", "listened-on")],
    "rst_from_middle": [()],
    "user_timeout": [()],
    "keepalive": [()],
    "retransmit_timeout": [("--window", each) for each in ("open", "shut")],
    "orphan_timeout": [("--asked-for", each) for each in ("broken", "all")],
    "unreachable": [()],
    "two_netns": [("--end", each) for each in ("close", "linger-zero")],
    "many_at_once": [()],
    "pointer_reuse": [()],
    "wrong_pid_trap": [("--packets-on", each) for each in ("same-cpu", "other-cpu")],
    "mptcp": [()],
}
# Their addresses are not those of the loopback device.
STORIES_WITHOUT_MAPPED_ADDRESS = ("unreachable", "two_netns")
STORIES_WITH_TWO_NETWORKS = ("two_netns",)
# There is no port that could be asked for, and no address to be mapped.
STORIES_WITHOUT_CONNECTION = ("never_connected",)
OTHER_STORIES = {
    "pipe": [("--holder", each) for each in ("comes-later", "found")],
    "socketpair": [("--holder", each) for each in ("comes-later", "found")],
    "raise_sigpipe": [("--by", each) for each in ("raise", "kill")],
}
# A story's options that are about the tool's: what the tool is run with then.
TOOL_OPTIONS = {("--asked-for", "all"): ("--all",)}
# How the cases are called after --family: 46 is an IPv4-mapped address on an IPv6 socket.
FAMILIES = {4: "ipv4", 6: "ipv6", 46: "v4-mapped"}


@dataclass(frozen=True)
class Case:
    story: str
    options: tuple
    family: int
    attach: str  # "port", "pid", or "netns": the network namespace of us

    @property
    def name(self):
        parts = [self.story.replace("_", "-"), *self.options[1:]]
        if self.story in TCP_STORIES:
            parts.append(FAMILIES[self.family])
        return "/".join([*parts, self.attach])

    @property
    def tool_options(self):
        return TOOL_OPTIONS.get(self.options, ())


def all_cases():
    tcp = [
        Case(story, options, family, attach)
        for story, variants in TCP_STORIES.items()
        for options in variants
        for family in FAMILIES
        for attach in ("port", "pid")
        if story not in STORIES_WITHOUT_CONNECTION or (attach == "pid" and family != 46)
        if story not in STORIES_WITHOUT_MAPPED_ADDRESS or family != 46
    ]
    tcp += [
        Case(story, options, family, "netns")
        for story in STORIES_WITH_TWO_NETWORKS
        for options in TCP_STORIES[story]
        for family in (4, 6)
    ]
    return tcp + [Case(story, options, 4, "pid") for story, variants in OTHER_STORIES.items() for options in variants]


@dataclass
class Outcome:
    case: Case
    problems: list = field(default_factory=list)
    commands: list = field(default_factory=list)
    truths: list = field(default_factory=list)
    lines: list = field(default_factory=list)  # the tool's stdout, as text
    complaints: list = field(default_factory=list)  # what both said on stderr
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
    """Tells the story once and returns its Outcome; `validator` holds the schema, `port` is nobody else's."""
    outcome = Outcome(case)
    began = time.monotonic()
    command = [stories / case.story, "--port", port, "--family", case.family, *case.options]
    with Process(command) as story:
        try:
            pid = _await_ready(story)
            target = {"port": ["--port", port], "pid": ["-p", pid], "netns": ["--netns", f"/proc/{pid}/ns/net"]}
            with Process([tcpblame, "-j", *case.tool_options, *target[case.attach]]) as tool:
                try:
                    _tell(outcome, story, tool)
                finally:
                    outcome.commands = [" ".join(each.command) for each in (story, tool)]
                    outcome.lines = list(tool.out)
                    outcome.complaints += [f"tcpblame> {line}" for line in tool.err]
            _judge_stderr(outcome, tool)
            _judge_lines(outcome, validator)
        except (Abandoned, OSError) as error:
            outcome.problems.append(str(error))
        outcome.complaints += [f"story> {line}" for line in story.err]
    outcome.seconds = time.monotonic() - began
    return outcome


def _await_ready(story):
    if not story.wait_for(len, READY_SECONDS):
        raise Abandoned("the story never got ready")
    ready = _parse(story.out[0])
    if not (ready and ready.get("ready") is True and "pid" in ready):
        raise Abandoned(f"the story's first line is not its ready line: {story.out[0]}")
    return ready["pid"]


def _tell(outcome, story, tool):
    if not tool.wait_for(lambda lines: any(_type(line) == "start" for line in lines), START_SECONDS):
        raise Abandoned(f"the tool printed no start line (exit code so far: {tool.end(0)})")
    story.say("go")
    code = story.end(STORY_SECONDS)
    if code != 0:
        raise Abandoned(f"the story did not happen as intended: exit code {code}")
    outcome.truths = [(_parse(line) or {}).get("truth") for line in story.out[1:]]
    if not outcome.truths or None in outcome.truths:
        raise Abandoned(f"the story told no truth, or not only: {story.out[1:]}")

    parsed = []  # there may be a thousand lines, and each new one is looked at with all before it

    def told_enough(lines):
        parsed.extend(_parse(line) or {} for line in lines[len(parsed):])
        return matcher.all_owed_lines_arrived(outcome.truths, parsed)

    tool.wait_for(told_enough, OWED_SECONDS)
    # Whatever is said too much is said about now.
    time.sleep(QUIET_SECONDS)
    tool.signal(signal.SIGINT)
    code = tool.end(END_SECONDS)
    if code != 0:
        outcome.problems.append(f"the tool's exit code after SIGINT: {code}, owed 0 (None: it did not end)")


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
