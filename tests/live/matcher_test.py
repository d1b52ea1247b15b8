"""The matcher's own tests: each case that must not pass is one step away from a case that does."""

import unittest

import matcher

VERDICT = {
    "type": "verdict",
    "cause": "peer-closed",
    "modifiers": [],
    "write": {"fd": 4, "bytes": 512},
    "lost_events": 0,
}
OTHER_VERDICT = {"type": "verdict", "cause": "refused", "modifiers": ["error-already-taken"], "lost_events": 0}
TEARDOWN = {"type": "teardown", "cause": "peer-closed", "bytes": {"unacknowledged": 3}, "lost_events": 0}
START = {"type": "start"}
NO_VERDICT = {"type": "verdict", "count": 0}
NO_TEARDOWN = {"type": "teardown", "count": 0}


def changed(line, **members):
    return {**line, **members}


class Differences(unittest.TestCase):
    def test_a_subset_matches(self):
        self.assertEqual(matcher.differences({"write": {"fd": 4}}, VERDICT), [])

    def test_a_wrong_value_is_named_with_its_path(self):
        self.assertEqual(matcher.differences({"write": {"fd": 5}}, VERDICT), ["write.fd: is 4, expected 5"])

    def test_a_missing_member_is_reported(self):
        self.assertEqual(matcher.differences({"signal": {"name": "SIGPIPE"}}, VERDICT),
                         ["signal: is absent, expected {'name': 'SIGPIPE'}"])

    def test_every_difference_is_reported(self):
        found = matcher.differences({"cause": "refused", "write": {"fd": 5, "bytes": 1}}, VERDICT)
        self.assertEqual(len(found), 3)

    def test_null_matches_an_absent_member(self):
        self.assertEqual(matcher.differences({"signal": None, "write": {"error": None}}, VERDICT), [])

    def test_null_does_not_match_a_present_member(self):
        self.assertEqual(matcher.differences({"cause": None}, VERDICT),
                         ["cause: is 'peer-closed', expected to be absent"])

    def test_null_does_not_match_a_null(self):
        self.assertTrue(matcher.differences({"signal": None}, {"signal": None}))

    def test_lists_compare_equal_not_as_subsets(self):
        self.assertEqual(matcher.differences({"modifiers": []}, VERDICT), [])
        self.assertTrue(matcher.differences({"modifiers": []}, OTHER_VERDICT))
        self.assertTrue(matcher.differences({"modifiers": ["error-already-taken"]}, VERDICT))

    def test_an_object_does_not_match_a_plain_value(self):
        self.assertEqual(matcher.differences({"write": {"fd": 4}}, {"write": 4}), ["write: is 4, expected {'fd': 4}"])

    def test_true_is_not_one(self):
        self.assertTrue(matcher.differences({"linger_zero": True}, {"linger_zero": 1}))
        self.assertTrue(matcher.differences({"unread": 0}, {"unread": False}))


class Operators(unittest.TestCase):
    def test_any_takes_each_of_its_truths_and_nothing_else(self):
        either = {"cause": {"$any": ["peer-closed", "refused"]}}
        self.assertEqual(matcher.differences(either, VERDICT), [])
        self.assertEqual(matcher.differences(either, OTHER_VERDICT), [])
        self.assertTrue(matcher.differences(either, changed(VERDICT, cause="unknown")))

    def test_any_with_a_null_takes_an_absent_member(self):
        unknown_or_right = {"write": {"fd": {"$any": [None, 4]}}}
        self.assertEqual(matcher.differences(unknown_or_right, VERDICT), [])
        self.assertEqual(matcher.differences(unknown_or_right, {"write": {}}), [])
        self.assertTrue(matcher.differences(unknown_or_right, {"write": {"fd": 5}}))

    def test_present_wants_a_member_that_is_not_empty(self):
        expected = {"stack": {"$present": True}}
        self.assertEqual(matcher.differences(expected, {"stack": [{"offset": 1}]}), [])
        self.assertEqual(matcher.differences(expected, {"stack": 0}), [])
        for line in ({}, {"stack": []}, {"stack": ""}, {"stack": {}}, {"stack": None}):
            self.assertTrue(matcher.differences(expected, line))

    def test_at_least_wants_a_number_that_is_no_less(self):
        expected = {"retransmits": {"$at_least": 1}}
        self.assertEqual(matcher.differences(expected, {"retransmits": 1}), [])
        self.assertEqual(matcher.differences(expected, {"retransmits": 4}), [])
        for line in ({}, {"retransmits": 0}, {"retransmits": True}, {"retransmits": "4"}):
            self.assertTrue(matcher.differences(expected, line))

    def test_a_difference_shows_what_was_owed(self):
        self.assertEqual(matcher.differences({"cause": {"$any": ["refused"]}}, VERDICT),
                         ["cause: is 'peer-closed', expected {'$any': ['refused']}"])


