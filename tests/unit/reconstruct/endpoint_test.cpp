#include "reconstruct/endpoint.hpp"

#include "reconstruct/scene.hpp"
#include "reconstruct/teardown.hpp"

#include <gtest/gtest.h>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;

/// Just before the sequence numbers wrap.
constexpr std::uint32_t kNearTheWrap = 0xffff'fff0;

Progress sent(std::uint32_t snd_una, std::uint32_t write_seq) {
    Progress progress;
    progress.snd_una = snd_una;
    progress.snd_nxt = progress.write_seq = write_seq;
    return progress;
}

Progress received(std::uint32_t copied_seq, std::uint32_t rcv_nxt) {
    Progress progress;
    progress.copied_seq = copied_seq;
    progress.rcv_nxt = rcv_nxt;
    return progress;
}

TEST(Endpoint, CountsWhatWasWrittenAndNeverAcknowledged) {
    const Endpoint endpoint;
    EXPECT_EQ(unacknowledged(endpoint, sent(1'000, 1'512)), 512U);
    EXPECT_EQ(unacknowledged(endpoint, sent(1'000, 1'000)), 0U);
    EXPECT_EQ(unacknowledged(endpoint, sent(kNearTheWrap, kNearTheWrap + 512)), 512U);
}

TEST(Endpoint, DoesNotCountAFinThatIsUnderWayAsAByte) {
    Endpoint endpoint;
    endpoint.ending_to_change().fin_sent = Mark{};
    EXPECT_EQ(unacknowledged(endpoint, sent(1'000, 1'513)), 512U);
    EXPECT_EQ(unacknowledged(endpoint, sent(1'000, 1'001)), 0U);
    EXPECT_EQ(unacknowledged(endpoint, sent(1'001, 1'001)), 0U) << "acknowledged";
    EXPECT_EQ(unacknowledged(endpoint, sent(kNearTheWrap, kNearTheWrap + 513)), 512U);
}

/// tcp_close_state() comes before tcp_send_fin(): the event that says it has the numbers without it.
TEST(Endpoint, AFinThatIsAboutToBeSentIsNotCountedYet) {
    Endpoint endpoint;
    endpoint.opened_by = OpenedBy::kPeer;
    endpoint.ending_to_change().fin_sent = Mark{};
    Progress before = sent(1'000, 1'512);
    before.bytes_acked = 300;
    endpoint.ending_to_change().fin_sent->progress = before;
    EXPECT_EQ(unacknowledged(endpoint, before), 512U);
    EXPECT_EQ(payload_sent(endpoint, before), 812U);
    Progress acknowledged = sent(1'513, 1'513);
    acknowledged.bytes_acked = 813;
    EXPECT_EQ(payload_sent(endpoint, acknowledged), 812U) << "with the FIN";
    acknowledged = sent(1'512, 1'512);
    acknowledged.bytes_acked = 812;
    EXPECT_EQ(payload_sent(endpoint, acknowledged), 812U) << "all but the FIN";
}

TEST(Endpoint, DoesNotCountARefusedSynAsAByte) {
    Endpoint endpoint;
    endpoint.ending_to_change().reset_received = Mark{};
    endpoint.ending_to_change().reset_received->state = TcpState::kSynSent;
    EXPECT_EQ(unacknowledged(endpoint, sent(1'000, 1'001)), 0U);
    endpoint.ending_to_change().reset_received->state = TcpState::kEstablished;
    EXPECT_EQ(unacknowledged(endpoint, sent(1'000, 1'001)), 1U);
}

TEST(Endpoint, CountsWhatWasReceivedAndNotRead) {
    const Endpoint endpoint;
    EXPECT_EQ(unread(endpoint, received(2'000, 2'005)), 5U);
    EXPECT_EQ(unread(endpoint, received(2'000, 2'000)), 0U);
    EXPECT_EQ(unread(endpoint, received(kNearTheWrap, kNearTheWrap + 64)), 64U);
}

