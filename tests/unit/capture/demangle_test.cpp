#include "capture/demangle.hpp"

#include <gtest/gtest.h>
#include <string>

namespace tcpblame::capture {
namespace {

TEST(Demangle, LeavesCNamesAlone) {
    EXPECT_EQ(demangle("flush_orders"), "flush_orders");
    EXPECT_EQ(demangle("_start"), "_start");
    EXPECT_EQ(demangle("flush.part.0"), "flush.part.0");
    EXPECT_EQ(demangle("_Z"), "_Z");
    EXPECT_EQ(demangle("_Zwhat is this"), "_Zwhat is this");
    EXPECT_EQ(demangle(""), "");
}

TEST(Demangle, DropsASymbolVersion) {
    EXPECT_EQ(demangle("write@@GLIBC_2.2.5"), "write");
    EXPECT_EQ(demangle("write@GLIBC_2.2.5"), "write");
}

TEST(Demangle, ReadsCpp) {
    EXPECT_EQ(demangle("_ZN6orders5flushEv"), "orders::flush()");
    EXPECT_EQ(demangle("_ZN6orders5flushEv.cold"), "orders::flush() [clone .cold]");
    EXPECT_EQ(demangle("_Z1fSt6vectorIiSaIiEE"), "f(std::vector<int, std::allocator<int> >)");
}

TEST(Demangle, ReadsCppWithManyReferences) {
    EXPECT_EQ(
        demangle("_Z1fSt4pairIiiES0_S0_S0_S0_S0_S0_S0_S0_S0_S0_S0_S0_S0_"),
        "f(std::pair<int, int>, std::pair<int, int>, std::pair<int, int>, std::pair<int, int>, std::pair<int, int>, "
        "std::pair<int, int>, std::pair<int, int>, std::pair<int, int>, std::pair<int, int>, std::pair<int, int>, "
        "std::pair<int, int>, std::pair<int, int>, std::pair<int, int>, std::pair<int, int>)");
    EXPECT_EQ(demangle("_Z1fIJiidEEvDpT_"), "void f<int, int, double>(int, int, double)");
}

TEST(Demangle, ReadsRust) {
    EXPECT_EQ(demangle("_ZN4core3fmt5write17h01234567890abcdeE"), "core::fmt::write");
    EXPECT_EQ(demangle("_ZN42_$LT$$RF$T$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE"),
              "<&T as core::fmt::Debug>::fmt");
}

TEST(Demangle, ReadsRustV0) {
    EXPECT_EQ(demangle("_RNvNtCs1234_7mycrate3foo3bar"), "mycrate::foo::bar");
    EXPECT_EQ(demangle("_RNCNvCs4fqI2P2rA04_4main3run0B3_"), "main::run::{closure#0}");
    EXPECT_EQ(demangle("_Recv"), "_Recv") << "a C name";
}

TEST(Demangle, SurvivesALongName) {
    const std::string symbol(1 << 20, 'x');
    EXPECT_LE(demangle(symbol.c_str()).size(), 4096u);
    EXPECT_LE(demangle(("_ZN" + symbol).c_str()).size(), 4096u);
    std::string deep = "_Z1f";
    for (int i = 0; i < 4000; ++i) deep += 'P';
    EXPECT_FALSE(demangle((deep + "i").c_str()).empty());
}

} // namespace
} // namespace tcpblame::capture
