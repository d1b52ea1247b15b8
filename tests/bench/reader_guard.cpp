// What the reader is held to wherever it is built: no memory is asked for per event in a steady state, and an idle
// connection takes little. How fast it is depends on the machine: reader_bench.
#include "base/huge_page_arena.hpp"
#include "bench/counted_allocations.hpp"
#include "bench/world.hpp"

#include <gtest/gtest.h>

namespace tcpblame::bench {
namespace {

TEST(ReaderGuard, ASteadyStormAsksForNoMemory) {
    World world(nobody(), 2'000, &Lives::reset);
    world.settle();
    const std::uint64_t before = world.reader().allocations();
    const std::uint64_t frames = world.reader().frames();
    const std::uint64_t used = huge_page_arena::used();
    world.turn();
    EXPECT_GT(world.reader().frames(), frames + 20'000);
    EXPECT_EQ(world.reader().allocations() - before, 0U);
    EXPECT_EQ(huge_page_arena::used(), used);
}

TEST(ReaderGuard, AnIdleConnectionTakesAtMost256Bytes) {
    for (const Life birth : {&Lives::found, &Lives::opened})
        for (const std::uint64_t sockets : {100'000U, 140'000U}) { // the tables are half full, and full
            const std::uint64_t before = heap_bytes();
            const World world({}, sockets / 2, &Lives::reset, birth);
            const std::uint64_t own = sockets / 2 * sizeof(std::uint64_t);
            EXPECT_LE((heap_bytes() - before - own) / sockets, 256U) << sockets;
        }
}

} // namespace
} // namespace tcpblame::bench
