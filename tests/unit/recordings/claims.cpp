// What each cause claims.
#include "recordings/claims.hpp"

namespace tcpblame::recordings {

std::vector<std::string> Claims::uncarried() {
    check_rows();
    if (verdict_.confidence == model::Confidence::kObserved) {
        check_cause();
        check_peer();
        check_processes();
        check_first_close();
    }
    for (const model::Reason& reason : verdict_.why)
        if (reason.confidence == model::Confidence::kObserved) check_reason(reason);
    return std::move(uncarried_);
}

void Claims::need(bool carried, std::string claim) {
    if (!carried) uncarried_.push_back(std::move(claim));
}

bool Claims::closed_with(int error) const {
    return any<model::StateChanged>(
        [&](const auto& e) { return ours(e.socket) && e.new_state == TcpState::kClose && e.socket.error == error; });
}

void Claims::check_cause() {
    using model::Cause;
    switch (verdict_.cause) {
    case Cause::kPeerClosed: return check_peer_closed();
    case Cause::kPeerAborted: return check_peer_aborted();
    case Cause::kLocalShutdown: return check_local_shutdown();
    case Cause::kLocalAbort: return check_local_abort();
    case Cause::kRefused: return check_refused();
    case Cause::kNeverConnected: return check_never_connected();
    case Cause::kPipeReaderGone: return check_pipe();
    case Cause::kUnixPeerClosed: return check_unix();
    case Cause::kTimedOut: return check_timed_out();
    case Cause::kUnreachable: return check_unreachable();
    case Cause::kKilledByAdmin: return check_killed_by_admin();
    case Cause::kUnknownConnection: return check_unknown_connection();
    case Cause::kSentByProcess: return check_sent();
    case Cause::kOrderly: return check_orderly();
    case Cause::kUnknown: need(false, "an unknown cause is observed"); return;
    }
}

void Claims::check_peer_closed() {
    need(fin_came() || peer_sent_fin(), "no FIN of the peer");
    if (verdict_.rule == model::Rule::kPeerDied)
        return need(verdict_.peer && verdict_.peer->act == model::Act::kKilled, "nobody died");
    if (verdict_.rule == model::Rule::kUnanswered) return need(peer_sent_fin(), "the peer's close was not seen");
    need(any<model::ResetSent>([&](const auto& e) { return answers_us(e) && e.segment_len > 0; }),
         "no RST that answers data of ours");
    // An abort is no close: where the peer's socket sent one that came, it did not answer.
    need(peer_sent_fin() || fin_came() || !any<model::ResetSent>([&](const auto& e) { return is_abort_that_came(e); }),
         "the RST was an abort");
}

bool Claims::is_aborting_close(const model::StateChanged& event) const {
    return theirs(event.socket) && event.new_state == TcpState::kClose && event.socket.error == 0 && event.actor &&
           event.socket.owned && (event.socket.linger_zero || waiting(event) > 0);
}

void Claims::check_peer_aborted() {
    need(came_.has_value(), "no RST came");
    if (verdict_.peer && verdict_.peer->act == model::Act::kAcceptQueueOverflow) return check_overflow();
    if (verdict_.reset_origin == model::ResetOrigin::kBetween) return check_between();
    need(any<model::ResetSent>([&](const auto& e) { return is_abort_that_came(e); }) ||
             any<model::StateChanged>(
                 [&](const auto& e) { return is_aborting_close(e) && came_ && e.stamp.time_ns <= came_->time_ns; }),
         "no RST of the peer's own accord that fits what came");
}

void Claims::check_overflow() {
    need(any<model::ResetSent>([&](const auto& e) {
             if (!theirs(e.socket) || e.kind != model::ResetKind::kPassive || e.segment_is_syn) return false;
             if (e.socket.state != TcpState::kListen || e.segment_len != 0) return false;
             if (e.reason == model::ResetReason::kInvalidSyn) return true;
             return e.reason == model::ResetReason::kUnknown && e.queue && e.queue->aborts_on_overflow &&
                    e.queue->length > e.queue->limit;
         }),
         "no listener ended a handshake for want of room");
}

void Claims::check_between() {
    need(!peers_.empty(), "the peer's socket was not seen");
    // One that left before its socket's change of state may have been traced long after it came.
    need(!any<model::ResetSent>([&](const auto& e) {
        return answers_us(e) || is_abort_that_came(e) ||
               (theirs(e.socket) && e.kind == model::ResetKind::kActive && e.socket.state != TcpState::kClose);
    }),
         "a RST of the peer fits");
    need(!any<model::SocketExisted>([&](const auto& e) { return ours(e.socket) || theirs(e.socket); }),
         "not watched from its beginning");
    need(!came_ || came_->progress.opened_ns != 0, "its beginning was not seen");
    need(!any<model::StateChanged>(
             [&](const auto& e) { return is_aborting_close(e) && came_ && e.stamp.time_ns <= came_->time_ns; }),
         "the peer's process aborted it");
}

void Claims::check_local_shutdown() {
    const auto state_says = [](TcpState state) {
        return state == TcpState::kFinWait1 || state == TcpState::kFinWait2 || state == TcpState::kClosing ||
               state == TcpState::kLastAck;
    };
    need(any<model::StateChanged>([&](const auto& e) {
             return ours(e.socket) && sends_fin(e) && e.socket.owned && e.actor && !e.actor->kernel_thread &&
                    !e.actor->exiting && e.stamp.time_ns <= moment_ns_ + kTracedAfterNs;
         }) ||
             any_of_ours([&](const model::SocketView& socket, const model::Stamp& stamp) {
                 return state_says(socket.state) && stamp.time_ns <= moment_ns_ + kTracedAfterNs;
             }) ||
             any<model::SigpipeSent>(
                 [&](const auto& e) { return e.stamp.time_ns == moment_ns_ && state_says(e.socket.state); }) ||
             any<model::SendReturned>(
                 [&](const auto& e) { return e.stamp.time_ns == moment_ns_ && state_says(e.socket.state); }),
         "no FIN of ours by a process that lives");
}

void Claims::check_local_abort() {
    const bool by_connect = verdict_.rule == model::Rule::kDisconnected;
    need(any<model::StateChanged>([&](const auto& e) {
             return ours(e.socket) && e.new_state == TcpState::kClose && e.socket.error == 0 && e.socket.owned &&
                    e.actor && !e.actor->kernel_thread && by_connect == (e.actor->syscall == model::Syscall::kConnect);
         }),
         "no process of ours ended it");
    need(any<model::ResetSent>([&](const auto& e) { return ours(e.socket) && e.kind == model::ResetKind::kActive; }),
         "no RST of ours");
}

void Claims::check_refused() { need(came_ && came_->state == TcpState::kSynSent, "no RST answered our SYN"); }

void Claims::check_never_connected() {
    if (came_ && came_->state == TcpState::kSynSent) return;
    need(verdict_.write && verdict_.write->error == EPIPE, "a socket without a connection gives EPIPE");
    need(!has_tuple() && !any_of_ours([](const model::SocketView& socket, const model::Stamp&) {
        return socket.state != TcpState::kClose && socket.state != TcpState::kSynSent;
    }),
         "it had a connection");
}

void Claims::check_pipe() {
    need(any<model::SigpipeSent>([&](const auto& e) {
             return e.stamp.time_ns == moment_ns_ && e.call.file == model::FileKind::kPipe &&
                    e.call.file_state == model::FileState::kBroken;
         }),
         "no pipe without a reader");
}

void Claims::check_unix() {
    const auto says_gone = [&](const auto& e, int error) {
        return e.call.file == model::FileKind::kUnix &&
               (e.call.unix_peer_gone || (error == ECONNREFUSED && !e.call.addressed));
    };
    need(any<model::SigpipeSent>([&](const auto& e) { return e.stamp.time_ns == moment_ns_ && says_gone(e, EPIPE); }) ||
             any<model::SendReturned>([&](const auto& e) {
                 return e.result < 0 && e.stamp.time_ns >= moment_ns_ && says_gone(e, -e.result);
             }),
         "no unix socket whose other end is gone");
}

bool Claims::is_timeout_of(const model::StateChanged& event) const {
    const model::Timeout& reported = *verdict_.timeout;
    return ours(event.socket) && event.new_state == TcpState::kClose &&
           event.progress.retransmits == reported.retransmits && event.progress.probes == reported.probes &&
           event.progress.user_timeout_ms == reported.user_timeout_ms && event.progress.silent_ms == reported.silent_ms;
}

bool Claims::is_window_closed(const model::StateChanged& event) {
    return event.snd_wnd == 0U && in_flight(event.progress) == 0 && unsent(event.progress) > 0;
}

void Claims::check_timed_out() {
    need(closed_with(ETIMEDOUT), "it did not end with ETIMEDOUT");
    need(verdict_.timeout && any<model::StateChanged>([&](const auto& e) { return is_timeout_of(e); }),
         "no timer with these numbers");
    if (verdict_.circumstances.nothing_sent)
        need(any<model::StateChanged>([&](const auto& e) {
                 return ours(e.socket) && e.new_state == TcpState::kClose && e.snd_wnd > 0U &&
                        in_flight(e.progress) == 0 && unsent(e.progress) > 0;
             }),
             "something was sent");
    if (verdict_.rule == model::Rule::kWindowClosed)
        need(any<model::StateChanged>([&](const auto& e) {
                 return ours(e.socket) && e.new_state == TcpState::kClose && is_window_closed(e);
             }),
             "its window was open");
}

model::IcmpKind Claims::icmp_of(int error) {
    switch (error) {
    case ECONNREFUSED: return model::IcmpKind::kPortUnreachable;
    case EACCES: return model::IcmpKind::kAdministrativelyProhibited;
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENONET: return model::IcmpKind::kHostUnreachable;
    case ENETUNREACH: return model::IcmpKind::kNetUnreachable;
    case ENOPROTOOPT: return model::IcmpKind::kProtocolUnreachable;
    case EPROTO: return model::IcmpKind::kParameterProblem;
    default: return model::IcmpKind::kNone;
    }
}

void Claims::check_unreachable() {
    const auto is_error = [&](int error) {
        const bool of_network = icmp_of(error) != model::IcmpKind::kNone || error == ENETDOWN;
        return of_network && (verdict_.icmp == model::IcmpKind::kNone || icmp_of(error) == verdict_.icmp);
    };
    need(any<model::StateChanged>([&](const auto& e) {
             return ours(e.socket) && e.new_state == TcpState::kClose && is_error(e.socket.error);
         }) ||
             any<model::ErrorReported>([&](const auto& e) {
                 return ours(e.socket) && e.stamp.time_ns <= moment_ns_ && is_error(e.socket.error) && verdict_.write &&
                        verdict_.write->error == e.socket.error;
             }),
         "no such error of the network");
    need(!came_ || came_->time_ns > moment_ns_ || !closed_with(ECONNREFUSED), "a RST gave the ECONNREFUSED");
}

void Claims::check_killed_by_admin() {
    need(verdict_.killed_by && any<model::StateChanged>([&](const auto& e) {
             return (ours(e.socket) || theirs(e.socket)) && e.new_state == TcpState::kClose &&
                    e.socket.error == ECONNABORTED && did(e.actor, e.socket, *verdict_.killed_by);
         }),
         "no abort from outside by this process");
}

void Claims::check_unknown_connection() {
    need(any<model::ResetSent>([&](const auto& e) { return answers_us(e); }), "no RST that answers us");
    if (verdict_.circumstances.other_end != model::OtherEnd::kNotSeenClosed) return;
    need(!any<model::StateChanged>([&](const auto& e) {
        return theirs(e.socket) && sends_fin(e) && came_ && e.stamp.time_ns <= came_->time_ns;
    }),
         "the peer's close was seen");
}

void Claims::check_sent() {
    const auto sends = [](model::SignalOrigin origin) {
        return origin == model::SignalOrigin::kProcess || origin == model::SignalOrigin::kParent;
    };
    need(any<model::SigpipeSent>([&](const auto& e) {
             if (e.stamp.time_ns != moment_ns_ || e.origin != verdict_.signal_origin) return false;
             if (e.origin == model::SignalOrigin::kWrite || e.origin == model::SignalOrigin::kUnknown) return false;
             return !verdict_.sender || (sends(e.origin) && e.sender && is(*e.sender, *verdict_.sender));
         }),
         "nobody was seen to send it so");
}

void Claims::check_orderly() {
    need(!came_, "a RST came");
    const auto peer_ended_well = [&] {
        return peer_sent_fin() && any<model::StateChanged>([&](const auto& e) {
                   return theirs(e.socket) && e.new_state == TcpState::kClose && e.socket.error == 0;
               });
    };
    need(any<model::StateChanged>([&](const auto& e) {
             if (!ours(e.socket) || e.new_state != TcpState::kClose || e.socket.error != 0) return false;
             if (e.old_state == TcpState::kLastAck || e.old_state == TcpState::kClosing) return true;
             return e.old_state == TcpState::kFinWait2 && (e.socket.fin_received == true || peer_ended_well());
         }),
         "it was not left in a state that only a FIN of each side leads to");
    need(!any<model::ResetSent>([&](const auto& e) { return ours(e.socket) && e.kind == model::ResetKind::kActive; }),
         "our socket sent a RST");
}

} // namespace tcpblame::recordings
