// Our own side ended the connection.
#include "reconstruct/blame.hpp"
#include "reconstruct/processes.hpp"

#include <cerrno>
#include <optional>

namespace tcpblame::reconstruct {

using namespace model;

namespace {

bool before(const Stamp& one, const PooledOptional<Mark>& other) {
    return !other || one.time_ns < other->stamp.time_ns;
}

bool proves_our_fin(TcpState state) {
    return state == TcpState::kFinWait1 || state == TcpState::kFinWait2 || state == TcpState::kClosing ||
           state == TcpState::kLastAck;
}

/// The process that shares the socket; nothing where it is the one that wrote.
std::optional<Process> other_holder(const Actor& actor, const Case& broken) {
    if (broken.write == nullptr || is_same_process(actor, broken.write->actor)) return std::nullopt;
    return process_of(actor);
}

} // namespace

bool we_shut_down(const Case& broken) {
    const Endpoint* us = broken.us;
    if (broken.write == nullptr || broken.write->error != EPIPE) return false;
    if (us != nullptr && us->ending().fin_sent) {
        const Mark& sent = *us->ending().fin_sent;
        return sent.actor && !sent.actor->exiting && before(sent.stamp, us->ending().reset_received);
    }
    // Not seen, but a FIN of ours is out while the process still has the socket: only shutdown(2) does that.
    return proves_our_fin(broken.write->socket().state) ||
           (us != nullptr && us->ending().reset_received && proves_our_fin(us->ending().reset_received->state));
}

Blame blame_local_shutdown(const Case& broken) {
    Blame blame;
    blame.cause = Cause::kLocalShutdown;
    blame.confidence = Confidence::kObserved;
    if (broken.us != nullptr && broken.us->ending().fin_sent) {
        blame.rule = Rule::kLocalShutdown;
        cite(blame, broken.us->ending().fin_sent->stamp);
        blame.circumstances.other_holder = other_holder(*broken.us->ending().fin_sent->actor, broken);
        blame.circumstances.reset_came = broken.us->ending().reset_received.has_value();
    } else {
        blame.rule = Rule::kLocalShutdownUnseen;
    }
    cite_write(blame, broken);
    return blame;
}

/// connect(AF_UNSPEC): tcp_disconnect() with the socket whole (no shutdown, no error yet) sends a RST.
bool we_disconnected(const Case& broken) {
    const Endpoint* us = broken.us;
    return us != nullptr && sent_abort(*us) && us->ending().closed && us->ending().closed->error == 0 &&
           us->ending().closed->actor && us->ending().closed->actor->syscall == Syscall::kConnect;
}

Blame blame_local_abort(const Case& broken) {
    Blame blame;
    blame.cause = Cause::kLocalAbort;
    blame.confidence = Confidence::kObserved;
    const Actor& actor = *broken.us->ending().closed->actor;
    blame.rule = actor.syscall == Syscall::kConnect ? Rule::kDisconnected : Rule::kOwnAbort;
    blame.circumstances.other_holder = other_holder(actor, broken);
    cite(blame, broken.us->ending().closed->stamp);
    cite(blame, broken.us->ending().reset_sent->stamp);
    cite_write(blame, broken);
    return blame;
}

} // namespace tcpblame::reconstruct
