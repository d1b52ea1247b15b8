// The table of the rules is whole, and what it names exists. (Its stories: tests/live/rules_test.py.)
#include "reconstruct/attribution_fixture.hpp"
#include "reconstruct/rules.hpp"

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <set>
#include <string>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;

// ── The table ───────────────────────────────────────────────────────────────────────────────────

std::set<std::string> all_unit_tests() {
    std::set<std::string> names;
    const testing::UnitTest& all = *testing::UnitTest::GetInstance();
    for (int i = 0; i < all.total_test_suite_count(); ++i) {
        const testing::TestSuite& suite = *all.GetTestSuite(i);
        for (int j = 0; j < suite.total_test_count(); ++j)
            names.insert(std::string(suite.name()) + "." + suite.GetTestInfo(j)->name());
    }
    return names;
}

std::vector<LookAlike> look_alikes_of(const RuleFacts& facts) {
    std::vector<LookAlike> found;
    for (const LookAlike& each : facts.looks_alike)
        if (!each.situation.empty()) found.push_back(each);
    return found;
}

TEST(Rules, EachHasARowAtItsPlace) {
    ASSERT_EQ(all_rules().size(), static_cast<std::size_t>(Rule::kUnseenReset) + 1);
    std::set<std::string_view> names;
    for (std::size_t at = 0; at < all_rules().size(); ++at) {
        const RuleFacts& facts = all_rules()[at];
        EXPECT_EQ(static_cast<std::size_t>(facts.rule), at) << facts.name;
        EXPECT_FALSE(facts.rests_on.empty()) << facts.name;
        EXPECT_TRUE(names.insert(facts.name).second) << facts.name;
        EXPECT_EQ(facts.cause == Cause::kUnknown, facts.best == Confidence::kUnknown) << facts.name;
    }
}

TEST(Rules, OfEachItIsSaidWhatLooksAlikeAndThatIsMade) {
    const std::set<std::string> tests = all_unit_tests();
    for (const RuleFacts& facts : all_rules()) {
        EXPECT_FALSE(look_alikes_of(facts).empty()) << facts.name;
        for (const LookAlike& each : look_alikes_of(facts)) {
            EXPECT_NE(each.made.by, Made::By::kNothing) << facts.name << ": " << each.situation;
            if (each.made.by != Made::By::kUnitTest) continue;
            EXPECT_TRUE(tests.contains(std::string(each.made.name))) << facts.name << ": " << each.made.name;
        }
    }
}

TEST(Rules, WhatNothingTellsApartIsNotObserved) {
    for (const RuleFacts& facts : all_rules()) {
        const Confidence best = facts.why ? facts.why->best : facts.best;
        for (const LookAlike& each : look_alikes_of(facts)) {
            if (!each.distinguished_by.empty()) continue;
            EXPECT_NE(best, Confidence::kObserved) << facts.name << ": " << each.situation;
        }
    }
}

/// With TCPBLAME_EVERY_RULE, after all tests of this room.
class EveryRuleIsReached : public testing::Environment {
public:
    void TearDown() override {
        if (std::getenv("TCPBLAME_EVERY_RULE") == nullptr) return;
        for (const RuleFacts& facts : all_rules())
            EXPECT_TRUE(rules_seen().contains(facts.rule)) << "no scene is reported by the rule " << facts.name;
    }
};
[[maybe_unused]] const testing::Environment* const kEveryRuleIsReached =
    testing::AddGlobalTestEnvironment(new EveryRuleIsReached);

// ── Scenes of the rules that no other test of this room reaches ─────────────────────────────────

