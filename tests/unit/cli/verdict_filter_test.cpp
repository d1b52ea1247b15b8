#include "cli/replay/verdict_filter.hpp"

#include "cli/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcpblame::cli {
namespace {

using namespace model;
using testing::ElementsAre;

Process process(std::uint32_t pid, const char* name) {
    Process made;
    made.pid = pid;
    made.name = name;
    made.comm = std::string(name) + "-1";
    return made;
}

/// orders-api was reset by worker, which systemd asked to stop, and which passed on what db had done.
Verdict reset() {
    Verdict verdict;
    verdict.cause = Cause::kPeerAborted;
    verdict.process = process(11, "orders-api");
    verdict.peer = PeerAct{};
    verdict.peer->process = process(22, "worker");
    verdict.connection = ConnectionFacts{};
    verdict.connection->id = "1c4f";
    verdict.connection->tuple = {{Family::kIpv4, {128, 232, 110, 120}, 34855}, {Family::kIpv4, {66, 35, 250, 204}, 80}};
    Reason asked;
    asked.code = ReasonCode::kAskedToStop;
    asked.sender = process(1, "systemd");
    Reason passed;
    passed.code = ReasonCode::kPassedOn;
    passed.peer = PeerAct{};
    passed.peer->process = process(33, "db");
    verdict.why = {asked, passed};
    verdict.joined = JoinedEnd{"web2", "2b", {}};
    return verdict;
}

bool by_cause(const char* code) { return VerdictFilter{.causes = {code}}.matches(reset(), "web1"); }
bool by_process(const char* name) { return VerdictFilter{.processes = {name}}.matches(reset(), "web1"); }
bool by_connection(const char* host, const char* id) {
    return VerdictFilter{.connections = {{host, id}}}.matches(reset(), "web1");
}

TEST(VerdictFilter, AsksForAllWhereNothingIsAskedFor) { EXPECT_TRUE(VerdictFilter{}.matches(reset(), "")); }

TEST(VerdictFilter, ACauseIsAlsoAReasonBehindIt) {
    EXPECT_TRUE(by_cause("peer-aborted"));
    EXPECT_TRUE(by_cause("asked-to-stop"));
    EXPECT_TRUE(by_cause("passed-on"));
    EXPECT_FALSE(by_cause("peer-closed"));
    EXPECT_FALSE(by_cause("killed"));
}

TEST(VerdictFilter, AProcessHasAPartWhereverItIsNamed) {
    for (const char* named : {"orders-api", "orders-api-1", "11", "worker", "22", "systemd", "1", "db", "33"})
        EXPECT_TRUE(by_process(named)) << named;
    for (const char* other : {"orders", "2", "0", "", "11x"}) EXPECT_FALSE(by_process(other)) << other;
}

TEST(VerdictFilter, WhoIsNotKnownIsNotCalledZero) {
    Verdict nobody = reset();
    nobody.peer->process = {};
    EXPECT_FALSE((VerdictFilter{.processes = {"0"}}.matches(nobody, "")));
    EXPECT_FALSE((VerdictFilter{.processes = {""}}.matches(nobody, "")));
}

TEST(VerdictFilter, AConnectionHasAnIdAtEitherEndAndOneForBoth) {
    EXPECT_TRUE(by_connection("", "1c4f"));
    EXPECT_TRUE(by_connection("web1", "1c4f"));
    EXPECT_TRUE(by_connection("", "2b"));
    EXPECT_TRUE(by_connection("web2", "2b"));
    EXPECT_TRUE(by_connection("", "1:LQU9qZlK+B5F3KDmev6m5PMibrg="));
    EXPECT_FALSE(by_connection("web2", "1c4f"));
    EXPECT_FALSE(by_connection("web1", "2b"));
    EXPECT_FALSE(by_connection("", "1c4"));
    Verdict pipe = reset();
    pipe.connection.reset();
    pipe.joined.reset();
    EXPECT_FALSE((VerdictFilter{.connections = {{"", "1c4f"}}}.matches(pipe, "")));
}

TEST(VerdictFilter, EachListMustMatch) {
    VerdictFilter both{.causes = {"peer-aborted", "refused"}, .processes = {"nginx", "worker"}};
    EXPECT_TRUE(both.matches(reset(), ""));
    both.causes = {"refused"};
    EXPECT_FALSE(both.matches(reset(), ""));
}

TEST(ParseConnections, TakesIdsAndCommunityIds) {
    const auto parsed = parse_connections("--connection", "1c4f,web-1.example/2b,1:LQU9qZlK+B5F3KDmev6m5P/ibrg=");
    ASSERT_TRUE(parsed);
    EXPECT_THAT(*parsed, ElementsAre(ConnectionName{"", "1c4f"}, ConnectionName{"web-1.example", "2b"},
                                     ConnectionName{"", "1:LQU9qZlK+B5F3KDmev6m5P/ibrg="}));
    for (const char* wrong : {"", "1C4F", "0x1", "/2b", "web1/", "0123456789abcdef0"})
        EXPECT_FALSE(parse_connections("--connection", wrong)) << wrong;
}

TEST(ParseCauses, TakesCausesAndReasons) {
    const auto parsed = parse_causes("--cause", "peer-closed,oom-killed");
    ASSERT_TRUE(parsed);
    EXPECT_THAT(*parsed, ElementsAre("peer-closed", "oom-killed"));
    for (const char* wrong : {"", "peer closed", "oom"}) EXPECT_FALSE(parse_causes("--cause", wrong)) << wrong;
}

} // namespace
} // namespace tcpblame::cli
