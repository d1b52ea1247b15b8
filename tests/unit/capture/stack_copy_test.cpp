#include "capture/stack_copy.hpp"

#include "bpf/wire.h"

#include <cstring>
#include <gtest/gtest.h>

namespace tcpblame::capture {
namespace {

constexpr std::uint64_t kPc = 0x401234;

template <typename Wire>
wire::FrameBytes bytes_of(const Wire& wire) {
    wire::FrameBytes bytes(sizeof(wire));
    std::memcpy(bytes.data(), &wire, sizeof(wire));
    return bytes;
}

/// Of thread 7 on CPU 2, whose stack begins with these words.
wire::FrameBytes a_copy(std::uint64_t time_ns = 1000, std::uint64_t word = 0x5e) {
    wire_user_stack copy{};
    copy.header = {WIRE_USER_STACK, sizeof(copy), 2, 0, time_ns};
    copy.pid = 6;
    copy.tid = 7;
    copy.bytes = 4096;
    for (__u64& value : copy.registers) value = kPc;
    std::memcpy(copy.stack + kPc % WIRE_USER_STACK_PIECE, &word, sizeof(word)); // kPc is all registers'
    return bytes_of(copy);
}

wire_send a_send(std::uint64_t word = 0x5e) {
    wire_send event{};
    event.header = {WIRE_SEND, sizeof(event), 2, 44, 1500};
    event.task.tid = 7;
    event.stack.count = 2;
    event.stack.addresses[0] = kPc;
    event.stack.addresses[1] = 0x77;
    event.stack.top.words[0] = word;
    return event;
}

TEST(StackCopies, FindsTheOneThatWasMadeForAnEvent) {
    StackCopies copies;
    copies.keep(a_copy(1000, 1));
    copies.keep(a_copy());
    const auto copy = copies.take_for(bytes_of(a_send()));
    ASSERT_TRUE(copy);
    EXPECT_EQ(copy->pid, 6U);
    EXPECT_EQ(copy->registers.pc, kPc);
    EXPECT_EQ(copy->stack.size(), 4096U - kPc % WIRE_USER_STACK_PIECE) << "from the stack pointer up";
    EXPECT_EQ(copy->walked, (std::vector<std::uint64_t>{kPc, 0x77}));
    EXPECT_EQ(copies.size(), 1U);
    EXPECT_FALSE(copies.take_for(bytes_of(a_send()))) << "it is for one event";
}

TEST(StackCopies, FindsItForEachKindOfEvent) {
    StackCopies copies;
    wire_sigpipe sigpipe{};
    sigpipe.header = {WIRE_SIGPIPE, sizeof(sigpipe), 2, 44, 1500};
    sigpipe.task.tid = 7;
    sigpipe.stack = a_send().stack;
    copies.keep(a_copy());
    EXPECT_TRUE(copies.take_for(bytes_of(sigpipe)));
    wire_act act{};
    act.state.header = {WIRE_STATE, sizeof(act), 2, 44, 1500};
    act.state.task.tid = 7;
    act.count = 1;
    act.addresses[0] = kPc;
    act.top = a_send().stack.top;
    copies.keep(a_copy());
    EXPECT_TRUE(copies.take_for(bytes_of(act)));
}

TEST(StackCopies, ACopyOfAnythingElseIsNotTheEvents) {
    const auto is_taken = [](wire_send event, std::uint64_t copied_ns = 1000) {
        StackCopies copies;
        copies.keep(a_copy(copied_ns));
        return copies.take_for(bytes_of(event)).has_value();
    };
    EXPECT_TRUE(is_taken(a_send()));
    EXPECT_FALSE(is_taken(a_send(0x5f))) << "another stack";
    wire_send event = a_send();
    event.task.tid = 8;
    EXPECT_FALSE(is_taken(event));
    event = a_send();
    event.header.cpu = 1;
    EXPECT_FALSE(is_taken(event));
    event = a_send();
    event.stack.addresses[0] = kPc + 1;
    EXPECT_FALSE(is_taken(event));
    event = a_send();
    event.stack.count = 0;
    EXPECT_FALSE(is_taken(event));
    EXPECT_FALSE(is_taken(a_send(), 1501)) << "it came later";
    event = a_send();
    event.header.time_ns += 1'000'000'000;
    EXPECT_FALSE(is_taken(event)) << "long before";
}

TEST(StackCopies, AreFew) {
    StackCopies copies;
    for (std::uint64_t i = 0; i < 100; ++i) copies.keep(a_copy(i));
    EXPECT_EQ(copies.size(), 16U);
    copies.keep(wire::FrameBytes(100));
    EXPECT_EQ(copies.size(), 16U) << "no copy";
    copies.clear();
    EXPECT_EQ(copies.size(), 0U);
}

} // namespace
} // namespace tcpblame::capture
