#include "store/rebuild.hpp"

#include "store/frame_bytes.hpp"
#include "wire/decoder.hpp"
#include "wire/run_frames.hpp"

#include <gmock/gmock.h>
#include <string>
#include <variant>
#include <vector>

namespace tcpblame::store {
namespace {

using Frames = std::vector<std::string>;

std::string text(const wire::FrameBytes& frame) { return std::string(text_of(frame)); }

std::string beginning(const std::string& host = "web1", std::uint64_t id = 7) {
    model::RecordedRun run;
    run.host = host;
    run.id = id;
    run.start.monotonic_ns = 100;
    return text(wire::encode(run));
}

std::string cgroup(std::uint64_t id) { return text(wire::encode(model::CgroupKnown{id, "/"})); }
std::string passed(std::uint64_t ns) { return text(wire::encode(model::TimePassed{ns})); }
std::string end_frame() { return text(wire::encode(model::RecordedEnd{900, model::RunEndReason::kCount, {}})); }

class RebuilderTest : public testing::Test {
protected:
    void take(std::uint64_t sequence, const std::string& frame) {
        rebuilder_.take(sequence, header_of(frame_in(frame)).type, frame);
    }

    Frames frames_;
    Rebuilder rebuilder_{{"web1", 7, 0}, [this](wire::Frame frame) { frames_.emplace_back(text_of(frame)); }};
};

TEST_F(RebuilderTest, GivesTheFramesBack) {
    take(0, beginning());
    take(1, cgroup(1));
    take(2, passed(200) + passed(300));
    take(4, end_frame());
    EXPECT_EQ(frames_, (Frames{beginning(), cgroup(1), passed(200), passed(300), end_frame()}));
    EXPECT_TRUE(rebuilder_.result().has_beginning);
    EXPECT_TRUE(rebuilder_.result().has_end);
    rebuilder_.conclude();
    EXPECT_EQ(frames_.size(), 5U);
}

TEST_F(RebuilderTest, TakesWhatComesTwiceOnce) {
    take(0, beginning());
    take(0, beginning());
    take(1, passed(200));
    take(1, passed(200) + passed(300)); // gathered otherwise
    take(2, passed(300) + passed(400));
    EXPECT_EQ(frames_, (Frames{beginning(), passed(200), passed(300), passed(400)}));
    EXPECT_EQ(rebuilder_.result().missing, 0U);
    EXPECT_EQ(rebuilder_.result().conflicting, 0U);
}

TEST_F(RebuilderTest, SaysWhichDiffer) {
    take(0, beginning());
    take(1, cgroup(1));
    take(1, cgroup(2));
    EXPECT_EQ(frames_, (Frames{beginning(), cgroup(1)}));
    EXPECT_EQ(rebuilder_.result().conflicting, 1U);
}

TEST_F(RebuilderTest, ReportsWhatIsMissingAsLost) {
    take(0, beginning());
    take(1, passed(200));
    take(5, passed(300));
    ASSERT_EQ(frames_.size(), 4U);
    const auto event = wire::decode(frame_in(frames_[2]));
    ASSERT_TRUE(event && std::holds_alternative<model::EventsLost>(*event));
    const model::LostEvents& lost = std::get<model::EventsLost>(*event).lost;
    EXPECT_EQ(lost.count, 3U);
    EXPECT_EQ(lost.after_monotonic_ns, 200U);
    EXPECT_EQ(lost.before_monotonic_ns, 300U);
    EXPECT_EQ(rebuilder_.result().missing, 3U);
}

TEST_F(RebuilderTest, LeavesOutWhatIsNoFrame) {
    take(0, beginning());
    rebuilder_.take(1, 1, "too short");
    rebuilder_.take(2, 1, std::string(100, '\xff')); // of another size than it says
    rebuilder_.take(3, 64, passed(200) + "rest");
    take(4, cgroup(1));
    EXPECT_EQ(rebuilder_.result().damaged, 3U);
    EXPECT_EQ(rebuilder_.result().missing, 2U);
    EXPECT_EQ(frames_.back(), cgroup(1));
}

TEST_F(RebuilderTest, IsOfNoUseWithoutItsBeginning) {
    take(1, cgroup(1));
    take(2, end_frame());
    rebuilder_.conclude();
    EXPECT_TRUE(frames_.empty());
    EXPECT_FALSE(rebuilder_.result().has_beginning);
}

TEST_F(RebuilderTest, TakesNoBeginningOfAnotherHostOrRun) {
    for (const std::string& other : {beginning("db1"), beginning("web1", 8), cgroup(1)}) {
        Rebuilder rebuilder({"web1", 7, 0}, [](wire::Frame) { FAIL(); });
        rebuilder.take(0, header_of(frame_in(other)).type, other);
        rebuilder.take(1, header_of(frame_in(cgroup(1))).type, cgroup(1));
        EXPECT_FALSE(rebuilder.result().has_beginning);
    }
}

TEST_F(RebuilderTest, TakesAnySequence) {
    take(0, beginning());
    take(UINT64_MAX, cgroup(1));
    take(UINT64_MAX, cgroup(1));
    EXPECT_TRUE(rebuilder_.result().has_beginning);
}

TEST_F(RebuilderTest, ConcludesARunThatIsStillAtWork) {
    take(0, beginning());
    take(1, passed(200));
    rebuilder_.conclude();
    const auto record = wire::decode_run_frame(frame_in(frames_.back()));
    ASSERT_TRUE(record && std::holds_alternative<model::RecordedEnd>(*record));
    EXPECT_EQ(std::get<model::RecordedEnd>(*record).reason, model::RunEndReason::kCutShort);
    EXPECT_EQ(std::get<model::RecordedEnd>(*record).monotonic_ns, 200U);
}

} // namespace
} // namespace tcpblame::store
