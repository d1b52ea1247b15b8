#include "store/spool.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <random>
#include <string>

namespace tcpblame::store {
namespace {

class SpoolTest : public testing::Test {
protected:
    void SetUp() override { ASSERT_NE(mkdtemp(folder_.data()), nullptr); }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::unique_ptr<Spool> open() {
        auto spool = Spool::open(folder_, Spool::kLeastBytes);
        EXPECT_TRUE(spool) << spool.error().what << spool.error().why;
        return spool ? std::move(*spool) : nullptr;
    }

    std::string folder_ = "/tmp/tcpblame-spool-XXXXXX";
};

Batch batch(std::uint64_t first, std::size_t bytes = 100) {
    return {Table::kFrames, 7, first, 2, std::string(bytes, static_cast<char>('a' + first % 26))};
}

/// Of bytes that cannot be packed.
Batch noise(std::uint64_t first, std::size_t bytes) {
    std::mt19937 random(static_cast<std::mt19937::result_type>(first));
    Batch noise = batch(first, bytes);
    for (char& byte : noise.body) byte = static_cast<char>(random());
    return noise;
}

TEST_F(SpoolTest, GivesTheEarliestFirst) {
    const auto spool = open();
    EXPECT_EQ(spool->front(), nullptr);
    ASSERT_TRUE(spool->push(batch(1)));
    ASSERT_TRUE(spool->push(batch(2)));
    EXPECT_EQ(spool->rows(), 4U);
    EXPECT_EQ(*spool->front(), batch(1));
    spool->pop();
    EXPECT_EQ(*spool->front(), batch(2));
    spool->pop();
    EXPECT_EQ(spool->front(), nullptr);
    EXPECT_EQ(spool->rows(), 0U);
}

TEST_F(SpoolTest, GoesOnAfterARestart) {
    for (std::uint64_t first = 1; first <= 20; ++first) ASSERT_TRUE(open()->push(batch(first, 300'000)));
    auto spool = open();
    EXPECT_EQ(*spool->front(), batch(1, 300'000));
    spool->pop();
    spool.reset();
    spool = open();
    for (std::uint64_t first = 2; first <= 20; ++first) {
        ASSERT_NE(spool->front(), nullptr);
        EXPECT_EQ(*spool->front(), batch(first, 300'000));
        spool->pop();
    }
    EXPECT_EQ(spool->front(), nullptr);
}

TEST_F(SpoolTest, KeepsWhatIsThereWhereItIsFull) {
    const auto spool = open();
    constexpr std::size_t kBytes = std::size_t{1} << 20;
    std::uint64_t kept = 0;
    while (spool->push(noise(kept + 1, kBytes))) ++kept;
    EXPECT_EQ(kept, Spool::kSegments); // of 2 MiB, a header and one such batch
    EXPECT_EQ(*spool->front(), noise(1, kBytes));
    spool->pop();
    EXPECT_TRUE(spool->push(noise(kept + 1, kBytes)));
    for (std::uint64_t first = 2; first <= kept + 1; ++first, spool->pop())
        EXPECT_EQ(*spool->front(), noise(first, kBytes));
    std::uint64_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder_)) bytes += file.file_size();
    EXPECT_EQ(bytes, 0U);
}

TEST_F(SpoolTest, RefusesWhatNoSegmentHasRoomFor) {
    const auto spool = open();
    EXPECT_FALSE(spool->push(noise(1, Spool::kLeastBytes / Spool::kSegments)));
    EXPECT_TRUE(spool->push(batch(2)));
}

TEST_F(SpoolTest, LeavesOutWhatIsDamagedOrCut) {
    {
        const auto spool = open();
        for (std::uint64_t first = 1; first <= 3; ++first) ASSERT_TRUE(spool->push(batch(first)));
    }
    const std::string file = folder_ + "/segment.0";
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
    std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(16 + 48 + 10).put('!');
    const auto spool = open();
    EXPECT_EQ(spool->damaged(), 1U);
    EXPECT_EQ(*spool->front(), batch(2));
    spool->pop();
    EXPECT_EQ(spool->front(), nullptr);
}

TEST_F(SpoolTest, HasRoomForMoreThanItsBytesOfWhatRepeatsItself) {
    const auto spool = open();
    constexpr std::size_t kBytes = std::size_t{1} << 20;
    constexpr std::uint64_t kMany = 4 * Spool::kLeastBytes / kBytes;
    for (std::uint64_t first = 1; first <= kMany; ++first) ASSERT_TRUE(spool->push(batch(first, kBytes)));
    for (std::uint64_t first = 1; first <= kMany; ++first, spool->pop())
        ASSERT_EQ(*spool->front(), batch(first, kBytes));
}

TEST_F(SpoolTest, IsOfOneProcess) {
    const auto spool = open();
    const auto other = Spool::open(folder_, Spool::kLeastBytes);
    ASSERT_FALSE(other);
    EXPECT_THAT(other.error().what, testing::HasSubstr("in use"));
}

TEST_F(SpoolTest, IsForItsOwner) {
    const auto spool = open();
    const auto mode = std::filesystem::status(folder_ + "/segment.0").permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(MemoryBacklog, KeepsWhatIsThereWhereItIsFull) {
    MemoryBacklog backlog(250);
    EXPECT_TRUE(backlog.push(batch(1)));
    EXPECT_TRUE(backlog.push(batch(2)));
    EXPECT_FALSE(backlog.push(batch(3)));
    EXPECT_EQ(*backlog.front(), batch(1));
    backlog.pop();
    EXPECT_TRUE(backlog.push(batch(3)));
    EXPECT_EQ(backlog.rows(), 4U);
}

} // namespace
} // namespace tcpblame::store
