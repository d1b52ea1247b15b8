#include "wire/unwound.hpp"

#include "wire/samples.hpp"

#include <gtest/gtest.h>

namespace tcpblame::wire {
namespace {

using namespace model;
using namespace samples;

/// The second is of no file; of the third's a short build id is known.
std::vector<StackFrame> frames(std::size_t count) {
    std::vector<StackFrame> frames(count);
    for (std::size_t i = 0; i < count; ++i) {
        frames[i].address = 0x400000 + i;
        if (i == 1) continue;
        frames[i].offset = 0x1000 + i;
        frames[i].build_id = i == 2 ? "00ff" : std::string(39, 'a') + "1";
    }
    return frames;
}

template <typename Wire>
Wire with_a_walk(wire_type type) {
    auto event = made<Wire>(type);
    event.stack.count = 2;
    event.stack.addresses[0] = 0x400000;
    event.stack.addresses[1] = 0x666;
    event.stack.top.words[3] = 0x5ec2e7;
    event.link_register = 0x5ec2e7;
    return event;
}

void expect_unwound(const Stack& stack, std::size_t count) {
    auto expected = frames(count);
    expected[2].build_id.resize(40, '0');
    for (StackFrame& frame : expected) frame.is_code = true;
    EXPECT_EQ(stack.frames(), expected);
}

bool contains_secret(const FrameBytes& bytes) {
    const std::array<std::byte, 3> secret{std::byte{0xe7}, std::byte{0xc2}, std::byte{0x5e}};
    return std::search(bytes.begin(), bytes.end(), secret.begin(), secret.end()) != bytes.end();
}

TEST(Unwound, TakesThePlaceOfASendsStack) {
    const auto bytes = with_unwound(bytes_of(with_a_walk<wire_send>(WIRE_SEND)), frames(40));
    expect_unwound(std::get<SendReturned>(*decode(bytes)).stack, 40);
    EXPECT_FALSE(contains_secret(bytes));
    wire_header header;
    std::memcpy(&header, bytes.data(), sizeof(header));
    EXPECT_EQ(header.size, bytes.size());
}

TEST(Unwound, TakesThePlaceOfASigpipesStack) {
    const auto bytes = with_unwound(bytes_of(with_a_walk<wire_sigpipe>(WIRE_SIGPIPE)), frames(40));
    expect_unwound(std::get<SigpipeSent>(*decode(bytes)).stack, 40);
    EXPECT_FALSE(contains_secret(bytes));
}

TEST(Unwound, TakesThePlaceOfAnActsStack) {
    wire_act act{};
    act.state = made<wire_state>(WIRE_STATE);
    act.state.header.size = sizeof(act);
    act.count = 1;
    act.addresses[0] = 0x400000;
    act.top.words[3] = 0x5ec2e7;
    act.link_register = 0x5ec2e7;
    const auto bytes = with_unwound(bytes_of(act), frames(40));
    const auto changed = std::get<StateChanged>(*decode(bytes));
    expect_unwound(changed.stack, 40);
    EXPECT_EQ(changed.stamp.time_ns, 99U);
    EXPECT_EQ(changed.sent_ns, 0U) << "it was not kept";
    EXPECT_FALSE(contains_secret(bytes));
}

TEST(Unwound, AnOlderReaderSeesTheFirstFrames) {
    auto bytes = with_unwound(bytes_of(with_a_walk<wire_send>(WIRE_SEND)), frames(40));
    wire_send older;
    std::memcpy(&older, bytes.data(), sizeof(older));
    older.unwound = 0;
    const auto stack = decoded<SendReturned>(older).stack;
    ASSERT_EQ(stack.size(), 24U);
    EXPECT_EQ(stack[23], frames(40)[23]);
}

TEST(Unwound, NoMoreThanAnEventTakes) {
    const auto bytes = with_unwound(bytes_of(with_a_walk<wire_send>(WIRE_SEND)), frames(100));
    EXPECT_EQ(std::get<SendReturned>(*decode(bytes)).stack.size(), 64U);
}

TEST(Unwound, WithoutFramesAnEventIsAsItCame) {
    const auto send = bytes_of(with_a_walk<wire_send>(WIRE_SEND));
    EXPECT_EQ(with_unwound(send, {}), send);
    const auto other = bytes_of(made<wire_exit>(WIRE_EXIT));
    EXPECT_EQ(with_unwound(other, frames(3)), other);
    EXPECT_EQ(with_unwound({}, frames(3)), FrameBytes());
}

TEST(Unwound, DamagedItLeavesTheEventsOwnStack) {
    const auto whole = with_unwound(bytes_of(with_a_walk<wire_send>(WIRE_SEND)), frames(3));
    for (const std::size_t cut : {std::size_t{1}, sizeof(wire_unwound_frame), 3 * sizeof(wire_unwound_frame)}) {
        FrameBytes bytes = whole;
        bytes.resize(bytes.size() - cut);
        EXPECT_EQ(std::get<SendReturned>(*decode(bytes)).stack.size(), 3U);
    }
    for (const std::uint16_t at : {std::uint16_t{1425}, std::uint16_t{0xffff}}) {
        FrameBytes bytes = whole;
        std::memcpy(bytes.data() + offsetof(wire_send, unwound_at), &at, sizeof(at));
        EXPECT_EQ(std::get<SendReturned>(*decode(bytes)).stack.size(), 3U);
    }
    FrameBytes bytes = whole;
    bytes[offsetof(wire_send, unwound)] = std::byte{255};
    EXPECT_EQ(std::get<SendReturned>(*decode(bytes)).stack.size(), 3U);
}

TEST(Unwound, WhatANewerWriterAppendsChangesNothing) {
    for (const auto& event :
         {bytes_of(with_a_walk<wire_send>(WIRE_SEND)), bytes_of(with_a_walk<wire_sigpipe>(WIRE_SIGPIPE)),
          bytes_of(wire_act{made<wire_state>(WIRE_STATE), 0, 0, 0, 0, {}, {}, 0})}) {
        auto bytes = with_unwound(event, frames(3));
        const auto before = decode(bytes);
        bytes.resize(bytes.size() + 41, std::byte{0xa5});
        EXPECT_EQ(decode(bytes), before);
    }
}

} // namespace
} // namespace tcpblame::wire
