#include "wire/decoder.hpp"

#include "wire/samples.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <utility>

namespace tcpblame::wire {
namespace {

using namespace model;
using namespace samples;

void expect_the_stamp(const Stamp& stamp) {
    EXPECT_EQ(stamp.id, (EventId{3, 1841}));
    EXPECT_EQ(stamp.time_ns, 99U);
}

void expect_the_socket(const SocketView& socket) {
    EXPECT_EQ(socket.cookie, 0xc0ffeeU);
    EXPECT_EQ(socket.netns, 4026531840U);
    EXPECT_EQ(to_string(socket.tuple.local), "10.0.0.7:41822");
    EXPECT_EQ(to_string(socket.tuple.remote), "10.0.0.9:5432");
    EXPECT_EQ(socket.state, TcpState::kCloseWait);
    EXPECT_EQ(socket.error, 32);
    EXPECT_EQ(socket.soft_error, 113);
    EXPECT_TRUE(socket.owned);
    EXPECT_EQ(socket.shutdown, 2);
    EXPECT_EQ(socket.opened_by, OpenedBy::kPeer);
    EXPECT_FALSE(socket.dead);
    EXPECT_TRUE(socket.linger_zero);
}

void expect_the_progress(const Progress& progress) {
    EXPECT_EQ(progress.snd_una, 1U);
    EXPECT_EQ(progress.snd_nxt, 2U);
    EXPECT_EQ(progress.write_seq, 3U);
    EXPECT_EQ(progress.rcv_nxt, 4U);
    EXPECT_EQ(progress.copied_seq, 5U);
    EXPECT_EQ(progress.total_retrans, 6U);
    EXPECT_EQ(progress.bytes_acked, 7U);
    EXPECT_EQ(progress.bytes_received, 8U);
    EXPECT_EQ(progress.opened_ns, 9U);
}

void expect_the_actor(const std::optional<Actor>& actor) {
    ASSERT_TRUE(actor);
    EXPECT_EQ(actor->pid, 4242U);
    EXPECT_EQ(actor->tid, 4251U);
    EXPECT_EQ(actor->comm, "flusher");
    EXPECT_EQ(actor->name, "exactly16bytes!!");
    EXPECT_EQ(actor->cgroup_id, 55U);
    EXPECT_EQ(actor->syscall, Syscall::kSendto);
    EXPECT_FALSE(actor->exiting);
}

// ── Each type ───────────────────────────────────────────────────────────────────────────────────

TEST(Decoder, ReportsAStateChange) {
    auto wire = about_a_socket<wire_state>(WIRE_STATE);
    wire.progress = a_progress();
    wire.old_state = 8;
    wire.new_state = 7;
    const auto event = decoded<StateChanged>(wire);
    expect_the_stamp(event.stamp);
    expect_the_socket(event.socket);
    expect_the_progress(event.progress);
    expect_the_actor(event.actor);
    EXPECT_EQ(event.old_state, TcpState::kCloseWait);
    EXPECT_EQ(event.new_state, TcpState::kClose);
}

TEST(Decoder, AStateChangeThatWasKeptHappenedBeforeItWasSent) {
    wire_kept wire{};
    wire.act.state = about_a_socket<wire_state>(WIRE_STATE);
    wire.act.state.header.size = sizeof(wire);
    wire.act.state.new_state = 4;
    wire.happened_ns = 42;
    const auto event = decoded<StateChanged>(wire);
    EXPECT_EQ(event.stamp.id, (EventId{3, 1841}));
    EXPECT_EQ(event.stamp.time_ns, 42U);
    EXPECT_EQ(event.sent_ns, 99U);
    EXPECT_EQ(event.new_state, TcpState::kFinWait1);
    EXPECT_EQ(decoded<StateChanged>(wire.act).sent_ns, 0U);
}

TEST(Decoder, ReportsWhatAStateChangeStandsForBesides) {
    auto wire = about_a_socket<wire_state>(WIRE_STATE);
    EXPECT_FALSE(decoded<StateChanged>(wire).by_reset);
    EXPECT_FALSE(decoded<StateChanged>(wire).last_close);
    wire.flags = WIRE_STATE_BY_RESET;
    EXPECT_TRUE(decoded<StateChanged>(wire).by_reset);
    EXPECT_FALSE(decoded<StateChanged>(wire).last_close);
    wire.flags = WIRE_STATE_LAST_CLOSE;
    EXPECT_FALSE(decoded<StateChanged>(wire).by_reset);
    EXPECT_TRUE(decoded<StateChanged>(wire).last_close);
}

template <typename As>
void expect_socket_event(wire_type type) {
    auto wire = about_a_socket<wire_socket_event>(type);
    wire.progress = a_progress();
    const auto event = decoded<As>(wire);
    expect_the_stamp(event.stamp);
    expect_the_socket(event.socket);
    expect_the_progress(event.progress);
    expect_the_actor(event.actor);
}

TEST(Decoder, ReportsAReceivedReset) { expect_socket_event<ResetReceived>(WIRE_RESET_RECEIVED); }

TEST(Decoder, ReportsThePacketOfAReset) {
    wire_reset_received wire{};
    wire.seen = about_a_socket<wire_socket_event>(WIRE_RESET_RECEIVED);
    wire.seen.header.size = sizeof(wire);
    EXPECT_FALSE(decoded<ResetReceived>(wire).packet) << "nobody looked";
    wire.packet.interface = 3;
    name(wire.packet.interface_name, "exactly16bytes!!");
    wire.packet.ttl = 61;
    wire.packet.data_ttl = 53;
    wire.packet.ip_id = 0xbeef;
    const auto event = decoded<ResetReceived>(wire);
    expect_the_stamp(event.stamp);
    expect_the_socket(event.socket);
    EXPECT_EQ(event.packet, (ResetPacket{3, "exactly16bytes!!", 61, 53, 0xbeef}));
}

TEST(Decoder, AReceivedResetOfAnOlderProgramHasNoPacket) {
    EXPECT_FALSE(decoded<ResetReceived>(about_a_socket<wire_socket_event>(WIRE_RESET_RECEIVED)).packet);
}

TEST(Decoder, ReportsAReportedError) { expect_socket_event<ErrorReported>(WIRE_ERROR_REPORT); }
TEST(Decoder, ReportsASocketsDestruction) { expect_socket_event<SocketDestroyed>(WIRE_DESTROYED); }

TEST(Decoder, ReportsAResetThatAnswersASegment) {
    auto wire = about_a_socket<wire_reset_sent>(WIRE_RESET_SENT);
    wire.kind = WIRE_RESET_PASSIVE;
    wire.reason = WIRE_REASON_TIMEWAIT_SOCKET;
    wire.segment_seq = 1'000;
    wire.segment_len = 512;
    wire.segment_flags = 16;
    const auto event = decoded<ResetSent>(wire);
    expect_the_stamp(event.stamp);
    expect_the_socket(event.socket);
    EXPECT_EQ(event.kind, ResetKind::kPassive);
    EXPECT_EQ(event.reason, ResetReason::kTimewaitSocket);
    EXPECT_EQ(event.segment_seq, 1'000U);
    EXPECT_EQ(event.segment_len, 512U);
    EXPECT_FALSE(event.segment_is_syn);
    EXPECT_FALSE(event.actor) << "the task is whoever sent the segment, or a bystander";
    wire.segment_flags = 2;
    EXPECT_TRUE(decoded<ResetSent>(wire).segment_is_syn);
}

TEST(Decoder, ReportsAResetOfASocketsOwnAccord) {
    auto wire = about_a_socket<wire_reset_sent>(WIRE_RESET_SENT);
    wire.kind = WIRE_RESET_ACTIVE;
    wire.reason = WIRE_REASON_ABORT_ON_CLOSE;
    const auto event = decoded<ResetSent>(wire);
    EXPECT_EQ(event.kind, ResetKind::kActive);
    EXPECT_EQ(event.reason, ResetReason::kAbortOnClose);
    expect_the_actor(event.actor);
}

TEST(Decoder, KnowsEachReason) {
    auto wire = about_a_socket<wire_reset_sent>(WIRE_RESET_SENT);
    const std::pair<int, ResetReason> reasons[] = {
        {WIRE_REASON_UNKNOWN, ResetReason::kUnknown},
        {WIRE_REASON_NO_SOCKET, ResetReason::kNoSocket},
        {WIRE_REASON_ABORT_ON_DATA, ResetReason::kAbortOnData},
        {WIRE_REASON_TIMEWAIT_SOCKET, ResetReason::kTimewaitSocket},
        {WIRE_REASON_ABORT_ON_CLOSE, ResetReason::kAbortOnClose},
        {WIRE_REASON_STATE, ResetReason::kState},
        {WIRE_REASON_OTHER, ResetReason::kOther},
        {200, ResetReason::kUnknown},
    };
    for (const auto& [number, reason] : reasons) {
        wire.reason = static_cast<std::uint8_t>(number);
        EXPECT_EQ(decoded<ResetSent>(wire).reason, reason) << number;
    }
}

wire_call a_call() {
    wire_call call{};
    call.fd = 9;
    call.msg_flags = 0x4000;
    call.bytes = 512;
    call.inode = 77;
    call.file_kind = WIRE_FILE_TCP;
    return call;
}

TEST(Decoder, ReportsASend) {
    auto wire = about_a_socket<wire_send>(WIRE_SEND);
    wire.progress = a_progress();
    wire.call = a_call();
    wire.result = -32;
    const auto event = decoded<SendReturned>(wire);
    expect_the_stamp(event.stamp);
    expect_the_socket(event.socket);
    expect_the_progress(event.progress);
    expect_the_actor(event.actor);
    EXPECT_EQ(event.call.fd, 9);
    EXPECT_EQ(event.call.bytes, 512U);
    EXPECT_EQ(event.call.inode, 77U);
    EXPECT_EQ(event.call.file, FileKind::kTcp);
    EXPECT_TRUE(event.call.no_signal);
    EXPECT_FALSE(event.call.unix_peer_gone);
    EXPECT_EQ(event.result, -32);
    EXPECT_FALSE(event.sigpipe_follows);
    wire.sigpipe_follows = 1;
    EXPECT_TRUE(decoded<SendReturned>(wire).sigpipe_follows);
}

TEST(Decoder, ReportsWhatACallDoesNotKnowAsNothing) {
    auto wire = about_a_socket<wire_send>(WIRE_SEND);
    wire.call = a_call();
    wire.call.fd = -1;
    wire.call.bytes = ~std::uint64_t{0};
    wire.call.msg_flags = 0xffff'bfff; // all but MSG_NOSIGNAL
    const auto event = decoded<SendReturned>(wire);
    EXPECT_FALSE(event.call.fd);
    EXPECT_FALSE(event.call.bytes);
    EXPECT_FALSE(event.call.no_signal);
}

TEST(Decoder, ReportsASigpipe) {
    auto wire = about_a_socket<wire_sigpipe>(WIRE_SIGPIPE);
    wire.call = a_call();
    wire.call.file_kind = WIRE_FILE_UNIX;
    wire.call.unix_peer_gone = 1;
    wire.handler = 2;
    wire.blocked = 1;
    const auto event = decoded<SigpipeSent>(wire);
    expect_the_stamp(event.stamp);
    expect_the_socket(event.socket);
    expect_the_actor(event.actor);
    EXPECT_EQ(event.call.file, FileKind::kUnix);
    EXPECT_TRUE(event.call.unix_peer_gone);
    EXPECT_EQ(event.handler, SignalHandler::kFunction);
    EXPECT_TRUE(event.blocked);
    EXPECT_FALSE(event.ignored);
}

TEST(Decoder, ReportsWhatBecameOfASigpipe) {
    auto wire = about_a_socket<wire_sigpipe>(WIRE_SIGPIPE);
    wire.result = WIRE_SIGNAL_IGNORED;
    wire.handler = 1;
    EXPECT_TRUE(decoded<SigpipeSent>(wire).ignored);
    EXPECT_EQ(decoded<SigpipeSent>(wire).handler, SignalHandler::kIgnore);
    wire.result = WIRE_SIGNAL_ALREADY_PENDING;
    wire.handler = 0;
    EXPECT_FALSE(decoded<SigpipeSent>(wire).ignored);
    EXPECT_EQ(decoded<SigpipeSent>(wire).handler, SignalHandler::kDefault);
}

TEST(Decoder, ReportsAnExit) {
    auto wire = made<wire_exit>(WIRE_EXIT);
    wire.task = a_task();
    wire.task.flags = WIRE_TASK_EXITING;
    wire.task.exit_code = 13;
    const auto event = decoded<ProcessExited>(wire);
    expect_the_stamp(event.stamp);
    EXPECT_EQ(event.actor.pid, 4242U);
    EXPECT_TRUE(event.actor.exiting);
    EXPECT_EQ(event.actor.exit_code, 13U);
}

TEST(Decoder, ReportsASocketThatWasThereBefore) {
    auto wire = about_a_socket<wire_existing>(WIRE_EXISTING);
    wire.progress = a_progress();
    wire.fd = 12;
    const auto event = decoded<SocketExisted>(wire);
    expect_the_stamp(event.stamp);
    expect_the_socket(event.socket);
    expect_the_progress(event.progress);
    expect_the_actor(event.actor);
    EXPECT_EQ(event.fd, 12);
}

// ── Sockets, stacks ─────────────────────────────────────────────────────────────────────────────

TEST(Decoder, NamesNobodyInAnInterrupt) {
    auto wire = about_a_socket<wire_state>(WIRE_STATE);
    wire.socket.context = WIRE_CONTEXT_SOFTIRQ;
    EXPECT_FALSE(decoded<StateChanged>(wire).actor);
    EXPECT_FALSE(decoded<StateChanged>(wire).socket.owned);
}

TEST(Decoder, ReportsAnIpv6Address) {
    auto wire = about_a_socket<wire_state>(WIRE_STATE);
    wire.socket.family = 6;
    std::fill(std::begin(wire.socket.local), std::end(wire.socket.local), std::uint8_t{0});
    wire.socket.local[15] = 1;
    EXPECT_EQ(to_string(decoded<StateChanged>(wire).socket.tuple.local), "[::1]:41822");
}

TEST(Decoder, TakesOfAnIpv4AddressFourBytesOnly) {
    auto wire = about_a_socket<wire_state>(WIRE_STATE);
    wire.socket.local[9] = 0xff; // both ends must compare equal
    const Tuple tuple = decoded<StateChanged>(wire).socket.tuple;
    EXPECT_EQ(tuple.local.bytes[9], 0);
}

TEST(Decoder, ADeadSocketIsDead) {
    auto wire = about_a_socket<wire_state>(WIRE_STATE);
    wire.socket.flags = WIRE_SOCKET_DEAD;
    EXPECT_TRUE(decoded<StateChanged>(wire).socket.dead);
    EXPECT_FALSE(decoded<StateChanged>(wire).socket.linger_zero);
}

TEST(Decoder, AWriteIntoKtlsIsCalledSo) {
    auto wire = about_a_socket<wire_send>(WIRE_SEND);
    wire.call = a_call();
    wire.socket.flags = WIRE_SOCKET_KTLS;
    EXPECT_EQ(decoded<SendReturned>(wire).call.file, FileKind::kKtls);
    wire.call.file_kind = WIRE_FILE_UNIX; // whose socket is not this one
    EXPECT_EQ(decoded<SendReturned>(wire).call.file, FileKind::kUnix);
}

wire_sigpipe with_stack(std::uint32_t count, std::uint32_t frame_count) {
    auto wire = made<wire_sigpipe>(WIRE_SIGPIPE);
    wire.stack.count = count;
    wire.stack.frame_count = frame_count;
    for (std::uint32_t i = 0; i < WIRE_STACK_DEPTH; ++i) {
        wire.stack.addresses[i] = 0x1000 + i;
        wire.stack.frames[i].status = 1;
        wire.stack.frames[i].build_id[0] = 0xab;
        wire.stack.frames[i].build_id[19] = 0x01;
        wire.stack.frames[i].offset_or_ip = 0x10 + i;
    }
    return wire;
}

TEST(Decoder, ReportsWhatWasOnTopOfTheStackWithItsInnermostFrame) {
    auto wire = with_stack(2, 2);
    wire.stack.top.words[0] = 0x11;
    wire.stack.top.words[WIRE_STACK_WORDS - 1] = 0x22;
    wire.link_register = 0x33;
    const auto stack = decoded<SigpipeSent>(wire).stack;
    ASSERT_EQ(stack.size(), 2U);
    ASSERT_EQ(stack[0].stack_words.size(), std::size_t{WIRE_STACK_WORDS});
    EXPECT_EQ(stack[0].stack_words.front(), 0x11U);
    EXPECT_EQ(stack[0].stack_words.back(), 0x22U);
    EXPECT_EQ(stack[0].link_register, 0x33U);
    EXPECT_EQ(stack[1].stack_words.size(), 0U);
    EXPECT_EQ(stack[1].link_register, 0U);
}

TEST(Decoder, ReportsAStackWithBuildIds) {
    auto wire = with_stack(2, 2);
    wire.stack.frames[1].status = 2; // an address only
    const auto stack = decoded<SigpipeSent>(wire).stack;
    ASSERT_EQ(stack.size(), 2U);
    EXPECT_EQ(stack[0].address, 0x1000U);
    EXPECT_EQ(stack[0].offset, 0x10U);
    EXPECT_EQ(stack[0].build_id, "ab00000000000000000000000000000000000001");
    EXPECT_EQ(stack[1].address, 0x1001U);
    EXPECT_EQ(stack[1].build_id, "");
}

// A program without frame pointers: the kernel names the first file above even such an address.
TEST(Decoder, EndsAStackWhereTheWalkHasLostItsWay) {
    auto wire = with_stack(3, 3);
    wire.stack.addresses[1] = 0x2c;
    wire.stack.frames[1].offset_or_ip = UINT64_MAX - 0x1000;
    EXPECT_EQ(decoded<SigpipeSent>(wire).stack.size(), 1U);
    wire.stack.addresses[0] = 0;
    EXPECT_EQ(decoded<SigpipeSent>(wire).stack.size(), 0U);
}

TEST(Decoder, KeepsTheAddressesAloneWhereTheTwoWalksDiffer) {
    const auto stack = decoded<SigpipeSent>(with_stack(2, 3)).stack;
    ASSERT_EQ(stack.size(), 2U);
    EXPECT_EQ(stack[0].address, 0x1000U);
    EXPECT_EQ(stack[0].build_id, "");
}

TEST(Decoder, DoesNotReadPastTheDeepestStack) {
    EXPECT_EQ(decoded<SigpipeSent>(with_stack(UINT32_MAX, UINT32_MAX)).stack.size(), std::size_t{WIRE_STACK_DEPTH});
}

TEST(Decoder, ASystemCallThatItDoesNotKnowIsUnknown) {
    auto wire = about_a_socket<wire_send>(WIRE_SEND);
    wire.task.syscall = 200;
    EXPECT_EQ(decoded<SendReturned>(wire).actor.syscall, Syscall::kUnknown);
    for (std::uint8_t number = WIRE_SYS_WRITE; number <= WIRE_SYS_TEE; ++number) {
        wire.task.syscall = number;
        EXPECT_NE(decoded<SendReturned>(wire).actor.syscall, Syscall::kUnknown) << int{number};
    }
}

TEST(Decode, SaysHowLongNobodyHasSentAndWhoDidLast) {
    auto wire = about_a_socket<wire_state>(WIRE_STATE);
    EXPECT_EQ(decoded<StateChanged>(wire).socket.idle, Idle{}) << "an older program did not look";
    wire.socket.idle = 1;
    EXPECT_EQ(decoded<StateChanged>(wire).socket.idle, (Idle{0, LastSender::kUnknown}));
    wire.socket.idle = 5'001;
    wire.socket.flags = WIRE_SOCKET_WE_SENT_LAST;
    EXPECT_EQ(decoded<StateChanged>(wire).socket.idle, (Idle{5'000, LastSender::kUs}));
    wire.socket.flags = WIRE_SOCKET_PEER_SENT_LAST;
    EXPECT_EQ(decoded<StateChanged>(wire).socket.idle, (Idle{5'000, LastSender::kPeer}));
}

} // namespace
} // namespace tcpblame::wire
