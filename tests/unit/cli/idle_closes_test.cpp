#include "cli/output/idle_closes.hpp"

#include <gtest/gtest.h>

namespace tcpblame::cli {
namespace {

constexpr std::uint64_t kMs = 1'000'000;

/// The peer, a process of this host, closed it.
model::Verdict closed_by(const std::string& name, const std::string& connection) {
    model::Verdict verdict;
    verdict.cause = model::Cause::kPeerClosed;
    verdict.connection.emplace().id = connection;
    verdict.peer.emplace().process.pid = 7;
    verdict.peer->process.name = name;
    return verdict;
}

model::Verdict closed_idle(const std::string& name, const std::string& connection, std::uint64_t ms) {
    model::Verdict verdict = closed_by(name, connection);
    model::Reason& reason = verdict.why.emplace_back();
    reason.code = model::ReasonCode::kIdle;
    reason.process = verdict.peer->process;
    reason.lasted_ns = ms * kMs;
    return verdict;
}

TEST(IdleCloses, ThreeAlikeAreATimer) {
    IdleCloses closes;
    closes.count(closed_idle("redis-server", "1", 300'000));
    closes.count(closed_idle("redis-server", "2", 300'400));
    EXPECT_TRUE(closes.found().empty());
    closes.count(closed_idle("redis-server", "3", 302'100));
    closes.count(closed_by("redis-server", "4"));
    const auto found = closes.found();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0], (model::IdleCloser{"redis-server", 4, 3, 300'000 * kMs, 302'100 * kMs}));
}

TEST(IdleCloses, OneConnectionIsCountedOnce) {
    IdleCloses closes;
    for (int write = 0; write < 5; ++write) closes.count(closed_idle("redis-server", "1", 5'000));
    EXPECT_TRUE(closes.found().empty());
}

TEST(IdleCloses, ThreeOfManyAreChance) {
    IdleCloses closes;
    for (int i = 0; i < 3; ++i) closes.count(closed_idle("app", std::to_string(i), 5'000));
    for (int i = 3; i < 7; ++i) closes.count(closed_by("app", std::to_string(i)));
    EXPECT_TRUE(closes.found().empty());
}

TEST(IdleCloses, DifferentSpansAreNoTimer) {
    IdleCloses closes;
    for (std::uint64_t i = 0; i < 6; ++i) closes.count(closed_idle("app", std::to_string(i), 1'000 * (i + 1)));
    EXPECT_TRUE(closes.found().empty());
}

TEST(IdleCloses, APeerOfAnotherHostIsKnownByItsAddress) {
    IdleCloses closes;
    for (int i = 0; i < 3; ++i) {
        model::Verdict verdict = closed_idle("", std::to_string(i), 60'000);
        verdict.peer.reset();
        verdict.why[0].process.reset();
        verdict.connection->opened_by = model::OpenedBy::kUs;
        verdict.connection->tuple.remote.bytes = {10, 0, 0, 5};
        verdict.connection->tuple.remote.family = model::Family::kIpv4;
        verdict.connection->tuple.remote.port = 6379;
        closes.count(verdict);
    }
    const auto found = closes.found();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].closer, "10.0.0.5:6379");
}

TEST(IdleCloses, IsOfBoundedSize) {
    IdleCloses closes;
    for (int i = 0; i < 1000; ++i) closes.count(closed_idle(std::to_string(i), std::to_string(i), 5'000));
    for (int i = 0; i < 3; ++i) closes.count(closed_idle("0", "more " + std::to_string(i), 5'000));
    const auto found = closes.found();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].idle, 4U);
}

} // namespace
} // namespace tcpblame::cli
