#include "model/selection.hpp"

#include <algorithm>

namespace tcpblame::model {
namespace {

template <typename List, typename Value>
bool lists(const List& list, const Value& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

bool any_holds(const std::vector<Prefix>& prefixes, const Address& address) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](const Prefix& prefix) { return prefix.holds(address); });
}

} // namespace

bool Selection::passes(const Tuple& tuple) const {
    const std::uint16_t local = tuple.local.port;
    const std::uint16_t remote = tuple.remote.port;
    if (tuple.local.family == Family::kIpv4 && !ipv4) return false;
    if (tuple.local.family == Family::kIpv6 && !ipv6) return false;
    if (!hosts.empty() && !any_holds(hosts, tuple.local) && !any_holds(hosts, tuple.remote)) return false;
    if (!ports.empty() && !lists(ports, local) && !lists(ports, remote)) return false;
    if (!local_ports.empty() && !lists(local_ports, local)) return false;
    return remote_ports.empty() || lists(remote_ports, remote);
}

bool Selection::passes(std::uint32_t pid, std::string_view comm, std::string_view name) const {
    return !by_process() || lists(pids, pid) || lists(comms, comm) || lists(comms, name);
}

bool Selection::passes_netns(std::uint32_t inode) const { return netns.empty() || lists(netns, inode); }

} // namespace tcpblame::model
