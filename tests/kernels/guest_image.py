"""What the guest finds in its root: the tool, the stories, what they need, and this project's own test code."""

import json
import subprocess
import tempfile
from pathlib import Path

import guest_checks
from architecture import ARM64
from initramfs import Archive
from programs import NotFound, Programs

HERE = Path(__file__).resolve().parent
LIVE = HERE.parent / "live"
PYTHON = "usr/bin/python3"
# veth: stories with two networks; the two with diag: `ss -K`, which a story calls; the rest: kTLS.
MODULES = ("veth", "inet_diag", "tcp_diag", "tls", "gcm", "ctr", "ghash_generic")
# bpftool is for --exec and the checks.
PROGRAMS = ("ss", "bpftool")


class NotBuilt(Exception):
    """The message says why."""


def build(tool, stories, architecture, load=None):
    """All that is the same for every kernel of an architecture; `load` is tests/bench/send_more, for a check."""
    try:
        return _build(tool, stories, architecture, load, Programs(architecture.root, architecture.triplet))
    except NotFound as error:
        option = " --aarch64" if architecture is ARM64 else ""
        raise NotBuilt(f"{error}; scripts/setup{option} installs it") from error
    except subprocess.CalledProcessError as error:
        raise NotBuilt(error.stderr.strip()) from error


def _build(tool, stories, architecture, load, programs):
    archive = Archive()
    archive.add_console()
    archive.add_file("init", HERE / "init")
    archive.add_file("bin/busybox", _found(programs, "busybox"))
    archive.add("bin/tcpblame", _stripped(tool, architecture.triplet), 0o755)
    for story in sorted(stories.iterdir()):
        # With their debug information: a verdict's stack is expected functions and lines.
        archive.add_file(f"stories/{story.name}", story)
    for name in PROGRAMS:
        if program := programs.find(name):
            add_program(archive, f"bin/{name}", program, programs)
    if load:
        add_program(archive, f"bin/{load.name}", load, programs)
    for name in guest_checks.FILES:
        archive.add_file(f"tests/{name}", HERE / name)
    _add_python(archive, architecture, programs)
    return archive.packed()


def modules(paths):
    archive = Archive()
    for path in paths:
        archive.add_file(f"modules/{path.name}", path)
    archive.add("modules/order", "".join(f"{path.name}\n" for path in paths))
    return archive.packed()


def job(cases, checks, at_a_time, recordings):
    """`recordings`: each case is played alone, and its recording handed over."""
    archive = Archive()
    archive.add("tests/job.json", json.dumps({
        "cases": [case.name for case in cases], "checks": list(checks), "at_a_time": at_a_time,
        "recordings": recordings}))
    return archive.packed()


def command(text):
    archive = Archive()
    archive.add("command", text + "\n", 0o755)
    return archive.packed()


def _found(programs, name):
    path = programs.find(name)
    if not path:
        raise NotFound(f"there is no {name}")
    return path


def _stripped(binary, triplet):
    with tempfile.TemporaryDirectory() as folder:
        stripped = Path(folder) / "stripped"
        subprocess.run(
            [f"{triplet}-strip", "-o", stripped, binary], capture_output=True, encoding="utf-8", check=True)
        return stripped.read_bytes()


def add_program(archive, path, source, programs):
    """With the shared objects that it is linked to."""
    archive.add_file(path, source)
    _add_shared_objects(archive, source, programs)


def _add_shared_objects(archive, binary, programs):
    for path, source in programs.shared_objects(binary).items():
        archive.add_file(path, source)


def _add_python(archive, architecture, programs):
    """The interpreter, and of its library just what guest.py imports, and the codecs that are looked up later.

    This machine's own is asked what that is: another architecture's cannot be, and is of the same suite.
    """
    ask = ("import os, sys, sysconfig; sys.path[:0] = sys.argv[1:]\n"
           "import guest, encodings.ascii, encodings.utf_8\n"
           "print(sysconfig.get_config_var('MULTIARCH'))\n"
           "for each in list(sys.modules.values()):\n"
           "    for name in ('__file__', '__cached__'):\n"
           "        path = getattr(each, name, None)\n"
           "        if path and os.path.exists(path): print(path)")
    done = subprocess.run(
        ["/" + PYTHON, "-S", "-E", "-s", "-B", "-c", ask, str(HERE), str(LIVE)],
        capture_output=True, encoding="utf-8", check=True)
    own_triplet, *files = done.stdout.split()
    add_program(archive, PYTHON, (architecture.root / PYTHON).resolve(), programs)
    for path in sorted(set(files)):
        if Path(path).parent in (HERE, LIVE):
            archive.add_file(f"tests/{Path(path).name}", path)
        elif "/tests/" not in path:
            path = path.lstrip("/").replace(own_triplet, architecture.triplet)
            source = architecture.root / path
            if not source.exists():  # what was built in there, or not compiled yet
                continue
            archive.add_file(path, source)
            if path.endswith(".so"):
                _add_shared_objects(archive, source, programs)
