#include "record/writer.hpp"

#include "record/format.hpp"
#include "record/recording.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tcpblame::record {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kSecondNs = 1'000'000'000;

mode_t mode_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(stat(path.c_str(), &status), 0);
    return status.st_mode & 07777U;
}

TEST_F(RecordingTest, GivesFramesBackAsTheyWerePut) {
    const FrameList frames{frame(sizeof(wire_header), 1), frame(25, 2), frame(1000, 3), frame(25, 2)};
    const auto writer = create();
    for (const auto& each : frames) writer->put(each);
    ASSERT_TRUE(writer->finish());
    const ReadBack back = read_back(path());
    EXPECT_FALSE(back.error);
    EXPECT_EQ(back.frames, frames);
}

TEST_F(RecordingTest, WithoutAnyFrameIsWhole) {
    ASSERT_TRUE(create()->finish());
    const ReadBack back = read_back(path());
    EXPECT_FALSE(back.error);
    EXPECT_TRUE(back.frames.empty());
}

TEST_F(RecordingTest, ManyFramesGoIntoManyChunksByThemselves) {
    FrameList frames;
    for (unsigned i = 0; i < 3000; ++i) frames.push_back(frame(24 + i % 700, i));
    const auto writer = create();
    for (const auto& each : frames) writer->put(each);
    EXPECT_GT(bytes().size(), 500'000U) << "full chunks do not wait";
    ASSERT_TRUE(writer->finish());
    const ReadBack back = read_back(path());
    EXPECT_FALSE(back.error);
    EXPECT_EQ(back.frames, frames);
}

TEST_F(RecordingTest, AFrameLongerThanItsHeaderCanSayComesBack) {
    const FrameList frames{frame(70'000, 1), frame(24, 2), frame(3'000'000, 3), frame(24, 4)};
    const auto writer = create();
    for (const auto& each : frames) writer->put(each);
    ASSERT_TRUE(writer->finish());
    EXPECT_EQ(read_back(path()).frames, frames);
}

// What cannot be packed gets longer by packing; the reader must take it all the same.
TEST_F(RecordingTest, EveryFrameThatIsKeptCanBeRead) {
    for (const std::size_t size : {kMaxChunkBytes - 70'000, kMaxChunkBytes - 20'000, kMaxChunkBytes - 4}) {
        const auto writer = create();
        writer->put(frame(24, 1));
        writer->put(frame(size, 2));
        writer->put(frame(24, 3));
        ASSERT_TRUE(writer->finish());
        const ReadBack back = read_back(path());
        EXPECT_FALSE(back.error) << size << ": " << back.error->why;
        ASSERT_GE(back.frames.size(), 2U) << size;
        EXPECT_EQ(back.frames.front(), frame(24, 1));
        EXPECT_EQ(back.frames.back(), frame(24, 3));
    }
}

TEST_F(RecordingTest, AFrameThatNoChunkCouldHoldIsLeftOut) {
    const auto writer = create();
    writer->put(frame(24, 1));
    writer->put(frame(kMaxChunkBytes + 1, 2));
    writer->put(frame(24, 3));
    ASSERT_TRUE(writer->finish());
    EXPECT_EQ(read_back(path()).frames, (FrameList{frame(24, 1), frame(24, 3)}));
}

TEST_F(RecordingTest, AFrameWaitsHalfASecondAtMost) {
    const auto writer = create();
    const std::size_t empty = bytes().size();
    ASSERT_TRUE(writer->pass_time(9 * kSecondNs));
    writer->put(frame(24, 1));
    ASSERT_TRUE(writer->pass_time(9 * kSecondNs + kSecondNs / 4));
    EXPECT_EQ(bytes().size(), empty) << "not each for itself";
    writer->put(frame(24, 2));
    ASSERT_TRUE(writer->pass_time(9 * kSecondNs + kSecondNs / 2));
    EXPECT_EQ(read_back(path()).frames.size(), 2U);
    const std::size_t two = bytes().size();
    writer->put(frame(24, 3));
    ASSERT_TRUE(writer->pass_time(20 * kSecondNs));
    ASSERT_TRUE(writer->pass_time(20 * kSecondNs + kSecondNs / 2 - 1));
    EXPECT_EQ(bytes().size(), two) << "the next chunk has half a second, too";
    ASSERT_TRUE(writer->pass_time(20 * kSecondNs + kSecondNs / 2));
    EXPECT_EQ(read_back(path()).frames.size(), 3U);
}

TEST_F(RecordingTest, AFileThatHoldsSomethingIsLeftAsItIs) {
    replace("what was there before");
    chmod(path().c_str(), 0644);
    const auto refused = Writer::create(path());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ExitCode::kFailure);
    EXPECT_NE(refused.error().todo.find("--overwrite"), std::string::npos);
    EXPECT_EQ(bytes(), "what was there before");
    EXPECT_EQ(mode_of(path()), 0644U);
    replace("");
    EXPECT_TRUE(Writer::create(path())) << "as mktemp makes one";
}

TEST_F(RecordingTest, IsForItsOwnerAlone) {
    const mode_t before = umask(0);
    create();
    umask(before);
    EXPECT_EQ(mode_of(path()), 0600U);
}

TEST_F(RecordingTest, OverAFileThatOthersMayReadIsForItsOwnerAloneToo) {
    replace("what was there before, and was long enough to show behind a recording");
    chmod(path().c_str(), 0644);
    ASSERT_TRUE(create()->finish());
    EXPECT_EQ(mode_of(path()), 0600U);
    EXPECT_FALSE(read_back(path()).error);
}

TEST(RecordWriter, LeavesTheModeOfADeviceAlone) {
    const mode_t before = mode_of("/dev/null");
    ASSERT_TRUE(Writer::create("/dev/null"));
    EXPECT_EQ(mode_of("/dev/null"), before);
}

TEST(RecordWriter, SaysWhyAFileCannotBeWritten) {
    const auto writer = Writer::create("/nonexistent/recording");
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().code, ExitCode::kFailure);
    EXPECT_EQ(writer.error().what, "cannot write to /nonexistent/recording");
    EXPECT_EQ(writer.error().why, "No such file or directory");
    EXPECT_THAT(writer.error().todo, HasSubstr("that can be written"));
}

TEST(RecordWriter, SaysThatADiskIsFullBeforeAnythingIsRecorded) {
    const auto writer = Writer::create("/dev/full");
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().code, ExitCode::kFailure);
    EXPECT_EQ(writer.error().why, "No space left on device");
    EXPECT_THAT(writer.error().todo, HasSubstr("make room"));
    EXPECT_THAT(writer.error().todo, Not(HasSubstr("can be reported"))) << "nothing was recorded";
}

