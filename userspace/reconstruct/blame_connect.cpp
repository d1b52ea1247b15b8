// A write where no connection ever was.
#include "reconstruct/blame.hpp"

#include "model/names.hpp"

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
        blame.rule = Rule::kRefused;
        blame.cause = Cause::kRefused;
        blame.summary = fmt::format("connecting to {} was answered with a RST: nobody accepts there", remote);
    } else {
        blame.rule = Rule::kRefusedBefore;
        blame.cause = Cause::kNeverConnected;
        blame.summary = fmt::format("this socket has no connection: connecting to {} was refused before", remote);
    }
    return blame;
}

namespace {

/// tcp_disconnect() (net/ipv4/tcp.c) leaves ECONNRESET with a socket that had a connection or was about to get one; a
/// socket that never had any gives EPIPE.
Blame blame_disconnected_before(const Case& broken) {
    Blame blame;
    cite_write(blame, broken);
    blame.rule = Rule::kDisconnectedUnseen;
    blame.cause = Cause::kLocalAbort;
    blame.confidence = Confidence::kInferred;
    blame.summary = "this socket has no connection any more: it was disconnected before, as connect(AF_UNSPEC) does it";
    return blame;
}

/// The first to ask after a failed connect() is given its error.
Blame blame_failed_connect(const Case& broken) {
    Blame blame;
    cite_write(blame, broken);
    const bool refused = broken.write->error == ECONNREFUSED;
    blame.rule = refused ? Rule::kConnectRefusedUnseen : Rule::kConnectFailedUnseen;
    blame.cause = refused ? Cause::kRefused : Cause::kNeverConnected;
    blame.confidence = Confidence::kInferred;
    blame.summary =
        fmt::format("this socket has no connection: connecting failed before with {}", errno_name(broken.write->error));
    return blame;
}

} // namespace

Blame blame_no_connection(const Case& broken) {
    if (broken.write->error == ECONNRESET || broken.write->error == ECONNABORTED)
        return blame_disconnected_before(broken);
    if (broken.write->error != EPIPE) return blame_failed_connect(broken);
    Blame blame;
    cite_write(blame, broken);
    blame.rule = Rule::kNeverConnected;
    blame.cause = Cause::kNeverConnected;
    blame.confidence = Confidence::kObserved;
    blame.summary = "this socket has no connection: it was never connected, or connecting failed";
    return blame;
}

} // namespace tcpblame::reconstruct