TEST(Endpoint, DoesNotCountAReceivedFinAsAByte) {
    Endpoint endpoint;
    endpoint.ending_to_change().fin_received = Mark{};
    EXPECT_EQ(unread(endpoint, received(2'000, 2'006)), 5U);
    EXPECT_EQ(unread(endpoint, received(2'000, 2'001)), 0U);
    EXPECT_EQ(unread(endpoint, received(2'001, 2'001)), 0U) << "the end was read";
    EXPECT_EQ(unread(endpoint, received(kNearTheWrap, kNearTheWrap + 65)), 64U);
}

StateChanged closed_from_fin_wait2(bool owned, bool dead, std::uint32_t waiting) {
    StateChanged event;
    event.old_state = TcpState::kFinWait2;
    event.new_state = TcpState::kClose;
    event.socket.owned = owned;
    event.socket.dead = dead;
    event.progress.copied_seq = 100;
    event.progress.rcv_nxt = 100 + waiting;
    return event;
}

TEST(Endpoint, KnowsAFinThatCameWhileCloseHeldTheSocket) {
    const auto takes_for_fin = [](const StateChanged& event) {
        Endpoint endpoint;
        step(endpoint, event);
        return endpoint.peer_has_closed();
    };
    EXPECT_TRUE(takes_for_fin(closed_from_fin_wait2(true, true, 1)));
    EXPECT_TRUE(takes_for_fin(closed_from_fin_wait2(false, true, 0)));
    EXPECT_FALSE(takes_for_fin(closed_from_fin_wait2(true, true, 0))) << "TCP_LINGER2 below 0";
    EXPECT_FALSE(takes_for_fin(closed_from_fin_wait2(true, false, 1))) << "disconnected with a byte unread";
}

// close() with SO_LINGER 0 changes the state before it makes the socket an orphan.
TEST(Endpoint, IsFinishedWhenTheLastProcessLetsGoOfItByItsAbort) {
    StateChanged event;
    event.old_state = TcpState::kEstablished;
    event.new_state = TcpState::kClose;
    event.socket.owned = true;
    Endpoint kept;
    step(kept, event);
    EXPECT_FALSE(kept.finished());
    event.last_close = true;
    Endpoint last_close;
    step(last_close, event);
    EXPECT_TRUE(last_close.finished());
}

TEST(Endpoint, KnowsOfAFinBeforeTheAttachByTheStateInWhichItWasFound) {
    for (const TcpState state : {TcpState::kCloseWait, TcpState::kLastAck, TcpState::kClosing}) {
        Endpoint endpoint;
        endpoint.found_in = state;
        EXPECT_TRUE(endpoint.peer_has_closed());
        EXPECT_EQ(unread(endpoint, received(2'000, 2'006)), 5U);
    }
    for (const TcpState state : {TcpState::kEstablished, TcpState::kFinWait1, TcpState::kFinWait2}) {
        Endpoint endpoint;
        endpoint.found_in = state;
        EXPECT_FALSE(endpoint.peer_has_closed());
    }
}

// ── The other end ───────────────────────────────────────────────────────────────────────────────

class TwoEnds : public testing::Test {
protected:
    TwoEnds() {
        us.tuple = {ipv4(1, 41822), ipv4(7, 5432)};
        peer.tuple = us.tuple.swapped();
        give_data(5'000'000, 9'000'000);
    }
    /// 300 bytes of ours went over, 40 of theirs; bytes_acked counts our SYN.
    void give_data(std::uint32_t our_first, std::uint32_t peer_first) {
        us.has_progress = peer.has_progress = true;
        us.progress.snd_una = peer.progress.rcv_nxt = our_first + 1 + 300;
        us.progress.bytes_acked = 300 + 1;
        peer.progress.bytes_received = 300;
        peer.progress.snd_una = us.progress.rcv_nxt = peer_first + 1 + 40;
        peer.progress.bytes_acked = us.progress.bytes_received = 40;
    }
    bool same() const {
        EXPECT_EQ(same_connection(us, peer), same_connection(peer, us));
        return same_connection(us, peer);
    }
    Endpoint us;
    Endpoint peer;
};

