#!/usr/bin/python3
"""Tests of what is made of the measurements: quartiles, ratios, judgements, tables."""

import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE.parent / "kernels"), str(HERE.parent / "live")]

import bench
import child
import cost
import judge
import loads
import pieces
import plots
import report
import results
import size
import spread
import storms
import table
import tracers
from judge import Judgement
from spread import Spread

QUIET = Spread(0.99, 1.0, 1.01)


class SpreadOf(unittest.TestCase):
    def test_has_the_quartiles(self):
        self.assertEqual(spread.of([5, 1, 2, 4, 3]), Spread(2, 3, 4))

    def test_one_value_has_no_spread(self):
        self.assertEqual(spread.of([7]), Spread(7, 7, 7))

    def test_a_percentile_is_one_of_the_values(self):
        values = list(range(1, 101))
        self.assertEqual([spread.percentile(values, percent) for percent in (50, 99, 100)], [50, 99, 100])
        self.assertEqual(spread.percentile([3], 1), 3)

    def test_ratios_pair_what_was_measured_in_the_same_repetition(self):
        self.assertEqual(spread.ratios({0: 4, 1: 9, 2: 1}, {0: 2, 1: 3}), {0: 2, 1: 3})


class Bars(unittest.TestCase):
    def test_a_cost_on_its_bar_meets_it(self):
        self.assertIs(judge.at_most(1.12, Spread(1.1, 1.12, 1.3), QUIET), Judgement.MET)

    def test_a_cost_beyond_its_bar_misses_it(self):
        self.assertIs(judge.at_most(1.01, Spread(1.0, 1.011, 1.02), QUIET), Judgement.MISSED)

    def test_a_cost_that_the_control_has_too_misses_nothing(self):
        self.assertIs(judge.at_most(1.01, Spread(1.0, 1.02, 1.1), Spread(0.97, 1.0, 1.03)), Judgement.WITHIN_NOISE)

    def test_a_share_is_judged_from_below(self):
        self.assertIs(judge.at_least(0.9, Spread(0.8, 0.9, 0.95), QUIET), Judgement.MET)
        self.assertIs(judge.at_least(0.9, Spread(0.8, 0.89, 0.95), QUIET), Judgement.MISSED)
        self.assertIs(judge.at_least(0.9, Spread(0.8, 0.89, 0.95), Spread(0.88, 1.0, 1.1)), Judgement.WITHIN_NOISE)


class CheapestPeer(unittest.TestCase):
    def test_is_the_one_with_the_least_median(self):
        self.assertEqual(judge.cheapest({"a": {0: 1.0, 1: 3.0, 2: 3.0}, "b": {0: 2.0, 1: 2.0, 2: 2.0}}), "b")

    def test_is_compared_within_a_repetition(self):
        drifting = {0: 1.1, 1: 1.2, 2: 1.3}
        self.assertIs(judge.no_dearer({0: 1.05, 1: 1.15, 2: 1.25}, drifting, QUIET), Judgement.MET)
        self.assertIs(judge.no_dearer({0: 1.2, 1: 1.3, 2: 1.4}, drifting, QUIET), Judgement.MISSED)

    def test_quartiles_on_both_sides_of_1_are_no_miss(self):
        theirs = {each: 1.1 for each in range(5)}
        ours = {0: 1.0, 1: 1.0, 2: 1.11, 3: 1.2, 4: 1.2}
        self.assertIs(judge.no_dearer(ours, theirs, QUIET), Judgement.WITHIN_NOISE)

    def test_a_cost_that_the_control_has_too_is_no_miss(self):
        self.assertIs(judge.no_dearer({0: 1.01, 1: 1.01}, {0: 1.0, 1: 1.0}, QUIET), Judgement.WITHIN_NOISE)


def costs_of(ours, control=1.0, peer=1.5):
    """Each a cost in every repetition."""
    costs = cost.Costs(loads.OwnLoad("getppid()", "", bar=1.01))
    for repetition, drift in enumerate((1.0, 0.5, 2.0)):
        for tool, ratio in ((cost.UNTRACED.name, 1.0), (cost.CONTROL.name, control), ("tcpblame", ours), ("other", peer)):
            costs.add(tool, repetition, 1_000_000 * drift / ratio)
    return costs


