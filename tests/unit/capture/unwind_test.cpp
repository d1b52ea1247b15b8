// Stacks of this very process, as the kernel's programs would have copied them.
#include "capture/process_facts.hpp"
#include "capture/programs.hpp"
#include "capture/symbolizer.hpp"

#include <algorithm>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <pthread.h>
#include <random>
#include <sys/auxv.h>
#include <ucontext.h>

namespace tcpblame::capture {
namespace {

using model::StackFrame;
using testing::ElementsAre;
using testing::IsSubsetOf;

constexpr std::size_t kCopied = 16384;

/// A thread in a call, as it was then.
struct Caught {
    UnwindRegisters registers;
    std::vector<std::byte> stack;

    StackCopy copy() const { return copy(stack.size()); }
    StackCopy copy(std::size_t bytes) const {
        return {static_cast<std::uint32_t>(getpid()), registers, std::span(stack).first(bytes), {}};
    }
};

std::uint64_t end_of_stack() {
    pthread_attr_t attributes;
    void* begin = nullptr;
    std::size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) std::abort();
    pthread_attr_getstack(&attributes, &begin, &size);
    pthread_attr_destroy(&attributes);
    return reinterpret_cast<std::uint64_t>(begin) + size;
}

UnwindRegisters registers_in(const ucontext_t& context) {
    UnwindRegisters registers;
#if defined(__x86_64__)
    const std::array<int, 17> order{REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_R8,
                                    REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
    for (std::size_t i = 0; i < order.size(); ++i)
        registers.values[i] = static_cast<std::uint64_t>(context.uc_mcontext.gregs[order[i]]);
    registers.pc = *registers.values[16];
#else
    for (std::size_t i = 0; i < 31; ++i) registers.values[i] = context.uc_mcontext.regs[i];
    registers.values[31] = context.uc_mcontext.sp;
    registers.pc = context.uc_mcontext.pc;
#endif
    return registers;
}

/// The read of the stack beyond this function's frame is what is meant.
__attribute__((noinline, no_sanitize("address"))) int catch_caller(void* into) {
    auto& caught = *static_cast<Caught*>(into);
    ucontext_t context;
    getcontext(&context);
    caught.registers = registers_in(context);
    const std::uint64_t from = *caught.registers.at(kOurTarget.stack_pointer);
    caught.stack.resize(std::min<std::size_t>(kCopied, end_of_stack() - from));
    const auto* bytes = reinterpret_cast<const volatile std::byte*>(from);
    for (std::size_t i = 0; i < caught.stack.size(); ++i) caught.stack[i] = bytes[i];
    return 1;
}

/// Built without frame pointers: outer() calls middle(), that calls innermost(), and that whoever is given.
const std::string kChainC = R"(
typedef int call(void* into);
int outer(call* it, void* into, int n);
__attribute__((noinline)) static int innermost(call* it, void* into, int n) {
    volatile int filler[40]; for (int i = 0; i < 40; i++) filler[i] = i + n;
    return it(into) + filler[n & 7];
}
__attribute__((noinline)) static int middle(call* it, void* into, int n) {
    int sum = 0; for (int i = 0; i < n; i++) sum += innermost(it, into, n + i);
    return sum;
}
int outer(call* it, void* into, int n) { return middle(it, into, n) * 2 + n; }
)";

using Outer = int (*)(int (*)(void*), void*, int);

class UnwindTest : public testing::Test {
protected:
    TemporaryFolder folder_;
    std::string library_ =
        build(folder_, "chain.so", kChainC, "-shared -fPIC -O2 -fomit-frame-pointer -g -Wl,--build-id");

