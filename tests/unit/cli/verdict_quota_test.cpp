#include "cli/output/verdict_quota.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace tcpblame::cli {
namespace {

constexpr std::uint64_t kQuotaSecondNs = 1'000'000'000;

class Printed : public render::Output {
public:
    std::uint64_t verdicts = 0;
    std::vector<model::AlikeVerdicts> gathered;
    bool ended = false;

    void start(const model::RunStart& /*start*/) override {}
    void verdict(const model::Verdict& /*verdict*/) override { ++verdicts; }
    void lost(const model::LostEvents& /*lost*/) override {}
    void alike(const model::AlikeVerdicts& alike) override { gathered.push_back(alike); }
    void end(const model::RunEnd& /*end*/) override { ended = true; }

    [[nodiscard]] std::uint64_t sum() const {
        std::uint64_t all = verdicts;
        for (const model::AlikeVerdicts& each : gathered) all += each.count;
        return all;
    }
};

model::Verdict verdict_at(std::uint64_t ns, std::string_view process, std::uint16_t peers_port = 1) {
    model::Verdict verdict;
    verdict.monotonic_ns = ns;
    verdict.cause = model::Cause::kPeerClosed;
    verdict.process.emplace().name = process;
    verdict.connection.emplace().tuple.remote = {model::Family::kIpv4, {10, 0, 0, 1}, peers_port};
    return verdict;
}

TEST(VerdictQuota, WithoutABoundAllAreHandedOn) {
    Printed printed;
    VerdictQuota quota(printed, 0);
    for (std::uint64_t at = 0; at < 1000; ++at) quota.verdict(verdict_at(at, "one"));
    EXPECT_EQ(printed.verdicts, 1000);
    EXPECT_TRUE(printed.gathered.empty());
}

TEST(VerdictQuota, WhatIsBeyondTheBoundIsCountedByKindWhenItsSecondIsOver) {
    Printed printed;
    VerdictQuota quota(printed, 2);
    for (std::uint64_t at = 0; at < 10; ++at)
        quota.verdict(
            verdict_at(5 * kQuotaSecondNs + at, at % 2 == 0 ? "one" : "other", static_cast<std::uint16_t>(at)));
    quota.flush(5 * kQuotaSecondNs + kQuotaSecondNs / 2);
    EXPECT_TRUE(printed.gathered.empty()) << "its second is not over";
    quota.flush(6 * kQuotaSecondNs);
    EXPECT_EQ(printed.verdicts, 4) << "and the first of each kind beyond";
    ASSERT_EQ(printed.gathered.size(), 2);
    EXPECT_EQ(printed.gathered[0].count, 3) << "whatever the peer's port";
    EXPECT_EQ(printed.gathered[1].count, 3);
    EXPECT_EQ(printed.gathered[1].last_ns, 5 * kQuotaSecondNs + 9);
    EXPECT_FALSE(printed.gathered[0].mixed);
}

TEST(VerdictQuota, EachSecondHasItsOwn) {
    Printed printed;
    VerdictQuota quota(printed, 1);
    for (std::uint64_t second = 1; second <= 3; ++second)
        for (int each = 0; each < 3; ++each) quota.verdict(verdict_at(second * kQuotaSecondNs, "one"));
    EXPECT_EQ(printed.verdicts, 6) << "one, and the first beyond";
    EXPECT_EQ(printed.gathered.size(), 2) << "of the last second nobody has said that it is over";
    quota.end({});
    EXPECT_EQ(printed.gathered.size(), 3);
    EXPECT_EQ(printed.sum(), 9);
    EXPECT_TRUE(printed.ended);
}

TEST(VerdictQuota, OneThatComesLateOpensNoSecondAnew) {
    Printed printed;
    VerdictQuota quota(printed, 1);
    quota.verdict(verdict_at(2 * kQuotaSecondNs, "one"));
    quota.verdict(verdict_at(2 * kQuotaSecondNs, "one"));
    quota.verdict(verdict_at(1 * kQuotaSecondNs, "one"));
    EXPECT_EQ(printed.verdicts, 2);
    quota.end({});
    EXPECT_EQ(printed.sum(), 3);
}

TEST(VerdictQuota, AStormHidesNothingRare) {
    Printed printed;
    VerdictQuota quota(printed, 5);
    for (int each = 0; each < 1000; ++each) quota.verdict(verdict_at(kQuotaSecondNs, "storm"));
    const std::uint64_t before = printed.verdicts;
    quota.verdict(verdict_at(kQuotaSecondNs, "orders-api"));
    EXPECT_EQ(printed.verdicts, before + 1);
    quota.end({});
    EXPECT_EQ(printed.sum(), 1001);
}

TEST(VerdictQuota, KindsAreBoundedAndTheSumIsRight) {
    Printed printed;
    VerdictQuota quota(printed, 1);
    for (int each = 0; each < 1000; ++each) quota.verdict(verdict_at(kQuotaSecondNs, std::to_string(each)));
    quota.end({});
    EXPECT_EQ(printed.sum(), 1000);
    EXPECT_LE(printed.gathered.size(), 101);
    EXPECT_TRUE(printed.gathered.front().mixed) << "those beyond have nothing in common";
}

} // namespace
} // namespace tcpblame::cli