class JudgesNothing(unittest.TestCase):
    def test_no_line_is_what_is_owed(self):
        self.assertEqual(matcher.judge([NO_VERDICT, NO_TEARDOWN], [START]), [])

    def test_a_line_is_one_too_many(self):
        self.assertTrue(matcher.judge([NO_VERDICT], [VERDICT]))
        self.assertEqual(matcher.judge([NO_TEARDOWN], [TEARDOWN]), ["teardown: 1 lines, expected 0 in all"])

    def test_other_types_are_not_meant(self):
        self.assertEqual(matcher.judge([NO_VERDICT], [TEARDOWN]), [])
        self.assertEqual(matcher.judge([NO_VERDICT, TEARDOWN], [TEARDOWN]), [])

    def test_nothing_is_not_waited_for(self):
        self.assertTrue(matcher.all_expected_lines_arrived([NO_VERDICT, NO_TEARDOWN], [START]))


class JudgesVerdicts(unittest.TestCase):
    def test_the_owed_verdicts_in_order_are_fine(self):
        self.assertEqual(matcher.judge([VERDICT, OTHER_VERDICT], [START, VERDICT, OTHER_VERDICT]), [])

    def test_the_wrong_order_is_not(self):
        self.assertTrue(matcher.judge([VERDICT, OTHER_VERDICT], [OTHER_VERDICT, VERDICT]))

    def test_a_missing_verdict_is_reported(self):
        self.assertEqual(matcher.judge([VERDICT, OTHER_VERDICT], [VERDICT]), ["verdict 2: missing, expected refused"])

    def test_a_verdict_too_many_is_reported(self):
        self.assertEqual(matcher.judge([VERDICT], [VERDICT, VERDICT]), ["verdict 2: not expected, says peer-closed"])

    def test_a_verdict_is_too_many_where_only_a_teardown_is_owed(self):
        self.assertEqual(matcher.judge([TEARDOWN], [TEARDOWN, VERDICT]), ["verdict 1: not expected, says peer-closed"])

    def test_lost_events_are_a_failure_even_though_no_truth_names_them(self):
        truth = {"type": "verdict", "cause": "peer-closed"}
        self.assertEqual(matcher.judge([truth], [changed(VERDICT, lost_events=2)]),
                         ["verdict 1: lost_events: is 2, expected 0"])

    def test_lost_events_must_be_said(self):
        self.assertTrue(matcher.judge([{"type": "verdict"}], [{"type": "verdict"}]))


class JudgesManyVerdicts(unittest.TestCase):
    THREE = changed(VERDICT, count=3)

    def test_so_many_that_say_this_are_fine(self):
        self.assertEqual(matcher.judge([self.THREE], [VERDICT] * 3), [])
        self.assertEqual(matcher.judge([self.THREE, OTHER_VERDICT], [VERDICT] * 3 + [OTHER_VERDICT]), [])

    def test_one_less_or_one_more_is_not(self):
        self.assertEqual(matcher.judge([self.THREE], [VERDICT] * 2), ["verdict 3: missing, expected peer-closed"])
        self.assertEqual(matcher.judge([self.THREE], [VERDICT] * 4), ["verdict 4: not expected, says peer-closed"])

    def test_each_of_them_must_say_this(self):
        self.assertTrue(matcher.judge([self.THREE], [VERDICT, OTHER_VERDICT, VERDICT]))

    def test_all_of_them_are_waited_for(self):
        self.assertFalse(matcher.all_expected_lines_arrived([self.THREE], [VERDICT] * 2))
        self.assertTrue(matcher.all_expected_lines_arrived([self.THREE], [VERDICT] * 3))


class JudgesTeardowns(unittest.TestCase):
    def test_further_teardowns_are_allowed(self):
        other = changed(TEARDOWN, bytes={"unacknowledged": 0})
        self.assertEqual(matcher.judge([TEARDOWN], [other, TEARDOWN]), [])
        self.assertEqual(matcher.judge([VERDICT], [TEARDOWN, VERDICT, TEARDOWN]), [])

    def test_a_missing_teardown_is_reported(self):
        self.assertEqual(matcher.judge([TEARDOWN], [START]), ["teardown: missing, expected peer-closed"])

    def test_a_different_teardown_is_shown_by_its_nearest_line(self):
        near = changed(TEARDOWN, bytes={"unacknowledged": 4})
        far = {"type": "teardown", "cause": "refused"}
        self.assertEqual(matcher.judge([TEARDOWN], [far, near]),
                         ["teardown (the nearest of 2): bytes.unacknowledged: is 4, expected 3"])

    def test_one_truth_must_not_match_two_lines(self):
        self.assertTrue(matcher.judge([TEARDOWN], [TEARDOWN, TEARDOWN]))

    def test_two_truths_must_not_match_one_line(self):
        self.assertTrue(matcher.judge([{"type": "teardown"}, {"type": "teardown"}], [TEARDOWN]))

    def test_lost_events_are_a_failure(self):
        self.assertTrue(matcher.judge([{"type": "teardown"}], [changed(TEARDOWN, lost_events=1)]))

    def test_a_count_holds_for_the_whole_run(self):
        truth = changed(TEARDOWN, count=1)
        other = changed(TEARDOWN, cause="refused")
        self.assertEqual(matcher.judge([truth], [TEARDOWN]), [])
        self.assertEqual(matcher.judge([truth], [TEARDOWN, other]), ["teardown: 2 lines, expected 1 in all"])


