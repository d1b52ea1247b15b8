#!/usr/bin/python3
"""Tests of the cells: what counts as a failure, and what as saying less."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "live"))

import play
import table
from table import Cell, Kind

START = {"type": "start"}
VERDICT = {"type": "verdict", "cause": "peer-closed", "confidence": "inferred"}
TEARDOWN = {"type": "teardown", "cause": "timed-out", "confidence": "observed"}
LOWER = "verdict 1: confidence: is 'inferred', expected 'observed'"


class KindOf(unittest.TestCase):
    def test_no_problem_is_as_owed(self):
        self.assertIs(table.kind_of([]), Kind.EXPECTED)

    def test_a_lower_confidence_and_an_absent_member_say_less(self):
        self.assertIs(table.kind_of([LOWER, "verdict 1: peer: is absent, expected {'act': 'close'}"]), Kind.LESS)

    def test_an_unknown_cause_is_a_failure(self):
        self.assertIs(table.kind_of([LOWER, "verdict 1: cause: is 'unknown', expected 'peer-closed'"]), Kind.FAILED)

    def test_another_cause_is_a_failure(self):
        self.assertIs(table.kind_of(["verdict 1: cause: is 'refused', expected 'peer-closed'"]), Kind.FAILED)


class CellOf(unittest.TestCase):
    def test_the_first_verdict_goes_before_a_teardown(self):
        self.assertEqual(
            table.cell_of([LOWER], [START, TEARDOWN, VERDICT]), Cell(Kind.LESS, "peer-closed · inferred"))

    def test_a_teardown_stands_for_itself_without_a_verdict(self):
        self.assertEqual(table.cell_of([], [START, TEARDOWN]), Cell(Kind.EXPECTED, "timed-out · observed"))

    def test_nothing_may_be_as_owed(self):
        self.assertEqual(table.cell_of([], [START]), Cell(Kind.EXPECTED, "none expected"))
        self.assertEqual(table.cell_of(["verdict 1: missing, expected refused"], [START]), Cell(Kind.FAILED, "nothing"))

    def test_a_tool_that_does_not_start_is_named(self):
        self.assertEqual(table.cell_of(["no start"], []), Cell(Kind.FAILED, "the tool did not start"))


class Render(unittest.TestCase):
    def test_a_kernel_that_was_not_run_says_why(self):
        text = table.render(["refused"], {"6.1": {"refused": Cell(Kind.FAILED, "nothing")}, "7": "no mirror"})
        self.assertIn("| `refused` | ✗ nothing | not run |\n", text)
        self.assertIn("\n7: not run: no mirror\n", text)


class Results(unittest.TestCase):
    def test_takes_the_table_between_the_marks(self):
        results = f"a\n{table.RESULTS_BEGIN}\n\n| `old` | x |\n\n{table.RESULTS_END}\nb\n"
        text = table.put_into(results, table.render(["new"], {"6.1": {"new": Cell(Kind.EXPECTED, "refused")}}))
        self.assertEqual(table.rows_in(text), ["new"])
        self.assertTrue(text.startswith("a\n") and text.endswith("\nb\n"))
        with self.assertRaises(ValueError):
            table.put_into("no marks", "text")

    def test_has_a_row_for_each_case_that_is_played(self):
        results = (Path(__file__).resolve().parent / "RESULTS.md").read_text(encoding="utf-8")
        self.assertEqual(table.rows_in(results), [table.row_of(case) for case in play.cases()])


if __name__ == "__main__":
    unittest.main()