    static Caught catch_in(const std::string& library) {
        Caught caught;
        void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
        EXPECT_NE(handle, nullptr) << dlerror();
        reinterpret_cast<Outer>(dlsym(handle, "outer"))(catch_caller, &caught, 1);
        return caught;
    }
    static std::vector<StackFrame> unwound(const StackCopy& copy) {
        Symbolizer symbolizer;
        symbolizer.learn(read_process(copy.pid, 0));
        return symbolizer.unwind(copy);
    }
    static std::vector<std::string> names(const Caught& caught) {
        Symbolizer symbolizer;
        symbolizer.learn(read_process(static_cast<std::uint32_t>(getpid()), 0));
        std::vector<StackFrame> frames = symbolizer.unwind(caught.copy());
        symbolizer.name(static_cast<std::uint32_t>(getpid()), frames);
        std::vector<std::string> names;
        for (const StackFrame& frame : frames) names.push_back(frame.function);
        return names;
    }
};

TEST_F(UnwindTest, GoesUpWithoutFramePointersToWhereTheThreadBegan) {
    const std::vector<std::string> all = names(catch_in(library_));
    ASSERT_GE(all.size(), 8U);
    EXPECT_THAT(all[0], testing::HasSubstr("catch_caller"));
    EXPECT_THAT(std::vector(all.begin() + 1, all.begin() + 4), ElementsAre("innermost", "middle", "outer"));
    EXPECT_THAT(all, testing::Contains("main"));
    EXPECT_EQ(all.back(), "_start");
}

TEST_F(UnwindTest, NeedsNoSymbols) {
    const std::size_t depth = names(catch_in(library_)).size();
    run_command("strip " + library_ + " -o " + (folder_ / "stripped.so"));
    const std::vector<std::string> all = names(catch_in(folder_ / "stripped.so"));
    EXPECT_EQ(all.size(), depth);
    EXPECT_EQ(all[3], "outer") << "which it exports";
}

TEST_F(UnwindTest, AStackThatIsCutShortGivesTheFirstFrames) {
    const Caught caught = catch_in(library_);
    const std::vector<StackFrame> whole = unwound(caught.copy());
    ASSERT_GE(whole.size(), 5U);
    std::size_t longest = 0;
    for (std::size_t bytes = 8; bytes < 4096; bytes += 120) {
        const std::vector<StackFrame> some = unwound(caught.copy(std::min(bytes, caught.stack.size())));
        ASSERT_LE(some.size(), whole.size());
        EXPECT_TRUE(std::equal(some.begin(), some.end(), whole.begin()));
        EXPECT_GE(some.size(), longest);
        longest = some.size();
    }
    EXPECT_TRUE(unwound(caught.copy(0)).empty());
}

TEST_F(UnwindTest, GoesIntoNoCodeThatTheProcessHasNot) {
    Caught caught = catch_in(library_);
    caught.registers.pc = 0x1234;
    EXPECT_TRUE(unwound(caught.copy()).empty());
}

TEST_F(UnwindTest, AWalkThatCameFurtherIsKept) {
    const Caught caught = catch_in(library_);
    const std::vector<StackFrame> whole = unwound(caught.copy());
    StackCopy copy = caught.copy(64);
    ASSERT_LT(unwound(copy).size(), 4U);
    for (std::size_t i = 0; i < 5; ++i) copy.walked.push_back(whole[i].address);
    EXPECT_TRUE(unwound(copy).empty());
    copy.walked.resize(1);
    EXPECT_FALSE(unwound(copy).empty());
    copy.walked.insert(copy.walked.end(), 5, 0x2c); // no code: the walk had lost its way
    EXPECT_FALSE(unwound(copy).empty());
}

/// Where a section of a file lies, and how long it is.
std::pair<std::size_t, std::size_t> section(const std::string& file, const std::string& name) {
    Elf64_Ehdr header;
    std::memcpy(&header, file.data(), sizeof(header));
    std::vector<Elf64_Shdr> sections(header.e_shnum);
    std::memcpy(sections.data(), file.data() + header.e_shoff, sections.size() * sizeof(Elf64_Shdr));
    const char* names = file.data() + sections[header.e_shstrndx].sh_offset;
    for (const Elf64_Shdr& one : sections)
        if (name == names + one.sh_name) return {one.sh_offset, one.sh_size};
    ADD_FAILURE() << "no " << name;
    return {};
}

/// One frame, wherever its library lies.
std::pair<std::string, std::uint64_t> place(const StackFrame& frame) { return {frame.build_id, frame.offset}; }

TEST_F(UnwindTest, DamagedCallFrameInformationGivesNoFrameThatIsNone) {
    const std::string whole = read_file(library_);
    const auto [at, size] = section(whole, ".eh_frame");
    std::vector<std::pair<std::string, std::uint64_t>> truth;
    std::mt19937 random(20);
    std::size_t cut_short = 0;
    for (int round = 0; round <= 80; ++round) { // the first is undamaged, and called from the same place
        std::string damaged = whole;
        for (int i = 0; i < round && i <= round % 4; ++i) damaged[at + random() % size] = static_cast<char>(random());
        const std::string file = folder_ / ("damaged" + std::to_string(round) + ".so");
        write_file(file, damaged);
        std::vector<std::pair<std::string, std::uint64_t>> seen;
        for (const StackFrame& frame : unwound(catch_in(file).copy())) seen.push_back(place(frame));
        if (round == 0) truth = seen;
        if (seen.size() < truth.size()) ++cut_short;
        auto from = truth.begin();
        for (const auto& frame : seen) {
            from = std::find(from, truth.end(), frame);
            ASSERT_NE(from, truth.end()) << "round " << round << ": no such frame, or in another order";
            ++from;
        }
    }
    EXPECT_GE(truth.size(), 8U);
    EXPECT_GT(cut_short, 5U) << "nothing was damaged that matters";
}

TEST_F(UnwindTest, KnowsTheKernelsOwnCodeInEveryProcess) {
    void* vdso = dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD);
    if (vdso == nullptr) GTEST_SKIP() << "none is mapped";
    void* code = dlsym(vdso, "__vdso_clock_gettime");
    if (code == nullptr) code = dlsym(vdso, "__kernel_clock_gettime"); // arm64
    ASSERT_NE(code, nullptr);
    Symbolizer symbolizer;
    std::vector<StackFrame> stack(1);
    stack[0].address = reinterpret_cast<std::uint64_t>(code);
    symbolizer.name(static_cast<std::uint32_t>(getpid()), stack);
    EXPECT_EQ(stack[0].module, "[vdso]");
    EXPECT_THAT(stack[0].function, testing::HasSubstr("clock_gettime"));
}

