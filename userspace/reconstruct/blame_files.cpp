// What is no TCP connection: pipes, unix sockets, and SIGPIPEs that a process sent.
#include "reconstruct/blame.hpp"
#include "reconstruct/peer_act.hpp"
#include "reconstruct/processes.hpp"

#include <cerrno>

namespace tcpblame::reconstruct {

using namespace model;

namespace {

/// Who closed it as the last; where that is not seen, who last was known to hold it.
void name_holder(Blame& blame, const Case& broken) {
    if (broken.holder == nullptr) return;
    const HolderFound& holder = *broken.holder;
    PeerAct act;
    if (holder.ended_ns != 0)
        static_cast<Deed&>(act) = deed_of(holder.holder);
    else
        act.act = Act::kHeldOtherEnd;
    act.process = process_of(holder.holder);
    if (holder.ended_ns == 0) act.process.tid = 0;
    act.at_ns = static_cast<std::int64_t>(holder.ended_ns != 0 ? holder.ended_ns : holder.stamp.time_ns);
    if (holder.ended_ns != 0) cite(blame, holder.stamp);
    blame.peer_act = std::move(act);
}

} // namespace

/// pipe_write() (fs/pipe.c) sends SIGPIPE exactly where the pipe has no reader; the program in the kernel has looked
/// whether this one has, for the descriptor may name another file by now.
Blame blame_pipe(const Case& broken) {
    if (broken.write->call.file_state == FileState::kWhole) return blame_moved_file(broken);
    Blame blame;
    const bool was_seen = broken.write->call.file_state == FileState::kBroken;
    blame.rule = was_seen ? Rule::kPipe : Rule::kPipeUnseen;
    blame.cause = Cause::kPipeReaderGone;
    blame.confidence = was_seen ? Confidence::kObserved : Confidence::kInferred;
    name_holder(blame, broken);
    cite_write(blame, broken);
    return blame;
}

Blame blame_moved_file(const Case& broken) {
    Blame blame;
    blame.rule = Rule::kMovedFile;
    cite_write(blame, broken);
    return blame;
}

namespace {

/// Who was at the other end as it was connected: it may have passed it on since.
void name_connector(Blame& blame, const Case& broken) {
    const BrokenWrite& write = *broken.write;
    const auto& peer = write.send ? write.send->unix_peer : write.sigpipe->unix_peer;
    if (blame.peer_act || !peer || peer->pid == 0 || peer->pid == write.actor.pid) return;
    PeerAct act;
    act.act = Act::kConnectedOtherEnd;
    act.process = process_of(*peer);
    act.process.tid = 0;
    act.at_ns = static_cast<std::int64_t>(write.time_ns);
    blame.peer_act = std::move(act);
}

/// unix_dgram_sendmsg() (net/unix/af_unix.c) gives ECONNREFUSED on a connected socket whose other end is closed, once,
/// and drops that end. (One that names an address was refused there: no connection broke.)
bool is_refused_datagram(const BrokenWrite& write) { return write.error == ECONNREFUSED && !write.call.addressed; }

} // namespace

Blame blame_unix(const Case& broken) {
    const BrokenWrite& write = *broken.write;
    Blame blame;
    cite_write(blame, broken);
    if (write.call.unix_peer_gone || is_refused_datagram(write)) {
        blame.rule = write.call.unix_peer_gone ? Rule::kUnixPeer : Rule::kUnixDatagram;
        blame.cause = Cause::kUnixPeerClosed;
        blame.confidence = Confidence::kObserved;
        name_holder(blame, broken);
        name_connector(blame, broken);
    } else if (write.call.file_state == FileState::kBroken) {
        blame.rule = Rule::kUnixShutDown;
    } else {
        blame.rule = Rule::kUnixUnseen;
    }
    return blame;
}

namespace {

Rule rule_of(SignalOrigin origin) {
    switch (origin) {
    case SignalOrigin::kProcess: return Rule::kSentByProcess;
    case SignalOrigin::kTimer: return Rule::kSentByTimer;
    case SignalOrigin::kParent: return Rule::kSentForParent;
    case SignalOrigin::kKernel: return Rule::kSentByKernel;
    default: return Rule::kSentUnseen;
    }
}

} // namespace

Blame blame_sender(const Case& broken) {
    const BrokenWrite& write = *broken.write;
    Blame blame;
    blame.rule = rule_of(write.sigpipe->origin);
    blame.cause = Cause::kSentByProcess;
    // An older program took whoever was current for the sender.
    const bool is_known = write.sigpipe->origin != SignalOrigin::kUnknown;
    blame.confidence = is_known ? Confidence::kObserved : Confidence::kInferred;
    const bool is_sent =
        write.sigpipe->origin != SignalOrigin::kTimer && write.sigpipe->origin != SignalOrigin::kKernel;
    if (is_sent && write.sigpipe->sender && !write.sigpipe->sender->kernel_thread)
        blame.sender = process_of(*write.sigpipe->sender);
    blame.circumstances.sent_to_itself =
        write.sigpipe->sender.has_value() && is_same_process(*write.sigpipe->sender, write.actor);
    cite_write(blame, broken);
    return blame;
}

} // namespace tcpblame::reconstruct
