/// The events of a recording, as they bear on one verdict: what they say of its socket and of the other end's.
///
/// By what the kernel does (net/ipv4/tcp*.c, fs/pipe.c, net/unix/af_unix.c); it knows nothing of how the core finds it.
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

class Witness {
protected:
    Witness(const model::Verdict& verdict, const std::vector<model::Event>& events)
        : verdict_(verdict), events_(events), moment_ns_(verdict.monotonic_ns) {
        if (verdict.connection) {
            cookie_ = verdict.connection->id.empty() ? 0 : std::stoull(verdict.connection->id, nullptr, 16);
            tuple_ = verdict.connection->tuple;
        }
        for_each_socket([&](const model::SocketView& socket) {
            if (socket.cookie != 0 && socket.cookie != cookie_ && has_tuple() && socket.tuple == tuple_.swapped())
                peers_.insert(socket.cookie);
        });
        came_ = find_reset();
    }

    using Actor = model::Actor;
    using TcpState = model::TcpState;

    static constexpr std::uint64_t kTracedAfterNs = 100'000'000; ///< a RST and its reception, in either order
    static constexpr std::int32_t kNearby = 1 << 22;             ///< data may have been lost before an active RST

    struct Came {
        std::uint64_t time_ns = 0;
        TcpState state = TcpState::kNone;
        model::Progress progress;
    };

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

    bool has_tuple() const { return tuple_.remote.port != 0; }
    bool ours(const model::SocketView& socket) const {
        return cookie_ != 0 ? socket.cookie == cookie_ : has_tuple() && socket.tuple == tuple_;
    }
    /// Its socket's, or its host's in its name.
    bool theirs(const model::SocketView& socket) const {
        if (socket.cookie != 0) return peers_.count(socket.cookie) != 0;
        return has_tuple() && socket.tuple == tuple_.swapped();
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

    const model::Verdict& verdict_;
    const std::vector<model::Event>& events_;
    const std::uint64_t moment_ns_;
    std::uint64_t cookie_ = 0;
    model::Tuple tuple_;
    std::set<std::uint64_t> peers_; ///< cookies
    std::optional<Came> came_;
};

} // namespace tcpblame::recordings
