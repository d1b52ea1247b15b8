/// Events as the BPF side lays them out.
#pragma once

#include "bpf/wire.h"
#include "wire/decoder.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <string_view>
#include <variant>

namespace tcpblame::wire::samples {

template <typename Wire>
Wire made(wire_type type) {
    Wire wire;
    std::memset(static_cast<void*>(&wire), 0, sizeof(wire));
    wire.header.type = static_cast<std::uint16_t>(type);
    wire.header.size = sizeof(wire);
    wire.header.cpu = 3;
    wire.header.sequence = 1841;
    wire.header.time_ns = 99;
    return wire;
}

template <typename Wire>
FrameBytes bytes_of(const Wire& wire) {
    FrameBytes bytes(sizeof(wire));
    std::memcpy(bytes.data(), &wire, sizeof(wire));
    return bytes;
}

template <typename As, typename Wire>
As decoded(const Wire& wire) {
    const auto event = decode(bytes_of(wire));
    if (!event || !std::holds_alternative<As>(*event)) {
        ADD_FAILURE() << "not decoded as what it is";
        return {};
    }
    return std::get<As>(*event);
}

inline void name(char (&into)[16], std::string_view text) { std::copy_n(text.data(), text.size(), into); }

inline wire_task a_task() {
    wire_task task{};
    task.pid = 4242;
    task.tid = 4251;
    name(task.comm, "flusher");
    name(task.name, "exactly16bytes!!"); // no room for a NUL
    task.cgroup = 55;
    task.syscall = WIRE_SYS_SENDTO;
    return task;
}

inline wire_socket a_socket() {
    wire_socket socket{};
    socket.cookie = 0xc0ffee;
    socket.netns = 4026531840;
    socket.protocol = 6;
    socket.family = 4;
    socket.state = 8;
    socket.local[0] = 10;
    socket.local[3] = 7;
    socket.remote[0] = 10;
    socket.remote[3] = 9;
    socket.local_port = 41822;
    socket.remote_port = 5432;
    socket.error = 32;
    socket.soft_error = 113;
    socket.context = WIRE_CONTEXT_OWNED;
    socket.shutdown = 2;
    socket.opened_by = WIRE_OPENED_BY_PEER;
    socket.flags = WIRE_SOCKET_LINGER_ZERO;
    return socket;
}

inline wire_progress a_progress() {
    wire_progress progress{};
    progress.snd_una = 1;
    progress.snd_nxt = 2;
    progress.write_seq = 3;
    progress.rcv_nxt = 4;
    progress.copied_seq = 5;
    progress.total_retrans = 6;
    progress.bytes_acked = 7;
    progress.bytes_received = 8;
    progress.opened_ns = 9;
    return progress;
}

template <typename Wire>
Wire about_a_socket(wire_type type) {
    auto wire = made<Wire>(type);
    wire.socket = a_socket();
    wire.task = a_task();
    return wire;
}

} // namespace tcpblame::wire::samples
