#include "capture/symbolizer.hpp"

#include "capture/build_id.hpp"
#include "capture/process_facts.hpp"
#include "capture/programs.hpp"

#include <csignal>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <link.h>
#include <sched.h>
#include <sys/mount.h>

/// Tests named …AsRoot fail without root, as /proc/PID/map_files and mount namespaces do.
#define NEEDS_ROOT() ASSERT_EQ(geteuid(), 0u) << "this test needs root"

namespace tcpblame::capture {
namespace {

using model::StackFrame;
using testing::EndsWith;

std::vector<StackFrame> stack_at(std::vector<std::uint64_t> addresses) {
    std::vector<StackFrame> stack(addresses.size());
    for (std::size_t i = 0; i < stack.size(); ++i) stack[i].address = addresses[i];
    return stack;
}

/// flush_orders+1, called from handle_request.
std::vector<StackFrame> orders_stack(const Running& program) {
    return stack_at({program.at("flush_orders") + 1, program.at("in_handle_request")});
}

void expect_orders(const std::vector<StackFrame>& stack, const Running& program, const std::string& module) {
    ASSERT_EQ(stack.size(), 2u);
    EXPECT_EQ(stack[0].function, "flush_orders");
    EXPECT_EQ(stack[0].function_offset, 1u);
    EXPECT_EQ(stack[0].module, module);
    EXPECT_EQ(stack[1].function, "handle_request");
    EXPECT_EQ(stack[1].function_offset, program.at("in_handle_request") - program.at("handle_request"));
    EXPECT_EQ(stack[1].module, module);
}

void expect_orders_lines(const std::vector<StackFrame>& stack) {
    EXPECT_THAT(stack[0].file, EndsWith("/orders.c"));
    EXPECT_EQ(stack[0].line, line_of(kOrdersC, "flush"));
    EXPECT_THAT(stack[1].file, EndsWith("/orders.c"));
    EXPECT_EQ(stack[1].line, line_of(kOrdersC, "call")) << "not the line that the call returns to";
}

/// As the kernel gives frames with BPF_F_USER_BUILD_ID: 20 bytes of build id, and the offset in the file.
std::vector<StackFrame> as_the_kernel_gives(std::vector<StackFrame> named) {
    for (StackFrame& frame : named) {
        StackFrame bare;
        bare.address = frame.address;
        bare.build_id = frame.build_id;
        bare.build_id.resize(40, '0');
        bare.offset = frame.offset;
        frame = bare;
    }
    return named;
}

std::vector<StackFrame> named_at_once(const Running& program, std::vector<StackFrame> stack) {
    Symbolizer symbolizer;
    symbolizer.name(program.pid(), stack);
    return stack;
}

struct Build {
    const char* name;
    const char* compiler;
    const char* flags;
};
void PrintTo(const Build& build, std::ostream* out) { *out << build.compiler << " " << build.flags; }

class SymbolizerOf : public testing::TestWithParam<Build> {};

TEST_P(SymbolizerOf, NamesFunctionsAndLinesOfALiveProgram) {
    const TemporaryFolder folder;
    const Running program({build(folder, "orders", kOrdersC, GetParam().flags, GetParam().compiler)});
    const auto stack = named_at_once(program, orders_stack(program));
    expect_orders(stack, program, "orders");
    expect_orders_lines(stack);
    EXPECT_EQ(stack[0].path, folder / "orders");
}

TEST_P(SymbolizerOf, NamesWhatTheKernelGaveWithItsBuildId) {
    const TemporaryFolder folder;
    const Running program({build(folder, "orders", kOrdersC, GetParam().flags, GetParam().compiler)});
    auto stack = as_the_kernel_gives(named_at_once(program, orders_stack(program)));
    ASSERT_EQ(stack[0].build_id.size(), 40u);
    Symbolizer symbolizer;
    symbolizer.name(program.pid(), stack);
    expect_orders(stack, program, "orders");
    expect_orders_lines(stack);
}

TEST_P(SymbolizerOf, ShowsWhatTheCompilerHasInlined) {
    const TemporaryFolder folder;
    const std::string flags = std::string(GetParam().flags) + " -O2";
    const Running program({build(folder, "inlined", kInlinedC, flags, GetParam().compiler)});
    const auto stack = named_at_once(program, stack_at({program.at("here"), program.at("in_outermost")}));
    ASSERT_EQ(stack.size(), 4u);
    const std::array<const char*, 4> functions{"here", "innermost", "between", "outermost"};
    for (std::size_t i = 0; i < functions.size(); ++i) {
        EXPECT_EQ(stack[i].function, functions.at(i));
        EXPECT_EQ(stack[i].is_inlined, i == 1 || i == 2) << i;
        EXPECT_EQ(stack[i].module, "inlined");
        if (i == 0) continue;
        EXPECT_EQ(stack[i].address, program.at("in_outermost"));
        EXPECT_THAT(stack[i].file, EndsWith("/inlined.c"));
        EXPECT_EQ(stack[i].line, line_of(kInlinedC, functions.at(i)));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Builds, SymbolizerOf,
    testing::Values(Build{"Pie", "cc", "-g -fPIE -pie"}, Build{"NoPie", "cc", "-g -fno-pie -no-pie"},
                    Build{"Static", "cc", "-g -static"}, Build{"StaticPie", "cc", "-g -static-pie"},
                    Build{"Dwarf4", "cc", "-g -gdwarf-4"}, Build{"Packed", "cc", "-g -gz=zlib"},
                    Build{"Sections", "cc", "-g -ffunction-sections -Wl,-z,separate-code"},
                    Build{"NoSeparateCode", "cc", "-g -Wl,-z,noseparate-code"},
                    Build{"ShortBuildId", "cc", "-g -Wl,--build-id=md5"}, Build{"WithoutIndex", "clang", "-g"}),
    [](const auto& one) { return std::string(one.param.name); });

/// Where write() begins, its return address is where the call has put it, and the walk by frame pointers passes over
/// it.
TEST(Symbolizer, FindsTheCallerOfALeafByTheCallFrames) {
    const TemporaryFolder folder;
    const Running program({build(folder, "orders", kOrdersC, "-g")});
    auto stack = stack_at({program.at("write"), program.at("in_gives_up")});
    stack[0].stack_words = {program.at("in_handle_request")};
    stack[0].link_register = program.at("in_handle_request");
    stack = named_at_once(program, stack);
    ASSERT_EQ(stack.size(), 3u);
    EXPECT_EQ(stack[1].function, "handle_request");
    EXPECT_EQ(stack[2].function, "gives_up");

    auto walked_right = stack_at({program.at("write"), program.at("in_handle_request")});
    walked_right[0].stack_words = stack[0].stack_words;
    walked_right[0].link_register = stack[0].link_register;
    EXPECT_EQ(named_at_once(program, walked_right).size(), 2u);
}

TEST(Symbolizer, ReadsCppNames) {
    const TemporaryFolder folder;
    const Running program({build(folder, "orders", kOrdersCpp, "-g")});
    const auto stack = named_at_once(program, stack_at({program.at("flush") + 1, program.at("in_handle")}));
    EXPECT_THAT(stack[0].function, testing::StartsWith("orders::Flusher<std::__cxx11::basic_string<char"));
    EXPECT_THAT(stack[0].function, testing::HasSubstr("::flush(std::vector<"));
    EXPECT_EQ(stack[0].function_offset, 1u);
    EXPECT_EQ(stack[0].line, line_of(kOrdersCpp, "flush"));
    EXPECT_THAT(stack[1].function, testing::StartsWith("orders::handle(std::vector<"));
    EXPECT_EQ(stack[1].line, line_of(kOrdersCpp, "call"));
    EXPECT_THAT(stack[1].file, EndsWith("/orders.cpp"));
}

TEST(Symbolizer, NamesASharedLibrary) {
    const TemporaryFolder folder;
    const std::string library = build(folder, "libinside.so", kLibraryC, "-g -shared -fPIC");
    const Running program({build(folder, "user", kLibraryUserC, library)});
    const auto stack = named_at_once(program, stack_at({program.at("in_library"), program.at("in_library")}));
    EXPECT_EQ(stack[1].function, "inside_library");
    EXPECT_EQ(stack[1].module, "libinside.so");
    EXPECT_EQ(stack[1].line, line_of(kLibraryC, "call"));
}

TEST(Symbolizer, NamesTheCallerWhoseCallDoesNotReturn) {
    const TemporaryFolder folder;
    const Running program({build(folder, "orders", kOrdersC, "-g -O2 -fno-optimize-sibling-calls")});
    const auto stack = named_at_once(program, stack_at({program.at("gives_up"), program.at("in_gives_up")}));
    EXPECT_EQ(stack[1].function, "gives_up");
    EXPECT_EQ(stack[1].function_offset, program.at("in_gives_up") - program.at("gives_up"));
    EXPECT_EQ(stack[1].line, line_of(kOrdersC, "last"));
}

TEST(Symbolizer, GivesModuleOffsetAndBuildIdOfAStrippedProgram) {
    const TemporaryFolder folder;
    const Running program({build(folder, "orders", kOrdersC, "-s -rdynamic")});
    auto stack = orders_stack(program);
    stack.push_back(stack_at({program.at("exported") + 1})[0]);
    stack = named_at_once(program, stack);
    EXPECT_EQ(stack[0].function, "") << "no name is better than the one of the function before";
    EXPECT_EQ(stack[0].module, "orders");
    EXPECT_EQ(stack[0].build_id.size(), 40u);
    EXPECT_GT(stack[0].offset, 0u);
    EXPECT_EQ(stack[0].line, 0);
    EXPECT_EQ(stack[2].function, "exported");
    EXPECT_EQ(stack[2].function_offset, 1u);
}

TEST(Symbolizer, TakesNamesAndLinesFromASeparateDebugFile) {
    const TemporaryFolder folder;
    const std::string file = build(folder, "orders", kOrdersC, "-g");
    const Running whole({file});
    const std::string id = named_at_once(whole, orders_stack(whole))[0].build_id;
    const std::string place = folder / ("debug/.build-id/" + id.substr(0, 2));
    std::filesystem::create_directories(place);
    run_command("objcopy --only-keep-debug " + file + " " + place + "/" + id.substr(2) + ".debug");
    run_command("strip -s -o " + (folder / "stripped") + " " + file);
    const Running program({folder / "stripped"});
    auto stack = orders_stack(program);
    Symbolizer symbolizer({.debug_directory = folder / "debug"});
    symbolizer.name(program.pid(), stack);
    expect_orders(stack, program, "stripped");
    expect_orders_lines(stack);
}

TEST(Symbolizer, TakesNamesFromPackedMiniSymbols) {
    const TemporaryFolder folder;
    const std::string file = build(folder, "orders", kOrdersC, "");
    // As Fedora's find-debuginfo does it (gdb's manual, MiniDebugInfo).
    run_command("objcopy -S --remove-section .gdb_index --remove-section .comment --keep-symbol=flush_orders "
                "--keep-symbol=handle_request " +
                file + " " + (folder / "mini") + " && xz -k " + (folder / "mini") + " && strip -s " + file +
                " && objcopy --add-section .gnu_debugdata=" + (folder / "mini.xz") + " " + file);
    const Running program({file});
    expect_orders(named_at_once(program, orders_stack(program)), program, "orders");
}

TEST(Symbolizer, NamesAProgramThatHasDiedMeanwhile) {
    const TemporaryFolder folder;
    Running program({build(folder, "orders", kOrdersC, "-g")});
    auto stack = orders_stack(program);
    Symbolizer symbolizer;
    symbolizer.learn(read_process(program.pid(), 0));
    program.end();
    symbolizer.name(program.pid(), stack);
    expect_orders(stack, program, "orders");
    expect_orders_lines(stack);
}

TEST(Symbolizer, DoesNotTakeAnotherProgramForTheDeadOne) {
    const TemporaryFolder folder;
    Running program({build(folder, "orders", kOrdersC, "-g")});
    auto stack = orders_stack(program);
    const auto by_kernel = as_the_kernel_gives(named_at_once(program, stack));
    Symbolizer symbolizer;
    symbolizer.learn(read_process(program.pid(), 0));
    program.end();
    std::filesystem::remove(folder / "orders");
    // The very same code, so that a wrong name would look right.
    build(folder, "orders", kOrdersC, "-g -Wl,--build-id=0x0123456789abcdef0123456789abcdef01234567");
    for (auto frames : {stack, by_kernel}) {
        symbolizer.name(program.pid(), frames);
        EXPECT_EQ(frames[0].function, "");
        EXPECT_EQ(frames[0].module, "orders");
    }
}

TEST(Symbolizer, NamesADeadProgramByTheBuildIdsOfAnother) {
    const TemporaryFolder folder;
    const std::string file = build(folder, "orders", kOrdersC, "-g");
    Running died_at_once({file});
    const Running other({file});
    auto stack = as_the_kernel_gives(named_at_once(died_at_once, orders_stack(died_at_once)));
    died_at_once.end();
    Symbolizer symbolizer;
    symbolizer.learn(read_process(other.pid(), 0));
    symbolizer.name(died_at_once.pid(), stack);
    expect_orders(stack, died_at_once, "orders");
}

TEST(Symbolizer, KnowsTheLibraryOfADeadProgramByOurOwn) {
    const TemporaryFolder folder;
    Running program({build(folder, "orders", kOrdersC, "")});
    auto stack = as_the_kernel_gives(named_at_once(program, stack_at({program.at("write") + 1})));
    program.end();
    Symbolizer symbolizer;
    symbolizer.name(program.pid(), stack);
    EXPECT_EQ(stack[0].function, "write");
    EXPECT_EQ(stack[0].function_offset, 1u);
    EXPECT_THAT(stack[0].module, testing::StartsWith("libc"));
}

TEST(Symbolizer, NamesADeletedProgramWhileItLivesAsRoot) {
    NEEDS_ROOT();
    const TemporaryFolder folder;
    const Running program({build(folder, "orders", kOrdersC, "-g")});
    std::filesystem::remove(folder / "orders");
    build(folder, "orders", kOrdersC, "-g -O2"); // what a deployment does
    const auto stack = named_at_once(program, orders_stack(program));
    expect_orders(stack, program, "orders");
    expect_orders_lines(stack);
    EXPECT_EQ(stack[0].path, folder / "orders");
}

TEST(Symbolizer, NamesADeletedProgramAfterItsDeathIfItWasNamedBeforeAsRoot) {
    NEEDS_ROOT();
    const TemporaryFolder folder;
    Running program({build(folder, "orders", kOrdersC, "-g")});
    std::filesystem::remove(folder / "orders");
    Symbolizer symbolizer;
    auto stack = orders_stack(program);
    symbolizer.name(program.pid(), stack);
    stack = as_the_kernel_gives(stack);
    program.end();
    symbolizer.name(program.pid(), stack);
    expect_orders(stack, program, "orders");
}

/// A program at a path that is another's, or nobody's, outside of its mount namespace.
class InAnotherNamespace {
public:
    InAnotherNamespace() {
        std::filesystem::create_directory(folder_ / "inside");
        std::filesystem::create_directory(folder_ / "seen");
        build(folder_, "orders", kOrdersC, "-g");
        std::filesystem::rename(folder_ / "orders", folder_ / "inside/orders");
        build(folder_, "orders", kOrdersC, "-g -O2");
        std::filesystem::rename(folder_ / "orders", folder_ / "seen/orders");
    }
    std::vector<std::string> command() const { return {folder_ / "seen/orders"}; }
    std::function<void()> before_exec() const {
        return [this] {
            if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                mount((folder_ / "inside").c_str(), (folder_ / "seen").c_str(), nullptr, MS_BIND, nullptr) != 0)
                _exit(1);
        };
    }

private:
    TemporaryFolder folder_;
};

TEST(Symbolizer, LooksIntoAnotherMountNamespaceAsRoot) {
    NEEDS_ROOT();
    const InAnotherNamespace container;
    const Running program(container.command(), container.before_exec());
    const auto stack = named_at_once(program, orders_stack(program));
    expect_orders(stack, program, "orders");
    expect_orders_lines(stack);
}

TEST(Symbolizer, DoesNotTakeOurFileForTheDeadContainersAsRoot) {
    NEEDS_ROOT();
    const InAnotherNamespace container;
    Running program(container.command(), container.before_exec());
    auto stack = orders_stack(program);
    Symbolizer symbolizer;
    symbolizer.learn(read_process(program.pid(), 0));
    program.end();
    symbolizer.name(program.pid(), stack);
    EXPECT_EQ(stack[0].function, "");
    EXPECT_EQ(stack[0].module, "orders");
}

TEST(Symbolizer, NamesADeadContainersProgramByAnotherOfItsProcessesAsRoot) {
    NEEDS_ROOT();
    const InAnotherNamespace container;
    Running died_at_once(container.command(), container.before_exec());
    const Running other(container.command(), container.before_exec());
    auto stack = as_the_kernel_gives(named_at_once(died_at_once, orders_stack(died_at_once)));
    died_at_once.end();
    Symbolizer symbolizer;
    symbolizer.learn(read_process(other.pid(), 0));
    symbolizer.name(died_at_once.pid(), stack);
    expect_orders(stack, died_at_once, "orders");
}

class JitProgram {
public:
    JitProgram() : program_({build(folder_, "jit", kJitC, "")}) {}
    ~JitProgram() { unlink(map().c_str()); }
    Running& operator*() { return program_; }
    std::string map() const { return "/tmp/perf-" + std::to_string(program_.pid()) + ".map"; }

private:
    TemporaryFolder folder_;
    Running program_;
};

TEST(Symbolizer, NamesCompiledCodeByItsPerfMap) {
    JitProgram jit;
    const std::uint64_t code = (*jit).at("code");
    auto stack = named_at_once(*jit, stack_at({code + 5, code + 64 + 5, code + 4096}));
    EXPECT_EQ(stack[0].function, "LazyCompile:*flush orders.js:12");
    EXPECT_EQ(stack[0].function_offset, 5u);
    EXPECT_EQ(stack[1].function, "") << "its line is half written";
    EXPECT_EQ(stack[2].function, "");
}

TEST(Symbolizer, ReadsOnInAPerfMapThatGrows) {
    JitProgram jit;
    const std::uint64_t code = (*jit).at("code");
    Symbolizer symbolizer;
    auto stack = stack_at({code + 5});
    symbolizer.name((*jit).pid(), stack);
    std::ofstream(jit.map(), std::ios::app) << "0 later\n";
    stack = stack_at({code + 64 + 5});
    symbolizer.name((*jit).pid(), stack);
    EXPECT_EQ(stack[0].function, "later");
}

TEST(Symbolizer, RefusesAPerfMapOfAnotherUserAsRoot) {
    NEEDS_ROOT();
    JitProgram jit;
    ASSERT_EQ(chown(jit.map().c_str(), 12345, 12345), 0);
    EXPECT_EQ(named_at_once(*jit, stack_at({(*jit).at("code")}))[0].function, "");
}

TEST(Symbolizer, KeepsTheKernelsNameForWhatIsNoFile) {
    const TemporaryFolder folder;
    Running program({build(folder, "orders", kOrdersC, "")});
    model::ProcessKnown known = read_process(program.pid(), 0);
    const auto vdso = std::find_if(known.mappings.begin(), known.mappings.end(),
                                   [](const model::Mapping& mapping) { return mapping.path == "[vdso]"; });
    ASSERT_NE(vdso, known.mappings.end());
    const auto stack = named_at_once(program, stack_at({vdso->start + 8}));
    EXPECT_EQ(stack[0].module, "[vdso]");
    EXPECT_EQ(stack[0].offset, 8u);
    EXPECT_EQ(stack[0].function, "");
}

TEST(Symbolizer, LeavesFramesThatItCannotName) {
    Symbolizer symbolizer;
    std::vector<StackFrame> stack = stack_at({0, 0x1234, ~std::uint64_t{0}});
    stack[1].build_id = std::string(40, 'a');
    stack[1].offset = 77;
    symbolizer.name(static_cast<std::uint32_t>(getpid()), stack);
    symbolizer.name(0, stack);
    symbolizer.name(~0u, stack);
    EXPECT_EQ(stack[1].build_id, std::string(40, 'a'));
    EXPECT_EQ(stack[1].offset, 77u);
    for (const StackFrame& frame : stack) EXPECT_EQ(frame.function + frame.module + frame.file, "");
}

TEST(Symbolizer, NamesOnThoughItMayKeepFewFilesOpen) {
    const TemporaryFolder folder;
    const Running program({build(folder, "orders", kOrdersC, "-g")});
    Symbolizer symbolizer({.open_files = 1});
    for (int round = 0; round < 3; ++round) {
        auto stack = orders_stack(program);
        stack.insert(stack.begin(), stack_at({program.at("write") + 1})[0]);
        symbolizer.name(program.pid(), stack);
        EXPECT_EQ(stack[0].function, "write");
        stack.erase(stack.begin());
        expect_orders(stack, program, "orders");
    }
}

} // namespace
} // namespace tcpblame::capture
