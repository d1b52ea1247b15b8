// Any bytes as one frame.
#include "wire/decoder.hpp"
#include "bpf/wire.h"
#include "fuzz/packed.hpp"
#include "fuzz/require.hpp"
#include "fuzz/target.hpp"
#include "wire/run_frames.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <variant>

namespace tcpblame::fuzz {
namespace {

/// No frame of the kernel's is longer, and none that has this many bytes lacks a field.
constexpr std::size_t kLongest = std::max({sizeof(wire_act), sizeof(wire_send), sizeof(wire_sigpipe)});

wire::FrameBytes longer(wire::Frame frame) {
    wire::FrameBytes bytes(frame.begin(), frame.end());
    for (unsigned more = 0; more < 41; ++more) bytes.push_back(static_cast<std::byte>(0xA5 + more));
    return bytes;
}

std::uint16_t type_of(wire::Frame frame) {
    wire_header header;
    if (frame.size() < sizeof(header)) return 0;
    std::memcpy(&header, frame.data(), sizeof(header));
    return header.type;
}

/// What userspace adds can be written again, and says the same then. Nothing of what the kernel does.
wire::FrameBytes written_again(const model::Event& event) {
    return std::visit(
        [&event](const auto& one) {
            wire::FrameBytes written;
            if constexpr (requires { wire::encode(one); }) {
                written = wire::encode(one);
                require(wire::decode(written) == event, "a user frame that is written again says the same");
            }
            return written;
        },
        event);
}

/// Where what a reader has unwound ends, by what the event says of it.
std::size_t end_of_unwound(wire::Frame frame) {
    const auto end_in = [&]<typename Event>(Event event) -> std::size_t {
        if (frame.size() < sizeof(event)) return 0;
        std::memcpy(&event, frame.data(), sizeof(event));
        return event.unwound_at + event.unwound * sizeof(wire_unwound_frame);
    };
    switch (type_of(frame)) {
    case WIRE_SEND: return end_in(wire_send{});
    case WIRE_SIGPIPE: return end_in(wire_sigpipe{});
    case WIRE_STATE: return end_in(wire_act{});
    default: return 0;
    }
}

void check_event(wire::Frame frame) {
    const auto event = wire::decode(frame);
    if (!event) return;
    const std::size_t all_fields = type_of(frame) >= wire::kFirstUserFrame ? written_again(*event).size() : kLongest;
    // One that is shorter may lack a field, and what follows would be it.
    if (frame.size() >= std::max(all_fields, end_of_unwound(frame)))
        require(wire::decode(longer(frame)) == event, "bytes that a newer writer appended change nothing");
}

void check_run_frame(wire::Frame frame) {
    const auto record = wire::decode_run_frame(frame);
    if (!record) return;
    const wire::FrameBytes written = std::visit([](const auto& one) { return wire::encode(one); }, *record);
    // One that is shorter is of an older writer: what follows would be the fields that it did not have.
    if (frame.size() >= written.size())
        require(wire::decode_run_frame(longer(frame)) == record, "bytes that a newer writer appended change nothing");
    const auto again = wire::decode_run_frame(written);
    require(again == record, "a frame about the run that is written again says the same");
}

} // namespace
} // namespace tcpblame::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tcpblame;
    const wire::Frame frame = std::as_bytes(fuzz::Bytes(data, size));
    fuzz::check_event(frame);
    fuzz::check_run_frame(frame);
    return 0;
}
