/// A connection whose two ends were recorded on two hosts, each by a clock of its own.
#pragma once

#include "reconstruct/play.hpp"
#include "reconstruct/shift.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tcpblame::reconstruct::scene {

constexpr std::uint64_t kHour = 3600 * kSecond;

/// What one of them recorded.
struct Host {
    std::string name;
    std::vector<Event> events;
    std::uint64_t began_ns = kStart - 10 * kSecond;
    std::uint64_t ended_ns = kStart + kHour;
    std::int64_t realtime_offset_ns = 0;

    /// Another host's clock shows another time.
    void set_clock(std::int64_t by_ns) {
        for (Event& event : events) shift(event, by_ns);
        began_ns = shifted(began_ns, by_ns);
        ended_ns = shifted(ended_ns, by_ns);
    }
};

template <typename Change>
void change_sockets(std::vector<Event>& events, const Change& change) {
    for (Event& event : events)
        std::visit(
            [&](auto& one) {
                if constexpr (requires { one.socket; }) change(one.socket);
            },
            event);
}

/// The events of the sockets that have the address of this end.
inline Host host_of(std::string name, const std::vector<Event>& events, const Side& side) {
    Host host{std::move(name), {}};
    for (const Event& event : events) {
        bool here = true;
        std::vector<Event> one{event};
        change_sockets(one,
                       [&](const SocketView& socket) { here = socket.tuple.local.bytes == side.tuple.local.bytes; });
        if (here) host.events.push_back(event);
    }
    return host;
}

/// Something between the hosts rewrote both addresses, and our port.
inline void rewrite(Host& host) {
    change_sockets(host.events, [](SocketView& socket) {
        socket.tuple.local.bytes[3] += 100;
        if (socket.tuple.remote.port == 0) return;
        socket.tuple.remote.bytes[3] += 100;
        socket.tuple.remote.port += 1000;
    });
}

/// The endpoints that all of them hold, and the clocks aligned.
inline RemoteEndpoints gathered(const std::vector<Host>& hosts) {
    RemoteEndpoints ends;
    for (const Host& host : hosts) {
        const std::size_t run = ends.add_run(host.name, host.began_ns, host.realtime_offset_ns);
        Listener nobody;
        Reconstruction core({}, nobody, {.all = true, .joining = {run, &ends, nullptr}});
        for (const Event& event : host.events) core.feed(event);
        core.finish();
        ends.end_run(run, host.ended_ns);
    }
    ends.align_clocks();
    return ends;
}

/// What is reported of the first one's recording, beside those of the others.
inline Reports reported_of_first(const std::vector<Host>& hosts) {
    const RemoteEndpoints ends = gathered(hosts);
    Listener listener;
    Reconstruction core({}, listener, {.all = true, .joining = {0, nullptr, &ends}});
    for (Event event : hosts.front().events) {
        shift(event, ends.clock_of(0).ns);
        core.feed(std::move(event));
    }
    core.finish();
    return std::move(listener.reported);
}

} // namespace tcpblame::reconstruct::scene