TEST(NameReaderStack, IsForgottenAtTheNextQuestionOfAnotherKind) {
    TemporaryFolder folder;
    const std::string library = build(folder, "chain.so", kChainC, "-shared -fPIC -O2");
    const UniqueFd fd(open(library.c_str(), O_RDONLY | O_CLOEXEC));
    const std::array<std::uint64_t, 4> words{0x2000, 0x1234};
    UnwindRegisters registers;
    registers.values[kOurTarget.stack_pointer] = 0x2000;
    registers.values[kOurTarget.frame_pointer] = 0x2000;
    NameReader reader;
    EXPECT_FALSE(reader.step({})) << "no process, no stack";
    ASSERT_TRUE(reader.begin_stack(registers, std::as_bytes(std::span(words))));
    const auto step = reader.step({});
    ASSERT_TRUE(step);
    EXPECT_EQ(step->kind, UnwindStep::kCaller);
    EXPECT_EQ(step->pc, 0x1234U);
    ASSERT_TRUE(reader.begin_stack(registers, std::as_bytes(std::span(words))));
    ASSERT_TRUE(reader.ask({.file = 1, .fd = fd.get()}));
    EXPECT_EQ(reader.step({})->kind, UnwindStep::kNoFrame);
}

} // namespace
} // namespace tcpblame::capture
