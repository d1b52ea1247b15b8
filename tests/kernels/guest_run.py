"""Runs a program of the tests in a guest, and passes on what it prints; its last line counts what held."""

import argparse
import io
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import debian
import debian_root
import guest_image
import kernels
from initramfs import Archive
from programs import Programs

HERE = Path(__file__).resolve().parent


# What holds doctor's word against the kernel's, and counts.
OF_DOCTOR = ("attached.py", "checks.py", "doctors_word.py")


def parser(name, words, seconds):
    """With the options that every such program has."""
    options = argparse.ArgumentParser(
        prog=name, description=words, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cache", type=Path, default=debian_root.cache_folder(), metavar="DIR", help="%(default)s")
    options.add_argument("--tcpblame", type=Path, metavar="PATH", help="linked statically; else it is built")
    options.add_argument("--seconds", type=int, default=seconds, metavar="N", help="end a guest after so long")
    return options


def kernels_of(architecture):
    return [name for name, release in debian.RELEASES.items() if release.architecture is architecture]


class GuestRun:
    """What is the same for every kernel: the tool, and the files that the program needs."""

    def __init__(self, tool, architecture, files, programs=()):
        """`files`: of this folder. `programs`: {name in /bin: path}."""
        with tempfile.TemporaryDirectory() as no_stories:
            self._image = guest_image.build(tool, Path(no_stories), architecture)
        archive = Archive()
        for name, path in dict(programs).items():
            guest_image.add_program(archive, f"bin/{name}", path, Programs(architecture.root, architecture.triplet))
        for name in files:
            archive.add_file(f"tests/{name}", HERE / name)
        self._image += archive.packed()

    def run(self, name, command, cache, seconds, out=None):
        """The exit code of a command on the kernel that the table calls `name`; what it prints goes to `out`."""
        kernel = debian.fetch(debian.RELEASES[name], cache, guest_image.MODULES)
        out = out or sys.stdout.buffer
        out.write(f"on {kernel.version}\n".encode())
        out.flush()
        with tempfile.TemporaryDirectory() as folder:
            initrd = Path(folder) / "initrd"
            initrd.write_bytes(
                self._image + guest_image.modules(kernel.modules) + guest_image.command(command))
            with kernels.boot_kernel(name, kernel, initrd, Path(folder) / "console", seconds) as machine:
                return kernels.exit_code_of(machine, out)

    def run_each(self, names, command, cache, seconds):
        """{name: exit code}; as many guests at a time as there are processors, and their words one after the other."""
        def run_one(name):
            said = io.BytesIO()
            return self.run(name, command, cache, seconds, said), said.getvalue()

        codes = {}
        with ThreadPoolExecutor(os.cpu_count()) as runners:
            for name, (code, said) in zip(names, runners.map(run_one, names)):
                codes[name] = code
                sys.stdout.buffer.write(said)
                sys.stdout.buffer.flush()
        return codes
