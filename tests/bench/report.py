"""The tables, as Markdown, of what was measured."""

import judge
import spread
import storms
from cost import CONTROL, UNTRACED

LATENCY_BARS_MS = {50: 2, 99: 10}
ATTACH_BAR_MS = 300
DETACH_BAR_MS = 100

_OURS = "tcpblame"
# The control's middle half is narrower than this on a machine that does nothing else.
_QUIET_WIDTH = 0.10


def _line(cells):
    return "| " + " | ".join(cells) + " |"


def _table(head, rows):
    return [_line(head), "|---" * len(head) + "|", *map(_line, rows), ""]


def _number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _mebibytes(count):
    return f"{count / 2**20:.1f} MiB"


def _cost_cell(found):
    return found.text(3 if found.median < 2 else 2) if found else "–"


def _bar_words(costs, results):
    """Of each of our tools, for the bar that the load has."""
    if costs.load.bar is None:
        return "–"
    control = costs.spread(CONTROL.name)
    words = [(tool, judge.at_most(costs.load.bar, found, control))
             for tool in results.ours if (found := costs.spread(tool))]
    if len({judgement for _, judgement in words}) == 1:
        return f"≤ {costs.load.bar}: {words[0][1].value}"
    return f"≤ {costs.load.bar}: " + ", ".join(f"{tool} {judgement.value}" for tool, judgement in words)


def _peer_words(costs, results):
    """Of ours that sees the whole machine, against whatever peer costs least."""
    peers = {tool: costs.ratios(tool) for tool in results.tools if tool not in results.ours and costs.ratios(tool)}
    ours = costs.ratios(_OURS)
    if not peers or not ours:
        return "–"
    cheapest = judge.cheapest(peers)
    return f"{cheapest}: {judge.no_dearer(ours, peers[cheapest], costs.spread(CONTROL.name)).value}"


def _cost_lines(results):
    if not results.costs:
        return []
    tools = [CONTROL.name, *results.tools]
    rows = []
    for name, costs in results.costs.items():
        rate = spread.of(list(costs.rates[UNTRACED.name].values())).median
        rows.append([name, f"{_number(rate)}/s", *(_cost_cell(costs.spread(tool)) for tool in tools),
                     _bar_words(costs, results), _peer_words(costs, results)])
    return [
        "**What a traced machine pays**: how many times as long each takes as in the untraced run of the same "
        "repetition; median (quartiles).", "",
        *_table(["load", "untraced", *tools, "bar", "no slower than the fastest alternative"], rows),
    ]


def _storm_bar(tool, results):
    control = results.storms.spread(CONTROL.name)
    if tool not in results.ours:
        return "–"
    return f"≥ {storms.BAR:.2f}: {judge.at_least(storms.BAR, results.storms.spread(tool), control).value}"


def _storm_row(tool, results):
    found = results.storms

    def middle(what):
        return found.spread(tool, what).median

    # 1: each connection that there was.
    reported = found.spread(tool, lambda run: run.reported / run.connections)
    return [tool, found.spread(tool).text(2), f"{reported.median:.2f}", _number(middle(lambda run: run.lost)),
            f"{100 * middle(lambda run: run.late):.0f} %", f"{middle(lambda run: run.cpu_ms):.1f} ms",
            _storm_bar(tool, results)]


def _storm_lines(results):
    if not results.storms:
        return []
    untraced = results.storms.spread(UNTRACED.name, lambda run: run.rate).median
    rows = [[CONTROL.name, results.storms.spread(CONTROL.name).text(2), *["–"] * 5]]
    rows += [_storm_row(tool, results) for tool in results.tools if tool in results.storms.runs]
    return [
        f"**A storm**: connections torn down by RST as fast as can be, {_number(untraced)} a second untraced; the rate as a "
        "share of that, and how much of it each tool reports.", "",
        *_table(["tool", "rate, as a share of the untraced", "connections reported", "events lost", "printed > 0.1 s late",
                 "its own CPU time for 1,000 teardowns", "bar"], rows),
    ]


def _time_row(name, percent, values_ns, bar_ms):
    got = spread.percentile(values_ns, percent) / 1e6
    return [name, f"{got:.2f} ms", f"≤ {bar_ms} ms: {'met' if got <= bar_ms else 'missed'}", str(len(values_ns))]


def _latency_lines(results):
    rows = []
    if results.latency_ns:
        rows += [_time_row(f"from the failing write to its verdict's line, p{percent}", percent, results.latency_ns, bar)
                 for percent, bar in LATENCY_BARS_MS.items()]
    if results.attach_ns:
        rows.append(_time_row("from its start until it is attached, median", 50, results.attach_ns, ATTACH_BAR_MS))
    if results.detach_ns:
        rows.append(_time_row("from SIGINT to its end, median", 50, results.detach_ns, DETACH_BAR_MS))
    return ["**How soon**", "", *_table(["what", "time", "bar", "of how many"], rows)] if rows else []


def _reader_lines(results):
    if not results.pieces:
        return []
    rows = [[f"`{piece.name}`", _number(piece.items_per_second) if piece.items_per_second else "–",
             ", ".join(f"{name} {_number(value)}" for name, value in piece.counters.items()
                       if isinstance(value, (int, float))) or "–"]
            for piece in results.pieces]
    return ["**The reader**, on one processor; medians.", "",
            *_table(["piece", "items a second", "counters"], rows)]


def _size_lines(results):
    if not results.memory:
        return []
    rows = [[tool, _mebibytes(memory.resident), _mebibytes(memory.most)] for tool, memory in results.memory.items()]
    return ["**How large**", "", *_table(["tool", "resident, when attached and idle", "at most, while attaching"], rows),
            f"tcpblame's ring: {_mebibytes(results.ring_bytes)}; its binary, stripped: {_mebibytes(results.binary_bytes)}.",
            ""]


def _restless(results):
    """Of the loads whose untraced runs differ so much that their ratios say little."""
    controls = {name: costs.spread(CONTROL.name) for name, costs in results.costs.items()}
    if results.storms:
        controls["storm"] = results.storms.spread(CONTROL.name)
    names = [name for name, control in controls.items() if control.high - control.low > _QUIET_WIDTH]
    if not names:
        return []
    return [f"The machine was not quiet: the control's quartiles lie more than {_QUIET_WIDTH:.2f} apart for "
            f"{'; '.join(names)}.", ""]


def _legend(results):
    if not (results.costs or results.storms):
        return []
    return ["The control is a second untraced run in each repetition. A ratio beyond its bar whose median lies within the "
            "control's quartiles is indistinguishable from nothing: “within the control's spread”, and no miss. Against the cheapest "
            "peer, pairs of the same repetition count; it is no miss either where their quartiles take in 1.", ""]


def render(results):
    host = results.host
    head = [f"`{results.command}`, {results.date}, on {host['cpu']}, {host['cpus']} processors, Linux {host['kernel']}: "
            f"{results.repetitions} repetitions in random order, {results.seconds:g} s a measurement; "
            + "; ".join(f"{tool}: {version}" for tool, version in results.versions.items()) + ".", ""]
    left_out = [f"Left out: {what}: {why}" for what, why in results.left_out.items()]
    parts = [head, _cost_lines(results), _storm_lines(results), _legend(results), _restless(results), _latency_lines(results),
             _reader_lines(results), _size_lines(results), left_out]
    return "\n".join(line for part in parts for line in part).rstrip("\n") + "\n"
