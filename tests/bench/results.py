"""All that one run has measured."""

from dataclasses import dataclass, field


@dataclass
class Results:
    host: dict
    date: str
    command: str
    repetitions: int
    seconds: float
    versions: dict = field(default_factory=dict)  # {tool: its version}
    tools: list = field(default_factory=list)  # names, in the order of the table
    ours: list = field(default_factory=list)  # … those of them that are tcpblame
    costs: dict = field(default_factory=dict)  # {load: cost.Costs}
    storms: object = None  # storms.Storms
    latency_ns: list = field(default_factory=list)
    attach_ns: list = field(default_factory=list)
    detach_ns: list = field(default_factory=list)
    pieces: list = field(default_factory=list)
    memory: dict = field(default_factory=dict)  # {tool: size.Memory}
    ring_bytes: int = 0
    binary_bytes: int = 0
    left_out: dict = field(default_factory=dict)  # {what: why}
    took: dict = field(default_factory=dict)  # {section: seconds}

    def as_json(self):
        return {
            "date": self.date, "command": self.command, "host": self.host, "versions": self.versions,
            "repetitions": self.repetitions, "seconds": self.seconds,
            "cost": {name: {"rates": costs.rates,
                            "ratios": {tool: costs.spread(tool).as_json() for tool in costs.rates}}
                     for name, costs in self.costs.items()},
            "storm": {tool: [vars(run) for run in runs.values()]
                      for tool, runs in (self.storms.runs if self.storms else {}).items()},
            "latency_ns": self.latency_ns, "attach_ns": self.attach_ns, "detach_ns": self.detach_ns,
            "reader": [vars(piece) for piece in self.pieces],
            "size": {"memory": {tool: vars(memory) for tool, memory in self.memory.items()},
                     "ring_bytes": self.ring_bytes, "binary_bytes": self.binary_bytes},
            "left_out": self.left_out, "took_seconds": self.took,
        }
