#include "record/reader.hpp"

#include "record/format.hpp"
#include "record/recording.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace tcpblame::record {
namespace {

using testing::HasSubstr;

template <typename T>
std::string raw(const T& value) {
    return {reinterpret_cast<const char*>(&value), sizeof(value)};
}
std::string raw(const wire::FrameBytes& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// A zstd frame (RFC 8878) of one raw block, without a checksum: content that no writer of ours would make.
std::string unpacked_zstd(const std::string& content) {
    const auto size = static_cast<std::uint32_t>(content.size());
    const std::uint32_t last_raw_block = size << 3U | 1U;
    return std::string("\x28\xb5\x2f\xfd\xa0", 5) + raw(size) + raw(last_raw_block).substr(0, 3) + content;
}

std::string chunk_of(const std::string& content) {
    const std::string packed = unpacked_zstd(content);
    ChunkHeader header;
    header.packed_size = static_cast<std::uint32_t>(packed.size());
    header.size = static_cast<std::uint32_t>(content.size());
    return raw(header) + packed;
}

std::string row_of(const FrameList& frames) {
    std::string row;
    for (const auto& each : frames) row += raw(static_cast<std::uint32_t>(each.size())) + raw(each);
    return row;
}

/// Three chunks of a few small frames.
class DamagedRecordingTest : public RecordingTest {
protected:
    DamagedRecordingTest() {
        const auto writer = create();
        for (unsigned i = 0; i < 6; ++i) {
            starts_.push_back(bytes().size());
            writer->put(frame(24 + i, i));
            if (i % 2 == 1) {
                EXPECT_TRUE(writer->finish());
            }
            frames_.push_back(frame(24 + i, i));
        }
        whole_ = bytes();
    }

    const std::string& whole() const { return whole_; }
    const FrameList& frames() const { return frames_; }
    /// The frames of the chunks that are whole in so many bytes.
    FrameList frames_within(std::size_t size) const {
        FrameList within;
        for (std::size_t i = 0; i < frames_.size(); ++i)
            if (end_of(i) <= size) within.push_back(frames_[i]);
        return within;
    }
    bool is_between_chunks(std::size_t size) const { return size == whole_.size() || starts_of(size); }
    /// Where the chunk begins that the byte at `at` is in.
    std::size_t chunk_around(std::size_t at) const {
        std::size_t start = 0;
        for (const std::size_t each : starts_)
            if (each <= at) start = each;
        return start;
    }

private:
    bool starts_of(std::size_t at) const { return std::find(starts_.begin(), starts_.end(), at) != starts_.end(); }
    std::size_t end_of(std::size_t i) const {
        for (const std::size_t each : starts_)
            if (each > starts_[i]) return each;
        return whole_.size();
    }

    std::vector<std::size_t> starts_; ///< of each frame's chunk
    FrameList frames_;
    std::string whole_;
};

TEST_F(DamagedRecordingTest, CutAnywhereGivesItsWholeChunksAndSaysWhereItEnds) {
    for (std::size_t size = 0; size <= whole().size(); ++size) {
        SCOPED_TRACE(size);
        replace(whole().substr(0, size));
        const ReadBack back = read_back(path());
        EXPECT_EQ(back.frames, frames_within(size));
        EXPECT_EQ(!back.error, is_between_chunks(size));
        if (!back.error) continue;
        EXPECT_EQ(back.error->code, ExitCode::kDamagedRecording);
        if (size > sizeof(FileHeader)) {
            EXPECT_THAT(back.error->why, HasSubstr(fmt::format("at byte {}", chunk_around(size))));
        }
    }
}

TEST_F(DamagedRecordingTest, WithAnyByteChangedNeverGivesAWrongFrame) {
    for (std::size_t at = 0; at < whole().size(); ++at) {
        for (const unsigned change : {1U, 64U, 255U}) {
            SCOPED_TRACE(fmt::format("byte {} changed by {:#x}", at, change));
            std::string changed = whole();
            changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ change);
            replace(changed);
            const ReadBack back = read_back(path());
            ASSERT_TRUE(begins_with(frames(), back.frames));
            if (back.error) {
                ASSERT_EQ(back.error->code, ExitCode::kDamagedRecording);
            } else {
                ASSERT_EQ(back.frames.size(), frames().size()) << "frames are missing and nothing is said";
            }
            if (at < sizeof(FileHeader)) continue;
            ASSERT_GE(back.frames.size(), frames_within(chunk_around(at)).size()) << "what came before is given";
        }
    }
}

TEST_F(DamagedRecordingTest, NothingOfADamagedChunkIsGiven) {
    std::string changed = whole();
    changed.back() = static_cast<char>(changed.back() ^ 1); // the checksum is the last of a chunk
    replace(changed);
    const ReadBack back = read_back(path());
    EXPECT_EQ(back.frames.size(), 4U);
    ASSERT_TRUE(back.error);
    EXPECT_EQ(back.error->what, path() + " is damaged");
    EXPECT_THAT(back.error->why, HasSubstr("cannot be unpacked"));
    EXPECT_EQ(back.error->todo, "what came before that is reported");
}

TEST_F(RecordingTest, WithNonsenseForAFramesLengthIsDamaged) {
    const FrameList good{frame(24, 1)};
    for (const std::uint32_t length : {0U, 23U, 25U, 0x7fffffffU, 0xffffffffU}) {
        SCOPED_TRACE(length);
        replace(raw(FileHeader{}) + chunk_of(row_of(good) + raw(length) + std::string(24, 'x')));
        const ReadBack back = read_back(path());
        EXPECT_EQ(back.frames, good);
        ASSERT_TRUE(back.error);
        EXPECT_EQ(back.error->code, ExitCode::kDamagedRecording);
        EXPECT_THAT(back.error->why, HasSubstr("a frame's length cannot be, at byte 16"));
    }
    replace(raw(FileHeader{}) + chunk_of(row_of(good) + "ab"));
    EXPECT_THAT(read_back(path()).error.value().why, HasSubstr("a frame's length is cut short"));
}

TEST_F(RecordingTest, WithNonsenseForAChunksSizeIsDamaged) {
    const std::string good = chunk_of(row_of({frame(24, 1)}));
    for (const std::size_t field : {offsetof(ChunkHeader, packed_size), offsetof(ChunkHeader, size)})
        for (const std::size_t size :
             {std::size_t{0}, std::size_t{1}, kMaxChunkBytes, kMaxChunkBytes + 1, std::size_t{UINT32_MAX}}) {
            SCOPED_TRACE(fmt::format("{} at {}", size, field));
            const std::string nonsense = raw(static_cast<std::uint32_t>(size));
            replace(raw(FileHeader{}) + std::string(good).replace(field, nonsense.size(), nonsense));
            const ReadBack back = read_back(path());
            EXPECT_TRUE(back.frames.empty());
            ASSERT_TRUE(back.error);
            EXPECT_EQ(back.error->code, ExitCode::kDamagedRecording);
        }
}

TEST_F(RecordingTest, WithAnEmptyChunkGoesOnBehindIt) {
    replace(raw(FileHeader{}) + chunk_of("") + chunk_of(row_of({frame(24, 1)})));
    const ReadBack back = read_back(path());
    EXPECT_FALSE(back.error);
    EXPECT_EQ(back.frames.size(), 1U);
}

TEST_F(RecordingTest, OfANewerMinorVersionWithALongerHeaderIsRead) {
    FileHeader header;
    header.minor = kMinor + 7;
    header.header_size = sizeof(header) + 9;
    replace(raw(header) + "more of it" + chunk_of(row_of({frame(24, 1)})));
    EXPECT_TRUE(read_back(path()).error) << "one byte too many, to show that the size counts";
    replace(raw(header) + "9 of them" + chunk_of(row_of({frame(24, 1)})));
    const ReadBack back = read_back(path());
    EXPECT_FALSE(back.error) << back.error->why;
    EXPECT_EQ(back.frames, FrameList{frame(24, 1)});
}

TEST_F(RecordingTest, OfANewerMajorVersionIsRefused) {
    FileHeader header;
    header.major = kMajor + 1;
    header.minor = 3;
    replace(raw(header));
    const Error error = read_back(path()).error.value();
    EXPECT_EQ(error.code, ExitCode::kDamagedRecording);
    EXPECT_EQ(error.what, path() + " is of format 2.3");
    EXPECT_EQ(error.why, "this tcpblame reads format 1");
    EXPECT_THAT(error.todo, HasSubstr("a newer one"));
}

TEST_F(RecordingTest, WithADamagedHeaderIsNone) {
    for (const std::uint32_t size : {0U, 15U, 4097U, 0xffffffffU}) {
        FileHeader header;
        header.header_size = size;
        replace(raw(header) + std::string(5000, 'x'));
        EXPECT_EQ(read_back(path()).error.value().why, "its header is damaged") << size;
    }
    FileHeader longer;
    longer.header_size = 100;
    replace(raw(longer));
    EXPECT_EQ(read_back(path()).error.value().why, "its header is cut short");
    FileHeader old;
    old.major = 0;
    replace(raw(old));
    EXPECT_EQ(read_back(path()).error.value().why, "its header is damaged");
}

TEST_F(RecordingTest, IsNoEmptyFileAndNoText) {
    replace("");
    const Error empty = read_back(path()).error.value();
    EXPECT_EQ(empty.code, ExitCode::kDamagedRecording);
    EXPECT_EQ(empty.what, path() + " is not a tcpblame recording");
    EXPECT_EQ(empty.why, "it is empty");
    EXPECT_THAT(empty.todo, HasSubstr("tcpblame record -w FILE"));
    for (const char* text : {"x", "tcpblame", "{\"schema\":1,\"type\":\"start\"}\n"}) {
        replace(text);
        EXPECT_EQ(read_back(path()).error.value().why, "it begins otherwise") << text;
    }
}

TEST_F(RecordingTest, ThatCannotBeReadIsNoDamagedOne) {
    const Error missing = read_back("/nonexistent/recording").error.value();
    EXPECT_EQ(missing.code, ExitCode::kFailure);
    EXPECT_EQ(missing.what, "cannot read /nonexistent/recording");
    EXPECT_EQ(missing.why, "No such file or directory");
    const Error directory = read_back("/").error.value();
    EXPECT_EQ(directory.code, ExitCode::kFailure);
    EXPECT_EQ(directory.why, "Is a directory");
}

} // namespace
} // namespace tcpblame::record
