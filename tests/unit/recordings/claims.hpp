/// What a verdict claims as observed, held against the events alone: it knows nothing of how the core finds it.
///
/// Each claim needs an event that carries it, by what the kernel does (net/ipv4/tcp*.c, fs/pipe.c, net/unix/af_unix.c).
/// That one does is no proof that the claim is true; that none does proves that it was made up.
#pragma once

#include "model/event.hpp"
#include "model/names.hpp"
#include "model/verdict.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fmt/format.h>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tcpblame::recordings {

class Claims {
public:
    Claims(const model::Verdict& verdict, const std::vector<model::Event>& events)
        : verdict_(verdict), events_(events), moment_ns_(verdict.monotonic_ns) {
        if (verdict.connection) {
            cookie_ = verdict.connection->id.empty() ? 0 : std::stoull(verdict.connection->id, nullptr, 16);
            tuple_ = verdict.connection->tuple;
        }
        for_each_socket([&](const model::SocketView& socket) {
            if (socket.cookie != 0 && socket.cookie != cookie_ && has_ends() && socket.tuple == tuple_.swapped())
                peers_.insert(socket.cookie);
        });
        came_ = find_reset();
    }

    std::vector<std::string> uncarried() {
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

private:
    using Actor = model::Actor;
    using TcpState = model::TcpState;

    static constexpr std::uint64_t kTracedAfterNs = 100'000'000; ///< a RST and its reception, in either order
    static constexpr std::int32_t kNearby = 1 << 22;             ///< data may have been lost before an active RST

    struct Came {
        std::uint64_t time_ns = 0;
        TcpState state = TcpState::kNone;
        model::Progress progress;
    };

    // ── The events ──────────────────────────────────────────────────────────────────────────────

    template <typename Kind, typename Fits>
    bool any(const Fits& fits) const {
        return std::any_of(events_.begin(), events_.end(), [&](const model::Event& event) {
            const auto* one = std::get_if<Kind>(&event);
            return one != nullptr && fits(*one);
        });
    }

    template <typename Take>
    void for_each_socket(const Take& take) const {
        for (const model::Event& event : events_)
            std::visit(
                [&](const auto& one) {
                    if constexpr (requires { one.socket; }) take(one.socket);
                },
                event);
    }

    template <typename Fits>
    bool any_of_ours(const Fits& fits) const {
        return std::any_of(events_.begin(), events_.end(), [&](const model::Event& event) {
            return std::visit(
                [&](const auto& one) {
                    if constexpr (requires { one.socket; })
                        return ours(one.socket) && fits(one.socket, one.stamp);
                    else
                        return false;
                },
                event);
        });
    }

    bool has_ends() const { return tuple_.remote.port != 0; }
    bool ours(const model::SocketView& socket) const {
        return cookie_ != 0 ? socket.cookie == cookie_ : has_ends() && socket.tuple == tuple_;
    }
    /// Its socket's, or its host's in its name.
    bool theirs(const model::SocketView& socket) const {
        if (socket.cookie != 0) return peers_.count(socket.cookie) != 0;
        return has_ends() && socket.tuple == tuple_.swapped();
    }

    std::uint64_t at(std::int64_t relative_ns) const { return moment_ns_ + static_cast<std::uint64_t>(relative_ns); }

    /// The first RST that came to us.
    std::optional<Came> find_reset() const {
        std::optional<Came> first;
        // Data that comes after the close makes the kernel call tcp_reset() itself, and then answer with a RST.
        const auto answers_itself = [&](const model::Stamp& stamp) {
            return any<model::ResetSent>([&](const auto& e) {
                return ours(e.socket) && e.kind == model::ResetKind::kPassive && e.stamp.time_ns >= stamp.time_ns &&
                       (e.reason == model::ResetReason::kAbortOnData || e.socket.dead);
            });
        };
        const auto consider = [&](const auto& event) {
            if (ours(event.socket) && !answers_itself(event.stamp) && (!first || event.stamp.time_ns < first->time_ns))
                first = Came{event.stamp.time_ns, event.socket.state, event.progress};
        };
        for (const model::Event& event : events_) {
            if (const auto* received = std::get_if<model::ResetReceived>(&event)) consider(*received);
            const auto* changed = std::get_if<model::StateChanged>(&event);
            if (changed != nullptr && changed->by_reset) consider(*changed);
        }
        return first;
    }

    static bool says_fin(TcpState state) {
        return state == TcpState::kCloseWait || state == TcpState::kLastAck || state == TcpState::kClosing;
    }
    static bool sends_fin(const model::StateChanged& event) {
        return event.old_state != event.new_state &&
               (event.new_state == TcpState::kFinWait1 || event.new_state == TcpState::kLastAck);
    }

    /// FIN_WAIT2 → CLOSE is a FIN where SOCK_DONE says so; where it was not asked, it may be one.
    static bool admits_fin(const model::StateChanged& event) {
        if (says_fin(event.new_state)) return event.new_state != event.old_state;
        if (event.new_state != TcpState::kClose || event.socket.error != 0) return false;
        if (event.old_state == TcpState::kClosing) return true;
        return event.old_state == TcpState::kFinWait2 && event.socket.fin_received.value_or(true);
    }
    bool fin_came() const {
        return any<model::StateChanged>([&](const auto& e) { return ours(e.socket) && admits_fin(e); }) ||
               any_of_ours([](const model::SocketView& socket, const model::Stamp&) {
                   return says_fin(socket.state) || socket.fin_received == true;
               });
    }
    bool peer_sent_fin() const {
        return any<model::StateChanged>([&](const auto& e) { return theirs(e.socket) && sends_fin(e); });
    }

    static bool within(std::uint32_t one, std::uint32_t other, std::int32_t distance) {
        const auto between = static_cast<std::int32_t>(one - other);
        return -distance <= between && between <= distance;
    }
    /// It answers a segment that we had under way: from the probe before what is acknowledged to a bare
    /// acknowledgement.
    bool answers_us(const model::ResetSent& sent) const {
        if (!came_ || !theirs(sent.socket) || sent.kind != model::ResetKind::kPassive || sent.segment_is_syn)
            return false;
        const std::uint32_t first = came_->progress.snd_una - 1;
        return sent.stamp.time_ns <= came_->time_ns + kTracedAfterNs &&
               sent.segment_seq - first <= came_->progress.snd_nxt - first;
    }
    bool is_abort_that_came(const model::ResetSent& sent) const {
        return came_ && theirs(sent.socket) && sent.kind == model::ResetKind::kActive &&
               sent.stamp.time_ns <= came_->time_ns + kTracedAfterNs &&
               (sent.own_nxt == 0 || within(sent.own_nxt, came_->progress.rcv_nxt, kNearby));
    }

    static bool is(const Actor& actor, const model::Process& process) {
        return !actor.kernel_thread && actor.pid == process.pid && actor.name == model::TaskName(process.name);
    }
    static bool did(const std::optional<Actor>& actor, const model::SocketView& socket, const model::Process& process) {
        return socket.owned && actor && is(*actor, process);
    }

    static std::uint32_t waiting(const model::StateChanged& event) {
        return event.progress.rcv_nxt - event.progress.copied_seq;
    }
    static std::uint32_t in_flight(const model::Progress& progress) { return progress.snd_nxt - progress.snd_una; }
    static std::uint32_t unsent(const model::Progress& progress) { return progress.write_seq - progress.snd_nxt; }

    // ── The claims ──────────────────────────────────────────────────────────────────────────────

    void need(bool carried, std::string claim) {
        if (!carried) uncarried_.push_back(std::move(claim));
    }

    bool closed_with(int error) const {
        return any<model::StateChanged>([&](const auto& e) {
            return ours(e.socket) && e.new_state == TcpState::kClose && e.socket.error == error;
        });
    }

    void check_cause() {
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

    void check_peer_closed() {
        need(fin_came() || peer_sent_fin(), "no FIN of the peer");
        need(any<model::ResetSent>([&](const auto& e) { return answers_us(e) && e.segment_len > 0; }),
             "no RST that answers data of ours");
        // An abort is no close: where the peer's socket sent one that came, it did not answer.
        need(peer_sent_fin() || fin_came() ||
                 !any<model::ResetSent>([&](const auto& e) { return is_abort_that_came(e); }),
             "the RST was an abort");
    }

    /// The close of a process that lets go with data unread, or with SO_LINGER 0.
    bool is_aborting_close(const model::StateChanged& event) const {
        return theirs(event.socket) && event.new_state == TcpState::kClose && event.socket.error == 0 && event.actor &&
               event.socket.owned && (event.socket.linger_zero || waiting(event) > 0);
    }

    void check_peer_aborted() {
        need(came_.has_value(), "no RST came");
        if (verdict_.peer && verdict_.peer->act == model::Act::kAcceptQueueOverflow) return check_overflow();
        if (verdict_.reset_origin == model::ResetOrigin::kBetween) return check_between();
        need(any<model::ResetSent>([&](const auto& e) { return is_abort_that_came(e); }) ||
                 any<model::StateChanged>(
                     [&](const auto& e) { return is_aborting_close(e) && came_ && e.stamp.time_ns <= came_->time_ns; }),
             "no RST of the peer's own accord that fits what came");
    }

    void check_overflow() {
        need(any<model::ResetSent>([&](const auto& e) {
                 if (!theirs(e.socket) || e.kind != model::ResetKind::kPassive || e.segment_is_syn) return false;
                 if (e.socket.state != TcpState::kListen || e.segment_len != 0) return false;
                 if (e.reason == model::ResetReason::kInvalidSyn) return true;
                 return e.reason == model::ResetReason::kUnknown && e.queue && e.queue->aborts_on_overflow &&
                        e.queue->length > e.queue->limit;
             }),
             "no listener ended a handshake for want of room");
    }

    void check_between() {
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

    void check_local_shutdown() {
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

    void check_local_abort() {
        const bool by_connect = verdict_.summary.find("AF_UNSPEC") != std::string::npos;
        need(any<model::StateChanged>([&](const auto& e) {
                 return ours(e.socket) && e.new_state == TcpState::kClose && e.socket.error == 0 && e.socket.owned &&
                        e.actor && !e.actor->kernel_thread &&
                        by_connect == (e.actor->syscall == model::Syscall::kConnect);
             }),
             "no process of ours ended it");
        need(
            any<model::ResetSent>([&](const auto& e) { return ours(e.socket) && e.kind == model::ResetKind::kActive; }),
            "no RST of ours");
    }

    void check_refused() { need(came_ && came_->state == TcpState::kSynSent, "no RST answered our SYN"); }

    void check_never_connected() {
        if (came_ && came_->state == TcpState::kSynSent) return;
        need(verdict_.write && verdict_.write->error == EPIPE, "a socket without a connection gives EPIPE");
        need(!has_ends() && !any_of_ours([](const model::SocketView& socket, const model::Stamp&) {
            return socket.state != TcpState::kClose && socket.state != TcpState::kSynSent;
        }),
             "it had a connection");
    }

    void check_pipe() {
        need(any<model::SigpipeSent>([&](const auto& e) {
                 return e.stamp.time_ns == moment_ns_ && e.call.file == model::FileKind::kPipe &&
                        e.call.file_state == model::FileState::kBroken;
             }),
             "no pipe without a reader");
    }

    void check_unix() {
        const auto says_gone = [&](const auto& e, int error) {
            return e.call.file == model::FileKind::kUnix &&
                   (e.call.unix_peer_gone || (error == ECONNREFUSED && !e.call.addressed));
        };
        need(any<model::SigpipeSent>(
                 [&](const auto& e) { return e.stamp.time_ns == moment_ns_ && says_gone(e, EPIPE); }) ||
                 any<model::SendReturned>([&](const auto& e) {
                     return e.result < 0 && e.stamp.time_ns >= moment_ns_ && says_gone(e, -e.result);
                 }),
             "no unix socket whose other end is gone");
    }

    bool is_timeout_of(const model::StateChanged& event) const {
        const model::Timeout& reported = *verdict_.timeout;
        return ours(event.socket) && event.new_state == TcpState::kClose &&
               event.progress.retransmits == reported.retransmits && event.progress.probes == reported.probes &&
               event.progress.user_timeout_ms == reported.user_timeout_ms &&
               event.progress.silent_ms == reported.silent_ms;
    }

    static bool is_window_closed(const model::StateChanged& event) {
        return event.snd_wnd == 0U && in_flight(event.progress) == 0 && unsent(event.progress) > 0;
    }

    void check_timed_out() {
        need(closed_with(ETIMEDOUT), "it did not end with ETIMEDOUT");
        need(verdict_.timeout && any<model::StateChanged>([&](const auto& e) { return is_timeout_of(e); }),
             "no timer with these numbers");
        if (verdict_.summary.find("could send nothing") != std::string::npos)
            need(any<model::StateChanged>([&](const auto& e) {
                     return ours(e.socket) && e.new_state == TcpState::kClose && e.snd_wnd > 0U &&
                            in_flight(e.progress) == 0 && unsent(e.progress) > 0;
                 }),
                 "something was sent");
        if (verdict_.summary.find("took no more data") != std::string::npos)
            need(any<model::StateChanged>([&](const auto& e) {
                     return ours(e.socket) && e.new_state == TcpState::kClose && is_window_closed(e);
                 }),
                 "its window was open");
    }

    static model::IcmpKind icmp_of(int error) {
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

    void check_unreachable() {
        const auto is_error = [&](int error) {
            const bool of_network = icmp_of(error) != model::IcmpKind::kNone || error == ENETDOWN;
            return of_network && (verdict_.icmp == model::IcmpKind::kNone || icmp_of(error) == verdict_.icmp);
        };
        need(any<model::StateChanged>([&](const auto& e) {
                 return ours(e.socket) && e.new_state == TcpState::kClose && is_error(e.socket.error);
             }) ||
                 any<model::ErrorReported>([&](const auto& e) {
                     return ours(e.socket) && e.stamp.time_ns <= moment_ns_ && is_error(e.socket.error) &&
                            verdict_.write && verdict_.write->error == e.socket.error;
                 }),
             "no such error of the network");
        need(!came_ || came_->time_ns > moment_ns_ || !closed_with(ECONNREFUSED), "a RST gave the ECONNREFUSED");
    }

    void check_killed_by_admin() {
        need(verdict_.killed_by && any<model::StateChanged>([&](const auto& e) {
                 return (ours(e.socket) || theirs(e.socket)) && e.new_state == TcpState::kClose &&
                        e.socket.error == ECONNABORTED && did(e.actor, e.socket, *verdict_.killed_by);
             }),
             "no abort from outside by this process");
    }

    void check_unknown_connection() {
        need(any<model::ResetSent>([&](const auto& e) { return answers_us(e); }), "no RST that answers us");
        if (verdict_.summary.find("no close of the peer was seen") == std::string::npos) return;
        need(!any<model::StateChanged>([&](const auto& e) {
            return theirs(e.socket) && sends_fin(e) && came_ && e.stamp.time_ns <= came_->time_ns;
        }),
             "the peer's close was seen");
    }

    void check_sent() {
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

    void check_orderly() {
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
        need(!any<model::ResetSent>(
                 [&](const auto& e) { return ours(e.socket) && e.kind == model::ResetKind::kActive; }),
             "our socket sent a RST");
    }

    // ── Who did it ──────────────────────────────────────────────────────────────────────────────

    void check_peer() {
        if (!verdict_.peer) return;
        const model::PeerAct& act = *verdict_.peer;
        using model::Act;
        switch (act.act) {
        case Act::kAcceptQueueOverflow: need(act.process.pid == 0, "an overflow is no process's act"); return;
        case Act::kHeldOtherEnd:
            need(any<model::HolderFound>([&](const auto& e) { return is(e.holder, act.process); }), "nobody held it");
            return;
        case Act::kConnectedOtherEnd:
            need(
                any<model::SendReturned>([&](const auto& e) { return e.unix_peer && is(*e.unix_peer, act.process); }) ||
                    any<model::SigpipeSent>(
                        [&](const auto& e) { return e.unix_peer && is(*e.unix_peer, act.process); }),
                "nobody was at the other end");
            return;
        case Act::kListenerClosed:
            need(any<model::StateChanged>([&](const auto& e) {
                     return e.old_state == TcpState::kListen && did(e.actor, e.socket, act.process) &&
                            e.socket.tuple.local.port == tuple_.remote.port && is_in_time(e.stamp);
                 }),
                 "nobody closed a listener");
            return;
        default:
            need(any<model::StateChanged>([&](const auto& e) { return is_act(e, act); }),
                 fmt::format("no event says that {} ({}) did it", act.process.name, act.process.pid));
        }
    }

    /// Before what it explains; where nothing broke it explains nothing.
    bool is_in_time(const model::Stamp& stamp) const {
        return verdict_.cause == model::Cause::kOrderly || stamp.time_ns <= moment_ns_ + kTracedAfterNs;
    }

    bool is_act(const model::StateChanged& event, const model::PeerAct& act) const {
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

    /// What /proc said of another process that has the pid is of that one: it is asked before an event of it is
    /// reported.
    bool is_exe_of(const model::Process& process) const {
        for (std::size_t i = 0; i < events_.size(); ++i) {
            const auto* known = std::get_if<model::ProcessKnown>(&events_[i]);
            if (known == nullptr || known->pid != process.pid || known->exe != process.exe) continue;
            const auto* next = next_act_of(process.pid, i + 1);
            if (!known->is_another || next == nullptr || next->name == model::TaskName(process.name)) return true;
        }
        return false;
    }

    const Actor* next_act_of(std::uint32_t pid, std::size_t from) const {
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

    void check_processes() {
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

    void check_first_close() {
        if (verdict_.closed_first == model::OpenedBy::kPeer) need(fin_came(), "the peer did not close first");
        if (verdict_.closed_first == model::OpenedBy::kUs)
            need(any<model::StateChanged>([&](const auto& e) { return ours(e.socket) && sends_fin(e); }),
                 "we did not close first");
    }

    // ── Why ─────────────────────────────────────────────────────────────────────────────────────

    void check_reason(const model::Reason& reason) {
        using model::ReasonCode;
        switch (reason.code) {
        case ReasonCode::kKilled:
        case ReasonCode::kExited:
            need(reason.process && any<model::StateChanged>([&](const auto& e) {
                     if (!theirs(e.socket) || !did(e.actor, e.socket, *reason.process)) return false;
                     const std::uint32_t signal = e.actor->exit_code & 0x7f;
                     const bool killed = reason.code == ReasonCode::kKilled;
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
            return;
        case ReasonCode::kAddressMoved: return check_moved();
        }
    }

    void check_crossed(const model::Reason& reason) {
        need(any<model::StateChanged>([&](const auto& fin) {
                 if (!ours(fin.socket) || !admits_fin(fin)) return false;
                 if (reason.bytes != fin.progress.write_seq - fin.progress.snd_una) return false;
                 return any<model::ResetSent>([&](const auto& e) {
                     return answers_us(e) && static_cast<std::int32_t>(e.segment_seq - fin.progress.write_seq) < 0;
                 });
             }),
             "why: nothing crossed");
    }

    void check_moved() {
        need(any<model::ResetSent>([&](const auto& e) {
                 return answers_us(e) && e.socket.netns != 0 && e.socket.cookie == 0 && !is_peer_in(e.socket.netns);
             }),
             "why: nobody answered from elsewhere");
        need(!any<model::StateChanged>([&](const auto& e) {
            return theirs(e.socket) && e.new_state == TcpState::kClose && came_ && e.stamp.time_ns <= came_->time_ns;
        }),
             "why: the other end was closed");
    }

    bool is_peer_in(std::uint32_t netns) const {
        bool found = false;
        for_each_socket([&](const model::SocketView& socket) {
            found = found || (socket.cookie != 0 && theirs(socket) && socket.netns == netns);
        });
        return found;
    }

    bool holds_peer(const model::Process& process) const {
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

    // ── The rows of the ladder ──────────────────────────────────────────────────────────────────

    /// A row says of itself whether it was seen.
    void check_rows() {
        for (const model::TimelineEntry& row : verdict_.timeline) {
            if (row.evidence != model::Confidence::kObserved) continue;
            const std::uint64_t time_ns = at(row.at_ns);
            if (row.event == model::TimelineEvent::kFinReceived) {
                need(any<model::StateChanged>(
                         [&](const auto& e) { return ours(e.socket) && e.stamp.time_ns == time_ns && admits_fin(e); }),
                     "row: no FIN came");
                need(row.note == "the peer closed" || names_peer(row.note), "row: who closed: " + row.note);
            } else if (row.event == model::TimelineEvent::kFinSent) {
                need(any<model::StateChanged>(
                         [&](const auto& e) { return ours(e.socket) && e.stamp.time_ns == time_ns && sends_fin(e); }),
                     "row: no FIN was sent");
            } else if (row.event == model::TimelineEvent::kRstReceived) {
                need(came_ && came_->time_ns == time_ns, "row: no RST came");
            }
        }
    }

    /// By the act of a process, or of the one that had its listener until it ended.
    bool names_peer(const std::string& note) const {
        return any<model::StateChanged>([&](const auto& e) {
            const bool of_listener =
                e.old_state == TcpState::kListen && e.socket.tuple.local.port == tuple_.remote.port;
            return (theirs(e.socket) || of_listener) && e.actor && e.socket.owned && !e.actor->kernel_thread &&
                   note.rfind(std::string(e.actor->name.view()) + " ", 0) == 0;
        });
    }

    const model::Verdict& verdict_;
    const std::vector<model::Event>& events_;
    const std::uint64_t moment_ns_;
    std::uint64_t cookie_ = 0;
    model::Tuple tuple_;
    std::set<std::uint64_t> peers_; ///< cookies
    std::optional<Came> came_;
    std::vector<std::string> uncarried_;
};

/// Each claim that is reported as observed and that no event carries.
inline std::vector<std::string> uncarried_claims(const model::Verdict& verdict,
                                                 const std::vector<model::Event>& events) {
    return Claims(verdict, events).uncarried();
}

} // namespace tcpblame::recordings