class KnowsWhenToStopWaiting(unittest.TestCase):
    def test_not_before_every_verdict_is_there(self):
        self.assertFalse(matcher.all_expected_lines_arrived([VERDICT, OTHER_VERDICT], [VERDICT]))
        self.assertTrue(matcher.all_expected_lines_arrived([VERDICT, OTHER_VERDICT], [VERDICT, OTHER_VERDICT]))

    def test_a_wrong_verdict_is_not_waited_for(self):
        self.assertTrue(matcher.all_expected_lines_arrived([VERDICT], [OTHER_VERDICT]))

    def test_not_before_the_owed_teardown_is_there(self):
        other = changed(TEARDOWN, cause="refused")
        self.assertFalse(matcher.all_expected_lines_arrived([changed(TEARDOWN, count=1)], [other]))
        self.assertTrue(matcher.all_expected_lines_arrived([changed(TEARDOWN, count=1)], [other, TEARDOWN]))


class Some(unittest.TestCase):
    STACK = {"stack": {"$some": {"function": "main"}}}

    def test_one_element_will_do(self):
        self.assertEqual(matcher.differences(self.STACK, {"stack": [{"function": "write"}, {"function": "main"}]}), [])

    def test_no_element_will_not(self):
        for stack in ([], [{"function": "write"}], {"function": "main"}, "main"):
            self.assertEqual(len(matcher.differences(self.STACK, {"stack": stack})), 1)
        self.assertEqual(len(matcher.differences(self.STACK, {})), 1)


class First(unittest.TestCase):
    WHY = {"why": {"$first": {"code": "killed"}}}

    def test_the_first_must_match(self):
        self.assertEqual(matcher.differences(self.WHY, {"why": [{"code": "killed"}, {"code": "idle"}]}), [])

    def test_a_later_one_will_not_do(self):
        for why in ([{"code": "idle"}, {"code": "killed"}], [], "killed"):
            self.assertEqual(len(matcher.differences(self.WHY, {"why": why})), 1)
        self.assertEqual(len(matcher.differences(self.WHY, {})), 1)

    def test_what_it_lacks_is_named_and_is_less(self):
        expected = {"why": {"$first": {"code": "killed", "process": {"pid": 7}}}}
        problems = matcher.differences(expected, {"why": [{"code": "killed"}]})
        self.assertEqual(problems, ["why[0].process: is absent, expected {'pid': 7}"])
        self.assertTrue(matcher.says_only_less(problems))
        another = {"why": [{"code": "killed", "process": {"pid": 8}}]}
        self.assertFalse(matcher.says_only_less(matcher.differences(expected, another)))


class None_(unittest.TestCase):
    TIMELINE = {"timeline": {"$none": {"event": "fin-received"}}}

    def test_others_do_not_matter(self):
        for timeline in ([], [{"event": "fin-sent"}]):
            self.assertEqual(matcher.differences(self.TIMELINE, {"timeline": timeline}), [])

    def test_one_is_too_many(self):
        timeline = [{"event": "fin-sent"}, {"event": "fin-received"}]
        self.assertEqual(len(matcher.differences(self.TIMELINE, {"timeline": timeline})), 1)


class SaysOnlyLess(unittest.TestCase):
    def problems(self, **reported):
        expected = {"type": "verdict", "cause": "peer-aborted", "confidence": "observed", "peer": {"act": "close"}}
        return matcher.judge([expected], [changed(expected, lost_events=0, **reported)])

    def test_nothing_wrong_is_not_less(self):
        self.assertFalse(matcher.says_only_less(self.problems()))

    def test_unknown_without_a_peer_is_less(self):
        problems = matcher.judge(
            [{"type": "verdict", "cause": "peer-aborted", "confidence": "observed", "peer": {"act": "close"}}],
            [{"type": "verdict", "cause": "unknown", "confidence": "unknown", "lost_events": 0}])
        self.assertEqual(len(problems), 3)
        self.assertTrue(matcher.says_only_less(problems))

    def test_inferred_for_observed_is_less(self):
        self.assertTrue(matcher.says_only_less(self.problems(confidence="inferred")))

    def test_another_cause_is_wrong(self):
        self.assertFalse(matcher.says_only_less(self.problems(cause="refused")))

    def test_less_of_one_thing_and_wrong_in_another_is_wrong(self):
        self.assertFalse(matcher.says_only_less(self.problems(cause="unknown", peer={"act": "exit"})))

    def test_a_missing_verdict_is_wrong(self):
        self.assertFalse(matcher.says_only_less(matcher.judge([{"type": "verdict", "cause": "refused"}], [])))


if __name__ == "__main__":
    unittest.main()
