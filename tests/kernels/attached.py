"""What the kernel says that a process has attached: by its links, and by bpftool, not by the process's own word."""

import functools
import json
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Where a link does not report its trampoline's target (kernel/bpf/syscall.c, bpf_tracing_link_show_fdinfo(): not in 5.10).
NOT_TOLD = "?"
ENABLED_FUNCTIONS = Path("/sys/kernel/tracing/enabled_functions")
BTF = Path("/sys/kernel/btf/vmlinux")
# As doctor writes them: of a raw tracepoint's link by the type of its program, of a trampoline's by its attach_type
# (include/uapi/linux/bpf.h, enum bpf_attach_type).
BY_PROGRAM = {"tracing": "tp_btf", "raw_tracepoint": "raw_tp"}
BY_ATTACH_TYPE = {24: "fentry", 25: "fexit"}


@dataclass(frozen=True)
class Attached:
    program: str
    point: str  # as doctor writes it: "fexit/sk_stream_error"
    runs: int  # since it was loaded; counted under sysctl kernel.bpf_stats_enabled


def bpftool(*words):
    return json.loads(subprocess.run(["bpftool", "-j", *words], check=True, capture_output=True, text=True).stdout)


def links_of(pid):
    """What fdinfo says of each link that the process holds: bpftool before 7.2 does not report a trampoline's target."""
    for info in Path(f"/proc/{pid}/fdinfo").iterdir():
        try:
            lines = info.read_text(encoding="ascii").splitlines()
        except FileNotFoundError:  # closed meanwhile
            continue
        fields = {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}
        if "link_id" in fields:
            yield fields


def trampolined_functions():
    """Of the whole machine, as ftrace reports: a line for a function, then " direct-->bpf_trampoline_65268_0".

    None where the kernel has no ftrace, or shows it to nobody.
    """
    try:
        lines = ENABLED_FUNCTIONS.read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, PermissionError):
        return None
    functions = set()
    for line in lines:
        if not line[0].isspace():
            function = line.split()[0]
        if "bpf_trampoline" in line:
            functions.add(function)
    return functions


class KernelNames:
    """The names of the kernel's types and functions by their ids (Documentation/bpf/btf.rst)."""

    # Bytes behind a type's head: so many, and so many for each member.
    BEHIND = {1: (4, 0), 3: (12, 0), 4: (0, 12), 5: (0, 12), 6: (0, 8), 13: (0, 8), 14: (4, 0), 15: (0, 12),
              17: (4, 0), 19: (0, 12)}

    def __init__(self, path=BTF):
        self._data = path.read_bytes()
        head = struct.unpack_from("<HBBIIIII", self._data)
        self._types, self._types_end = head[3] + head[4], head[3] + head[4] + head[5]
        self._strings = head[3] + head[6]
        self._known = {}

    def of(self, wanted):
        """What was asked for once is kept: there are more than 100,000 types, and an emulated machine is slow."""
        if missing := wanted - self._known.keys():
            self._look_up(missing)
        return self._known

    def _look_up(self, wanted):
        unpack, behind, data = struct.Struct("<II").unpack_from, self.BEHIND, self._data
        at, number, left = self._types, 0, len(wanted)
        while at < self._types_end and left:
            number += 1
            name, info = unpack(data, at)
            if number in wanted:
                begin = self._strings + name
                self._known[number] = data[begin:data.index(b"\0", begin)].decode()
                left -= 1
            fixed, each = behind.get(info >> 24 & 0x1F, (0, 0))
            at += 12 + fixed + each * (info & 0xFFFF)


@functools.cache
def kernel_names():
    return KernelNames()


def attached_by(pid):
    """What it has attached now, one for each program."""
    links = list(links_of(pid))
    programs = {program["id"]: program for program in bpftool("prog", "show")}
    kprobes = {event["prog_id"]: event["func"] for event in bpftool("perf", "show")
               if event["fd_type"] == "kprobe" and event["pid"] == pid}
    names = kernel_names().of({int(link["target_btf_id"]) for link in links if "target_btf_id" in link})

    def point_of(link, program):
        if link["link_type"] == "raw_tracepoint":
            return f"{BY_PROGRAM[program['type']]}/{link['tp_name']}"
        if link["link_type"] == "tracing":
            target = names[int(link["target_btf_id"])] if "target_btf_id" in link else NOT_TOLD
            return f"{BY_ATTACH_TYPE[int(link['attach_type'])]}/{target}"
        if link["link_type"] == "iter":
            return f"iter/{link['target_name']}"
        return f"kprobe/{kprobes[program['id']]}"

    def reported(number, point):
        return Attached(programs[number]["name"], point, programs[number].get("run_cnt", 0))

    by_link = {int(link["prog_id"]): point_of(link, programs[int(link["prog_id"])]) for link in links}
    # Before 5.15 a kprobe's program hangs on its perf event, without a link.
    without_link = {number: f"kprobe/{function}" for number, function in kprobes.items() if number not in by_link}
    points = {**by_link, **without_link}
    return sorted((reported(*each) for each in points.items()), key=lambda each: (each.point, each.program))
