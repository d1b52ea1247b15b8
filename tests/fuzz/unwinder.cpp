// A thread's copied stack, the call frame information of the file that its code is in, and the map of a just-in-time
// compiler: any bytes as each of them.
#include "capture/perf_map.hpp"
#include "capture/stack_unwinder.hpp"
#include "fuzz/require.hpp"
#include "fuzz/small_elf.hpp"
#include "fuzz/target.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <vector>

namespace tcpblame::fuzz {
namespace {

using capture::UnwindStep;
using Bytes = std::span<const std::byte>;

constexpr std::size_t kMostFrames = 64;

/// How an input begins.
struct Head {
    enum Flag : std::uint8_t { kArm64 = 1, kByTable = 2 };

    std::uint8_t flags = 0;
    std::uint8_t table_bytes = 0;    ///< of the call frame information: the table that leads to the rest, .eh_frame_hdr
    std::uint16_t stack_bytes = 0;   ///< what comes first
    std::uint16_t map_bytes = 0;     ///< then a perf map; then the call frame information
    std::uint16_t frame_pointer = 0; ///< above the stack pointer
    std::uint32_t pc = 0;
    std::uint32_t absent = 0;
};

/// All that an input is about.
struct Thread {
    Head head;
    const capture::UnwindTarget& target;
    Bytes stack;
    Bytes call_frames;

    [[nodiscard]] bool is_arm64() const { return (head.flags & Head::kArm64) != 0; }
    [[nodiscard]] std::size_t table_bytes() const { return (head.flags & Head::kByTable) != 0 ? head.table_bytes : 0; }

    [[nodiscard]] capture::UnwindRegisters registers() const {
        capture::UnwindRegisters registers;
        for (std::size_t i = 0; i < target.registers; ++i) registers.values[i] = kStackBegin + 8 * i;
        registers.values[target.stack_pointer] = kStackBegin;
        registers.values[target.frame_pointer] = kStackBegin + head.frame_pointer;
        registers.pc = head.pc;
        return registers;
    }

    static constexpr std::uint64_t kStackBegin = 0x7fff0000;
};

/// Where the frames are that a stack is found to have.
std::vector<std::uint64_t> unwound(const Thread& thread, Bytes stack, std::uint32_t absent) {
    static constexpr std::array<std::string_view, 2> kCalls{"\xe8\x12\x34\x56\x78", std::string_view("\0\0\0\x94", 4)};
    // What libdw finds in a damaged file may depend on what it was asked before.
    const SmallElf file(thread.target.machine, thread.call_frames, thread.table_bytes());
    capture::StackUnwinder unwinder(thread.target);
    unwinder.begin(thread.registers(), stack, absent);
    std::vector<std::uint64_t> frames;
    std::uint64_t pc = thread.head.pc;
    bool is_return_address = false;
    while (frames.size() < kMostFrames) {
        const UnwindStep step = unwinder.step({.cfi = file.cfi(),
                                               .code = kCalls[thread.is_arm64() ? 1 : 0],
                                               .address = pc,
                                               .is_return_address = is_return_address});
        if (step.kind == UnwindStep::kNoFrame) break;
        frames.push_back(pc);
        if (step.kind != UnwindStep::kCaller) break;
        require(step.pc != 0, "a caller is somewhere");
        pc = step.pc;
        is_return_address = step.is_return_address;
    }
    unwinder.forget();
    require(unwinder.step({}).kind == UnwindStep::kNoFrame, "of what is wiped nothing is left");
    return frames;
}

bool begins_with(const std::vector<std::uint64_t>& whole, const std::vector<std::uint64_t>& part) {
    return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

void check_stack(const Thread& thread) {
    const auto whole = unwound(thread, thread.stack, 0);
    require(unwound(thread, thread.stack, 0) == whole, "a stack has the same frames each time");
    for (const std::size_t divisor : {2U, 3U, 7U})
        require(begins_with(whole, unwound(thread, thread.stack.first(thread.stack.size() / divisor), 0)),
                "one that is cut short has the first of them");
    require(begins_with(whole, unwound(thread, thread.stack, thread.head.absent)),
            "so has one of which a piece was not in memory");
}

void check_map(std::string_view text, std::uint64_t pc) {
    capture::PerfMap at_once;
    at_once.add(text);
    capture::PerfMap piecemeal;
    piecemeal.add(text.substr(0, text.size() / 2));
    piecemeal.add(text.substr(text.size() / 2));
    for (const std::uint64_t address : {pc, std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{0x1000}}) {
        const auto found = at_once.find(address);
        const auto again = piecemeal.find(address);
        require(found.name == again.name && found.start == again.start, "a map that grows says the same");
        require(found.start <= address, "code begins before what is in it");
        require(found.name.find('\n') == std::string_view::npos && found.name.size() <= 4096, "a name is of one line",
                found.name);
        require(found.name.empty() || text.find(found.name) != std::string_view::npos, "and of the map", found.name);
    }
}

Bytes take(Bytes& from, std::size_t size) {
    const Bytes taken = from.first(std::min(size, from.size()));
    from = from.subspan(taken.size());
    return taken;
}

void check(Bytes input) {
    Head head;
    if (input.size() < sizeof(head)) return;
    std::memcpy(&head, take(input, sizeof(head)).data(), sizeof(head));
    const Bytes stack = take(input, head.stack_bytes);
    const Bytes map = take(input, head.map_bytes);
    check_map({reinterpret_cast<const char*>(map.data()), map.size()}, head.pc);

    const bool is_arm64 = (head.flags & Head::kArm64) != 0;
    check_stack({head, is_arm64 ? capture::kArm64Target : capture::kX86Target, stack, input});
}

} // namespace
} // namespace tcpblame::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tcpblame::fuzz::check(std::as_bytes(std::span(data, size)));
    return 0;
}