class RuleScenes : public Attribution {
protected:
    /// The rule of the last verdict.
    Rule rule(ReconstructionOptions options = {}) const {
        Listener listener;
        Reconstruction core({}, listener, options);
        for (const Event& event : scene.events) core.feed(event);
        core.finish();
        EXPECT_FALSE(listener.reported.verdicts.empty());
        return listener.reported.verdicts.empty() ? Rule::kNobody : listener.reported.verdicts.back().rule;
    }
    void expect_rule(Rule expected, ReconstructionOptions options = {}) const {
        EXPECT_EQ(facts_of(rule(options)).name, facts_of(expected).name);
    }
    StateChanged& time_out() {
        c.us.progress.user_timeout_ms = 2'000;
        c.us.error = ETIMEDOUT;
        c.change(c.us, TcpState::kClose, std::nullopt);
        return std::get<StateChanged>(scene.events.back());
    }
    void fail(int error) { c.fail_write(c.us, {.error = error}); }
    ResetSent& answered_by_listener(ResetReason reason) {
        ResetSent reset;
        reset.stamp = scene.stamp();
        reset.kind = ResetKind::kPassive;
        reset.reason = reason;
        reset.socket.tuple = c.peer.tuple;
        reset.socket.netns = 4026531840;
        reset.socket.state = TcpState::kListen;
        reset.segment_seq = c.us.progress.snd_una;
        scene.add(reset);
        return std::get<ResetSent>(scene.events.back());
    }
    /// Both ends live on; our data draws a RST of no socket in this network namespace, in the name of whom we know, or
    /// of whom the translation knows.
    void translated_and_answered_from(std::uint32_t netns, bool behind_it = false) {
        c.peer.tuple = {ipv4(20, 8080), ipv4(10, 41822)};
        c.find_existing(c.us);
        c.find_existing(c.peer);
        scene.after(kSecond);
        c.put_in_flight(c.us, 512);
        ResetSent& reset = answered_by_listener(ResetReason::kNoSocket);
        reset.socket.tuple = behind_it ? c.peer.tuple : c.us.tuple.swapped();
        reset.socket.state = TcpState::kNone;
        reset.socket.netns = netns;
        reset.segment_len = 512;
        c.receive_reset(c.us, std::nullopt);
        c.find_by_search(c.peer);
        fail(ECONNRESET);
    }
    SigpipeSent& signal() {
        SigpipeSent signal;
        signal.stamp = scene.stamp();
        signal.actor = doing(c.us.process, Syscall::kWrite);
        signal.call.fd = 9;
        scene.add(signal);
        return std::get<SigpipeSent>(scene.events.back());
    }
};

TEST_F(RuleScenes, OwnAbort) {
    c.peer.here = false;
    c.abort_lingering(c.us);
    expect_rule(Rule::kOwnAbort, {.all = true});
}

TEST_F(RuleScenes, PeerEndedUnheard) {
    c.put_in_flight(c.us, 512);
    c.change(c.peer, TcpState::kFinWait1, dying(c.peer.process, 9));
    time_out();
    fail(ETIMEDOUT);
    expect_rule(Rule::kPeerEndedUnheard);
}

TEST_F(RuleScenes, WindowClosed) {
    c.us.progress.write_seq += 512;
    time_out().snd_wnd = 0;
    fail(ETIMEDOUT);
    expect_rule(Rule::kWindowClosed);
}

TEST_F(RuleScenes, NoRouteTimeout) {
    c.us.progress.write_seq += 512;
    StateChanged& closed = time_out();
    closed.snd_wnd = 65'536;
    closed.no_route = true;
    fail(ETIMEDOUT);
    expect_rule(Rule::kNoRouteTimeout);
}

TEST_F(RuleScenes, FilteredIn) {
    c.put_in_flight(c.us, 512);
    c.peer.progress.rcv_nxt += 512;
    c.peer.progress.bytes_received += 512;
    c.find_existing(c.peer);
    time_out();
    fail(ETIMEDOUT);
    expect_rule(Rule::kFilteredIn);
}

TEST_F(RuleScenes, FilteredAway) {
    c.put_in_flight(c.us, 512);
    time_out();
    c.find_existing(c.peer);
    fail(ETIMEDOUT);
    expect_rule(Rule::kFilteredAway);
    const Reason why = scene.reported().writes().back().why.front();
    EXPECT_EQ(code_of(why.code), "filtered-here");
    EXPECT_EQ(code_of(why.confidence), "inferred");
}

TEST_F(RuleScenes, Reported) {
    ErrorReported reported;
    reported.stamp = scene.stamp();
    c.us.error = EHOSTUNREACH;
    reported.socket = c.us.view(false);
    reported.progress = c.us.progress;
    scene.add(reported);
    fail(EHOSTUNREACH);
    expect_rule(Rule::kReported);
}

TEST_F(RuleScenes, MovedFile) {
    SigpipeSent& sent = signal();
    sent.call.file = FileKind::kPipe;
    sent.call.file_state = FileState::kWhole;
    expect_rule(Rule::kMovedFile);
}

TEST_F(RuleScenes, UnixDatagram) {
    SendReturned sent;
    sent.stamp = scene.stamp();
    sent.actor = doing(c.us.process, Syscall::kSendto);
    sent.call.file = FileKind::kUnix;
    sent.result = -ECONNREFUSED;
    scene.add(sent);
    expect_rule(Rule::kUnixDatagram);
}

TEST_F(RuleScenes, SentSignals) {
    SigpipeSent& sent = signal();
    for (const auto& [origin, expected] :
         {std::pair(SignalOrigin::kProcess, Rule::kSentByProcess), std::pair(SignalOrigin::kTimer, Rule::kSentByTimer),
          std::pair(SignalOrigin::kParent, Rule::kSentForParent),
          std::pair(SignalOrigin::kKernel, Rule::kSentByKernel)}) {
        sent.origin = origin;
        expect_rule(expected);
    }
}

