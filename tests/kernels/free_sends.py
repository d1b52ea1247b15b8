"""Holds the first law against a kernel with trampolines: of a million sends that succeed, no program of ours sees one.

Runs in a guest: sends under the tool, and asks the kernel, which counts the runs of each program
(sysctl kernel.bpf_stats_enabled). There, too, what `tcpblame doctor` says is held against what bpftool says is attached.
The last line counts what held and what did not.
"""

import subprocess
import sys
from pathlib import Path

from attached import attached_by
from checks import Checks
from doctors_word import problems_of

TOOL = "/bin/tcpblame"
LOAD = "/bin/send_more"
SENDS = 1_000_000
# What runs for a connection, a process or a signal, and not for a send: a few times in one run of the load.
NOW_AND_THEN = {
    "fentry/pipe_release", "kprobe/pipe_release", "fentry/unix_release", "kprobe/unix_release",
    "tp_btf/inet_sock_set_state", "tp_btf/tcp_destroy_sock", "tp_btf/sched_process_exit", "tp_btf/signal_generate"}
A_FEW = 100


def hook(program):
    return ["--hook", f"write-failure={program}"] if program else []


def title(program):
    return f"write-failure={program}" if program else "as it chooses"


def run_load(sends, program):
    """[(Attached, how often it ran for the load)], and what doctor says wrongly of it."""
    with subprocess.Popen([TOOL, "-j", *hook(program)], stdout=subprocess.PIPE, text=True) as tool:
        try:
            if '"type":"start"' not in tool.stdout.readline():
                raise RuntimeError("the tool did not start; its words are above")
            before = {each.program: each.runs for each in attached_by(tool.pid)}
            subprocess.run([LOAD, str(sends)], check=True, stdout=subprocess.DEVNULL)
            after = attached_by(tool.pid)
            # While it runs: what is attached shows in ftrace for the whole machine.
            return ([(each, each.runs - before[each.program]) for each in after],
                    problems_of(TOOL, hook(program), after))
        finally:
            tool.terminate()


def print_table(sends, program, runs):
    print(f"\n{sends} sends, {title(program)}")
    width = max(len(each.program) for each, _ in runs)
    wide = max(len(each.point) for each, _ in runs)
    for each, count in runs:
        print(f"  {each.program:{width}}  {each.point:{wide}}  {count:8} runs")


def check_that_sends_are_free(checks, sends, program, point):
    runs, problems = run_load(sends, program)
    print_table(sends, program, runs)
    checks.hold(f"failing writes are seen by {point}, {title(program)}", *(
        [] if any(each.point == point for each, _ in runs) else ["nothing is attached there"]))
    checks.hold(f"no program runs for a send, {title(program)}", *(
        f"{each.program} ran {count} times" for each, count in runs
        if count > (A_FEW if each.point in NOW_AND_THEN else 0)))
    checks.hold(f"doctor names what is attached, {title(program)}", *problems)


def check_that_it_would_be_seen(checks, sends):
    """The one that does run for each send: were it not counted, all the others' zeros would say nothing."""
    runs, problems = run_load(sends, "tracepoint")
    print_table(sends, "tracepoint", runs)
    ran = [count for each, count in runs if each.point == "tp_btf/sock_send_length"]
    checks.hold("a program that runs for each send is seen to", *(
        [] if len(ran) == 1 and ran[0] >= sends else [f"runs: {ran}"]))
    checks.hold("doctor names what is attached, write-failure=tracepoint", *problems)


def main():
    sends = SENDS
    Path("/proc/sys/kernel/bpf_stats_enabled").write_text("1", encoding="ascii")
    checks = Checks()
    check_that_sends_are_free(checks, sends, None, "fexit/sk_stream_error")
    check_that_sends_are_free(checks, sends, "kprobe", "kprobe/sk_stream_error")
    check_that_it_would_be_seen(checks, sends)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