/// No file of this process may grow beyond it, as on a full disk (setrlimit(2): EFBIG where SIGXFSZ is ignored).
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) : on_excess_(std::signal(SIGXFSZ, SIG_IGN)) {
        getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit() {
        setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, on_excess_);
    }

private:
    rlimit before_{};
    void (*on_excess_)(int);
};

TEST_F(RecordingTest, IsStillWholeWhereTheRoomRunsOut) {
    const auto writer = create();
    Result<void> went;
    FrameList put;
    {
        const FileSizeLimit limit(10'000);
        for (unsigned i = 0; went && i < 100; ++i) {
            put.push_back(frame(700, i));
            writer->put(put.back());
            went = writer->finish();
        }
        ASSERT_FALSE(went);
    }
    EXPECT_EQ(went.error().code, ExitCode::kFailure);
    EXPECT_EQ(went.error().what, "cannot write to " + path());
    EXPECT_EQ(went.error().why, "File too large");
    EXPECT_THAT(went.error().todo, HasSubstr("what was recorded until then can be reported"));
    const ReadBack back = read_back(path());
    EXPECT_FALSE(back.error) << back.error->why;
    put.pop_back();
    EXPECT_GT(put.size(), 5U);
    EXPECT_EQ(back.frames, put);
}

TEST_F(RecordingTest, WritesNothingMoreAfterAnError) {
    const auto writer = create();
    {
        const FileSizeLimit limit(500);
        writer->put(frame(700, 1));
        ASSERT_FALSE(writer->finish());
    }
    writer->put(frame(24, 2));
    EXPECT_FALSE(writer->pass_time(kSecondNs));
    const auto finished = writer->finish();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().why, "File too large") << "the first error stays";
    EXPECT_TRUE(read_back(path()).frames.empty());
}

TEST_F(RecordingTest, AnErrorIsNotEvictedWithinOneFrame) {
    const auto writer = create();
    {
        const FileSizeLimit limit(500);
        writer->put(frame(200'000, 1));
        writer->put(frame(kMaxChunkBytes - 100'000, 2)); // does not go into the same chunk
    }
    EXPECT_FALSE(writer->finish());
    EXPECT_FALSE(read_back(path()).error);
}

TEST_F(RecordingTest, ReportsOfAFullChunkAtTheNextOccasion) {
    const auto writer = create();
    {
        const FileSizeLimit limit(500);
        writer->put(frame(300'000, 1));
    }
    EXPECT_FALSE(writer->pass_time(1));
}

} // namespace
} // namespace tcpblame::record
