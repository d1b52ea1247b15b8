#include "reconstruct/connections.hpp"

#include "reconstruct/scene.hpp"
#include "reconstruct/teardown.hpp"

#include <gtest/gtest.h>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;

const Tuple kOurs{ipv4(1, 41822), ipv4(7, 5432)};

SocketView socket_view(std::uint64_t cookie, const Tuple& tuple) {
    SocketView socket;
    socket.cookie = cookie;
    socket.tuple = tuple;
    socket.state = TcpState::kEstablished;
    return socket;
}

ResetSent answer_to(std::uint32_t segment_seq, const Tuple& sender, std::uint64_t cookie = 0) {
    ResetSent reset;
    reset.kind = ResetKind::kPassive;
    reset.socket = socket_view(cookie, sender);
    reset.socket.state = TcpState::kNone;
    reset.segment_seq = segment_seq;
    reset.segment_len = 10;
    return reset;
}

class ConnectionsTest : public testing::Test {
protected:
    /// An event about a socket, with how far its data got.
    Endpoint& hear(std::uint64_t cookie, const Tuple& tuple, std::uint32_t snd_una, std::uint32_t rcv_nxt) {
        ErrorReported event;
        event.socket = socket_view(cookie, tuple);
        event.progress.snd_una = event.progress.snd_nxt = event.progress.write_seq = snd_una;
        event.progress.rcv_nxt = event.progress.copied_seq = rcv_nxt;
        Endpoint& endpoint = connections.at(event.socket);
        step(endpoint, event);
        return endpoint;
    }
    Connections connections;
};

TEST_F(ConnectionsTest, ASocketIsItsCookie) {
    Endpoint& one = connections.at(socket_view(1, kOurs));
    Endpoint& two = connections.at(socket_view(2, kOurs));
    EXPECT_NE(&one, &two);
    EXPECT_EQ(&connections.at(socket_view(1, kOurs)), &one);
    EXPECT_EQ(connections.find(1), &one);
    EXPECT_EQ(connections.find(3), nullptr);
    EXPECT_EQ(connections.size(), 2U);
}

TEST_F(ConnectionsTest, ASocketStaysItselfWhenADisconnectErasesItsEnds) {
    Endpoint& one = hear(1, kOurs, 100, 200);
    Tuple erased = kOurs;
    erased.remote = {};
    EXPECT_EQ(&connections.at(socket_view(1, erased)), &one);
    EXPECT_EQ(one.tuple, kOurs);
}

TEST_F(ConnectionsTest, WithoutACookieASocketIsItsEnds) {
    Endpoint& one = connections.at(socket_view(0, kOurs));
    EXPECT_EQ(&connections.at(socket_view(0, kOurs)), &one);
    EXPECT_NE(&connections.at(socket_view(0, kOurs.swapped())), &one);
    EXPECT_EQ(connections.find(0), nullptr);
}

// ── The other end ───────────────────────────────────────────────────────────────────────────────

TEST_F(ConnectionsTest, FindsThePeerAmongConnectionsThatHadTheSamePorts) {
    const Endpoint& old_us = hear(1, kOurs, 1'000, 2'000);
    const Endpoint& old_peer = hear(2, kOurs.swapped(), 2'000, 1'000);
    const Endpoint& new_us = hear(3, kOurs, 700'000, 800'000);
    const Endpoint& new_peer = hear(4, kOurs.swapped(), 800'000, 700'000);
    EXPECT_EQ(connections.peer_of(old_us), &old_peer);
    EXPECT_EQ(connections.peer_of(new_us), &new_peer);
    EXPECT_EQ(connections.peer_of(old_peer), &old_us);
    EXPECT_EQ(connections.peer_of(new_peer), &new_us);
}

TEST_F(ConnectionsTest, TakesTheNewestForThePeerWhereNothingTellsThemApart) {
    const Endpoint& us = hear(1, kOurs, 1'000, 2'000);
    connections.at(socket_view(2, kOurs.swapped()));
    const Endpoint& newest = connections.at(socket_view(4, kOurs.swapped()));
    EXPECT_EQ(connections.peer_of(us), &newest);
}