def results_with(**measured):
    host = {"cpu": "Some CPU", "cpus": 2, "kernel": "6.1", "load": 0.0}
    return results.Results(host, "2026-01-01", "scripts/bench", 3, 0.5, {"tcpblame": "1"}, ["tcpblame", "other"],
                           ["tcpblame"], **measured)


class CostTable(unittest.TestCase):
    def test_a_ratio_is_to_the_same_repetitions_untraced_run(self):
        found = costs_of(ours=1.25).spread("tcpblame")
        self.assertEqual((found.low, found.median, found.high), (1.25, 1.25, 1.25))

    def test_says_what_is_met(self):
        text = report.render(results_with(costs={"getppid()": costs_of(ours=1.005)}))
        self.assertIn("| getppid() | 1,000,000/s | 1.000 (1.000–1.000) | 1.005 (1.005–1.005) | 1.500 (1.500–1.500) | "
                      "≤ 1.01: met | other: met |", text)

    def test_says_what_is_missed(self):
        text = report.render(results_with(costs={"getppid()": costs_of(ours=1.25, peer=1.1)}))
        self.assertIn("| ≤ 1.01: missed | other: missed |", text)

    def test_a_tool_that_did_not_run_is_named_with_the_reason(self):
        left_out = {"perf trace -p (cost)": "no such event"}
        made = results_with(costs={"getppid()": costs_of(ours=1)}, left_out=left_out)
        made.tools.append("perf trace -p")
        text = report.render(made)
        self.assertIn("1.500 (1.500–1.500) | – |", text)
        self.assertIn("\nLeft out: perf trace -p (cost): no such event\n", text)

    def test_says_that_the_machine_was_not_quiet(self):
        restless = costs_of(ours=1)
        restless.add(cost.CONTROL.name, 1, 100)
        self.assertIn("not quiet", report.render(results_with(costs={"getppid()": restless})))
        self.assertNotIn("not quiet", report.render(results_with(costs={"getppid()": costs_of(ours=1)})))


class StormTable(unittest.TestCase):
    def test_counts_what_was_reported_and_lost(self):
        found = storms.Storms()
        found.add(cost.UNTRACED.name, 0, storms.Run(1000, 1000))
        found.add(cost.CONTROL.name, 0, storms.Run(1000, 1000))
        found.add("tcpblame", 0, storms.Run(950, 950, reported=950, cpu_ms=12.34))
        found.add("other", 0, storms.Run(300, 300, reported=150, lost=77, late=0.25, cpu_ms=50))
        text = report.render(results_with(storms=found))
        self.assertIn("| tcpblame | 0.95 (0.95–0.95) | 1.00 | 0 | 0 % | 12.3 ms | ≥ 0.90: met |", text)
        self.assertIn("| other | 0.30 (0.30–0.30) | 0.50 | 77 | 25 % | 50.0 ms | – |", text)


