#include "reconstruct/processes.hpp"

#include "reconstruct/scene.hpp"

#include <gtest/gtest.h>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;

ProcessKnown orders_api() {
    ProcessKnown known;
    known.pid = 4242;
    known.exe = "/usr/bin/orders-api";
    known.cgroup = "/system.slice/orders.service";
    known.mappings = {{0x400000, 0x500000, 0x1000, "/usr/bin/orders-api"}, {0x7f0000, 0x7f8000, 0, "libc.so.6"}};
    return known;
}

class ProcessesTest : public testing::Test {
protected:
    StackFrame named(StackFrame frame, std::uint32_t pid = 4242) const {
        std::vector<StackFrame> stack{std::move(frame)};
        processes.name_modules(pid, "orders-api", stack);
        return stack.empty() ? StackFrame{} : stack.front();
    }
    Processes processes;
};

TEST_F(ProcessesTest, AStrangerIsWhatItsEventSays) {
    const Process process = processes.describe(task("flusher", 4242, Syscall::kWrite, 4251));
    EXPECT_EQ(process.pid, 4242U);
    EXPECT_EQ(process.tid, 4251U);
    EXPECT_EQ(process.comm, "flusher");
    EXPECT_EQ(process.exe, "");
    EXPECT_EQ(process.cgroup, "");
}

TEST_F(ProcessesTest, AnAcquaintanceHasItsExecutableAndCgroup) {
    processes.learn(orders_api());
    EXPECT_EQ(processes.describe(task("a", 4242)).exe, "/usr/bin/orders-api");
    EXPECT_EQ(processes.describe(task("a", 4242)).cgroup, "/system.slice/orders.service");
    EXPECT_EQ(processes.describe(task("a", 4243)).exe, "");
}

std::string pod_of(const Process& process) { return process.container() != nullptr ? process.container()->pod : "-"; }

TEST_F(ProcessesTest, AnAcquaintanceHasItsCommandLineAndWhatItsContainerIsCalled) {
    ProcessKnown known = orders_api();
    known.argv = std::string("orders\0-v", 9);
    known.container.pod = "api-7c9";
    processes.learn(known);
    EXPECT_EQ(processes.describe(task("a", 4242)).argv(), known.argv);
    EXPECT_EQ(pod_of(processes.describe(task("a", 4242))), "api-7c9");
    EXPECT_EQ(pod_of(processes.describe(task("a", 4243))), "-");
    ProcessKnown dead;
    dead.pid = 4242;
    processes.learn(dead);
    EXPECT_EQ(pod_of(processes.describe(task("a", 4242))), "api-7c9") << "it is true of one that is ending";
    dead.is_another = true;
    processes.learn(dead);
    EXPECT_EQ(pod_of(processes.describe(task("a", 4242))), "-");
}

TEST_F(ProcessesTest, NamesAreThoseOfTheCgroupThatTheKernelSays) {
    ProcessKnown known = orders_api();
    known.container.pod = "of-proc";
    processes.learn(known);
    Actor actor = task("a", 4242);
    actor.cgroup_id = 77;
    processes.learn(CgroupKnown{77, known.cgroup, {}});
    EXPECT_EQ(pod_of(processes.describe(actor)), "of-proc") << "the same group, and read later";
    CgroupKnown other{77, "/other", {}};
    processes.learn(other);
    EXPECT_EQ(pod_of(processes.describe(actor)), "-") << "it has moved to where no name is known";
    other.container.pod = "of-kernel";
    processes.learn(other);
    EXPECT_EQ(pod_of(processes.describe(actor)), "of-kernel");
    processes.learn(CgroupKnown{77, "", {}});
    EXPECT_EQ(pod_of(processes.describe(actor)), "of-proc");
}

TEST_F(ProcessesTest, WhatADyingProcessCannotTellAnyMoreStaysTrueOfIt) {
    processes.learn(orders_api());
    ProcessKnown dead;
    dead.pid = 4242;
    processes.learn(dead);
    EXPECT_EQ(processes.describe(task("a", 4242)).exe, "/usr/bin/orders-api");
}

TEST_F(ProcessesTest, OfAnotherThatHasItsPidNothingOfThatIsTrue) {
    processes.learn(orders_api());
    ProcessKnown dead;
    dead.pid = 4242;
    dead.is_another = true;
    processes.learn(dead);
    EXPECT_EQ(processes.describe(task("a", 4242)).exe, "");
    EXPECT_EQ(named(frame_at(0x400100)).module, "");
}

TEST_F(ProcessesTest, EachOfTwoThatHadAPidIsWhatItWas) {
    const auto meet = [this](const ProcessKnown& known, const char* name) {
        processes.learn(known);
        EXPECT_TRUE(processes.awaits_name());
        ProcessExited event;
        event.actor = task(name, known.pid);
        processes.learn_name(event);
        EXPECT_FALSE(processes.awaits_name());
    };
    meet(orders_api(), "orders-api");
    ProcessKnown other = orders_api();
    other.exe = "/usr/bin/other";
    other.is_another = true;
    meet(other, "other");
    EXPECT_EQ(processes.describe(task("orders-api", 4242)).exe, "/usr/bin/orders-api");
    EXPECT_EQ(processes.describe(task("other", 4242)).exe, "/usr/bin/other");
    EXPECT_EQ(processes.describe(task("a third", 4242)).exe, "");
}

