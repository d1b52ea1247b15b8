"""How large it is: resident memory while it waits, the ring, the binary."""

import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import child
import tracers

_RINGBUF = 27  # BPF_MAP_TYPE_RINGBUF (linux/bpf.h)
_IDLE_SECONDS = 0.5


@dataclass(frozen=True)
class Memory:
    resident: int  # bytes, of all processes of the tool, while nothing happens
    most: int  # … that it ever had: what attaching takes


def _kilobytes(pid, what):
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(re.search(rf"^{what}:\s+(\d+) kB$", status, re.MULTILINE).group(1))


def _with_children(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(each for child_pid in children for each in _with_children(int(child_pid)))]


def _ring_bytes(pid):
    """Of the ring buffers that it holds: what its maps say of themselves."""
    rings = {}
    for info in Path(f"/proc/{pid}/fdinfo").iterdir():
        fields = dict(re.findall(r"^(map_\w+|max_entries):\s+(\d+)$", info.read_text(encoding="ascii"), re.MULTILINE))
        if int(fields.get("map_type", 0)) == _RINGBUF:
            rings[fields["map_id"]] = int(fields["max_entries"])
    return sum(rings.values())


def measure(tools, folder, say):
    """({tool: Memory}, bytes of our ring, {tool: why it could not be measured})"""
    memory = {}
    failed = {}
    ring = 0
    for tool in tools:
        say(f"size: {tool.name}")
        try:
            with tracers.attached(tool, [], folder) as attached:
                time.sleep(_IDLE_SECONDS)
                pids = [pid for each in attached for pid in _with_children(each.pid)]
                memory[tool.name] = Memory(*(1024 * sum(_kilobytes(pid, what) for pid in pids)
                                             for what in ("VmRSS", "VmHWM")))
                if tool.is_ours:
                    ring = _ring_bytes(attached[0].pid)
        except child.Failed as error:
            failed[tool.name] = str(error)
    return memory, ring, failed


def stripped_bytes(binary, folder):
    stripped = folder / "stripped"
    subprocess.run(["strip", "-o", stripped, binary], check=True)
    return stripped.stat().st_size
