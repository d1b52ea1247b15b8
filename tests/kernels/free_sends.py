#!/usr/bin/python3
"""Holds the first law against a kernel with trampolines: of a million sends that succeed, no program of ours sees one.

Boots Debian's kernel in qemu (emulated), where the kernel itself counts the runs of each program
(sysctl kernel.bpf_stats_enabled), and prints them. There, too, what `tcpblame doctor` says is held against what
bpftool says is attached.

    free_sends.py                  on 6.12
    free_sends.py --sends 10000    to see it quickly
"""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "live"))

import debian
import debian_root
import guest_image
import kernels
from architecture import AMD64
from initramfs import Archive
from programs import Programs

IN_GUEST = ("attached.py", "free_sends_guest.py")
SECONDS = 900


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="free_sends", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ours = [name for name, release in debian.RELEASES.items() if release.architecture is AMD64]
    parser.add_argument("--kernel", default="6.12", choices=ours, help="%(default)s")
    parser.add_argument("--sends", type=int, default=1_000_000, metavar="N", help="%(default)s")
    parser.add_argument("--cache", type=Path, default=debian_root.cache_folder(), metavar="DIR", help="%(default)s")
    parser.add_argument("--tcpblame", type=Path, metavar="PATH", help="linked statically; else it is built")
    parser.add_argument("--load", type=Path, metavar="PATH", help="tests/bench/send_more, built; else it is built")
    parser.add_argument("--seconds", type=int, default=SECONDS, metavar="N", help="end the guest after so long")
    arguments = parser.parse_args()
    if bool(arguments.tcpblame) != bool(arguments.load):
        parser.error("--tcpblame and --load go together")
    return arguments


def complain(*lines):
    for line in lines:
        print(f"free_sends: {line}", file=sys.stderr)


def build():
    """The tool and the load."""
    tool, _ = kernels.build_static(AMD64)
    folder = tool.parent
    done = subprocess.run(
        ["cmake", "--build", folder, "--target", "bench_send_more"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise guest_image.NotBuilt(f"{done.stdout}the load was not built; the words of its build are above")
    return tool, folder / "bench/send_more"


def test_code(load):
    archive = Archive()
    guest_image.add_program(archive, "bin/send_more", load, Programs(AMD64.root, AMD64.triplet))
    for name in IN_GUEST:
        archive.add_file(f"tests/{name}", HERE / name)
    return archive.packed()


def run(arguments, folder):
    if not shutil.which("bpftool", path="/usr/sbin:/usr/bin:/sbin:/bin"):
        raise guest_image.NotBuilt("this machine has no bpftool; scripts/setup installs it")
    tool, load = (arguments.tcpblame, arguments.load) if arguments.tcpblame else build()
    kernel = debian.fetch(debian.RELEASES[arguments.kernel], arguments.cache, guest_image.MODULES)
    no_stories = folder / "stories"
    no_stories.mkdir()
    initrd = folder / "initrd"
    initrd.write_bytes(
        guest_image.build(tool, no_stories, AMD64) + guest_image.modules(kernel.modules) + test_code(load) +
        guest_image.command(f"python3 -S -E -s -u /tests/free_sends_guest.py {arguments.sends}"))
    print(f"on {kernel.version}", flush=True)
    console = folder / "console"
    with kernels.boot_kernel(arguments.kernel, kernel, initrd, console, arguments.seconds) as machine:
        return kernels.exit_code_of(machine)


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # in an orderly way, and no guest stays behind
    folder = Path(tempfile.mkdtemp(prefix="tcpblame-free-sends-"))
    try:
        return run(arguments, folder)
    except (guest_image.NotBuilt, debian.NotFetched, OSError) as error:
        complain(*str(error).splitlines())
        return 1
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
