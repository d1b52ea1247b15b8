/// The packet that brought a RST.
#pragma once

#include "model/task_name.hpp"

#include <cstdint>

namespace tcpblame::model {

/// As the host saw it at which it came, in the network namespace of the socket.
struct ResetPacket {
    std::uint32_t interface_index = 0;
    TaskName interface_name;   ///< as long as a task's can be: untrusted bytes; empty where it is not known
    std::uint8_t ttl = 0;      ///< what was left of it, or of IPv6's hop limit; 0: not known
    std::uint8_t data_ttl = 0; ///< of the peer's newest data or FIN that had not been read yet; 0: none waits
    std::uint16_t ip_id = 0;   ///< IPv4: its identification

    bool operator==(const ResetPacket&) const = default;
};

} // namespace tcpblame::model
