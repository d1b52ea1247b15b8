#include "record/recorder.hpp"

#include "bpf/wire.h"
#include "record/chain.hpp"
#include "record/recording.hpp"
#include "wire/run_frames.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <thread>
#include <variant>

namespace tcpblame::record {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kSecond = 1'000'000'000;

template <typename Event>
wire::FrameBytes bytes_of(Event event, std::uint16_t type) {
    event.header.type = type;
    event.header.size = sizeof(event);
    wire::FrameBytes bytes(sizeof(event));
    std::memcpy(bytes.data(), &event, sizeof(event));
    return bytes;
}

constexpr std::uint8_t kEstablished = 1;
constexpr std::uint8_t kClose = 7;

wire::FrameBytes state_of(std::uint64_t cookie, std::uint8_t to, bool dead = false) {
    wire_state event{};
    event.socket.cookie = cookie;
    event.new_state = to;
    event.socket.flags = dead ? WIRE_SOCKET_DEAD : 0;
    return bytes_of(event, WIRE_STATE);
}

wire::FrameBytes last_close(std::uint64_t cookie) {
    wire_state event{};
    event.socket.cookie = cookie;
    event.new_state = kClose;
    event.flags = WIRE_STATE_LAST_CLOSE;
    return bytes_of(event, WIRE_STATE);
}

wire::FrameBytes destroyed(std::uint64_t cookie) {
    wire_socket_event event{};
    event.socket.cookie = cookie;
    return bytes_of(event, WIRE_DESTROYED);
}

class RecorderTest : public RecordingTest {
protected:
    std::unique_ptr<Recorder> recorder(const Rotation& rotation,
                                       EarlierContent earlier = EarlierContent::kRefuse) const {
        auto created = Recorder::create(path(), rotation, earlier);
        EXPECT_TRUE(created) << created.error().why;
        model::RecordedRun run;
        run.id = 7;
        run.start.monotonic_ns = kSecond;
        EXPECT_TRUE((*created)->begin(run));
        return std::move(*created);
    }

    FrameList part(std::uint32_t number) const {
        const ReadBack back = read_back(name_of_part(path(), number));
        EXPECT_FALSE(back.error) << back.error->why;
        return back.frames;
    }

