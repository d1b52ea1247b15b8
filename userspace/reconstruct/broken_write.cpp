#include "reconstruct/broken_write.hpp"

#include <cerrno>

namespace tcpblame::reconstruct {

using namespace model;

BrokenWrite broken_write(const SigpipeSent& event) {
    BrokenWrite write;
    write.time_ns = event.stamp.time_ns;
    write.actor = event.actor;
    write.call = event.call;
    write.error = EPIPE;
    write.stack = event.stack;
    write.sigpipe = event;
    return write;
}

BrokenWrite broken_write(const SendReturned& event) {
    BrokenWrite write;
    write.time_ns = event.stamp.time_ns;
    write.actor = event.actor;
    write.call = event.call;
    write.error = -event.result;
    write.stack = event.stack;
    write.send = event;
    return write;
}

bool BrokenWrite::awaits_send() const {
    if (!sigpipe || is_sent_signal() || send) return false;
    // A write to a pipe has no send event. Any other file makes one, and so does the one that failed where the
    // descriptor names another by now.
    return call.file_state == FileState::kWhole || (call.file != FileKind::kPipe && call.file != FileKind::kOther);
}

bool BrokenWrite::awaits_sigpipe() const { return send && send->sigpipe_follows && !sigpipe; }

bool BrokenWrite::awaits(const SigpipeSent& event) const {
    return awaits_sigpipe() && event.origin == SignalOrigin::kWrite && actor.tid == event.actor.tid &&
           call.fd == event.call.fd && event.stamp.time_ns >= time_ns;
}

void BrokenWrite::join(const SigpipeSent& event) {
    sigpipe = event;
    stack = event.stack;
}

void BrokenWrite::join(const SendReturned& event) {
    send = event;
    call = event.call;
}

bool BrokenWrite::awaits(const SendReturned& event) const {
    // By the descriptor's number, which the registers have, and not by the file: that may be another one by now. A send
    // that asked for no signal drew none.
    return sigpipe && !is_sent_signal() && !send && event.result == -EPIPE && !event.call.no_signal &&
           actor.tid == event.actor.tid && call.fd == event.call.fd && event.stamp.time_ns >= time_ns;
}

Disposition BrokenWrite::disposition() const {
    if (!sigpipe) return error == EPIPE && call.no_signal ? Disposition::kSuppressed : Disposition::kNone;
    if (sigpipe->blocked) return Disposition::kBlocked;
    if (sigpipe->ignored || sigpipe->handler == SignalHandler::kIgnore) return Disposition::kIgnored;
    return sigpipe->handler == SignalHandler::kFunction ? Disposition::kHandled : Disposition::kKilled;
}

} // namespace tcpblame::reconstruct