TEST_F(ProcessesTest, TheNewestKnowledgeHolds) {
    processes.learn(orders_api());
    ProcessKnown after_exec = orders_api();
    after_exec.exe = "/usr/bin/other";
    processes.learn(after_exec);
    EXPECT_EQ(processes.describe(task("a", 4242)).exe, "/usr/bin/other");
}

TEST_F(ProcessesTest, NamesAFramesModuleAndItsOffsetInTheFile) {
    processes.learn(orders_api());
    const StackFrame frame = named(frame_at(0x400010));
    EXPECT_EQ(frame.module, "orders-api");
    EXPECT_EQ(frame.offset, 0x1010U);
    EXPECT_EQ(named(frame_at(0x7f0000)).module, "libc.so.6");
}

TEST_F(ProcessesTest, AMappingEndsBeforeItsEnd) {
    processes.learn(orders_api());
    EXPECT_EQ(named(frame_at(0x4fffff)).module, "orders-api");
    EXPECT_EQ(named(frame_at(0x500000)).module, "");
    EXPECT_EQ(named(frame_at(0x3fffff)).module, "");
}

TEST_F(ProcessesTest, NamesNothingInAProcessThatIsNotKnown) {
    processes.learn(orders_api());
    EXPECT_EQ(named(frame_at(0x400010), 4243).module, "");
}

TEST_F(ProcessesTest, TakesANameThatTheKernelsOffsetAgreesWith) {
    processes.learn(orders_api());
    StackFrame frame = frame_at(0x400010);
    frame.build_id = "ab12";
    frame.offset = 0x1010;
    EXPECT_EQ(named(frame).module, "orders-api");
}

TEST_F(ProcessesTest, RefusesANameThatTheKernelsOffsetDisagreesWith) {
    processes.learn(orders_api());
    StackFrame frame = frame_at(0x400010);
    frame.build_id = "ab12";
    frame.offset = 0x2020; // another process has the pid by now
    EXPECT_EQ(named(frame).module, "");
    EXPECT_EQ(named(frame).offset, 0x2020U);
}

TEST_F(ProcessesTest, EndsAStackWhereItLeavesTheCode) {
    processes.learn(orders_api());
    std::vector<StackFrame> stack{frame_at(0x400010), frame_at(0x74656c676f6f672f), frame_at(0x7f0000)};
    processes.name_modules(4242, "orders-api", stack);
    ASSERT_EQ(stack.size(), 1U) << "what is behind data is data";
    EXPECT_EQ(stack[0].module, "orders-api");
}

TEST_F(ProcessesTest, OfAProcessThatIsNotKnownOnlyWhatTheKernelFoundInAFileIsCode) {
    std::vector<StackFrame> stack{frame_at(0x400010), frame_at(0x400020)};
    stack[0].build_id = "ab12";
    processes.name_modules(4243, "orders-api", stack);
    EXPECT_EQ(stack.size(), 1U);
}

TEST_F(ProcessesTest, CodeThatWasCompiledAtRunTimeIsCode) {
    ProcessKnown known = orders_api();
    known.mappings.push_back({0x900000, 0x910000, 0, ""});
    processes.learn(known);
    std::vector<StackFrame> stack{frame_at(0x900010), frame_at(0x400010)};
    processes.name_modules(4242, "orders-api", stack);
    EXPECT_EQ(stack.size(), 2U);
}

TEST_F(ProcessesTest, WhatWasUnwoundWasLookedUpThenAndMayBeNewerThanWhatIsKnown) {
    processes.learn(orders_api());
    std::vector<StackFrame> stack{frame_at(0x400010), frame_at(0x900010), frame_at(0x400020)};
    stack[1].is_code = true; // compiled a moment ago
    processes.name_modules(4242, "orders-api", stack);
    ASSERT_EQ(stack.size(), 3U);
    EXPECT_EQ(stack[1].module, "");
    EXPECT_EQ(stack[2].module, "orders-api");
}

TEST_F(ProcessesTest, ForgetsTheOldestOfVeryMany) {
    constexpr std::uint32_t kRemembered = 4096;
    for (std::uint32_t pid = 1; pid <= kRemembered + 1; ++pid) {
        ProcessKnown known = orders_api();
        known.pid = pid;
        processes.learn(known);
    }
    EXPECT_EQ(processes.describe(task("a", 1)).exe, "");
    EXPECT_NE(processes.describe(task("a", 2)).exe, "");
    EXPECT_NE(processes.describe(task("a", kRemembered + 1)).exe, "");
}

} // namespace
} // namespace tcpblame::reconstruct
