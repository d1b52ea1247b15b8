// Frames that are not as the decoder knows them: shorter, longer, of another type, garbage.
#include "wire/samples.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace tcpblame::wire {
namespace {

using namespace model;
using namespace samples;

std::vector<FrameBytes> one_of_each_type() {
    return {bytes_of(made<wire_state>(WIRE_STATE)),
            bytes_of(made<wire_reset_sent>(WIRE_RESET_SENT)),
            bytes_of(made<wire_socket_event>(WIRE_RESET_RECEIVED)),
            bytes_of(made<wire_socket_event>(WIRE_ERROR_REPORT)),
            bytes_of(made<wire_socket_event>(WIRE_DESTROYED)),
            bytes_of(made<wire_send>(WIRE_SEND)),
            bytes_of(made<wire_sigpipe>(WIRE_SIGPIPE)),
            bytes_of(made<wire_exit>(WIRE_EXIT)),
            bytes_of(made<wire_existing>(WIRE_EXISTING)),
            bytes_of(made<wire_existing>(WIRE_PEER))};
}

/// As long as the first recordings have them: fields were appended since to the longest two, and to a RST.
std::size_t first_size(const FrameBytes& whole) {
    if (whole.size() == sizeof(wire_reset_sent)) return offsetof(wire_reset_sent, queue_length);
    return std::min<std::size_t>(whole.size(), offsetof(wire_send, link_register));
}

TEST(Decoder, AFrameThatIsCutShortIsNone) {
    for (const FrameBytes& whole : one_of_each_type()) {
        EXPECT_TRUE(decode(whole));
        for (std::size_t length = 0; length < first_size(whole); ++length) {
            const FrameBytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
            EXPECT_FALSE(decode(part)) << "of " << whole.size() << ", " << length << " bytes";
        }
    }
}

TEST(Decoder, AFrameOfAnOlderRecordingLacksWhatWasAppendedSince) {
    auto wire = made<wire_sigpipe>(WIRE_SIGPIPE);
    wire.stack.count = 1;
    wire.stack.addresses[0] = 0x1000;
    wire.sender.pid = 7;
    wire.by_process = 1;
    wire.link_register = 0x33;
    FrameBytes bytes = bytes_of(wire);
    bytes.resize(1352);
    const auto event = decode(bytes);
    ASSERT_TRUE(event);
    const auto& signal = std::get<SigpipeSent>(*event);
    ASSERT_EQ(signal.stack.size(), 1U);
    EXPECT_EQ(signal.stack[0].link_register, 0U);
    ASSERT_TRUE(signal.sender);
    EXPECT_EQ(signal.sender->pid, 7U);
}

TEST(Decoder, AnActOfAnOlderRecordingKeepsItsStack) {
    wire_act wire{};
    wire.state = made<wire_state>(WIRE_STATE);
    wire.count = 1;
    wire.addresses[0] = 0x1000;
    FrameBytes bytes = bytes_of(wire);
    bytes.resize(456);
    const auto event = decode(bytes);
    ASSERT_TRUE(event);
    EXPECT_EQ(std::get<StateChanged>(*event).stack.size(), 1U);
}

TEST(Decoder, AFrameMayBeLongerThanWeKnow) {
    for (FrameBytes bytes : one_of_each_type()) {
        const auto known = decode(bytes);
        bytes.resize(bytes.size() + 24, std::byte{0xff});
        const auto longer = decode(bytes);
        ASSERT_TRUE(longer);
        EXPECT_EQ(longer->index(), known->index());
    }
}

TEST(Decoder, AFrameMayLieAtAnyAddress) {
    FrameBytes bytes{std::byte{0}};
    const FrameBytes whole = bytes_of(about_a_socket<wire_state>(WIRE_STATE));
    bytes.insert(bytes.end(), whole.begin(), whole.end());
    const auto event = decode(Frame(bytes).subspan(1));
    ASSERT_TRUE(event);
    EXPECT_EQ(std::get<StateChanged>(*event).socket.cookie, 0xc0ffeeU);
}

TEST(Decoder, ATypeThatItDoesNotKnowIsNone) {
    for (const int type : {0, 15, 63, 69, 65535}) {
        auto wire = made<wire_send>(WIRE_SEND);
        wire.header.type = static_cast<std::uint16_t>(type);
        EXPECT_FALSE(decode(bytes_of(wire))) << type;
    }
}

TEST(Decoder, GarbageIsNeverMoreThanGarbage) {
    std::mt19937 random(1);
    constexpr int kRounds = 20'000;
    for (int round = 0; round < kRounds; ++round) {
        FrameBytes bytes(random() % 1'400);
        for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
        if (bytes.size() >= 2 && round % 4 != 0) { // mostly a type that is known
            bytes[0] = static_cast<std::byte>(round % 2 == 0 ? 1 + random() % 9 : 64 + random() % 3);
            bytes[1] = std::byte{0};
        }
        const auto event = decode(bytes);
        EXPECT_TRUE(!event || !event->valueless_by_exception());
    }
}

// Sockets' states are held to the known ones; a state change's two are not.
TEST(Decoder, AStateThatItDoesNotKnowIsNone) {
    auto wire = about_a_socket<wire_state>(WIRE_STATE);
    wire.socket.state = 200;
    wire.old_state = 200;
    wire.new_state = 201;
    const auto event = decoded<StateChanged>(wire);
    EXPECT_EQ(event.socket.state, TcpState::kNone);
    EXPECT_EQ(event.old_state, TcpState::kNone);
    EXPECT_EQ(event.new_state, TcpState::kNone);
}

// Its negative would be no number: the sanitizers see it.
TEST(Decoder, AResultThatIsNoErrnoIsStillANumber) {
    auto wire = about_a_socket<wire_send>(WIRE_SEND);
    wire.result = INT32_MIN;
    EXPECT_EQ(decoded<SendReturned>(wire).result, -INT32_MAX);
    wire.header.type = WIRE_RECEIVE;
    EXPECT_EQ(decoded<ErrorReceived>(wire).error, INT32_MAX);
}

} // namespace
} // namespace tcpblame::wire
