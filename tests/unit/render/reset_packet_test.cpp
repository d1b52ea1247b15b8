// What the packet of a RST says of who made it, in words.
#include "render/ndjson.hpp"
#include "render/samples.hpp"
#include "render/shown.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>

namespace tcpblame::render {
namespace {

using testing::HasSubstr;
using testing::Not;

model::Verdict reset_by_nobody(const model::ResetPacket& packet) {
    model::Verdict verdict = samples::peer_closed();
    verdict.peer.reset();
    verdict.reset_packet = packet;
    return verdict;
}

/// On a line of its own.
ReportOptions wide() {
    ReportOptions options;
    options.width = 300;
    return options;
}

std::string shown_of(const model::ResetPacket& packet) { return shown(reset_by_nobody(packet), wide()); }

TEST(ResetPacket, ByLoopbackItWasMadeHere) {
    EXPECT_THAT(shown_of({1, "lo", 64, 0, 0}), HasSubstr("came by lo: made in this network namespace"));
    EXPECT_THAT(shown_of({7, "lo", 64, 0, 0}), HasSubstr("came by lo with TTL 64")) << "one that somebody called so";
}

TEST(ResetPacket, ItsTtlSaysHowFarItCame) {
    EXPECT_THAT(shown_of({2, "eth0", 64, 0, 0}), HasSubstr("came by eth0 with TTL 64, as from a neighbour\n"));
    EXPECT_THAT(shown_of({2, "eth0", 63, 0, 0}), HasSubstr("with TTL 63, as from behind 1 router\n"));
    EXPECT_THAT(shown_of({2, "eth0", 117, 0, 0}), HasSubstr("with TTL 117, as from behind 11 routers\n"));
    EXPECT_THAT(shown_of({2, "eth0", 255, 0, 0}), HasSubstr("with TTL 255, as from a neighbour\n"));
}

TEST(ResetPacket, DataThatCameAnotherWayIsSaid) {
    EXPECT_THAT(shown_of({2, "eth0", 53, 53, 0}), HasSubstr("as from behind 11 routers, as what the peer had sent\n"));
    EXPECT_THAT(shown_of({2, "eth0", 61, 53, 0}),
                HasSubstr("what the peer had sent came with TTL 53, as from behind 11 "
                          "routers, so something nearer may have made it"));
    EXPECT_THAT(shown_of({2, "eth0", 53, 61, 0}), HasSubstr("so something farther off may have made it"));
    EXPECT_THAT(shown_of({2, "eth0", 128, 64, 0}), HasSubstr("so something else may have made it"));
}

TEST(ResetPacket, WithoutANameItHasANumber) {
    EXPECT_THAT(shown_of({12, "", 0, 0, 0}), HasSubstr("came by interface 12\n"));
    EXPECT_THAT(shown_of({12, "a\x1b[2J", 0, 0, 0}), HasSubstr("came by a\\x1b[2J\n"));
}

TEST(ResetPacket, IsNoNewsWhereTheSenderIsNamed) {
    model::Verdict verdict = samples::linger_zero();
    verdict.reset_packet = {1, "lo", 64, 0, 0};
    EXPECT_THAT(shown(verdict), Not(HasSubstr("came by")));
    ReportOptions options = wide();
    options.verbose = true;
    EXPECT_THAT(shown(verdict, options), HasSubstr("came by lo"));
    verdict.peer->act = model::Act::kHeldOtherEnd;
    EXPECT_THAT(shown(verdict, wide()), HasSubstr("came by lo")) << "it has done nothing";
    verdict.peer->act = model::Act::kClose;
    verdict.reset_packet = {2, "eth0", 61, 53, 0};
    EXPECT_THAT(shown(verdict, wide()), Not(HasSubstr("came by"))) << "it was seen who sent it";
    EXPECT_THAT(shown(verdict, options), HasSubstr("came with TTL 53, as from behind 11 routers\n"));
    verdict.confidence = model::Confidence::kInferred;
    EXPECT_THAT(shown(verdict, wide()), HasSubstr("something nearer may have made it"));
    verdict.reset_origin = model::ResetOrigin::kPeer;
    EXPECT_THAT(shown(verdict, wide()), Not(HasSubstr("came by"))) << "the peer's host did";
}

TEST(ResetPacket, IsInTheLineOfJson) {
    samples::Collected data;
    Ndjson lines(data.sink());
    lines.start(samples::run_start());
    lines.verdict(reset_by_nobody({2, "eth0", 61, 53, 4711}));
    const auto reset = nlohmann::json::parse(samples::lines_of(data.text).at(1))["reset"];
    EXPECT_EQ(reset.dump(), R"({"data_ttl":53,"interface":"eth0","interface_index":2,"ip_id":4711,"ttl":61})");
}

} // namespace
} // namespace tcpblame::render
