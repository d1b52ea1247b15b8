#include "wire/unwound.hpp"

#include "bpf/wire.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace tcpblame::wire {
namespace {

using Frames = std::span<const model::StackFrame>;
using BuildId = std::array<std::uint8_t, sizeof(wire_unwound_frame::build_id)>;

/// As the kernel has it: with zeros behind one that is shorter.
std::optional<BuildId> bytes_of(const std::string& hex) {
    BuildId bytes{};
    if (hex.empty() || hex.size() % 2 != 0 || hex.size() > 2 * bytes.size()) return std::nullopt;
    for (std::size_t i = 0; i < hex.size() / 2; ++i) {
        const char* digits = hex.data() + 2 * i;
        const auto read = std::from_chars(digits, digits + 2, bytes[i], 16);
        if (read.ec != std::errc() || read.ptr != digits + 2) return std::nullopt;
    }
    return bytes;
}

wire_unwound_frame packed(const model::StackFrame& frame) {
    wire_unwound_frame out{};
    out.address = frame.address;
    if (const auto id = bytes_of(frame.build_id)) {
        out.offset = frame.offset;
        std::copy(id->begin(), id->end(), out.build_id);
    }
    return out;
}

/// For a reader that knows nothing of what follows the event.
void fill(wire_stack& stack, Frames frames) {
    constexpr std::int32_t kBuildIdValid = 1; // linux/bpf.h: BPF_STACK_BUILD_ID_VALID
    constexpr std::int32_t kAddressOnly = 2;
    stack = {};
    const std::size_t count = std::min<std::size_t>(frames.size(), WIRE_STACK_DEPTH);
    stack.count = stack.frame_count = static_cast<__u32>(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto id = bytes_of(frames[i].build_id);
        stack.addresses[i] = frames[i].address;
        stack.frames[i].status = id ? kBuildIdValid : kAddressOnly;
        stack.frames[i].offset_or_ip = id ? frames[i].offset : frames[i].address;
        if (id) std::copy(id->begin(), id->end(), stack.frames[i].build_id);
    }
}

void fill(wire_act& act, Frames frames) {
    act.count = static_cast<__u32>(std::min<std::size_t>(frames.size(), WIRE_ACT_DEPTH));
    std::fill(std::begin(act.addresses), std::end(act.addresses), 0);
    for (std::size_t i = 0; i < act.count; ++i) act.addresses[i] = frames[i].address;
    act.top = {};
    act.link_register = 0;
}

template <typename Event>
FrameBytes joined(Event event, Frames frames) {
    FrameBytes bytes(sizeof(event) + frames.size() * sizeof(wire_unwound_frame));
    auto& header = reinterpret_cast<wire_header&>(event);
    header.size = static_cast<__u16>(bytes.size());
    std::memcpy(bytes.data(), &event, sizeof(event));
    std::size_t at = sizeof(event);
    for (const model::StackFrame& frame : frames) {
        const wire_unwound_frame one = packed(frame);
        std::memcpy(bytes.data() + at, &one, sizeof(one));
        at += sizeof(one);
    }
    return bytes;
}

template <typename Event>
FrameBytes with_stack(Frame frame, Frames frames) {
    Event event;
    std::memcpy(&event, frame.data(), sizeof(event));
    fill(event.stack, frames);
    event.link_register = 0;
    event.unwound = static_cast<__u8>(frames.size());
    event.unwound_at = sizeof(event);
    return joined(event, frames);
}

/// Behind what makes it a wire_kept, for a reader that takes what is longer than a wire_act for one: one that was sent
/// when it happened.
FrameBytes act_with_stack(Frame frame, Frames frames) {
    wire_kept event{};
    std::memcpy(&event.act, frame.data(), sizeof(event.act));
    fill(event.act, frames);
    event.act.unwound = static_cast<__u8>(frames.size());
    event.act.unwound_at = sizeof(event);
    event.happened_ns = event.act.state.header.time_ns;
    return joined(event, frames);
}

} // namespace

FrameBytes with_unwound(Frame event, Frames frames) {
    wire_header header{};
    if (event.size() >= sizeof(header)) std::memcpy(&header, event.data(), sizeof(header));
    frames = frames.first(std::min<std::size_t>(frames.size(), WIRE_UNWOUND_MAX));
    if (!frames.empty()) {
        if (header.type == WIRE_SEND && event.size() == sizeof(wire_send)) return with_stack<wire_send>(event, frames);
        if (header.type == WIRE_SIGPIPE && event.size() == sizeof(wire_sigpipe))
            return with_stack<wire_sigpipe>(event, frames);
        if (header.type == WIRE_STATE && event.size() == sizeof(wire_act)) return act_with_stack(event, frames);
    }
    return {event.begin(), event.end()};
}

} // namespace tcpblame::wire
