#include "render/wording/folded_stack.hpp"

#include "render/wording/advice.hpp"

#include <gtest/gtest.h>
#include <string>

namespace tcpblame::render {
namespace {

/// "MODULE:FUNCTION", either of which may be empty.
std::vector<model::StackFrame> stack_of(const std::vector<std::string>& frames) {
    std::vector<model::StackFrame> stack;
    for (const std::string& frame : frames) {
        const std::size_t colon = frame.find(':');
        stack.emplace_back();
        stack.back().module = frame.substr(0, colon);
        stack.back().function = frame.substr(colon + 1);
    }
    return stack;
}

std::string shown(const std::vector<std::string>& frames) {
    const std::vector<model::StackFrame> stack = stack_of(frames);
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
    EXPECT_EQ(shown({"libnet.so:write0", ":Interpreter", ":void Orders.reply()", ":Interpreter", ":StubRoutines (1)",
                     "libjvm.so:JavaCalls::call_helper", "libjli.so:JavaMain"}),
              "write0 [jvm interpreter] void Orders.reply() [jvm interpreter] JavaMain");
}

TEST(FoldedStack, AnInterpreterThatCouldNameFunctionsIsSaidToLeaveThemOut) {
    const auto reticent = [](const std::vector<std::string>& frames) { return reticent_interpreter(stack_of(frames)); };
    EXPECT_EQ(reticent({"node:uv__write", "node:v8::Call()", "node:Builtins_InterpreterEntryTrampoline"}), "[v8]");
    EXPECT_EQ(reticent({"node:uv__write", ":JS:~reply orders.js:3", "node:Builtins_InterpreterEntryTrampoline"}), "");
    EXPECT_EQ(reticent({"libnet.so:write0", ":", "libjvm.so:JavaCalls::call_helper"}), "[jvm interpreter]");
    EXPECT_EQ(reticent({"libnet.so:write0", ":void Orders.reply()", ":", "libjvm.so:JavaCalls::call_helper"}), "");
    EXPECT_EQ(reticent({"python3.12:sock_send", "python3.12:Py_RunMain"}), "[cpython]");
    EXPECT_EQ(reticent({"libpython3.13.so.1.0:sock_send", "python3.13:_start"}), "[cpython]");
    EXPECT_EQ(reticent({"libpython3.12.so.1.0:sock_send", ":py::reply:/srv/orders.py"}), "");
    EXPECT_EQ(reticent({"python3.11:sock_send", "python3.11:Py_RunMain"}), "") << "it cannot";
    EXPECT_EQ(reticent({"python3:sock_send"}), "") << "which one is it?";
    EXPECT_EQ(reticent({"app:call", ":", "app:main"}), "");
    EXPECT_EQ(reticent({}), "");
}

TEST(FoldedStack, TheAdviceSaysHowFunctionsGetNames) {
    model::Verdict verdict;
    verdict.process.emplace().pid = 4242;
    const auto advises = [&](const std::vector<std::string>& frames, std::string_view words) {
        verdict.stack = stack_of(frames);
        return advice_of(verdict).find(words) != std::string::npos;
    };
    EXPECT_TRUE(advises({"libnet.so:write0", ":", "libjvm.so:JavaMain"}, "; jcmd 4242 Compiler.perfmap"));
    EXPECT_TRUE(advises({"node:uv__write", "node:v8::Call()"}, "; node --perf-basic-prof"));
    EXPECT_TRUE(advises({"python3.13:sock_send"}, "; python3 -X perf"));
    EXPECT_FALSE(advises({"api:flush", "api:main"}, "names"));
}

TEST(FoldedStack, CodeOfNobodyKnowsWhatStaysAsItIs) {
    EXPECT_EQ(shown({"app:call", ":", ":", "app:main"}), "call ? ? main");
}

} // namespace
} // namespace tcpblame::render
