#include "render/wording/folded_stack.hpp"

#include <gtest/gtest.h>
#include <string>

namespace tcpblame::render {
namespace {

/// "MODULE:FUNCTION", either of which may be empty.
std::string shown(const std::vector<std::string>& frames) {
    std::vector<model::StackFrame> stack;
    for (const std::string& frame : frames) {
        const std::size_t colon = frame.find(':');
        stack.emplace_back();
        stack.back().module = frame.substr(0, colon);
        stack.back().function = frame.substr(colon + 1);
    }
    std::string text;
    for (const ShownFrame& frame : folded(stack)) {
        if (!text.empty()) text += ' ';
        if (frame.frame == nullptr)
            text += frame.interpreter;
        else
            text += frame.frame->function.empty() ? "?" : frame.frame->function;
    }
    return text;
}

TEST(FoldedStack, LeavesOutWhatEveryStackHas) {
    EXPECT_EQ(shown({"libc.so.6:write", "api:flush", "api:main", "libc.so.6:__libc_start_call_main",
                     "libc.so.6:__libc_start_main", "api:_start"}),
              "flush main");
    EXPECT_EQ(shown({"libc.so.6:", "api:", "libc.so.6:__libc_start_main", "api:"}), "?") << "a stripped program's";
    EXPECT_EQ(shown({"libc.so.6:send", "api:worker", "libc.so.6:start_thread", "libc.so.6:clone3"}), "worker");
    EXPECT_EQ(shown({"api:write", "api:main"}), "write main") << "of a static program";
}

TEST(FoldedStack, LeavesNoStackEmpty) {
    EXPECT_EQ(shown({}), "");
    EXPECT_EQ(shown({"libc.so.6:write"}), "write");
    EXPECT_EQ(shown({"libc.so.6:fflush", "libc.so.6:exit"}), "fflush exit");
    EXPECT_EQ(shown({"api:_start"}), "_start");
}

TEST(FoldedStack, TheCLibrarysOwnCallsAreNotItsWrapper) {
    EXPECT_EQ(shown({"libc.so.6:write", "libc.so.6:fflush", "api:main"}), "write fflush main");
}

TEST(FoldedStack, AnInterpretersFramesAreOne) {
    EXPECT_EQ(shown({"libc.so.6:send", "python3.11:", "python3.11:_PyEval_EvalFrameDefault", "_ssl.so:write",
                     "libpython3.11.so.1.0:Py_RunMain", "app:main"}),
              "[cpython] write [cpython] main");
    EXPECT_EQ(shown({"libc.so.6:write", "node:uv__write", "node:v8::internal::Call()", "node:Builtins_CEntry", ":",
                     ":LazyCompile:*flush orders.js:12", ":", "node:node::Start"}),
              "uv__write [v8] LazyCompile:*flush orders.js:12 [v8] node::Start");
    EXPECT_EQ(shown({"libnet.so:write0", ":", ":", "libjvm.so:JavaCalls::call_helper", "libjli.so:JavaMain"}),
              "write0 [jvm interpreter] JavaMain");
}

TEST(FoldedStack, CodeOfNobodyKnowsWhatStaysAsItIs) {
    EXPECT_EQ(shown({"app:call", ":", ":", "app:main"}), "call ? ? main");
}

} // namespace
} // namespace tcpblame::render
