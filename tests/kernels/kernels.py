#!/usr/bin/python3
"""Plays the stories on Debian's kernels from 5.10 to today's, each booted in qemu (emulated), and on this machine's own.

In the same boot it runs the checks: what doctor says is attached (doctor), what a send costs (free-sends), and what no
machine should be tested on that somebody uses (faults); the last two on 6.12.

    kernels.py                              all of it; prints one table
    kernels.py --kernels 6.12 --only none --checks faults
    kernels.py --kernels 6.1,6.12 --only 'linger-zero*'
    kernels.py --kernels 5.10 --exec 'tcpblame -p 1 -d 1; dmesg | tail'

The kernels are fetched once, through apt, into the cache.
"""

import argparse
import collections
import fnmatch
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
sys.path[:0] = [str(HERE.parent / "live"), str(HERE.parent / "recordings")]

import debian
import debian_root
import guest_checks
import guest_image
import made_by
import play
import table
from architecture import AMD64
from cases import all_cases
from guest_checks import OWN
from machine import Machine

# kmalloc_nolock(), of which a socket's BPF storage is made there, returns nothing without cmpxchg16b.
CPUS = {"7": "max,-la57"}
FEWEST = 4
# What only says less has been played twice already; an emulated machine may be too slow for one even so.
MOST_LESS_PERCENT = 2
# It has the most checks.
LONGEST = ("6.12",)
# There are so many more of them, and half need a run of their own.
EVERY_CASE_LONGER = 8
EXIT_MARK = b"\x1eexit "
EXEC_SECONDS = 120


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="kernels", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    every = [*debian.RELEASES, OWN]
    usual = [name for name in every if name == OWN or debian.RELEASES[name].architecture is AMD64]
    parser.add_argument(
        "--kernels", default=",".join(usual), metavar="LIST", help=f"of {','.join(every)} (%(default)s)")
    parser.add_argument("--only", default="*", metavar="GLOB", help="only the cases whose name in the table matches")
    parser.add_argument(
        "--every-case", action="store_true", help="each story in each family and attach: the table is as long")
    parser.add_argument("--cache", type=Path, default=debian_root.cache_folder(), metavar="DIR", help="%(default)s")
    parser.add_argument("--tcpblame", type=Path, metavar="PATH", help="linked statically; else it is built")
    parser.add_argument("--stories", type=Path, metavar="DIR", help="linked statically; else they are built")
    parser.add_argument("--load", type=Path, metavar="PATH", help="tests/bench/send_more, linked statically, for free-sends")
    parser.add_argument(
        "--checks", metavar="LIST", help=f"of {','.join(guest_checks.NAMES)}, or none (all; none with --only, --every-case or --recordings)")
    # Cases and guests wait for half of their time: for timers, and for each other.
    parser.add_argument("--jobs", type=int, default=4, metavar="N", help="cases at a time in a guest (%(default)s)")
    parser.add_argument(
        "--guests", type=int, default=2 * (os.cpu_count() or 1), metavar="N", help="guests at a time (%(default)s)")
    parser.add_argument("--seconds", type=int, metavar="N", help="end a guest after so long")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write the table there as well")
    parser.add_argument(
        "--recordings", type=Path, metavar="DIR",
        help="play each case alone, the long ones short, and keep its recording there")
    parser.add_argument("--readme", action="store_true", help="put the table into tests/kernels/RESULTS.md")
    parser.add_argument("--keep", action="store_true", help="keep the transcripts and consoles of the guests")
    parser.add_argument("--exec", metavar="CMD", help="boot one kernel, run CMD in its shell, print what it prints")
    arguments = parser.parse_args()
    if bool(arguments.tcpblame) != bool(arguments.stories):
        parser.error("--tcpblame and --stories go together")
    if arguments.checks is None:
        only_cases = arguments.only != "*" or arguments.recordings or arguments.every_case
        arguments.checks = () if only_cases else guest_checks.NAMES
    else:
        arguments.checks = () if arguments.checks == "none" else tuple(arguments.checks.split(","))
    if unknown := set(arguments.checks) - set(guest_checks.NAMES):
        parser.error(f"no such check: {', '.join(unknown)}; there are {', '.join(guest_checks.NAMES)}")
    if arguments.tcpblame and "free-sends" in arguments.checks and not arguments.load:
        parser.error("--tcpblame and the check free-sends need --load")
    arguments.kernels = arguments.kernels.split(",")
    if unknown := [each for each in arguments.kernels if each not in every]:
        parser.error(f"no such kernel: {', '.join(unknown)}; there are {', '.join(every)}")
    if arguments.recordings and arguments.every_case:
        parser.error("--recordings is of the usual cases: not with --every-case")
    if arguments.readme and (arguments.only != "*" or arguments.every_case):
        parser.error("--readme is for the usual table: not with --only or --every-case")
    arguments.architectures = {debian.RELEASES[name].architecture for name in arguments.kernels if name != OWN}
    if arguments.tcpblame and len(arguments.architectures) > 1:
        parser.error("--tcpblame is of one architecture, and the kernels are of several")
    if arguments.exec and (len(arguments.kernels) != 1 or OWN in arguments.kernels):
        parser.error(f"--exec needs one kernel: --kernels with one of {', '.join(debian.RELEASES)}")
    return arguments


