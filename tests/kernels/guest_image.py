"""What the guest finds in its root: the tool, the stories, what they need, and this project's own test code."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from initramfs import Archive

HERE = Path(__file__).resolve().parent
LIVE = HERE.parent / "live"
PYTHON = "/usr/bin/python3"
# veth: stories with two networks; the two with diag: `ss -K`, which a story calls; the rest: kTLS.
MODULES = ("veth", "inet_diag", "tcp_diag", "tls", "gcm", "ctr", "ghash_generic")
# bpftool is for --exec and for free_sends.py.
PROGRAMS = ("ss", "bpftool")


class NotBuilt(Exception):
    """The message says why."""


def build(tool, stories):
    """All that is the same for every kernel."""
    archive = Archive()
    archive.add_console()
    archive.add_file("init", HERE / "init")
    archive.add_file("bin/busybox", _found("busybox"))
    archive.add("bin/tcpblame", _stripped(tool), 0o755)
    for story in sorted(stories.iterdir()):
        # With their debug information: a verdict's stack is owed functions and lines.
        archive.add_file(f"stories/{story.name}", story)
    for name in PROGRAMS:
        if program := _find(name):
            archive.add_program(f"bin/{name}", program)
    _add_python(archive)
    return archive.packed()


def modules(paths):
    archive = Archive()
    for path in paths:
        archive.add_file(f"modules/{path.name}", path)
    archive.add("modules/order", "".join(f"{path.name}\n" for path in paths))
    return archive.packed()


def job(cases, at_a_time, recordings):
    """`recordings`: each case is played alone, and its recording handed over."""
    archive = Archive()
    archive.add("tests/job.json", json.dumps({"cases": [case.name for case in cases], "at_a_time": at_a_time, "recordings": recordings}))
    return archive.packed()


def command(text):
    archive = Archive()
    archive.add("command", text + "\n", 0o755)
    return archive.packed()


def _find(name):
    return shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin")


def _found(name):
    path = _find(name)
    if not path:
        raise NotBuilt(f"this machine has no {name}; scripts/setup installs it")
    return path


def _stripped(binary):
    with tempfile.TemporaryDirectory() as folder:
        stripped = Path(folder) / "stripped"
        done = subprocess.run(
            ["strip", "-o", stripped, binary], capture_output=True, encoding="utf-8", check=False)
        if done.returncode != 0:
            raise NotBuilt(done.stderr.strip())
        return stripped.read_bytes()


def _add_python(archive):
    """The interpreter, and of its library just what guest.py imports, and the codecs that are looked up later."""
    ask = ("import os, sys; sys.path[:0] = sys.argv[1:]; import guest, encodings.ascii, encodings.utf_8\n"
           "for each in list(sys.modules.values()):\n"
           "    for name in ('__file__', '__cached__'):\n"
           "        path = getattr(each, name, None)\n"
           "        if path and os.path.exists(path): print(path)\n"
           "print(os.path.realpath(sys.executable))")
    done = subprocess.run(
        [PYTHON, "-S", "-E", "-s", "-B", "-c", ask, str(HERE), str(LIVE)],
        capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise NotBuilt(done.stderr.strip())
    *files, interpreter = done.stdout.split()
    archive.add_program("usr/bin/python3", interpreter)
    for path in sorted(set(files)):
        if Path(path).parent in (HERE, LIVE):
            archive.add_file(f"tests/{Path(path).name}", path)
        elif "/tests/" not in path:
            archive.add_file(path)
            if path.endswith(".so"):
                archive.add_shared_objects_of(path)
