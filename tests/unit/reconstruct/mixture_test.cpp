// Many connections at once, on few ports that are used again at once, over CPUs that run behind each
// other: no verdict may take anything from another connection.
#include "reconstruct/stories.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <random>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;
using testing::AnyOf;

constexpr std::size_t kPorts = 3;
constexpr std::size_t kConnectionsAPort = 6;
constexpr std::uint32_t kCpus = 4;

/// What a connection's verdicts must say; its pids, cookies and bytes are its own.
struct Generated {
    std::string story;
    Ends ends;
    std::uint32_t bytes = 0;
    std::vector<Truth> truths;
};

struct Mixture {
    std::vector<Generated> connections;
    std::vector<Event> events; ///< in the order of their coming, with the passing of time between
};

enum class Demand {
    kAll,      ///< each verdict, in full
    kNoLieOnly ///< less may be reported, but nothing that is wrong
};

struct Run {
    Demand demand = Demand::kAll;
    std::uint32_t lost_of_100 = 0;
    std::uint64_t port_reused_after_ns = 10 * kUs;
};

class Mixer {
public:
    Mixer(std::uint32_t seed, const std::vector<Story>& stories, const Run& run)
        : random_(seed), stories_(stories), run_(run) {}

    Mixture mix() {
        for (std::size_t port = 0; port < kPorts; ++port) {
            std::uint64_t free_at = kStart + below(5 * kMs);
            for (std::size_t i = 0; i < kConnectionsAPort; ++i)
                free_at = add_connection(static_cast<std::uint16_t>(40'000 + port), free_at);
        }
        deliver();
        return std::move(mixture_);
    }

private:
    std::uint64_t below(std::uint64_t limit) {
        return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
    }

    /// Returns when the next connection may have the port.
    std::uint64_t add_connection(std::uint16_t port, std::uint64_t start_ns) {
        const Story& story = stories_[below(stories_.size())];
        const auto number = static_cast<std::uint32_t>(mixture_.connections.size());
        Generated made;
        made.story = story.name;
        made.bytes = 1'000 + number;
        made.ends.cookie = 100 + 2 * number;
        made.ends.our_port = port;
        made.ends.we = task("we" + std::to_string(number), 1'000 + number);
        made.ends.they = task("they" + std::to_string(number), 2'000 + number);
        made.ends.our_first = static_cast<std::uint32_t>(random_());
        made.ends.peer_first = static_cast<std::uint32_t>(random_());
        made.ends.peer_here = story.on_loopback;
        Scene scene(start_ns + below(kMs));
        Connection connection(scene, made.ends);
        story.play(connection, made.bytes);
        made.truths = scene.truths;
        for (Event& event : scene.events)
            if (below(100) >= run_.lost_of_100) waiting_.push_back({0, std::move(event)});
        mixture_.connections.push_back(std::move(made));
        return connection.off_the_wire_ns + run_.port_reused_after_ns;
    }

    /// Each CPU lags behind by less than the window, and not always by as much.
    void deliver() {
        for (Waiting& waiting : waiting_) {
            const std::uint64_t lag = below(kCpus) * Ordering::kWindowNs / kCpus + below(Ordering::kWindowNs / kCpus);
            waiting.arrives_ns = time_of(waiting.event).value() + lag;
        }
        std::stable_sort(waiting_.begin(), waiting_.end(),
                         [](const Waiting& one, const Waiting& other) { return one.arrives_ns < other.arrives_ns; });
        for (Waiting& waiting : waiting_) {
            mixture_.events.push_back(std::move(waiting.event));
            if (below(4) == 0) mixture_.events.push_back(TimePassed{waiting.arrives_ns});
        }
        // Twice, for some wait once more: for what a search for their other end may find.
        for (const std::uint64_t after : {2 * kSecond, 3 * kSecond})
            mixture_.events.push_back(TimePassed{waiting_.back().arrives_ns + after});
    }

    struct Waiting {
        std::uint64_t arrives_ns;
        Event event;
    };

    std::mt19937 random_;
    const std::vector<Story>& stories_;
    const Run& run_;
    Mixture mixture_;
    std::vector<Waiting> waiting_;
};

Reports report(const Mixture& mixture) {
    Listener listener;
    Reconstruction core({}, listener);
    for (const Event& event : mixture.events) core.feed(event);
    EXPECT_EQ(core.next_due_ns(), Schedule::kNothingDue);
    return std::move(listener.reported);
}

const Generated* about(const Mixture& mixture, const Verdict& verdict) {
    for (const Generated& one : mixture.connections)
        if (verdict.process && (verdict.process->pid == one.ends.we.pid || verdict.process->pid == one.ends.they.pid))
            return &one;
    return nullptr;
}

void expect_nothing_of_another(const Generated& own, const Verdict& verdict) {
    const bool ours = verdict.process->pid == own.ends.we.pid;
    ASSERT_TRUE(verdict.connection);
    EXPECT_EQ(std::stoull(verdict.connection->id, nullptr, 16), own.ends.cookie + (ours ? 0 : 1));
    EXPECT_EQ(verdict.write ? verdict.write->bytes : own.bytes, own.bytes);
    EXPECT_THAT(verdict.bytes.unacknowledged.value_or(0), AnyOf(0U, own.bytes));
    EXPECT_EQ(verdict.peer ? verdict.peer->process.pid : own.ends.they.pid + own.ends.we.pid - verdict.process->pid,
              ours ? own.ends.they.pid : own.ends.we.pid);
    for (const TimelineEntry& entry : verdict.timeline) EXPECT_EQ(entry.bytes.value_or(own.bytes), own.bytes);
}

const Truth* truth_about(const Generated& own, const Verdict& verdict) {
    const int error = verdict.write ? verdict.write->error : 0;
    for (const Truth& truth : own.truths)
        if (truth.pid == verdict.process->pid && truth.error == error) return &truth;
    return nullptr;
}

void expect_true(const Generated& own, const Verdict& verdict, Demand demand) {
    const Truth* truth = truth_about(own, verdict);
    ASSERT_NE(truth, nullptr) << rule_name(verdict);
    if (demand == Demand::kAll || verdict.confidence == Confidence::kObserved) {
        EXPECT_EQ(verdict.cause, truth->cause) << rule_name(verdict);
    }
    if (demand == Demand::kAll) {
        EXPECT_EQ(verdict.confidence, truth->confidence) << rule_name(verdict);
        EXPECT_EQ(verdict.peer.has_value(), truth->act.has_value()) << rule_name(verdict);
    }
    if (!verdict.peer) return;
    ASSERT_TRUE(truth->act) << rule_name(verdict);
    EXPECT_EQ(verdict.peer->act, truth->act->act);
    EXPECT_EQ(verdict.peer->unread, truth->act->unread);
    EXPECT_EQ(verdict.peer->linger_zero, truth->act->linger_zero);
}

void play_round(std::uint32_t seed, const std::vector<Story>& stories, const Run& run) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Mixture mixture = Mixer(seed, stories, run).mix();
    std::map<const Generated*, std::size_t> reported_of;
    for (const Verdict& verdict : report(mixture).verdicts) {
        if (run.demand == Demand::kNoLieOnly && !verdict.process) continue; // its owner's events are lost
        const Generated* own = about(mixture, verdict);
        ASSERT_NE(own, nullptr) << rule_name(verdict);
        SCOPED_TRACE(own->story);
        ++reported_of[own];
        expect_nothing_of_another(*own, verdict);
        expect_true(*own, verdict, run.demand);
    }
    for (const Generated& one : mixture.connections) {
        if (run.demand == Demand::kAll) {
            EXPECT_EQ(reported_of[&one], one.truths.size()) << one.story;
        }
    }
}

void play_rounds(const std::vector<Story>& stories, const Run& run) {
    constexpr std::uint32_t kRounds = 200;
    for (std::uint32_t seed = 1; seed <= kRounds && !testing::Test::HasFailure(); ++seed)
        play_round(seed, stories, run);
}

TEST(Mixture, NoVerdictTakesAnythingFromAnotherConnection) {
    std::vector<Story> stories = all_stories();
    std::erase_if(stories, [](const Story& story) { return story.name.find("refused") != std::string::npos; });
    play_rounds(stories, {});
}

TEST(Mixture, NothingIsWrongWhereAttemptsOnTheSamePortsWereRefused) {
    play_rounds(all_stories(), {.demand = Demand::kNoLieOnly});
}

TEST(Mixture, NothingIsMissingWhereAttemptsOnTheSamePortsWereRefused) { play_rounds(all_stories(), {}); }

TEST(Mixture, NothingIsWrongWhereManyEventsAreLost) {
    play_rounds(all_stories(), {.demand = Demand::kNoLieOnly, .lost_of_100 = 10, .port_reused_after_ns = 20 * kMs});
}

TEST(Mixture, NothingIsWrongWhereManyEventsAreLostAndPortsAreUsedAgainAtOnce) {
    play_rounds(all_stories(), {.demand = Demand::kNoLieOnly, .lost_of_100 = 10});
}

// One event is lost: the CLOSE of the second connection's peer. Its RST must not end the first connection.
TEST(Mixture, AnAbortThatIsKnownByItsResetAloneBelongsToNoEarlierConnection) {
    Scene scene;
    Connection first(scene);
    first.close(first.peer);
    first.write_is_answered(first.us, 512);
    Connection second(scene, {.cookie = 200, .we = task("b", 8), .our_first = 70'000'000, .peer_first = 80'000'000});
    const std::size_t lost = scene.events.size();
    second.abort_lingering(second.peer);
    scene.events.erase(scene.events.begin() + static_cast<std::ptrdiff_t>(lost));
    first.fail_write(first.us);
    const std::vector<Verdict> reported = scene.reported().writes();
    ASSERT_EQ(reported.size(), 1U);
    EXPECT_EQ(code_of(reported[0].cause), "peer-closed") << rule_name(reported[0]);
}

} // namespace
} // namespace tcpblame::reconstruct
