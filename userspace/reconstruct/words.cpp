#include "reconstruct/words.hpp"

#include "model/names.hpp"

#include <fmt/format.h>

namespace tcpblame::reconstruct {
namespace {

std::string act_alone(const model::PeerAct& act) {
    switch (act.act) {
    case model::Act::kClose: return "closed";
    case model::Act::kShutdown: return "shut down its sending side";
    case model::Act::kDisconnect: return "disconnected with connect(AF_UNSPEC)";
    case model::Act::kListenerClosed: return "closed its listener with the connection not accepted yet";
    case model::Act::kHeldOtherEnd: return "held it when tcpblame attached";
    case model::Act::kAcceptQueueOverflow: return "had its accept queue full";
    case model::Act::kConnectedOtherEnd: return "was at the other end when it was connected";
    case model::Act::kExit: return fmt::format("exited with status {}", act.exit_status);
    case model::Act::kKilled: return fmt::format("was killed by {}", model::signal_name(act.signal));
    }
    return {};
}

} // namespace

std::string who(const model::Process& process) {
    // From within a pid namespace, those outside of it have no pid.
    const std::string pid = process.pid == 0 ? std::string() : fmt::format(" (pid {})", process.pid);
    return fmt::format("{}{}{}{}", process.name, pid, process.host.empty() ? "" : " on ", process.host);
}

std::string did(const model::PeerAct& act) {
    if (act.unread > 0) return fmt::format("{} with {} B unread", act_alone(act), act.unread);
    if (act.linger_zero) return fmt::format("{} with SO_LINGER 0", act_alone(act));
    return act_alone(act);
}

} // namespace tcpblame::reconstruct
