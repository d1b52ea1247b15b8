#include "bench/counted_allocations.hpp"
#include "render/ndjson.hpp"
#include "render/samples.hpp"

#include <gtest/gtest.h>

namespace tcpblame::render {
namespace {

template <typename Act>
std::uint64_t allocations_of(Act act) {
    const std::uint64_t before = bench::allocations();
    act();
    return bench::allocations() - before;
}

TEST(Allocations, AreCounted) {
    EXPECT_EQ(allocations_of([] { EXPECT_EQ(std::string(100, 'a').size(), 100U); }), 1U);
}

// A storm is reported in lines that are much alike: the heap is not to be asked for any of them.
TEST(Allocations, AreNoneForALineThatIsNotTheFirst) {
    std::size_t bytes = 0;
    Ndjson ndjson([&bytes](std::string_view line) { bytes += line.size(); });
    ndjson.start(samples::run_start());
    const auto report_all = [&](const std::vector<model::Verdict>& verdicts) {
        for (const model::Verdict& verdict : verdicts) ndjson.verdict(verdict);
        ndjson.lost({3, 2, samples::kMomentNs - 10, samples::kMomentNs});
    };
    const auto verdicts = samples::all();
    report_all(verdicts);
    ASSERT_GT(bytes, 1000U);
    EXPECT_EQ(allocations_of([&] { report_all(verdicts); }), 0U);
}

} // namespace
} // namespace tcpblame::render
