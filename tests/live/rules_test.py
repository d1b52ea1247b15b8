#!/usr/bin/env python3
"""The stories that the table of the rules (userspace/reconstruct/rules.cpp) names exist."""

import re
import unittest
from pathlib import Path

import cases

TABLE = Path(__file__).parents[2] / "userspace/reconstruct/rules.cpp"
NAMED = re.compile(r'\bstory\("([^"]+)"\)')


def all_stories():
    return {"/".join([case.story.replace("_", "-"), *case.options[1:]]) for case in cases.all_cases()}


class Rules(unittest.TestCase):
    def test_each_story_exists(self):
        named = set(NAMED.findall(TABLE.read_text()))
        self.assertGreater(len(named), 10)
        self.assertEqual(named - all_stories(), set())


if __name__ == "__main__":
    unittest.main()