TEST_F(ConnectionsTest, HasNoPeerWhereOnlyAnEarlierConnectionHadThePorts) {
    hear(2, kOurs.swapped(), 2'000, 1'000);
    EXPECT_EQ(connections.peer_of(hear(3, kOurs, 700'000, 800'000)), nullptr);
}

TEST_F(ConnectionsTest, ASocketThatTalksToItselfIsItsOwnPeerToNobody) {
    const Tuple self{ipv4(1, 5000), ipv4(1, 5000)};
    EXPECT_EQ(connections.peer_of(hear(1, self, 100, 100)), nullptr);
}

// A refused attempt has no sequence numbers to be distinguished by: those who have some come first.
TEST_F(ConnectionsTest, PrefersAPeerWhoseNumbersFitToOneThatHasNone) {
    const Endpoint& us = hear(1, kOurs, 1'000, 2'000);
    const Endpoint& peer = hear(2, kOurs.swapped(), 2'000, 1'000);
    connections.at(socket_view(0, kOurs.swapped())); // a RST for a SYN, from no socket
    EXPECT_EQ(connections.peer_of(us), &peer);
}

// ── Who answered ────────────────────────────────────────────────────────────────────────────────

TEST_F(ConnectionsTest, AnAnswerWithACookieIsThatSockets) {
    Endpoint& peer = hear(2, kOurs.swapped(), 2'000, 1'000);
    hear(4, kOurs.swapped(), 2'000, 1'000);
    EXPECT_EQ(&connections.sender_of(answer_to(1'000, kOurs.swapped(), 2)), &peer);
}

TEST_F(ConnectionsTest, AnAnswerFromNoSocketIsTheNewestsThatExpectedTheSegment) {
    Endpoint& old_peer = hear(2, kOurs.swapped(), 2'000, 1'000);
    Endpoint& new_peer = hear(4, kOurs.swapped(), 800'000, 3'000'000'000);
    EXPECT_EQ(&connections.sender_of(answer_to(1'000, kOurs.swapped())), &old_peer);
    EXPECT_EQ(&connections.sender_of(answer_to(3'000'000'000, kOurs.swapped())), &new_peer);
    EXPECT_EQ(connections.size(), 2U);
}

TEST_F(ConnectionsTest, AnAnswerToASegmentAcrossTheWrapIsFound) {
    Endpoint& peer = hear(2, kOurs.swapped(), 2'000, 0xffff'fff0);
    EXPECT_EQ(&connections.sender_of(answer_to(0x10, kOurs.swapped())), &peer);
}

TEST_F(ConnectionsTest, AnAnswerThatNobodyExpectedIsKnownByItsEnds) {
    const Endpoint& peer = hear(2, kOurs.swapped(), 2'000, 1'000);
    const Endpoint& stranger = connections.sender_of(answer_to(3'000'000'000, kOurs.swapped()));
    EXPECT_NE(&stranger, &peer);
    EXPECT_EQ(stranger.cookie, 0U);
    EXPECT_EQ(connections.size(), 2U);
}

// A recording can be made to hold any number of them, and each asks for its peer.
TEST_F(ConnectionsTest, LooksAtTheNewestOnlyOfVeryManyWithTheSameEnds) {
    Endpoint& oldest = hear(1, kOurs, 100, 200);
    for (std::uint64_t i = 2; i <= Connections::kSameTuple; ++i) hear(i, kOurs, 5'000'000, 6'000'000);
    const Endpoint& peer = hear(1'000'000, kOurs.swapped(), 200, 100);
    EXPECT_EQ(connections.peer_of(peer), &oldest);
    hear(1'000'001, kOurs, 5'000'000, 6'000'000);
    EXPECT_EQ(connections.peer_of(peer), nullptr);
}

// ── Forgetting ──────────────────────────────────────────────────────────────────────────────────

TEST_F(ConnectionsTest, ForgetsWhatFinishedLongAgo) {
    const std::uint64_t limit = Connections::kRememberNs;
    connections.finished(hear(1, kOurs, 100, 200), kStart);
    Endpoint& other = hear(2, {ipv4(1, 50'000), ipv4(7, 80)}, 1, 2);
    connections.finished(other, kStart + limit);
    EXPECT_NE(connections.find(1), nullptr) << "a late RST may ask for it";
    connections.finished(other, kStart + limit + 1);
    EXPECT_EQ(connections.find(1), nullptr);
    EXPECT_EQ(connections.peer_of(hear(3, kOurs.swapped(), 200, 100)), nullptr);
}

// A pool's connection: the peer closed it long ago, and whoever writes to it now asks who that was.
TEST_F(ConnectionsTest, KeepsWhatFinishedForAsLongAsItsPeerMayWrite) {
    const std::uint64_t limit = Connections::kRememberNs;
    Endpoint& peer = hear(1, kOurs, 100, 200);
    Endpoint& us = hear(2, kOurs.swapped(), 200, 100);
    Endpoint& other = hear(3, {ipv4(1, 50'000), ipv4(7, 80)}, 1, 2);
    connections.finished(peer, kStart);
    for (std::uint64_t i = 1; i <= 10; ++i) connections.finished(other, kStart + i * (limit + 1));
    EXPECT_EQ(connections.peer_of(us), &peer);
    const std::uint64_t end = kStart + 10 * (limit + 1);
    connections.finished(us, end);
    for (std::uint64_t i = 1; i <= 2; ++i) connections.finished(other, end + i * (limit + 1));
    EXPECT_EQ(connections.find(1), nullptr);
    EXPECT_EQ(connections.find(2), nullptr);
}

TEST_F(ConnectionsTest, AnEvictedSocketDoesNotTakeItsSuccessorWithIt) {
    connections.finished(hear(1, kOurs, 100, 200), kStart);
    const Endpoint& next = hear(2, kOurs, 5'000'000, 6'000'000);
    const Endpoint& peer = hear(3, kOurs.swapped(), 6'000'000, 5'000'000);
    connections.finished(hear(9, {ipv4(1, 1), ipv4(7, 1)}, 1, 2), kStart + 2 * Connections::kRememberNs);
    EXPECT_EQ(connections.find(1), nullptr);
    EXPECT_EQ(connections.peer_of(peer), &next);
}

TEST_F(ConnectionsTest, KeepsNothingOfManyThatFinished) {
    for (std::uint64_t i = 1; i <= 1'000; ++i) {
        Endpoint& endpoint = hear(i, {ipv4(1, static_cast<std::uint16_t>(i)), ipv4(7, 80)}, 1, 2);
        connections.finished(endpoint, kStart + i * kMs);
        connections.finished(endpoint, kStart + i * kMs); // CLOSE, then the destruction
        connections.finished(connections.at(socket_view(0, {ipv4(1, 9), ipv4(7, 81)})), kStart + i * kMs);
    }
    Endpoint& last = hear(5'000, kOurs, 1, 2);
    connections.finished(last, kStart + 3 * Connections::kRememberNs);
    EXPECT_EQ(connections.size(), 1U);
}

// One without a cookie is known by its four-tuple, and that is used again.
TEST_F(ConnectionsTest, RemembersFromTheLastTimeThatItFinished) {
    const std::uint64_t limit = Connections::kRememberNs;
    Endpoint& twice = connections.at(socket_view(0, kOurs));
    connections.finished(twice, kStart);
    connections.finished(twice, kStart + limit + 1);
    EXPECT_EQ(connections.size(), 1U) << "it is still at hand for whoever has just reported of it";
    Endpoint& other = hear(2, {ipv4(1, 50'000), ipv4(7, 80)}, 1, 2);
    connections.finished(other, kStart + 2 * limit + 2);
    EXPECT_EQ(connections.size(), 1U);
    EXPECT_EQ(connections.find(2), &other);
}

// A failed connect() may be tried again on the same socket, from another port each time. All its former
// ends go with it (a use after free otherwise: needs the address sanitizer to be seen for sure).
TEST_F(ConnectionsTest, ForgetsASocketUnderAllTheEndsThatItHad) {
    hear(1, kOurs, 100, 200);
    Tuple later = kOurs;
    later.local.port = 41824;
    connections.finished(hear(1, later, 100, 200), kStart);
    Tuple other = kOurs;
    other.local.port = 41826;
    connections.finished(hear(2, other, 1, 2), kStart + 2 * Connections::kRememberNs);
    ASSERT_EQ(connections.find(1), nullptr);
    EXPECT_EQ(connections.peer_of(hear(3, kOurs.swapped(), 200, 100)), nullptr);
}

} // namespace
} // namespace tcpblame::reconstruct