TEST_F(TwoEnds, AreOneConnectionByTheirFirstSequenceNumbers) { EXPECT_TRUE(same()); }

TEST_F(TwoEnds, AreOneConnectionThoughTheNumbersWrapped) {
    give_data(kNearTheWrap, kNearTheWrap + 3);
    EXPECT_TRUE(same());
}

TEST_F(TwoEnds, AreOneConnectionThoughOneHasGotFurtherThanTheOtherKnows) {
    us.progress.snd_una -= 200; // acknowledgements under way
    us.progress.bytes_acked -= 200;
    EXPECT_TRUE(same());
}

TEST_F(TwoEnds, AreOneConnectionAfterMoreThanFourGibibytes) {
    us.progress.bytes_acked += std::uint64_t{5} << 32;
    peer.progress.bytes_received += std::uint64_t{5} << 32;
    EXPECT_TRUE(same());
}

TEST_F(TwoEnds, MayDifferByASynAndAFin) {
    us.progress.bytes_acked += 1; // a SYN counts there, not here
    EXPECT_TRUE(same());
    us.progress.bytes_acked += 2;
    EXPECT_FALSE(same());
}

TEST_F(TwoEnds, AreNotOneConnectionWhereEitherDirectionBeganElsewhere) {
    const Endpoint before = peer;
    peer.progress.rcv_nxt += 70'000; // a later connection with the same ports
    EXPECT_FALSE(same());
    peer = before;
    peer.progress.snd_una += 70'000;
    EXPECT_FALSE(same());
}

// As far as two numbers can be from each other: the distance has no positive twin.
TEST_F(TwoEnds, AreNotOneConnectionWhereTheNumbersAreHalfOfAllApart) {
    us.progress.snd_una ^= 0x8000'0000U;
    EXPECT_FALSE(same());
    give_data(5'000'000, 9'000'000);
    peer.has_progress = false;
    peer.ending_to_change().reset_sent = SentReset{};
    peer.ending_to_change().reset_sent->own_nxt = us.progress.rcv_nxt ^ 0x8000'0000U;
    EXPECT_FALSE(same());
}

TEST_F(TwoEnds, AreNotOneConnectionWithOtherAddressesOrPorts) {
    peer.tuple.local.port = 5433;
    EXPECT_FALSE(same());
    peer.tuple = us.tuple;
    EXPECT_FALSE(same()) << "not swapped";
}

TEST_F(TwoEnds, AreOneConnectionByTheirAddressesWhereNothingElseIsKnown) {
    peer.has_progress = false;
    EXPECT_TRUE(same());
}

TEST(Endpoint, ThePacketOfAResetIsThatOfTheFirst) {
    Endpoint endpoint;
    ResetReceived reset;
    reset.socket.state = TcpState::kEstablished;
    reset.packet = model::ResetPacket{2, "eth0", 61, 0, 0};
    step(endpoint, reset);
    reset.packet->interface_index = 3;
    step(endpoint, reset);
    ASSERT_TRUE(endpoint.ending().reset_packet);
    EXPECT_EQ(endpoint.ending().reset_packet->interface_index, 2U);
}

/// tcp_rcv_state_process() calls tcp_reset() with the data that came after the close.
TEST(Endpoint, APacketThatWasNoResetIsNone) {
    Endpoint endpoint;
    ResetReceived none;
    none.socket.state = TcpState::kFinWait2;
    none.packet = model::ResetPacket{1, "lo", 64, 0, 0};
    step(endpoint, none);
    ResetSent answer;
    answer.kind = model::ResetKind::kPassive;
    answer.reason = model::ResetReason::kAbortOnData;
    step(endpoint, answer);
    EXPECT_FALSE(endpoint.ending().reset_received);
    EXPECT_FALSE(endpoint.ending().reset_packet);
}

} // namespace
} // namespace tcpblame::reconstruct