def complain(*lines):
    for line in lines:
        print(f"kernels: {line}", file=sys.stderr)


def build_static(architecture):
    folder = REPOSITORY / "build"
    commands = (
        ["cmake", "-B", folder, "-S", REPOSITORY, "-G", "Ninja"],
        ["cmake", "--build", folder, "--target", "static"],
    )
    programs = folder / "static"
    if architecture is not AMD64:
        programs = REPOSITORY / "build-aarch64"
        commands = ([REPOSITORY / "scripts/aarch64"],)
    for command in commands:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
            check=False)
        if done.returncode != 0:
            raise guest_image.NotBuilt(f"{done.stdout}the static build failed; its words are above")
    return programs / "tcpblame", programs / "stories"


def programs_for(architecture, arguments):
    """The tool and the folder of stories, linked statically."""
    if arguments.tcpblame:
        return arguments.tcpblame, arguments.stories
    return build_static(architecture)


def own_programs(arguments):
    """This machine's own kernel needs none that are linked statically."""
    usual = REPOSITORY / "build/tcpblame", REPOSITORY / "build/stories"
    if not arguments.tcpblame and all(each.exists() for each in usual):
        return usual
    return programs_for(AMD64, arguments)


def image_for(architecture, arguments):
    tool, stories = programs_for(architecture, arguments)
    load = arguments.load
    if "free-sends" in arguments.checks and architecture is AMD64 and not load:
        load = tool.parent / "bench/send_more"
    return guest_image.build(tool, stories, architecture, load)


def boot_kernel(name, kernel, initrd, console, seconds):
    architecture = debian.RELEASES[name].architecture
    return Machine(architecture, kernel.vmlinuz, CPUS.get(name, architecture.cpu), initrd, console, seconds)


def initrd_of(path, *archives):
    path.write_bytes(b"".join(archives))
    return path


def exit_code_of(machine, out=None):
    """Of the command that it was booted for, whose output is passed on; 1 if it did not come to its end."""
    out = out or sys.stdout.buffer
    for line in machine.lines():
        output, mark, code = line.partition(EXIT_MARK)
        out.write(output)
        out.flush()
        if mark:
            return int(code)
    complain("the guest took too long" if machine.timed_out else "the guest ended early", *machine.last_words())
    return 1


def run_command(arguments, images, folder):
    """Its exit code; 1 if it did not come to that."""
    name = arguments.kernels[0]
    release = debian.RELEASES[name]
    image = images[release.architecture]
    kernel = debian.fetch(release, arguments.cache, guest_image.MODULES)
    initrd = initrd_of(folder / "initrd", image, guest_image.modules(kernel.modules), guest_image.command(arguments.exec))
    seconds = arguments.seconds or EXEC_SECONDS
    with boot_kernel(name, kernel, initrd, folder / "console", seconds) as machine:
        return exit_code_of(machine)


def row_of(case, arguments):
    return case.name if arguments.every_case else table.row_of(case)


keeping = threading.Lock()  # the kernels are played beside each other


def keep(folder, row, recording):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{row.replace('/', '.')}.rec"
    path.write_bytes(recording)
    if path.resolve().is_relative_to(made_by.HERE):
        with keeping:
            made_by.accept([str(path.resolve().relative_to(made_by.HERE))])