    /// Of the run's start that a file begins with.
    std::uint32_t number_in(std::uint32_t file) const {
        const auto record = wire::decode_run_frame(part(file).front());
        EXPECT_EQ(std::get<model::RecordedRun>(*record).id, 7U);
        return std::get<model::RecordedRun>(*record).part;
    }
};

bool holds(const FrameList& frames, const wire::FrameBytes& frame) {
    return std::find(frames.begin(), frames.end(), frame) != frames.end();
}

TEST_F(RecorderTest, WithoutRotationThereIsOneFile) {
    const auto one = recorder({});
    one->put(frame(100, 1));
    ASSERT_TRUE(one->pass_time(100 * kSecond));
    ASSERT_TRUE(one->finish());
    EXPECT_EQ(read_back(path()).frames.size(), 2U);
    EXPECT_FALSE(std::filesystem::exists(name_of_part(path(), 1)));
}

TEST_F(RecorderTest, AFileThatIsOldIsFollowedByTheNext) {
    const auto ring = recorder({.max_bytes = 0, .max_age_ns = 10 * kSecond, .files = 3});
    ring->put(state_of(1, kEstablished));
    ASSERT_TRUE(ring->pass_time(10 * kSecond));
    EXPECT_EQ(part(2).size(), 0U) << "its turn has not come";
    ASSERT_TRUE(ring->pass_time(11 * kSecond));
    ring->put(state_of(2, kEstablished));
    ASSERT_TRUE(ring->finish());
    EXPECT_EQ(number_in(1), 0U);
    EXPECT_EQ(number_in(2), 1U);
    EXPECT_TRUE(holds(part(2), state_of(2, kEstablished)));
    EXPECT_FALSE(holds(part(1), state_of(2, kEstablished)));
    EXPECT_TRUE(part(3).empty());
}

TEST_F(RecorderTest, AFileThatIsLongIsFollowedByTheNext) {
    const auto ring = recorder({.max_bytes = 100'000, .max_age_ns = 0, .files = 3});
    for (unsigned i = 0; i < 90; ++i) {
        ring->put(frame(1000, i));
        ASSERT_TRUE(ring->pass_time(2 * kSecond + i * kSecond));
    }
    ASSERT_TRUE(ring->finish());
    EXPECT_EQ(number_in(1), 0U);
    EXPECT_TRUE(part(2).empty());
    for (unsigned i = 0; i < 90; ++i) {
        ring->put(frame(1000, i));
        ASSERT_TRUE(ring->pass_time(200 * kSecond + i * kSecond));
    }
    EXPECT_EQ(number_in(2), 1U);
}

TEST_F(RecorderTest, TheOldestFileIsOverwritten) {
    const auto ring = recorder({.max_bytes = 0, .max_age_ns = kSecond, .files = 2});
    for (unsigned i = 2; i < 5; ++i) ASSERT_TRUE(ring->pass_time(i * kSecond));
    ASSERT_TRUE(ring->finish());
    EXPECT_EQ(number_in(1), 2U);
    EXPECT_EQ(number_in(2), 3U);
}

TEST_F(RecorderTest, ALaterFileRepeatsWhatIsOfOpenConnectionsOnly) {
    const auto ring = recorder({.max_bytes = 0, .max_age_ns = kSecond, .files = 2});
    for (const std::uint64_t cookie : {1U, 2U, 3U, 4U}) ring->put(state_of(cookie, kEstablished));
    ring->put(state_of(2, kClose, true));
    ring->put(state_of(3, kClose));
    ring->put(destroyed(3));
    ring->put(last_close(4));
    ASSERT_TRUE(ring->pass_time(2 * kSecond));
    const FrameList later = part(2);
    EXPECT_TRUE(holds(later, state_of(1, kEstablished)));
    EXPECT_FALSE(holds(later, state_of(2, kEstablished))) << "closed, and nobody holds it";
    EXPECT_FALSE(holds(later, state_of(3, kEstablished))) << "destroyed";
    EXPECT_FALSE(holds(later, state_of(4, kEstablished))) << "closed by its abort";
    EXPECT_EQ(wire::decode_run_frame(later.back()), wire::RunRecord(model::FactsRepeated{}));
}

TEST_F(RecorderTest, ALaterFileRepeatsWhatWasLookedUpAndHowMuchWasLost) {
    const auto ring = recorder({.max_bytes = 0, .max_age_ns = kSecond, .files = 2});
    model::ProcessKnown process{.time_ns = 1, .pid = 42, .exe = "/old", .cgroup = "/", .mappings = {}};
    ring->put(process);
    process.exe = "/new";
    ring->put(process);
    ring->put(model::ProcessKnown{.time_ns = 2, .pid = 42, .exe = {}, .cgroup = {}, .mappings = {}});
    ring->put(model::CgroupKnown{9, "/web"});
    for (const std::uint64_t at : {5U, 3U})
        ring->put(model::EventsLost{{.count = 10, .cpu = 0, .after_monotonic_ns = at, .before_monotonic_ns = at + 10}});
    ASSERT_TRUE(ring->pass_time(2 * kSecond));
    const FrameList later = part(2);
    EXPECT_TRUE(holds(later, wire::encode(process)));
    process.exe = "/old";
    EXPECT_FALSE(holds(later, wire::encode(process))) << "only the newest that it reported counts";
    EXPECT_TRUE(holds(later, wire::encode(model::CgroupKnown{9, "/web"})));
    EXPECT_TRUE(
        holds(later, wire::encode(model::EventsLost{
                         {.count = 20, .cpu = std::nullopt, .after_monotonic_ns = 3, .before_monotonic_ns = 15}})));
}

TEST_F(RecorderTest, ALaterFileRepeatsTheLastSettingOfTheClock) {
    const auto ring = recorder({.max_bytes = 0, .max_age_ns = kSecond, .files = 2});
    ring->put(model::ClockSet{1, 100});
    ring->put(model::ClockSet{2, 200});
    ASSERT_TRUE(ring->pass_time(2 * kSecond));
    EXPECT_FALSE(holds(part(2), wire::encode(model::ClockSet{1, 100})));
    EXPECT_TRUE(holds(part(2), wire::encode(model::ClockSet{2, 200})));
}

/// A run that has written into so many files of the ring, and was killed.
class RestartedRecorderTest : public RecorderTest {
protected:
    void run_before(unsigned files) const {
        const auto ring = recorder(kRing);
        for (unsigned i = 0; i < files; ++i) {
            ring->put(frame(100, 1000 + i));
            ASSERT_TRUE(ring->pass_time((i + 2) * kSecond));
            std::this_thread::sleep_for(std::chrono::milliseconds(10)); // a file's time has steps
        }
    }
    bool holds_run_before(std::uint32_t file, unsigned which) const {
        return holds(part(file), frame(100, 1000 + which));
    }

    static constexpr Rotation kRing{.max_bytes = 0, .max_age_ns = kSecond, .files = 3};
};

TEST_F(RestartedRecorderTest, GoesOnInAFileThatIsEmpty) {
    run_before(1);
    // The next was begun, too, when the first was full, and has nothing of its own.
    const auto ring = recorder(kRing);
    ring->put(frame(100, 7));
    ASSERT_TRUE(ring->finish());
    EXPECT_TRUE(holds_run_before(1, 0));
    EXPECT_EQ(ring->first_file(), name_of_part(path(), 2));
    EXPECT_TRUE(holds(part(2), frame(100, 7)));
}

TEST_F(RestartedRecorderTest, GoesOnInTheOldestFileAndThenAround) {
    run_before(4); // 3 and 1 are left, and 2 has been begun again
    const auto ring = recorder(kRing);
    EXPECT_EQ(ring->first_file(), name_of_part(path(), 2));
    EXPECT_TRUE(ring->continues());
    EXPECT_TRUE(holds_run_before(3, 2));
    EXPECT_TRUE(holds_run_before(1, 3));
    ASSERT_TRUE(ring->pass_time(2 * kSecond + kSecond / 2));
    EXPECT_FALSE(holds_run_before(3, 2)) << "its turn has come";
    EXPECT_TRUE(holds_run_before(1, 3));
}

TEST_F(RestartedRecorderTest, ThatIsKilledAtOnceAgainAndAgainCostsOneFile) {
    run_before(2); // and the third is begun
    for (int restart = 0; restart < 5; ++restart) recorder(kRing);
    EXPECT_TRUE(holds_run_before(1, 0));
    EXPECT_TRUE(holds_run_before(2, 1));
    EXPECT_EQ(recorder(kRing)->first_file(), name_of_part(path(), 3));
}

TEST_F(RestartedRecorderTest, ThatNeverBeginsCostsNoFile) {
    run_before(3);
    ASSERT_TRUE(Recorder::create(path(), kRing));
    for (const unsigned which : {1U, 2U}) EXPECT_TRUE(holds_run_before(which + 1, which));
}

TEST_F(RestartedRecorderTest, BeginsAnewWhereThatIsAskedFor) {
    run_before(3);
    const auto ring = recorder(kRing, EarlierContent::kOverwrite);
    EXPECT_FALSE(ring->continues());
    EXPECT_EQ(number_in(1), 0U);
    EXPECT_TRUE(part(2).empty());
    EXPECT_TRUE(part(3).empty());
}

TEST_F(RestartedRecorderTest, TakesNoFileThatIsNoRecording) {
    std::ofstream(name_of_part(path(), 2)) << "the log of somebody";
    const auto refused = Recorder::create(path(), kRing);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().what, HasSubstr(name_of_part(path(), 2) + " is there already, and is no recording"));
    EXPECT_EQ(std::filesystem::file_size(name_of_part(path(), 2)), 19U);
}

TEST_F(RecorderTest, AFileThatCannotBeWrittenIsNamed) {
    std::filesystem::create_directory(name_of_part(path(), 2));
    const auto created = Recorder::create(path(), {.max_bytes = 0, .max_age_ns = kSecond, .files = 2});
    ASSERT_FALSE(created);
    EXPECT_THAT(created.error().what, HasSubstr(name_of_part(path(), 2)));
}

TEST_F(RecorderTest, ItsFilesAreOneRecordingWithoutWhatIsRepeated) {
    const auto ring = recorder({.max_bytes = 0, .max_age_ns = kSecond, .files = 3});
    FrameList made;
    for (unsigned i = 0; i < 3; ++i) {
        made.push_back(state_of(i + 1, kEstablished));
        ring->put(made.back());
        if (i == 2) break;
        ASSERT_TRUE(ring->pass_time((i + 2) * kSecond));
    }
    ASSERT_TRUE(ring->finish());
    std::vector<std::unique_ptr<Frames>> parts;
    for (const std::uint32_t number : {1U, 2U, 3U}) {
        auto reader = Reader::open(name_of_part(path(), number));
        ASSERT_TRUE(reader);
        ASSERT_TRUE((*reader)->next());
        parts.push_back(std::move(*reader));
    }
    Chain chain(std::move(parts));
    FrameList read;
    while (true) {
        const auto next = chain.next();
        ASSERT_TRUE(next);
        if (!*next) break;
        read.emplace_back((*next)->begin(), (*next)->end());
    }
    EXPECT_EQ(read, made);
}

} // namespace
} // namespace tcpblame::record
