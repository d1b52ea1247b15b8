#!/usr/bin/env python3
"""The stories that the tables of the rules (userspace/reconstruct/rules_*.cpp) name exist."""

import re
import unittest
from pathlib import Path

import cases

TABLES = sorted((Path(__file__).parents[2] / "userspace/reconstruct").glob("rules_*.cpp"))
NAMED = re.compile(r'\bstory\("([^"]+)"\)')


def all_stories():
    return {"/".join([case.story.replace("_", "-"), *case.options[1:]]) for case in cases.all_cases()}


class Rules(unittest.TestCase):
    def test_each_story_exists(self):
        named = {name for table in TABLES for name in NAMED.findall(table.read_text(encoding="utf-8"))}
        self.assertGreater(len(named), 10)
        self.assertEqual(named - all_stories(), set())


if __name__ == "__main__":
    unittest.main()
