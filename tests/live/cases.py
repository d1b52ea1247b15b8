"""Every case there is: a story, reported in one of its variants, and how the tool is pointed at it."""

import ctypes
import errno
import os
import shutil
import socket
from dataclasses import dataclass, replace

# name: the program's options that make a case each
TCP_STORIES = {
    "close_then_write_once": [()],
    "close_then_write_twice": [("--first-write", each) for each in ("after-ack", "at-once")],
    "close_then_write_ignored": [("--disposition", each) for each in ("ignored", "handled", "blocked", "suppressed")],
    "own_shutdown_then_write": [()],
    "linger_zero": [()],
    "linger2": [()],
    "unread_data_close": [("--end", each) for each in ("close", "exit")],
    "uring_server_killed": [()],
    "scm_collected": [()],
    "server_killed": [(), ("--unread", "7")],
    "killed_by": [
        ("--by", each)
        for each in ("kill", "cgroup", "parent-death", "pid-namespace", "fault", "terminal", "oom")
    ],
    "asked_to_stop": [("--then", each) for each in ("close", "exit", "unasked")],
    "peer_killed": [
        ("--by", each)
        for each in ("kill", "abort", "term-unanswered", "term-answered", "exit", "failure", "kill-once-closed")
    ],
    "unanswered": [("--request", each) for each in ("left", "left-by-exit", "answered", "none")],
    "idle": [("--closed", each) for each in ("by-timer", "at-odd-time", "unanswered", "killed")],
    "relay": [
        ("--worker", each) for each in ("is-killed", "exits", "closes", "aborts", "lives", "lives-on")
    ],
    "answer_in_queue": [()],
    "recv_zero_then_send": [()],
    "refused": [("--connect", each) for each in ("blocking", "nonblocking")],
    "peer_half_close": [("--asked-for", each) for each in ("broken", "all")],
    "peer_half_close_then_exit": [()],
    "half_close_read_close": [("--end", each) for each in ("close", "exit", "worker")],
    "half_close_both_read_side": [("--asked-for", each) for each in ("broken", "all")],
    "all_then_write": [("--writes-under-all", each) for each in ("one", "two")],
    "both_closed_then_write": [()],
    "crossed": [("--then", each) for each in ("close", "write")],
    "fork_shared_fd": [()],
    "fork_shared_shutdown": [()],
    "passed_fd": [()],
    "exec_keeps_fd": [()],
    "never_connected": [()],
    "stale_errno": [()],
    "reset_taken_by_read": [("--how", each) for each in ("read", "so-error")],
    "blocked_write": [()],
    "admin_kill": [()],
    "fd_reused": [("--over", each) for each in ("pipe", "file", "tcp")],
    "connect_unspec": [("--who", each) for each in ("us", "peer")],
    "ways_to_write": [
        ("--way", each)
        for each in ("writev", "sendmsg", "sendmmsg", "pwritev2", "sendfile", "splice", "io-uring")
    ],
    "hostile_name": [()],
    "dies_at_once": [()],
    "peer_long_gone": [()],
    "quiet_then_write": [("--meanwhile", each) for each in ("nothing", "others")],
    "in_container": [()],
    "attached_late": [("--after", each) for each in ("fin", "reset", "disconnect")],
    "attached_late_owner": [()],
    # The ends that the network and the other host make.
    "listener_closed": [()],
    "accept_queue_overflow": [()],
    "syn_queue_dropped": [("--server", each) for each in ("idle", "accepts-late")],
    "unknown_connection": [("--port-is", each) for each in ("free", "listened-on")],
    "killed_cut_off": [()],
    "address_moved": [("--draws", each) for each in ("keepalive", "shutdown", "keepalive-before-abort")],
    "late_reset": [("--end", each) for each in ("unread", "linger-zero")],
    "rst_from_middle": [("--resets", each) for each in ("client", "both")],
    "user_timeout": [()],
    "keepalive": [()],
    "retransmit_timeout": [("--window", each) for each in ("open", "shut")],
    "timed_out_because": [("--because", each) for each in ("stopped", "no-route", "filtered-out", "filtered")],
    "orphan_timeout": [("--asked-for", each) for each in ("broken", "all")],
    "unreachable": [()],
    "fin_wait2_timeout": [("--peer-closes", each) for each in ("never", "late")],
    "icmp_reject": [
        ("--icmp", kind + recverr)
        for kind in ("port-unreachable", "host-unreachable", "admin-prohibited")
        for recverr in ("", "-recverr")
    ],
    "two_netns": [("--end", each) for each in ("close", "linger-zero", "other-way")],
    "nat": [("--end", each) for each in ("close", "linger-zero", "cut-off", "between")],
    "state_lost": [("--sent", each) for each in ("by-client", "by-server")],
    "firewall": [
        ("--rule", each) for each in ("output-reset", "input-reset", "input-icmp", "input-drop", "output-icmp")
    ],
    "by_thread_name": [()],
    "many_at_once": [()],
    "pointer_reuse": [()],
    "wrong_pid_trap": [("--packets-on", each) for each in ("same-cpu", "other-cpu")],
    "mptcp": [()],
    "mptcp_fallback": [()],
    "ktls": [("--disposition", each) for each in ("killed", "ignored")],
}
# Their addresses are not those of the loopback device.
STORIES_WITHOUT_MAPPED_ADDRESS = ("unreachable", "two_netns", "late_reset", "timed_out_because", "address_moved",
                                  "killed_cut_off", "nat", "state_lost", "firewall")
