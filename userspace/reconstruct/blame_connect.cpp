// A write where no connection ever was.
#include "reconstruct/blame.hpp"
#include "reconstruct/reset_match.hpp"

#include <algorithm>
#include <cerrno>

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
    if (broken.write == nullptr || broken.write->error == ECONNREFUSED) {
        blame.rule = Rule::kRefused;
        blame.cause = Cause::kRefused;
        blame.circumstances.reset_sender_seen = reset_that_came(broken) != nullptr;
    } else {
        blame.rule = Rule::kRefusedBefore;
        blame.cause = Cause::kNeverConnected;
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
    return blame;
}

/// That error was taken before, and this write gets the EPIPE that is left.
bool a_disconnect_was_taken(const Case& broken) {
    if (broken.us == nullptr) return false;
    const auto& taken = broken.us->ending().errors_taken;
    return std::any_of(taken.begin(), taken.end(), [&](const TakenError& one) {
        return one.error == ECONNRESET && one.stamp.time_ns < broken.write->time_ns;
    });
}

/// tcp_disconnect() moves write_seq, also where it ends a connect() that failed: it is 0 where there was none.
bool is_untouched(const BrokenWrite& write) { return write.send && write.send->progress.write_seq == 0; }

/// The first to ask after a failed connect() is given its error.
Blame blame_failed_connect(const Case& broken) {
    Blame blame;
    cite_write(blame, broken);
    const bool refused = broken.write->error == ECONNREFUSED;
    blame.rule = refused ? Rule::kConnectRefusedUnseen : Rule::kConnectFailedUnseen;
    blame.cause = refused ? Cause::kRefused : Cause::kNeverConnected;
    blame.confidence = Confidence::kInferred;
    return blame;
}

} // namespace

Blame blame_no_connection(const Case& broken) {
    if (broken.write->error == ECONNRESET || broken.write->error == ECONNABORTED || a_disconnect_was_taken(broken))
        return blame_disconnected_before(broken);
    if (broken.write->error != EPIPE) return blame_failed_connect(broken);
    Blame blame;
    cite_write(blame, broken);
    blame.rule = Rule::kNeverConnected;
    blame.cause = Cause::kNeverConnected;
    blame.circumstances.never_used = is_untouched(*broken.write);
    blame.confidence = blame.circumstances.never_used ? Confidence::kObserved : Confidence::kInferred;
    return blame;
}

} // namespace tcpblame::reconstruct
