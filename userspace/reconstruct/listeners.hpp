/// Who listens, and the listeners that were closed of late: what was done to one shows at the connections that came
/// from it.
#pragma once

#include "model/event.hpp"
#include "reconstruct/endpoint.hpp"
#include "reconstruct/fifo.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tcpblame::reconstruct {

class Listeners {
public:
    /// A listener's queue is emptied at once when it closes.
    static constexpr std::uint64_t kListenerNs = 1'000'000'000;

    /// By listen(). nullptr: it was there before the attach, and whoever holds it need not have opened it.
    void opened(const model::SocketView& socket, const model::Actor* by);

    void closed(const model::StateChanged& event);

    /// Who opened all the listeners that there are at the port, whatever their addresses; nullptr where that is not
    /// known of each, or where several processes have (SO_REUSEPORT).
    [[nodiscard]] const model::Actor* opener(std::uint32_t netns, std::uint16_t port) const;

    /// Events were lost: who listens may be another by now.
    void forget_openers() { opened_.clear(); }

    /// A kernel thread closes what belonged to a process that is gone: an io_uring's direct descriptors, a socket on
    /// its way through a unix socket. Where the process had a listener at that port, and ended a moment before, it was
    /// its.
    void name_owner_of(Endpoint& endpoint, const model::StateChanged& event) const;

    /// A RST of the socket's own accord that no holder of its lock sent: inet_csk_listen_stop() aborts what waits in
    /// the accept queue of a listener that has just been closed (net/ipv4/inet_connection_sock.c). A timer may send one
    /// too: but of a socket that somebody has held, or closed.
    void name_closer_of(Endpoint& endpoint, const model::ResetSent& event) const;

private:
    struct Closed {
        std::uint32_t netns = 0;
        std::uint16_t port = 0;
        Mark mark;
    };

    /// The newest at the endpoint's own port that somebody has closed; nullptr where none was, a moment before.
    [[nodiscard]] const Closed* newest(const Endpoint& endpoint, std::uint32_t netns, std::uint64_t time_ns) const;

    Fifo<Closed> closed_; ///< by time

    struct Opened {
        std::uint64_t cookie = 0;
        std::uint32_t netns = 0;
        std::uint16_t port = 0;
        std::optional<model::Actor> by;
    };
    std::vector<Opened> opened_; ///< those that there are
    bool too_many_ = false;      ///< to remember
};

} // namespace tcpblame::reconstruct
