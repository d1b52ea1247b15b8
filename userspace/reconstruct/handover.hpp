/// What one of several recordings hands to the others: the endpoints whose other end is on no host of its own, and the
/// connections whose end was passed on by closing one of those.
#pragma once

#include "reconstruct/connections.hpp"
#include "reconstruct/processes.hpp"
#include "reconstruct/relays.hpp"
#include "reconstruct/remote_endpoints.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>

namespace tcpblame::reconstruct {

/// How one of several recordings goes with the others.
struct Joining {
    std::size_t run = 0;                     ///< its number among them
    RemoteEndpoints* into = nullptr;         ///< put the endpoints there whose other end is not on this host
    const RemoteEndpoints* others = nullptr; ///< where those of the others are to be found; all times are aligned
};

class Handover {
public:
    /// The references are to what lives as long.
    Handover(std::size_t run, RemoteEndpoints& into, const Connections& connections, const Relays& relays,
             const Processes& processes)
        : run_(run), into_(into), connections_(connections), relays_(relays), processes_(processes) {}

    /// A process has closed it: once its other connection is known, too, they are looked at together.
    void closed(const Endpoint& endpoint, std::uint64_t at_ns);
    /// Before an endpoint is evicted.
    void evicted(const Endpoint& endpoint);
    void pass_time(std::uint64_t now_ns);

private:
    struct Closed {
        std::uint64_t at_ns;
        std::uint64_t cookie;
    };

    [[nodiscard]] std::unique_ptr<Relayed> relayed_by(const Endpoint& closed) const;
    void look_at(const Endpoint& closed);

    std::size_t run_;
    RemoteEndpoints& into_;
    const Connections& connections_;
    const Relays& relays_;
    const Processes& processes_;
    std::deque<Closed> closed_;                                           ///< of late
    std::unordered_map<std::uint64_t, std::unique_ptr<Relayed>> relayed_; ///< by the closed one's cookie
};

} // namespace tcpblame::reconstruct
