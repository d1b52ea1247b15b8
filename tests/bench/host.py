"""The machine that a measurement was made on: without it no number says anything."""

import os
import platform
import re
from pathlib import Path


def describe():
    return {"cpu": _cpu_model(), "cpus": len(os.sched_getaffinity(0)), "kernel": platform.release(),
            "architecture": platform.machine(), "load": os.getloadavg()[0]}


def _cpu_model():
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return found.group(1) if found else platform.machine()
