/// Which processes and connections somebody asked about.
#pragma once

#include "model/address.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcpblame::model {

/// In which part of what broke the processes are asked about: what broke for them, or what they broke for others.
enum class Part : std::uint8_t { kVictim, kCulprit, kBoth };

/// An empty list asks for all. Within a list any entry matches; the lists must all match, except
/// that pids and names are alternatives to each other.
struct Selection {
    std::vector<std::uint16_t> ports; ///< either end
    std::vector<std::uint16_t> local_ports;
    std::vector<std::uint16_t> remote_ports;
    std::vector<Prefix> hosts; ///< either end
    std::vector<std::uint32_t> pids;
    std::vector<std::string> comms;   ///< a thread's name or its process's
    std::vector<std::string> cgroups; ///< paths below the root of the unified hierarchy: they and all below them
    std::vector<std::uint32_t> netns; ///< inode numbers of network namespaces
    bool follow = false;              ///< the children of `pids` too
    bool ipv4 = true;
    bool ipv6 = true;
    std::optional<Part> as; ///< nullopt: not said, as kVictim

    [[nodiscard]] bool by_process() const { return !pids.empty() || !comms.empty() || !cgroups.empty(); }
    /// Who is meant cannot be reported from a pid or a name alone: the kernel's filter says it of each task.
    [[nodiscard]] bool by_lineage() const { return follow || !cgroups.empty(); }
    [[nodiscard]] bool as_victim() const { return as != Part::kCulprit; }
    /// Only of those that are named is it asked what they break for others.
    [[nodiscard]] bool as_culprit() const { return by_process() && as.value_or(Part::kVictim) != Part::kVictim; }
    [[nodiscard]] bool by_port() const { return !ports.empty() || !local_ports.empty() || !remote_ports.empty(); }

    /// A connection, seen from the end that the verdict is about.
    [[nodiscard]] bool passes(const Tuple& tuple) const;
    [[nodiscard]] bool passes(std::uint32_t pid, std::string_view comm, std::string_view name) const;
    /// What is no IP connection: pipes, unix sockets.
    [[nodiscard]] bool passes_portless() const { return !by_port() && hosts.empty() && ipv4 && ipv6 && netns.empty(); }
    [[nodiscard]] bool passes_netns(std::uint32_t inode) const;

    bool operator==(const Selection&) const = default;
};

} // namespace tcpblame::model
