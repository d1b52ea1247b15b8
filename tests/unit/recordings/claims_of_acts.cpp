// Who is claimed to have done it, why, and the rows of the ladder.
#include "recordings/claims.hpp"

#include <algorithm>

namespace tcpblame::recordings {

void Claims::check_peer() {
    if (!verdict_.peer) return;
    const model::PeerAct& act = *verdict_.peer;
    using model::Act;
    switch (act.act) {
    case Act::kAcceptQueueOverflow: need(act.process.pid == 0, "an overflow is no process's act"); return;
    case Act::kHeldOtherEnd:
        need(any<model::HolderFound>([&](const auto& e) { return is(e.holder, act.process); }), "nobody held it");
        return;
    case Act::kConnectedOtherEnd:
        need(any<model::SendReturned>([&](const auto& e) { return e.unix_peer && is(*e.unix_peer, act.process); }) ||
                 any<model::SigpipeSent>([&](const auto& e) { return e.unix_peer && is(*e.unix_peer, act.process); }),
             "nobody was at the other end");
        return;
    case Act::kExit:
    case Act::kKilled:
        if (any<model::HolderFound>([&](const auto& e) {
                return e.ended_ns != 0 && e.ended_ns <= moment_ns_ && is(e.holder, act.process);
            }))
            return; // the last that could read a pipe
        [[fallthrough]];
    default:
        need(any<model::StateChanged>([&](const auto& e) { return is_act(e, act); }),
             fmt::format("no event says that {} ({}) did it", act.process.name, act.process.pid));
        return;
    case Act::kListenerClosed:
        need(any<model::StateChanged>([&](const auto& e) {
                 return e.old_state == TcpState::kListen && did(e.actor, e.socket, act.process) &&
                        e.socket.tuple.local.port == tuple_.remote.port && is_in_time(e.stamp);
             }),
             "nobody closed a listener");
    }
}

bool Claims::is_in_time(const model::Stamp& stamp) const {
    return verdict_.cause == model::Cause::kOrderly || stamp.time_ns <= moment_ns_ + kTracedAfterNs;
}

bool Claims::is_act(const model::StateChanged& event, const model::PeerAct& act) const {
    if (!theirs(event.socket) || !did(event.actor, event.socket, act.process)) return false;
    if (event.stamp.time_ns != at(act.at_ns) || !is_in_time(event.stamp)) return false;
    if (act.linger_zero && !event.socket.linger_zero) return false;
    if (act.unread > 0 && waiting(event) != act.unread && waiting(event) != act.unread + 1) return false;
    const Actor& actor = *event.actor;
    const std::uint32_t signal = actor.exit_code & 0x7f;
    using model::Act;
    switch (act.act) {
    case Act::kKilled: return actor.exiting && signal != 0 && signal == static_cast<std::uint32_t>(act.signal);
    case Act::kExit:
        return actor.exiting && signal == 0 &&
               (actor.exit_code >> 8 & 0xff) == static_cast<std::uint32_t>(act.exit_status);
    case Act::kShutdown: return !actor.exiting && actor.syscall == model::Syscall::kShutdown;
    case Act::kDisconnect: return !actor.exiting && actor.syscall == model::Syscall::kConnect;
    default:
        return !actor.exiting && actor.syscall != model::Syscall::kShutdown &&
               actor.syscall != model::Syscall::kConnect;
    }
}

bool Claims::is_exe_of(const model::Process& process) const {
    for (std::size_t i = 0; i < events_.size(); ++i) {
        const auto* known = std::get_if<model::ProcessKnown>(&events_[i]);
        if (known == nullptr || known->pid != process.pid || known->exe != process.exe) continue;
        const auto* next = next_act_of(process.pid, i + 1);
        if (!known->is_another || next == nullptr || next->name == model::TaskName(process.name)) return true;
    }
    return false;
}

const model::Actor* Claims::next_act_of(std::uint32_t pid, std::size_t from) const {
    const Actor* found = nullptr;
    const auto consider = [&](const auto& actor) {
        if constexpr (requires { actor.has_value(); }) {
            if (actor && actor->pid == pid) found = &*actor;
        } else {
            if (actor.pid == pid) found = &actor;
        }
    };
    for (std::size_t i = from; i < events_.size() && found == nullptr; ++i)
        std::visit(
            [&](const auto& one) {
                if constexpr (requires { one.actor; }) consider(one.actor);
            },
            events_[i]);
    return found;
}

void Claims::check_processes() {
    const auto check = [&](const std::optional<model::Process>& process) {
        if (process && process->pid != 0 && !process->exe.empty())
            need(is_exe_of(*process),
                 fmt::format("{} is not the program of {} (pid {})", process->exe, process->name, process->pid));
    };
    check(verdict_.process);
    check(verdict_.killed_by);
    check(verdict_.sender);
    if (verdict_.peer) check(verdict_.peer->process);
}

void Claims::check_first_close() {
    if (verdict_.closed_first == model::OpenedBy::kPeer) need(fin_came(), "the peer did not close first");
    if (verdict_.closed_first == model::OpenedBy::kUs)
        need(any<model::StateChanged>([&](const auto& e) { return ours(e.socket) && sends_fin(e); }),
             "we did not close first");
}

bool Claims::is_behind_relay(const model::SocketView& socket) const {
    return std::any_of(verdict_.why.begin(), verdict_.why.end(), [&](const model::Reason& reason) {
        return reason.connection && reason.connection->tuple.swapped() == socket.tuple;
    });
}

void Claims::check_reason(const model::Reason& reason) {
    using model::ReasonCode;
    switch (reason.code) {
    case ReasonCode::kAskedToStop: return check_signal(reason);
    case ReasonCode::kKilled:
    case ReasonCode::kOomKilled:
    case ReasonCode::kExited:
        check_signal(reason);
        need(reason.process && any<model::StateChanged>([&](const auto& e) {
                 if (!(theirs(e.socket) || is_behind_relay(e.socket)) || !did(e.actor, e.socket, *reason.process))
                     return false;
                 const std::uint32_t signal = e.actor->exit_code & 0x7f;
                 const bool killed = reason.code != ReasonCode::kExited;
                 return e.actor->exiting && killed == (signal != 0) &&
                        (!killed || signal == static_cast<std::uint32_t>(reason.signal)) &&
                        e.stamp.time_ns <= moment_ns_;
             }),
             "nobody at the other end had ended");
        return;
    case ReasonCode::kCrossed: return check_crossed(reason);
    case ReasonCode::kWindowClosed:
        need(any<model::StateChanged>([&](const auto& e) {
                 return ours(e.socket) && e.new_state == TcpState::kClose && is_window_closed(e);
             }),
             "why: the window was open");
        need(!reason.process || holds_peer(*reason.process), "why: it does not hold the other end");
        return;
    case ReasonCode::kNoRoute:
        need(any<model::StateChanged>(
                 [&](const auto& e) { return ours(e.socket) && e.new_state == TcpState::kClose && e.no_route; }),
             "why: there was a route");
        return;
    case ReasonCode::kFilteredHere: need(false, "why: a filter shows nowhere"); return;
    case ReasonCode::kQueueFull:
        need(any<model::ResetSent>(
                 [&](const auto& e) { return theirs(e.socket) && e.queue && e.queue == reason.queue; }),
             "why: no such queue");
        need(reason.queue && (reason.queue->length > reason.queue->limit || reason.queue->dropped > 0),
             "why: the queue was not full");
        need(!reason.process || listens(*reason.process), "why: another listens there");
        return;
    case ReasonCode::kAddressMoved: return check_moved();
    case ReasonCode::kFirewall: need(false, "why: a firewall shows nowhere"); return;
    case ReasonCode::kStateLost: need(false, "why: no recording has a translation"); return;
    case ReasonCode::kPassedOn: need(false, "why: that the one was for the other shows nowhere"); return;
    case ReasonCode::kIdle:
    case ReasonCode::kUnanswered: return check_silence(reason);
    }
}

/// By the event of the close itself, where its process is named, and of the other end where it is not.
void Claims::check_silence(const model::Reason& reason) {
    const auto says = [&](const auto& e, const std::optional<Actor>& closer) {
        if (!(ours(e.socket) || theirs(e.socket)) || !reason.at_ns || e.stamp.time_ns != at(*reason.at_ns))
            return false;
        if (e.socket.state != TcpState::kEstablished || !e.socket.idle.ms) return false;
        if (reason.lasted_ns != *e.socket.idle.ms * std::uint64_t{1'000'000}) return false;
        if (reason.process && !did(closer, e.socket, *reason.process)) return false;
        if (reason.code == model::ReasonCode::kIdle) return !reason.process || !closer->exiting;
        return e.socket.idle.last == (reason.process ? model::LastSender::kPeer : model::LastSender::kUs);
    };
    need(any<model::StateChanged>([&](const auto& e) { return says(e, e.actor); }) ||
             any<model::ResetReceived>([&](const auto& e) { return says(e, std::nullopt); }),
         "why: nobody was silent for so long");
}

/// Who sent the signal is claimed only where that very signal to that very process was seen.
void Claims::check_signal(const model::Reason& reason) {
    if (reason.code == model::ReasonCode::kOomKilled)
        need(any<model::OomKilled>([&](const auto& e) { return reason.process && e.pid == reason.process->pid; }),
             "why: the OOM killer chose another process");
    if (reason.origin == model::SignalOrigin::kUnknown) return;
    const auto fits = [&](const Actor& target, int signal, const std::optional<Actor>& sender) {
        if (!reason.process || !is(target, *reason.process) || signal != reason.signal) return false;
        return !reason.sender || (sender && !sender->kernel_thread && is(*sender, *reason.sender));
    };
    need(any<model::SignalSent>([&](const auto& e) {
             return e.origin == reason.origin && fits(e.target, e.signal, e.sender) && e.stamp.time_ns <= moment_ns_;
         }) ||
             any<model::SigpipeSent>([&](const auto& e) {
                 constexpr int kSigpipe = 13;
                 return e.origin == reason.origin && fits(e.actor, kSigpipe, e.sender) && e.stamp.time_ns <= moment_ns_;
             }),
         "why: no such signal was sent");
}

void Claims::check_crossed(const model::Reason& reason) {
    need(any<model::StateChanged>([&](const auto& fin) {
             if (!ours(fin.socket) || !admits_fin(fin)) return false;
             if (reason.bytes != fin.progress.write_seq - fin.progress.snd_una) return false;
             return any<model::ResetSent>([&](const auto& e) {
                 return answers_us(e) && static_cast<std::int32_t>(e.segment_seq - fin.progress.write_seq) < 0;
             });
         }),
         "why: nothing crossed");
}

void Claims::check_moved() {
    need(any<model::ResetSent>([&](const auto& e) {
             return answers_us(e) && e.socket.netns != 0 && e.socket.cookie == 0 && !is_peer_in(e.socket.netns);
         }),
         "why: nobody answered from elsewhere");
    need(!any<model::StateChanged>([&](const auto& e) {
        return theirs(e.socket) && e.new_state == TcpState::kClose && came_ && e.stamp.time_ns <= came_->time_ns;
    }),
         "why: the other end was closed");
}

bool Claims::is_peer_in(std::uint32_t netns) const {
    bool found = false;
    for_each_socket([&](const model::SocketView& socket) {
        found = found || (socket.cookie != 0 && theirs(socket) && socket.netns == netns);
    });
    return found;
}

bool Claims::listens(const model::Process& process) const {
    const std::uint16_t port = tuple_.remote.port;
    return any<model::StateChanged>([&](const auto& e) {
               return e.new_state == TcpState::kListen && e.socket.tuple.local.port == port && e.actor &&
                      is(*e.actor, process);
           }) ||
           any<model::SocketExisted>([&](const auto& e) {
               return e.socket.state == TcpState::kListen && e.socket.tuple.local.port == port && is(e.actor, process);
           });
}

bool Claims::holds_peer(const model::Process& process) const {
    return std::any_of(events_.begin(), events_.end(), [&](const model::Event& event) {
        return std::visit(
            [&](const auto& one) {
                if constexpr (requires { one.socket, one.actor.pid; })
                    return theirs(one.socket) && is(one.actor, process);
                else if constexpr (requires { one.socket, one.actor->pid; })
                    return theirs(one.socket) && did(one.actor, one.socket, process);
                else
                    return false;
            },
            event);
    });
}

void Claims::check_rows() {
    for (const model::TimelineEntry& row : verdict_.timeline) {
        if (row.evidence != model::Confidence::kObserved) continue;
        const std::uint64_t time_ns = at(row.at_ns);
        if (row.event == model::TimelineEvent::kFinReceived) {
            need(any<model::StateChanged>(
                     [&](const auto& e) { return ours(e.socket) && e.stamp.time_ns == time_ns && admits_fin(e); }),
                 "row: no FIN came");
            need(row.note == model::TimelineNote::kPeerClosed || names_peer(row.name), "row: who closed: " + row.name);
        } else if (row.event == model::TimelineEvent::kFinSent) {
            need(any<model::StateChanged>(
                     [&](const auto& e) { return ours(e.socket) && e.stamp.time_ns == time_ns && sends_fin(e); }),
                 "row: no FIN was sent");
        } else if (row.event == model::TimelineEvent::kRstReceived) {
            need(came_ && came_->time_ns == time_ns, "row: no RST came");
        }
    }
}

bool Claims::names_peer(const std::string& name) const {
    return any<model::StateChanged>([&](const auto& e) {
        const bool of_listener = e.old_state == TcpState::kListen && e.socket.tuple.local.port == tuple_.remote.port;
        return (theirs(e.socket) || of_listener) && e.actor && e.socket.owned && !e.actor->kernel_thread &&
               e.actor->name == model::TaskName(name);
    });
}

} // namespace tcpblame::recordings
