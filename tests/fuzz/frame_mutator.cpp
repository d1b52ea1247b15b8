#include "fuzz/frame_mutator.hpp"

#include "bpf/wire.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <utility>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace tcpblame::fuzz {
namespace {

constexpr std::size_t kMostAppended = 64;
constexpr std::size_t kSocketAt = sizeof(wire_header); // in nearly all of the kernel's frames

std::size_t below(std::size_t bound, Random& random) { return random() % std::max<std::size_t>(1, bound); }

std::ptrdiff_t place(std::size_t at) { return static_cast<std::ptrdiff_t>(at); }

wire::FrameBytes& any(Frames& frames, Random& random) { return frames[below(frames.size(), random)]; }

std::uint64_t time_of(const wire::FrameBytes& frame) {
    wire_header header;
    std::memcpy(&header, frame.data(), sizeof(header));
    return header.time_ns;
}

void set_time(wire::FrameBytes& frame, std::uint64_t time_ns) {
    std::memcpy(frame.data() + offsetof(wire_header, time_ns), &time_ns, sizeof(time_ns));
}

bool has_socket(const wire::FrameBytes& frame) { return frame.size() >= kSocketAt + sizeof(wire_socket); }

void drop(Frames& frames, Random& random) { frames.erase(frames.begin() + place(below(frames.size(), random))); }

void repeat(Frames& frames, Random& random) {
    wire::FrameBytes again = any(frames, random);
    frames.insert(frames.begin() + place(below(frames.size() + 1, random)), std::move(again));
}

void swap_two(Frames& frames, Random& random) { std::swap(any(frames, random), any(frames, random)); }

/// The order in which they come stays: only what is said of their times changes.
void shift_time(Frames& frames, Random& random) {
    constexpr std::array<std::uint64_t, 8> kSteps = {1,           200'000,       800'000,    100'000'000,
                                                     999'999'999, 5'000'000'000, UINT64_MAX, INT64_MAX};
    wire::FrameBytes& frame = any(frames, random);
    const std::uint64_t step = kSteps.at(below(kSteps.size(), random));
    set_time(frame, random() % 2 == 0 ? time_of(frame) + step : time_of(frame) - step);
}

void copy_time(Frames& frames, Random& random) { set_time(any(frames, random), time_of(any(frames, random))); }

/// Another socket's event becomes this one's; or the peer's.
void copy_socket(Frames& frames, Random& random) {
    const wire::FrameBytes& from = any(frames, random);
    wire::FrameBytes& to = any(frames, random);
    if (!has_socket(from) || !has_socket(to) || &from == &to) return;
    wire_socket socket;
    std::memcpy(&socket, from.data() + kSocketAt, sizeof(socket));
    if (random() % 3 == 0) {
        std::swap_ranges(std::begin(socket.local), std::end(socket.local), std::begin(socket.remote));
        std::swap(socket.local_port, socket.remote_port);
        socket.cookie ^= 1U;
    }
    const std::size_t size = random() % 2 == 0 ? sizeof(socket) : sizeof(socket.cookie);
    std::memcpy(to.data() + kSocketAt, &socket, size);
}

void change_bytes(Frames& frames, Random& random) {
    wire::FrameBytes& frame = any(frames, random);
    const std::size_t size = frame.size();
    frame.resize(size + kMostAppended);
    const std::size_t now = LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(frame.data()), size, frame.size());
    frame.resize(std::max(now, sizeof(wire_header)));
}

/// States, kinds, reasons and flags are small numbers in one byte.
void set_small(Frames& frames, Random& random) {
    wire::FrameBytes& frame = any(frames, random);
    frame[below(frame.size(), random)] = static_cast<std::byte>(below(16, random));
}

void set_large(Frames& frames, Random& random) {
    constexpr std::array<std::uint64_t, 6> kNumbers = {0,         1, UINT64_MAX, INT64_MAX, std::uint64_t{1} << 63U,
                                                       UINT32_MAX};
    wire::FrameBytes& frame = any(frames, random);
    const std::uint64_t number = kNumbers.at(below(kNumbers.size(), random));
    const std::size_t width = std::size_t{1} << below(4, random);
    const std::size_t at = below(frame.size() / width, random) * width;
    std::memcpy(frame.data() + at, &number, std::min(width, frame.size() - at));
}

} // namespace

void change(Frames& frames, Random& random) {
    constexpr std::array kChanges = {drop,        repeat,       swap_two,     shift_time, copy_time,
                                     copy_socket, change_bytes, change_bytes, set_small,  set_large};
    for (std::size_t left = 1 + below(4, random); left > 0 && !frames.empty(); --left)
        kChanges.at(below(kChanges.size(), random))(frames, random);
}

Frames cross(const Frames& one, const Frames& other, Random& random) {
    Frames both;
    if (random() % 2 == 0) {
        const auto until = one.begin() + place(below(one.size() + 1, random));
        const auto since = other.begin() + place(below(other.size() + 1, random));
        both.assign(one.begin(), until);
        both.insert(both.end(), since, other.end());
    } else {
        std::merge(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(both),
                   [](const auto& left, const auto& right) { return time_of(left) < time_of(right); });
    }
    return both;
}

} // namespace tcpblame::fuzz
