"""What is checked in a guest after the stories, in the same boot, and on which kernels."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
OWN = "here"
# Of this folder, and what they share.
FILES = ("attached.py", "checks.py", "doctors_word.py", "doctor.py", "free_sends.py", "faults.py")


@dataclass(frozen=True)
class Check:
    name: str
    program: str  # of this folder, run in the guest
    kernels: tuple = ()  # empty: all
    architectures: tuple = ("amd64",)

    def is_for(self, kernel, architecture):
        return architecture in self.architectures and (not self.kernels or kernel in self.kernels)


# In this order: what is done to the machine in the last one, no other should come after.
CHECKS = (
    Check("doctor", "doctor.py"),
    Check("free-sends", "free_sends.py", kernels=("6.12",)),
    Check("faults", "faults.py", kernels=("6.12",)),
)
NAMES = tuple(check.name for check in CHECKS)


@dataclass(frozen=True)
class Checked:
    passed: bool
    output: str


def chosen_for(kernel, architecture, names):
    return [check.name for check in CHECKS if check.name in names and check.is_for(kernel, architecture)]


def program_of(name):
    return next(check.program for check in CHECKS if check.name == name)


def run(program, tool):
    """What it prints and whether all of it held."""
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-s", "-B", HERE / program, tool], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="backslashreplace", check=False)
    return Checked(done.returncode == 0, done.stdout)