def play_on(name, arguments, cases, images, folder):
    """The title in the table, {row: Cell}, {check: Checked}, and what there is to say of it."""
    began = time.monotonic()
    guest_seconds = play.GUEST_SECONDS * (EVERY_CASE_LONGER if arguments.every_case else 1)
    if name == OWN:
        title = f"{'.'.join(os.uname().release.split('.')[:2])} (here)"
        kept_in = title.split()[0]
        checks = guest_checks.chosen_for(OWN, AMD64.name, arguments.checks)
        outcomes = itertools.chain(
            play.here(cases, *arguments.own, bool(arguments.recordings)),
            ((name, guest_checks.run(guest_checks.program_of(name), arguments.own[0].resolve())) for name in checks))
    else:
        release = debian.RELEASES[name]
        image = images[release.architecture]
        kernel = debian.fetch(release, arguments.cache, guest_image.MODULES)
        kept_in = kernel.version.split('-')[0]
        title = f"{kept_in} ({release.suite})"
        if release.architecture is not AMD64:
            title += f" {release.architecture.name}"
            kept_in += f"-{release.architecture.name}"
        modules = guest_image.modules(kernel.modules)

        checks = guest_checks.chosen_for(name, release.architecture.name, arguments.checks)

        def boot(left, checks_left, number):
            job = guest_image.job(left, checks_left, arguments.jobs, bool(arguments.recordings))
            initrd = initrd_of(folder / f"{name}.initrd", image, modules, job)
            console = folder / f"{name}.console-{number}"
            return boot_kernel(name, kernel, initrd, console, arguments.seconds or guest_seconds)

        outcomes = play.in_guest(cases, checks, boot, folder / f"{name}.transcript")
    cells = {}
    reported = {}
    words = []
    checked = {}
    for case, played in outcomes:
        if isinstance(played, guest_checks.Checked):
            checked[case] = played
            words.append(f"{'ok  ' if played.passed else 'FAIL'} {name} {case}:\n{textwrap.indent(played.output, '    ')}")
            continue
        row = row_of(case, arguments)
        cells[row] = played.cell
        if arguments.recordings and played.cell.kind is table.Kind.EXPECTED:
            keep(arguments.recordings / kept_in, row, played.recording)
        if played.cell.kind in (table.Kind.FAILED, table.Kind.LESS):
            # A tool that does not start, for one, has the same to say of each of them.
            first = reported.setdefault((*played.problems, *played.complaints), row)
            words.append(f"{'FAIL' if played.cell.kind is table.Kind.FAILED else 'less'} {name} {row}: {played.cell.text}"
                         + (f", as {first}" if first != row else f"\n{played.report}"))
    counts = collections.Counter(cell.kind for cell in cells.values())
    words.append(f"{name}: {counts[table.Kind.EXPECTED]} as expected, {counts[table.Kind.LESS]} say less, "
                 f"{counts[table.Kind.FAILED]} failed, {counts[table.Kind.IMPOSSIBLE]} cannot happen; "
                 f"{time.monotonic() - began:.0f} s")
    return title, cells, checked, words


def play_on_each(arguments, cases, images, folder):
    """{title: {row: Cell}, or text that says why there is none}, and all that was Checked."""
    def play_or_say_why(name):
        try:
            return play_on(name, arguments, cases, images, folder)
        except (debian.NotFetched, play.NotPlayed) as error:
            return name, str(error), {}, [f"{name} is not run: {error}"]

    columns = {}
    checked = []
    guests = [name for name in arguments.kernels if name != OWN]
    with ThreadPoolExecutor(arguments.guests) as players:
        # What takes longest begins first.
        playing = {name: players.submit(play_or_say_why, name) for name in sorted(guests, key=lambda name: name not in LONGEST)}
        played = (playing[name].result() for name in guests)
        # Not beside the guests: it is not an emulated clock that the stories are reported by here.
        own = (play_or_say_why(name) for name in arguments.kernels if name == OWN)
        for title, cells, checks, words in itertools.chain(played, own):
            columns[title] = cells
            checked += checks.values()
            print("\n".join(words), flush=True)
    return columns, checked


def play_all(arguments, images, folder):
    every = all_cases() if arguments.every_case else play.cases(short=bool(arguments.recordings))
    cases = [case for case in every if fnmatch.fnmatch(row_of(case, arguments), arguments.only)]
    if not cases and not arguments.checks:
        complain(f"no case matches {arguments.only}")
        return 2
    columns, checked = play_on_each(arguments, cases, images, folder)
    text = table.render([row_of(case, arguments) for case in cases], columns)
    print(f"\n{text}")
    if arguments.table:
        arguments.table.write_text(text, encoding="utf-8")
    if arguments.readme:
        results = REPOSITORY / "tests/kernels/RESULTS.md"
        results.write_text(table.put_into(results.read_text(encoding="utf-8"), text), encoding="utf-8")
    ran = [column for column in columns.values() if isinstance(column, dict)]
    kinds = collections.Counter(cell.kind for column in ran for cell in column.values())
    good = kinds[table.Kind.EXPECTED] + kinds[table.Kind.LESS]
    failed = kinds[table.Kind.FAILED]
    passed = good + sum(each.passed for each in checked)
    if kinds[table.Kind.LESS] > good * MOST_LESS_PERCENT // 100:
        complain(f"more than {MOST_LESS_PERCENT} in 100 cases say less than is expected")
        failed += kinds[table.Kind.LESS]
    # One mirror's bad day is named in the table, but a table of few kernels shows nothing.
    if len(ran) < min(FEWEST, len(columns)):
        failed += len(columns) - len(ran)
    failed += sum(not each.passed for each in checked)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def end(*_):
    """In an orderly way, and no guest stays behind."""
    Machine.end_all()
    sys.exit(143)


def main():
    arguments = parse_arguments()
    # A shell starts what it puts into the background with SIGINT ignored; the tool is ended by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, end)
    folder = Path(tempfile.mkdtemp(prefix="tcpblame-kernels-"))
    try:
        images = {each: image_for(each, arguments) for each in arguments.architectures}
        if OWN in arguments.kernels:
            arguments.own = own_programs(arguments)
        if arguments.exec:
            return run_command(arguments, images, folder)
        return play_all(arguments, images, folder)
    except (guest_image.NotBuilt, debian.NotFetched, OSError) as error:
        complain(*str(error).splitlines())
        return 1
    finally:
        if arguments.keep:
            complain(f"kept: {folder}")
        else:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
