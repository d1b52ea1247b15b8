// What is no TCP connection: pipes, unix sockets, and SIGPIPEs that a process sent.
#include "reconstruct/blame.hpp"
#include "reconstruct/processes.hpp"
#include "reconstruct/words.hpp"

#include <fmt/format.h>

namespace tcpblame::reconstruct {

using namespace model;

namespace {

/// Who closed it is not seen, but who last was known to hold it is.
void name_holder(Blame& blame, const Case& broken) {
    if (broken.holder == nullptr) return;
    const Actor& actor = broken.holder->holder;
    PeerAct act;
    act.act = Act::kHeldOtherEnd;
    act.process = process_of(actor);
    act.process.tid = 0;
    act.at_ns = static_cast<std::int64_t>(broken.holder->stamp.time_ns);
    blame.summary += fmt::format("; {} {}", who(act.process), did(act));
    blame.peer_act = std::move(act);
}

} // namespace

/// pipe_write() (fs/pipe.c) sends SIGPIPE exactly where the pipe has no reader.
Blame blame_pipe(const Case& broken) {
    Blame blame;
    blame.cause = Cause::kPipeReaderGone;
    blame.confidence = Confidence::kObserved;
    blame.summary = "the reading end of this pipe is closed";
    name_holder(blame, broken);
    cite_write(blame, broken);
    return blame;
}

Blame blame_unix(const Case& broken) {
    Blame blame;
    cite_write(blame, broken);
    if (broken.write->call.unix_peer_gone) {
        blame.cause = Cause::kUnixPeerClosed;
        blame.confidence = Confidence::kObserved;
        blame.summary = "the other end of this unix socket is closed";
        name_holder(blame, broken);
    } else {
        blame.summary = "a unix socket whose other end is still open: one of the two has shut it down, and which one "
                        "cannot be seen";
    }
    return blame;
}

Blame blame_sender(const Case& broken) {
    Blame blame;
    const Actor& sender = *broken.write->sigpipe->sender;
    blame.cause = Cause::kSentByProcess;
    blame.confidence = Confidence::kObserved;
    blame.sender = process_of(sender);
    blame.summary = sender.pid == broken.write->actor.pid
                        ? "the process sent this SIGPIPE to itself; no write failed"
                        : fmt::format("{} sent this SIGPIPE; no write failed", who(*blame.sender));
    cite_write(blame, broken);
    return blame;
}

} // namespace tcpblame::reconstruct
