#include "base/huge_page_arena.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace tcpblame::huge_page_arena {
namespace {

constexpr std::size_t kUsable = kBytes - kRedZone;

TEST(Pieces, AreApartAndWholeAndCountedWhileInUse) {
    const std::uint64_t before = used();
    std::set<char*> taken;
    // More than a region has.
    for (int i = 0; i < 70; ++i) {
        auto* const piece = static_cast<char*>(take());
        std::memset(piece, i, kUsable);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(piece) % 64, 0u);
        const auto next = taken.insert(piece).first;
        EXPECT_TRUE(next == taken.begin() || *std::prev(next) + kBytes <= piece);
        EXPECT_TRUE(std::next(next) == taken.end() || piece + kBytes <= *std::next(next));
    }
    EXPECT_EQ(taken.size(), 70u);
    EXPECT_EQ(used() - before, 70 * kBytes);
    std::set<char> first_bytes;
    for (char* const piece : taken) {
        EXPECT_EQ(piece[0], piece[kUsable - 1]);
        first_bytes.insert(piece[0]);
    }
    EXPECT_EQ(first_bytes.size(), 70u);
    for (char* const piece : taken) give(piece);
    EXPECT_EQ(used(), before);
}

TEST(Pieces, AreUsedAgain) {
    void* const kept = take(); // or the region would go with its last piece
    void* const one = take();
    give(one);
    EXPECT_EQ(take(), one);
    give(one);
    give(kept);
}

TEST(Pieces, HoldValues) {
    const auto values = make_values<std::string>();
    for (std::uint32_t i = 0; i < kHeld<std::string>; ++i)
        values[i] = "a text that is too long to lie in its own object";
    EXPECT_EQ(values[kHeld<std::string> - 1].size(), values[0].size());
}

TEST(Pieces, OfMuchLieInHugePages) {
    std::vector<std::uint64_t, Allocator<std::uint64_t>> much(kHugePage / sizeof(std::uint64_t), 7);
    much.resize(2 * much.size(), 8);
    EXPECT_EQ(much.front() + much.back(), 15u);
}

#if !TCPBLAME_MEMORY_IS_USED_AGAIN

/// What ASan stops whoever touches it for.
bool is_forbidden(const char* address) { return __asan_address_is_poisoned(address) != 0; }

TEST(Pieces, AreGuardedUnderASan) {
    void* const kept = take();
    auto* const piece = static_cast<char*>(take());
    EXPECT_FALSE(is_forbidden(piece));
    EXPECT_FALSE(is_forbidden(piece + kUsable - 1));
    EXPECT_TRUE(is_forbidden(piece + kUsable)) << "beyond its end";
    EXPECT_TRUE(is_forbidden(piece - 1)) << "before it";
    give(piece);
    EXPECT_TRUE(is_forbidden(piece)) << "given back";
    EXPECT_EQ(take(), piece);
    EXPECT_FALSE(is_forbidden(piece)) << "taken again";
    give(piece);
    give(kept);
}

#endif

} // namespace
} // namespace tcpblame::huge_page_arena
