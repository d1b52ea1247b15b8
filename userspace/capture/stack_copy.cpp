#include "capture/stack_copy.hpp"

#include "bpf/wire.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace tcpblame::capture {
namespace {

/// Each CPU makes one at a time, and its event right behind: these wait for no more than other CPUs' events.
constexpr std::size_t kMostKept = 16;
constexpr std::uint64_t kLongestBetweenNs = 1'000'000'000; // the thread may have had to wait for the CPU

template <typename Wire>
Wire part_of(wire::Frame frame, std::size_t at) {
    Wire part;
    std::memcpy(&part, frame.data() + at, sizeof(part));
    return part;
}

/// What an event has in common with the copy that was made for it.
struct Likeness {
    std::uint32_t cpu;
    std::uint32_t tid;
    std::vector<std::uint64_t> walked; ///< not empty
    wire_stack_top top;
};

std::vector<std::uint64_t> addresses_in(std::span<const __u64> addresses, std::size_t count) {
    const auto those = addresses.first(std::min(count, addresses.size()));
    return {those.begin(), those.end()};
}

template <typename Event>
std::optional<Likeness> likeness_in(wire::Frame frame) {
    if (frame.size() < sizeof(Event)) return std::nullopt;
    const auto stack = part_of<wire_stack>(frame, offsetof(Event, stack));
    if (stack.count == 0) return std::nullopt;
    return Likeness{part_of<wire_header>(frame, 0).cpu, part_of<wire_task>(frame, offsetof(Event, task)).tid,
                    addresses_in(stack.addresses, stack.count), stack.top};
}

std::optional<Likeness> likeness_of(wire::Frame frame) {
    const auto header = part_of<wire_header>(frame, 0);
    if (header.type == WIRE_SEND) return likeness_in<wire_send>(frame);
    if (header.type == WIRE_SIGPIPE) return likeness_in<wire_sigpipe>(frame);
    if (header.type != WIRE_STATE || frame.size() != sizeof(wire_act)) return std::nullopt;
    const auto act = part_of<wire_act>(frame, 0);
    if (act.count == 0) return std::nullopt;
    return Likeness{header.cpu, act.state.task.tid, addresses_in(act.addresses, act.count), act.top};
}

/// struct pt_regs as ptrace() shows it: which of its words is DWARF's register 0, 1, …
#if defined(__x86_64__)
constexpr std::array<std::uint8_t, 17> kRegisterAt{10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16};
constexpr std::size_t kPcAt = 16;
constexpr std::size_t kStackPointerAt = 19;
#elif defined(__aarch64__)
constexpr std::array<std::uint8_t, 32> kRegisterAt{0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                                   16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
constexpr std::size_t kPcAt = 32;
constexpr std::size_t kStackPointerAt = 31;
#else
#error "which registers does an unwinder know on this architecture?"
#endif

UnwindRegisters registers_of(const wire_user_stack& copy) {
    UnwindRegisters registers;
    for (std::size_t number = 0; number < kRegisterAt.size(); ++number)
        registers.values[number] = copy.registers[kRegisterAt[number]];
    registers.pc = copy.registers[kPcAt];
    return registers;
}

/// It lies where a frame lies, which is aligned by how it was allocated.
const wire_user_stack& copy_in(const wire::FrameBytes& frame) {
    return *reinterpret_cast<const wire_user_stack*>(frame.data());
}

/// What of it is from the stack pointer up.
std::span<const std::byte> stack_in(const wire_user_stack& copy) {
    const std::size_t below = copy.registers[kStackPointerAt] % WIRE_USER_STACK_PIECE;
    const std::size_t bytes = std::min<std::size_t>(copy.bytes, sizeof(copy.stack));
    return std::as_bytes(std::span(copy.stack).first(bytes)).subspan(std::min(below, bytes));
}

bool is_for(const wire_user_stack& copy, const Likeness& event, std::uint64_t time_ns) {
    const auto stack = stack_in(copy);
    return copy.header.cpu == event.cpu && copy.tid == event.tid && copy.registers[kPcAt] == event.walked.front() &&
           copy.header.time_ns <= time_ns && time_ns - copy.header.time_ns < kLongestBetweenNs &&
           stack.size() >= sizeof(event.top) && std::memcmp(stack.data(), &event.top, sizeof(event.top)) == 0;
}

void wipe(wire::FrameBytes& bytes) {
    if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
    bytes.clear();
}

} // namespace

void StackCopies::keep(wire::Frame frame) {
    if (frame.size() < sizeof(wire_user_stack)) return;
    if (kept_.size() >= kMostKept) forget(0);
    kept_.emplace_back(frame.begin(), frame.end());
}

void StackCopies::forget(std::size_t at) {
    wipe(kept_[at]);
    kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(at));
}

std::optional<StackCopy> StackCopies::take_for(wire::Frame event) {
    wipe(taken_);
    if (kept_.empty()) return std::nullopt;
    const auto likeness = likeness_of(event);
    if (!likeness) return std::nullopt;
    const std::uint64_t time_ns = part_of<wire_header>(event, 0).time_ns;
    const auto found = std::find_if(kept_.rbegin(), kept_.rend(), [&](const wire::FrameBytes& kept) {
        return is_for(copy_in(kept), *likeness, time_ns);
    });
    if (found == kept_.rend()) return std::nullopt;
    taken_ = std::move(*found);
    forget(static_cast<std::size_t>(kept_.rend() - found) - 1);
    const wire_user_stack& copy = copy_in(taken_);
    return StackCopy{copy.pid, registers_of(copy), stack_in(copy), likeness->walked, copy.absent};
}

void StackCopies::clear() {
    wipe(taken_);
    for (wire::FrameBytes& kept : kept_) wipe(kept);
    kept_.clear();
}

} // namespace tcpblame::capture
