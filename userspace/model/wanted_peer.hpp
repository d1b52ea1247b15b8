/// An end of a connection that is looked for on this host, by what its other end says of it.
#pragma once

#include "model/address.hpp"

#include <cstdint>
#include <optional>

namespace tcpblame::model {

/// The initial sequence numbers of both directions; off by two at most.
struct Isns {
    std::uint32_t sent = 0;
    std::uint32_t received = 0;

    bool operator==(const Isns&) const = default;
};

/// All of it as that end itself has it, unless a translation has rewritten the four-tuple: then its ISNs alone say so.
struct WantedPeer {
    Tuple tuple;
    std::optional<Isns> isns; ///< nullopt where they are not known

    bool operator==(const WantedPeer&) const = default;
};

} // namespace tcpblame::model
