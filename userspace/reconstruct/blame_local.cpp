// Our own side ended the connection.
#include "reconstruct/blame.hpp"
#include "reconstruct/processes.hpp"
#include "reconstruct/words.hpp"

#include <cerrno>
#include <fmt/format.h>

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

/// "we", or the process that shares the socket.
std::string subject(const Actor& actor, const Case& broken) {
    if (broken.write == nullptr || is_same_process(actor, broken.write->actor)) return "we";
    const std::string pid = actor.pid == 0 ? std::string() : fmt::format(" (pid {})", actor.pid);
    // Of two that have no number here it is not known whether they are one.
    const char* has = actor.pid == 0 && broken.write->actor.pid == 0 ? "holds" : "shares";
    return fmt::format("{}{}, which {} this socket,", actor.name, pid, has);
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
        blame.summary = fmt::format("{} had shut down our own sending side{}",
                                    subject(*broken.us->ending().fin_sent->actor, broken),
                                    broken.us->ending().reset_received ? "" : "; no RST is involved");
    } else {
        blame.rule = Rule::kLocalShutdownUnseen;
        blame.summary = "our sending side had been shut down; when and by whom was not seen";
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
    if (actor.syscall == Syscall::kConnect)
        blame.summary = fmt::format("{} disconnected this socket with connect(AF_UNSPEC)", subject(actor, broken));
    else
        blame.summary = fmt::format("{} aborted this connection: its close sent a RST", subject(actor, broken));
    cite(blame, broken.us->ending().closed->stamp);
    cite(blame, broken.us->ending().reset_sent->stamp);
    cite_write(blame, broken);
    return blame;
}

} // namespace tcpblame::reconstruct