STORIES_WITH_TWO_NETWORKS = ("two_netns",)
# Their ends have the port, and addresses of which neither knows the other's.
STORIES_BY_PORT = ("nat", "state_lost")
# Their networks have rules of nftables.
STORIES_WITH_NFT = ("nat", "state_lost", "firewall")
# Their further connections have the port, and IPv4 addresses of their own.
STORIES_OF_IPV4_BY_PORT = ("relay",)
# The tool is asked about one thread, by its name.
STORIES_BY_THREAD = ("by_thread_name",)
# There is no port that could be asked for, and no address to be mapped.
STORIES_WITHOUT_CONNECTION = ("never_connected",)
OTHER_STORIES = {
    "pipe": [("--holder", each) for each in ("comes-later", "found", "ends", "is-killed")],
    "pipe_fd_reused": [("--was", each) for each in ("pipe", "unix")],
    "socketpair": [("--holder", each) for each in ("comes-later", "found", "ends", "is-killed")],
    "unix_dgram_peer_closed": [("--made-by", each) for each in ("socketpair", "connect")],
    "unix_stream_server": [("--us", each) for each in ("server", "client")],
    "raise_sigpipe": [("--by", each) for each in ("raise", "kill", "sigqueue", "tgkill", "as-timer", "as-sigio")],
    "timer_sigpipe": [
        ("--by", each) for each in ("timer", "parent-death", "parent-thread", "sigio", "child-exit")
    ],
}
# A story's options that are about the tool's: what the tool is run with then.
TOOL_OPTIONS = {
    ("--asked-for", "all"): ("--all",),
    **{("--request", each): ("--unanswered",) for each in ("left", "left-by-exit", "answered", "none")},
    ("--peer-closes", "never"): ("--all",),
    ("--peer-closes", "late"): ("--all",),
    ("--writes-under-all", "one"): ("--all",),
    ("--writes-under-all", "two"): ("--all",),
}
# Long ones, and what makes them short enough for a recording that is kept.
SHORT = {"many_at_once": ("--connections", "50"), "pointer_reuse": ("--connections", "200")}
# How the cases are called after --family: 46 is an IPv4-mapped address on an IPv6 socket.
FAMILIES = {4: "ipv4", 6: "ipv6", 46: "v4-mapped"}


@dataclass(frozen=True)
class Case:
    story: str
    options: tuple
    family: int
    attach: str  # "port", "pid", "netns" (the network namespace of us), or "thread" (one of us, by its name)

    @property
    def name(self):
        parts = [self.story.replace("_", "-"), *self.options[1:]]
        if self.story in TCP_STORIES:
            parts.append(FAMILIES[self.family])
        return "/".join([*parts, self.attach])

    @property
    def variant(self):
        return (self.story, *self.options[1:])

    @property
    def tool_options(self):
        return TOOL_OPTIONS.get(self.options, ())


def attachments(story):
    if story in (*STORIES_OF_IPV4_BY_PORT, *STORIES_BY_PORT):
        return ("port",)
    return ("thread",) if story in STORIES_BY_THREAD else ("port", "pid")


