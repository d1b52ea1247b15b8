"""What is played where not all can be: nothing may fall out."""

import unittest

import cases


class UsualCases(unittest.TestCase):
    def test_each_variant_of_each_story_is_among_them(self):
        def variants(of):
            return {(case.story, case.options) for case in of}
        self.assertEqual(variants(cases.usual_cases()), variants(cases.all_cases()))

    def test_each_family_and_attach_is_among_them(self):
        def ways(of):
            return {(case.family, case.attach) for case in of}
        self.assertEqual(ways(cases.usual_cases()), ways(cases.all_cases()))

    def test_representatives_are_played_in_all_ways(self):
        for variant in cases.REPRESENTATIVES:
            ways = [case for case in cases.all_cases() if case.variant == variant]
            self.assertGreaterEqual(len(ways), len(cases.FAMILIES), variant)
            self.assertEqual([case for case in cases.usual_cases() if case.variant == variant], ways)


if __name__ == "__main__":
    unittest.main()