TEST_F(RuleScenes, Orderly) {
    c.close(c.peer);
    c.close(c.us);
    expect_rule(Rule::kOrderly, {.all = true});
}

TEST_F(RuleScenes, Crossed) {
    const std::uint32_t segment = c.us.progress.snd_nxt;
    c.put_in_flight(c.us, 400);
    c.close(c.peer);
    c.answer_with_reset(c.peer, segment, 400, ResetReason::kTimewaitSocket);
    c.receive_reset(c.us, std::nullopt);
    fail(EPIPE);
    expect_rule(Rule::kCrossed);
}

TEST_F(RuleScenes, HalfClosed) {
    c.shut_down(c.peer);
    scene.after(kSecond);
    c.peer.dead = true;
    c.change(c.peer, TcpState::kClose, doing(c.peer.process, Syscall::kClose));
    scene.after(kSecond);
    c.write_is_answered(c.us, 512);
    fail(EPIPE);
    expect_rule(Rule::kHalfClosed);
}

TEST_F(RuleScenes, ListenerClosed) {
    StateChanged listener;
    listener.stamp = scene.stamp();
    listener.socket.cookie = 900;
    listener.socket.netns = 4026531840;
    listener.socket.state = TcpState::kListen;
    listener.socket.tuple.local = c.peer.tuple.local;
    listener.actor = doing(c.peer.process, Syscall::kClose);
    listener.old_state = TcpState::kListen;
    listener.new_state = TcpState::kClose;
    scene.add(listener);
    c.peer.dead = true;
    c.change(c.peer, TcpState::kClose, std::nullopt);
    ResetSent reset;
    reset.stamp = scene.stamp();
    reset.socket = c.peer.view(false);
    reset.own_nxt = c.peer.progress.snd_nxt;
    scene.add(reset);
    c.receive_reset(c.us, std::nullopt);
    fail(ECONNRESET);
    expect_rule(Rule::kListenerClosed);
}

TEST_F(RuleScenes, QueueOverflow) {
    c.peer.here = false;
    c.find_existing(c.us);
    answered_by_listener(ResetReason::kInvalidSyn).queue =
        AcceptQueue{.length = 6, .limit = 5, .dropped = 1, .aborts_on_overflow = true};
    c.receive_reset(c.us, std::nullopt);
    fail(ECONNRESET);
    expect_rule(Rule::kQueueOverflow);
}

TEST_F(RuleScenes, QueueEvicted) {
    c.peer.here = false;
    c.find_existing(c.us);
    c.put_in_flight(c.us, 512);
    ResetSent& reset = answered_by_listener(ResetReason::kUnknown);
    reset.segment_len = 512;
    reset.queue = AcceptQueue{.length = 1, .limit = 5, .dropped = 3, .aborts_on_overflow = false};
    c.receive_reset(c.us, std::nullopt);
    fail(ECONNRESET);
    expect_rule(Rule::kQueueDropped);
}

TEST_F(RuleScenes, AddressMoved) {
    c.find_existing(c.us);
    c.find_existing(c.peer);
    scene.after(kSecond);
    ResetSent& reset = answered_by_listener(ResetReason::kUnknown);
    reset.socket.netns = 4026531999;
    reset.segment_seq -= 1;
    c.receive_reset(c.us, std::nullopt);
    fail(ECONNRESET);
    expect_rule(Rule::kAddressMoved);
}

TEST_F(RuleScenes, StateLost) {
    translated_and_answered_from(4026531840); // the peer's own
    expect_rule(Rule::kStateLost);
    EXPECT_EQ(scene.reported().writes().back().confidence, Confidence::kObserved);
    EXPECT_EQ(scene.reported().writes().back().why.front().confidence, Confidence::kObserved);
}

/// Its process ends before anybody reports: that is no reason of what came before.
TEST_F(RuleScenes, StateLostAndThePeerExitsLater) {
    translated_and_answered_from(4026531999);
    scene.after(kMs);
    c.close(c.peer);
    expect_rule(Rule::kStateLost);
}

/// It aborts a moment later, of its own accord: whoever was asked by another four-tuple says nothing of its socket.
TEST_F(RuleScenes, StateLostAndThePeerAbortsLater) {
    translated_and_answered_from(4026531840);
    scene.after(kMs);
    c.abort_lingering(c.peer);
    expect_rule(Rule::kStateLost);
}

TEST_F(RuleScenes, StateLostAtARouter) {
    translated_and_answered_from(4026531999);
    expect_rule(Rule::kStateLost);
    EXPECT_EQ(scene.reported().writes().back().why.front().confidence, Confidence::kInferred);
}

TEST_F(RuleScenes, AddressMovedBehindATranslation) {
    translated_and_answered_from(4026531999, true);
    expect_rule(Rule::kAddressMoved);
}

} // namespace
} // namespace tcpblame::reconstruct