def all_cases():
    tcp = [
        Case(story, options, family, attach)
        for story, variants in TCP_STORIES.items()
        for options in variants
        for family in FAMILIES
        for attach in attachments(story)
        if story not in STORIES_WITHOUT_CONNECTION or (attach == "pid" and family != 46)
        if story not in STORIES_WITHOUT_MAPPED_ADDRESS or family != 46
        if story not in STORIES_OF_IPV4_BY_PORT or family == 4
    ]
    tcp += [
        Case(story, options, family, "netns")
        for story in STORIES_WITH_TWO_NETWORKS
        for options in TCP_STORIES[story]
        for family in (4, 6)
    ]
    return tcp + [Case(story, options, 4, "pid") for story, variants in OTHER_STORIES.items() for options in variants]


# Played in every family and with every attach, where not all cases can be: with each its own hooks and ways of the end.
# Of the other variants each is played once.
REPRESENTATIVES = (
    ("close_then_write_twice", "after-ack"),
    ("own_shutdown_then_write",),
    ("linger_zero",),
    ("unread_data_close", "close"),
    ("server_killed", "7"),
    ("refused", "nonblocking"),
    ("user_timeout",),
    ("two_netns", "close"),
    ("by_thread_name",),
)


def usual_cases():
    """Each variant of each story, the families and ways to attach taken in turn; of the representatives all cases."""
    chosen = []
    ways = {}
    for case in all_cases():
        ways.setdefault(case.variant, []).append(case)
    for turn, (variant, cases) in enumerate(ways.items()):
        chosen += cases if variant in REPRESENTATIVES else [cases[turn % len(cases)]]
    return chosen


def shortened(case):
    return replace(case, options=SHORT.get(case.story, case.options))


MPTCP = 262
TCP_ULP = 31
IO_URING_SETUP = 425
# Since 5.13. Accepting into direct descriptors, since 5.15 and 5.10.162, has no flag of its own.
IORING_FEAT_RSRC_TAGS = 1 << 10


def _io_uring_features():
    parameters = (ctypes.c_uint32 * 30)()  # struct io_uring_params
    ring = ctypes.CDLL(None, use_errno=True).syscall(IO_URING_SETUP, 1, parameters)
    if ring < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    os.close(ring)
    return parameters[5]


# Where a kernel permits kprobes, failing sends are seen in sk_stream_error(), which unix sockets do not pass: of them
# only a SIGPIPE is seen, and these give none.
UNIX_WITHOUT_SIGNAL = (("unix_dgram_peer_closed", "socketpair"), ("unix_dgram_peer_closed", "connect"),
                       ("pipe_fd_reused", "unix"))
KPROBES = "/sys/bus/event_source/devices/kprobe"


def _has_cgroup_kill():
    """Its file is in every cgroup but the root (5.14)."""
    mounts = [line.split() for line in open("/proc/self/mounts", encoding="utf-8")]
    root = next(mount[1] for mount in mounts if mount[2] == "cgroup2")
    probe = f"{root}/has-cgroup-kill-{os.getpid()}"
    os.mkdir(probe)
    try:
        return os.path.exists(f"{probe}/cgroup.kill")
    finally:
        os.rmdir(probe)


def lacks(case):
    """What this kernel lacks for the story to happen at all, or to be seen; None if nothing."""
    story = case.story
    if (story, *case.options[1:]) in UNIX_WITHOUT_SIGNAL and os.path.exists(KPROBES):
        return "no view of a unix socket's failing write without a SIGPIPE"
    if case.options[1:] == ("cgroup",) and story == "killed_by" and not _has_cgroup_kill():
        return "no cgroup.kill"
    try:
        if story in ("mptcp", "mptcp_fallback"):
            socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP).close()
        if story == "ktls":
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"tls")
        if story in STORIES_WITH_NFT and not shutil.which("nft"):
            return "no nft"
        if story == "uring_server_killed" and not _io_uring_features() & IORING_FEAT_RSRC_TAGS:
            return "no io_uring that accepts into direct descriptors"
    except OSError as error:
        # A kernel with TLS wants a connection first.
        if error.errno != errno.ENOTCONN:
            return f"no {story}: {error.strerror}"
    return None
