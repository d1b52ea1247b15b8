#include "model/recorded.hpp"

#include <gtest/gtest.h>

namespace tcpblame::model {
namespace {

StackFrame at(std::uint64_t address) {
    StackFrame frame;
    frame.address = address;
    return frame;
}

StackFrame in_module(std::uint64_t offset, std::string build_id) {
    StackFrame frame;
    frame.offset = offset;
    frame.build_id = std::move(build_id);
    return frame;
}

TEST(StackKey, IsTheSameForTheSameStackOfTheSameProcess) {
    EXPECT_EQ(stack_key(7, {at(1), at(2)}), stack_key(7, {at(1), at(2)}));
}

TEST(StackKey, DiffersByTheProcess) { EXPECT_NE(stack_key(7, {at(1)}), stack_key(8, {at(1)})); }

TEST(StackKey, DiffersByAddressesAndTheirOrder) {
    EXPECT_NE(stack_key(7, {at(1), at(2)}), stack_key(7, {at(2), at(1)}));
    EXPECT_NE(stack_key(7, {at(1)}), stack_key(7, {at(1), at(1)}));
    EXPECT_NE(stack_key(7, {at(1)}), stack_key(7, {}));
}

TEST(StackKey, DiffersByModuleAndOffset) {
    EXPECT_NE(stack_key(7, {in_module(16, "ab")}), stack_key(7, {in_module(16, "cd")}));
    EXPECT_NE(stack_key(7, {in_module(16, "ab")}), stack_key(7, {in_module(32, "ab")}));
}

TEST(StackKey, DiffersByTheWordsThatMayHoldTheCaller) {
    StackFrame words = at(1);
    words.stack_words = {5, 6};
    EXPECT_NE(stack_key(7, {words}), stack_key(7, {at(1)}));
}

// Names are what is looked up by the key.
TEST(StackKey, IsTheSameHoweverTheStackIsNamed) {
    StackFrame named = at(1);
    named.function = "main";
    named.file = "main.c";
    named.line = 3;
    EXPECT_EQ(stack_key(7, {named}), stack_key(7, {at(1)}));
}

TEST(StackKey, IsLaidOutAsInOlderRecordings) {
    StackFrame frame = in_module(0x22, "ab");
    frame.address = 0x11;
    frame.stack_words = {0x33};
    EXPECT_EQ(stack_key(7, {frame}), std::string("\x07\0\0\0\0\0\0\0"
                                                 "\x11\0\0\0\0\0\0\0"
                                                 "\x22\0\0\0\0\0\0\0"
                                                 "ab"
                                                 "\x33\0\0\0\0\0\0\0",
                                                 34));
}

} // namespace
} // namespace tcpblame::model
