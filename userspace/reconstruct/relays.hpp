/// Proxies: which connection a process may have closed because its other connection had ended.
#pragma once

#include "reconstruct/connections.hpp"
#include "reconstruct/endpoint.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

namespace tcpblame::reconstruct {

/// The event by which a process closed this end, by a FIN or by a RST; nullptr where no process can be named.
const Mark* closing_of(const Endpoint& endpoint);

/// When its other end had closed it, by a FIN or by a RST, before its own process did; 0: it had not.
std::uint64_t ended_by_peer_ns(const Endpoint& endpoint);

/// What else could look the same: a process whose two connections end at one time by chance. So a relay is only one
/// that opened one of them and accepted the other before; that has sent on one what it received on the other, byte for
/// byte as counted, and had used both for the last time at one moment; that closed one at once when the other had
/// ended; and that closed no other connection of late through which as much went. It is never more than inferred.
///
/// A proxy that speaks HTTP rewrites heads. One whose counts are no more than that apart is a relay only where nothing
/// else of its connections had ended, or was closed, at about that time; blame_passed_on.cpp asks for more yet.
class Relays {
public:
    /// A process has closed this end.
    void note(const Endpoint& endpoint, std::uint32_t pid);

    /// The other connection of the process that closed `closed`: it had ended before, and that was passed on. nullptr
    /// where there is none, or more than one may be it.
    const Endpoint* passed_on_by(const Endpoint& closed, const Connections& connections) const;

    /// What was read from the one was sent on the other, byte for byte as counted.
    static bool passes_unchanged(const Endpoint& ended, const Endpoint& closed);

    /// As long as a proxy may take from the end of one to the close of the other.
    static constexpr std::uint64_t kPassedOnWithinNs = 20'000'000;

private:
    static constexpr std::size_t kProcesses = 1024;
    static constexpr std::size_t kOfProcess = 32;

    struct Close {
        std::uint64_t cookie = 0;
        std::uint64_t ended_ns = 0; ///< ended_by_peer_ns()
    };
    /// The newest that a process has closed.
    struct Closes {
        std::array<Close, kOfProcess> of{};
        std::size_t next = 0;
        std::uint64_t newest_ended_ns = 0;
    };
    Closes& closes_of(std::uint32_t pid);

    /// The only one of which any other end had ended, and none but the two were closed.
    static const Endpoint* rewritten_by(const Endpoint& closed, const Closes& closes, const Connections& connections);
    static bool is_like_another(const Endpoint& ended, const Endpoint& closed, const Closes& closes,
                                const Connections& connections);

    std::unordered_map<std::uint32_t, Closes> by_pid_;
    std::deque<std::uint32_t> pids_; ///< as they came
    std::uint32_t last_pid_ = 0;     ///< mostly it is the same as before
    Closes* last_ = nullptr;
};

} // namespace tcpblame::reconstruct
