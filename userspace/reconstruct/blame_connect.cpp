// A write where no connection ever was.
#include "reconstruct/blame.hpp"

#include <cerrno>
#include <fmt/format.h>

namespace tcpblame::reconstruct {

using namespace model;

bool was_refused(const Endpoint* us) {
    return us != nullptr && us->ending().reset_received && us->ending().reset_received->state == TcpState::kSynSent;
}

bool has_no_connection(const Case& broken) {
    if (broken.write == nullptr) return false;
    const SocketView& socket = broken.write->socket();
    const bool connected_before = broken.us != nullptr && broken.us->tuple.remote.port != 0;
    return socket.state == TcpState::kClose && socket.tuple.remote.port == 0 && !connected_before;
}

Blame blame_refusal(const Case& broken) {
    Blame blame;
    cite(blame, broken.us->ending().reset_received->stamp);
    cite_write(blame, broken);
    blame.confidence = Confidence::kObserved;
    const std::string remote = peer_name(broken);
    if (broken.write == nullptr || broken.write->error == ECONNREFUSED) {
        blame.cause = Cause::kRefused;
        blame.summary = fmt::format("connecting to {} was answered with a RST: nobody accepts there", remote);
    } else {
        blame.cause = Cause::kNeverConnected;
        blame.summary = fmt::format("this socket has no connection: connecting to {} was refused before", remote);
    }
    return blame;
}

Blame blame_no_connection(const Case& broken) {
    Blame blame;
    cite_write(blame, broken);
    blame.cause = Cause::kNeverConnected;
    blame.confidence = Confidence::kObserved;
    blame.summary = "this socket has no connection: it was never connected, or connecting failed";
    return blame;
}

} // namespace tcpblame::reconstruct