class Reported(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def reported(self, name, output, words=""):
        (self.folder / "output").write_text(output, encoding="utf-8")
        (self.folder / "words").write_text(words, encoding="utf-8")
        program = tracers.Program(name, ())
        attached = tracers.Attached(program, None, self.folder / "output", self.folder / "words")
        return storms.what_was_reported(attached, 7777)

    def test_by_tcpblame(self):
        teardown = '{"type":"teardown","connection":{"local":"127.0.0.1:7777"}}\n'
        other = '{"type":"teardown","connection":{"local":"127.0.0.1:17777"}}\n'
        end = '{"schema":1,"type":"end","lost_events":3,"events":{"made":12,"seen":9}}\n'
        self.assertEqual(self.reported("tcpblame", teardown + other + teardown + end), (2, 3, 12))

    def test_by_tcpstates_once_a_connection(self):
        line = "ffff8881043a40c0 30504   reset_stor 127.0.0.2       {}  127.0.0.1       {} ESTABLISHED -> CLOSE       0.38\n"
        self.assertEqual(self.reported("tcpstates", line.format(7777, 52996) + line.format(52996, 7777),
                                   "lost 20 events on CPU #1\nlost 5 events on CPU #0\n"), (1, 25, 0))

    def test_by_bpftrace(self):
        lines = "1 reset-received 7 storm 52996 > 7777\n1 reset-received 7 storm 52996 > 77771\nLost 4 events\n"
        self.assertEqual(self.reported("bpftrace", lines), (1, 4, 0))


class Reader(unittest.TestCase):
    def test_takes_the_medians_with_their_counters(self):
        run = {"run_name": "decode", "name": "decode_median", "run_type": "aggregate", "aggregate_name": "median",
               "items_per_second": 2e6, "cpu_time": 1.0, "bytes_per_connection": 200.0}
        mean = {**run, "aggregate_name": "mean", "items_per_second": 1.0}
        self.assertEqual(pieces.pieces_of("reader_bench", {"benchmarks": [mean, run]}),
                         [pieces.Piece("reader_bench", "decode", 2e6, {"bytes_per_connection": 200.0})])

    def test_a_benchmark_that_failed_is_no_number(self):
        run = {"name": "decode", "error_occurred": True, "error_message": "no recording"}
        with self.assertRaises(child.Failed):
            pieces.pieces_of("reader_bench", {"benchmarks": [run]})


class Rest(unittest.TestCase):
    def test_latency_is_held_against_its_bars(self):
        made = results_with(latency_ns=[1_000_000] * 98 + [11_000_000] * 2, attach_ns=[250_000_000],
                            detach_ns=[200_000_000])
        text = report.render(made)
        self.assertIn("p50 | 1.00 ms | ≤ 2 ms: met | 100 |", text)
        self.assertIn("p99 | 11.00 ms | ≤ 10 ms: missed | 100 |", text)
        self.assertIn("250.00 ms | ≤ 300 ms: met | 1 |", text)
        self.assertIn("200.00 ms | ≤ 100 ms: missed | 1 |", text)

    def test_size(self):
        text = report.render(results_with(memory={"tcpblame": size.Memory(10 * 2**20, 20 * 2**20)}, ring_bytes=8 * 2**20,
                                          binary_bytes=2**20))
        self.assertIn("| tcpblame | 10.0 MiB | 20.0 MiB |", text)
        self.assertIn("ring: 8.0 MiB; its binary, stripped: 1.0 MiB", text)

    def test_a_plot_has_each_tool_and_the_bar(self):
        script, = plots.scripts(results_with(costs={"getppid()": costs_of(ours=1.25)}), Path("/x")).values()
        self.assertIn('"untraced again" 0, "tcpblame" -1, "other" -2', script)
        self.assertIn("1.25 -1 1.25 1.25\n", script)
        self.assertIn("bar 1.01", script)

    def test_all_of_it_is_json(self):
        made = results_with(costs={"getppid()": costs_of(ours=1.25)}).as_json()
        self.assertEqual(made["cost"]["getppid()"]["ratios"]["tcpblame"]["median"], 1.25)

    def test_several_pids_are_given_as_each_tool_takes_them(self):
        strace, perf = (next(tool.programs[0] for tool in tracers.all_tools("tcpblame") if tool.name == name)
                        for name in ("strace -p", "perf trace -p"))
        self.assertEqual(tracers.command_of(strace, [1, 2], "out")[-4:], ["-p", "1", "-p", "2"])
        self.assertEqual(tracers.command_of(perf, [1, 2], "out")[-2:], ["-p", "1,2"])

    def test_the_results_have_a_place_for_the_tables(self):
        results = (HERE / "RESULTS.md").read_text(encoding="utf-8")
        changed = table.put_into(results, "| `new` |", bench.RESULTS_BEGIN)
        self.assertIn("| `new` |", changed)
        self.assertNotIn("| getppid() |", changed)


if __name__ == "__main__":
    unittest.main()
