"""The plots, as SVG, drawn by gnuplot."""

import subprocess

import storms
from cost import CONTROL, UNTRACED

_ROW_PIXELS = 22


def _quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', "'") + '"'


def _spreads_script(path, title, axis, rows, bars, logarithmic):
    """Each row: (name, Spread); each bar: (value, words). Points with the quartiles as whiskers, the first row on top."""
    names = ", ".join(f"{_quoted(name)} {-number}" for number, (name, _) in enumerate(rows))
    points = "\n".join(f"{found.median:g} {-number} {found.low:g} {found.high:g}"
                       for number, (_, found) in enumerate(rows))
    marks = "\n".join(f"set arrow from first {value:g}, graph 0 to first {value:g}, graph 1 nohead dashtype 2 "
                      f"linecolor rgb '#c0392b'\nset label {_quoted(words)} at first {value:g}, graph 1.03 center "
                      "textcolor rgb '#c0392b'" for value, words in bars)
    return f"""
set terminal svg size 900,{130 + _ROW_PIXELS * len(rows)} dynamic enhanced background '#ffffff' font 'sans-serif,12'
set output {_quoted(str(path))}
set title {_quoted(title)} noenhanced offset 0,1
set xlabel {_quoted(axis)} noenhanced
{"set logscale x" if logarithmic else ""}
set ytics ({names}) noenhanced
set yrange [{0.7 - len(rows)}:0.7]
set grid xtics linecolor rgb '#dddddd'
set border 1
set tics nomirror out
{marks}
$points << END
{points}
END
plot $points using 1:2:3:4 with xerrorbars pointtype 7 pointsize 0.7 linewidth 1.5 linecolor rgb '#1f4e79' notitle
"""


def _distribution_script(path, title, axis, values, bars):
    ordered = sorted(values)
    points = "\n".join(f"{value:g} {(number + 1) / len(ordered):g}" for number, value in enumerate(ordered))
    marks = "\n".join(f"set arrow from first {value:g}, graph 0 to first {value:g}, graph 1 nohead dashtype 2 "
                      f"linecolor rgb '#c0392b'\nset label {_quoted(words)} at first {value:g}, graph 1.03 center "
                      "textcolor rgb '#c0392b'" for value, words in bars)
    return f"""
set terminal svg size 900,420 dynamic enhanced background '#ffffff' font 'sans-serif,12'
set output {_quoted(str(path))}
set title {_quoted(title)} noenhanced offset 0,1
set xlabel {_quoted(axis)} noenhanced
set ylabel 'share of the verdicts'
set logscale x
set yrange [0:1]
set grid linecolor rgb '#dddddd'
set border 3
set tics nomirror out
{marks}
$points << END
{points}
END
plot $points using 1:2 with steps linewidth 2 linecolor rgb '#1f4e79' notitle
"""


def scripts(results, folder):
    """{file: gnuplot's script}"""
    made = {}
    for number, (name, costs) in enumerate(results.costs.items(), start=1):
        rows = [(tool, found) for tool in [CONTROL.name, *results.tools] if (found := costs.spread(tool))]
        bars = [(costs.load.bar, f"bar {costs.load.bar}")] if costs.load.bar else []
        path = folder / f"cost-{number}.svg"
        made[path] = _spreads_script(path, f"What it costs: {name}", "times as long as untraced", rows, bars, True)
    if results.storms:
        rows = [(tool, results.storms.spread(tool)) for tool in [CONTROL.name, *results.tools]
                if tool in results.storms.runs]
        path = folder / "storm.svg"
        untraced = results.storms.spread(UNTRACED.name, lambda run: run.rate).median
        title = f"Connections torn down by RST: {untraced:,.0f} a second untraced"
        made[path] = _spreads_script(path, title, "rate, as a share of the untraced", rows,
                                     [(storms.BAR, f"bar {storms.BAR}")], False)
    if results.latency_ns:
        path = folder / "latency.svg"
        bars = [(2, "p50 2 ms"), (10, "p99 10 ms")]
        made[path] = _distribution_script(path, "From the failing write to its verdict's line", "ms",
                                          [value / 1e6 for value in results.latency_ns], bars)
    return made


def draw(results, folder):
    """The files drawn."""
    made = scripts(results, folder)
    for script in made.values():
        subprocess.run(["gnuplot"], input=script, text=True, check=True)
    return list(made)
