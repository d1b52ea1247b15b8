// What had been sent before the connection was closed, and how long before: an idle timer, or an answer that was due.
#include "reconstruct/blame.hpp"
#include "reconstruct/processes.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace tcpblame::reconstruct {
namespace {

using namespace model;

/// Who closed first, of its own accord: by the event of its own socket where that is on this host, else by the one that
/// says that its FIN or its RST came.
struct FirstClose {
    enum class By : std::uint8_t {
        kUs,
        kPeer,
        kUnseen, ///< the peer, and the mark is of our socket
    };
    const Mark* mark = nullptr;
    By by = By::kUnseen;

    /// The mark is of the socket of whoever closed.
    [[nodiscard]] bool is_own() const { return by != By::kUnseen; }
};

bool is_own_accord(const Mark& mark) {
    constexpr std::uint32_t kSignal = 0x7f; // wait(2)
    if (!mark.actor || mark.actor->pid == 0 || mark.actor->kernel_thread) return false;
    return !mark.actor->exiting || (mark.actor->exit_code & kSignal) == 0;
}

std::optional<FirstClose> first_fin(const Endpoint& us, const Endpoint* peer) {
    const Ending& ours = us.ending();
    if (ours.fin_sent && ours.fin_sent->state == TcpState::kEstablished) {
        if (!is_own_accord(*ours.fin_sent)) return std::nullopt;
        return FirstClose{&*ours.fin_sent, FirstClose::By::kUs};
    }
    if (peer != nullptr && peer->ending().fin_sent) {
        const Mark& theirs = *peer->ending().fin_sent;
        if (theirs.state != TcpState::kEstablished || !is_own_accord(theirs)) return std::nullopt;
        return FirstClose{&theirs, FirstClose::By::kPeer};
    }
    if (peer != nullptr || !ours.fin_received || ours.fin_received->state != TcpState::kEstablished)
        return std::nullopt;
    return FirstClose{&*ours.fin_received};
}

/// A process closes with data unread or SO_LINGER 0; or a RST comes from another host.
std::optional<FirstClose> first_abort(const Blame& blame, const Endpoint& us, const Endpoint* peer) {
    if (blame.rule == Rule::kPeerAborted && peer != nullptr && peer->ending().closed) {
        const Mark& theirs = *peer->ending().closed;
        if (theirs.state != TcpState::kEstablished || !is_own_accord(theirs)) return std::nullopt;
        return FirstClose{&theirs, FirstClose::By::kPeer};
    }
    const auto& came = us.ending().reset_received;
    if (blame.rule != Rule::kUnseenReset || peer != nullptr || !came || came->state != TcpState::kEstablished)
        return std::nullopt;
    return FirstClose{&*came};
}

std::optional<FirstClose> first_close(const Blame& blame, const Case& broken) {
    const Endpoint* peer = broken.peer;
    if (broken.us == nullptr) return std::nullopt;
    switch (blame.cause) {
    case Cause::kOrderly: return first_fin(*broken.us, peer);
    case Cause::kPeerClosed:
        // Who had shut down its sending side before read on until then.
        if (blame.rule != Rule::kUnanswered && (blame.rule == Rule::kHalfClosed || broken.us->ending().fin_sent))
            return std::nullopt;
        return first_fin(*broken.us, peer);
    case Cause::kPeerAborted: return first_abort(blame, *broken.us, peer);
    default: return std::nullopt;
    }
}

constexpr std::uint64_t kNsInMs = 1'000'000;

/// The idle timers that are set anywhere: whole seconds where they are short, round numbers of them where they are
/// long.
struct Timers {
    std::uint64_t from_ms, below_ms; ///< which of them
    std::uint64_t step_ms;           ///< they are multiples of this
    std::uint64_t late_ms;           ///< as they may be
};

constexpr Timers kTimers[] = {
    {1'000, 10'000, 1'000, 110},          // late by what an event loop was at
    {10'000, 120'000, 5'000, 500},        //
    {120'000, UINT64_MAX, 10'000, 600},   //
    {120'000, UINT64_MAX, 30'000, 3'000}, // looked for once a second, and counted in seconds, as Redis does it
};

/// Of moments taken at random one in seven passes at most: it is never more than inferred.
bool may_be_a_timers(std::uint64_t idle_ms) {
    constexpr std::uint64_t kJiffyMs = 10; // HZ is 100 at least; what the kernel says may be short by one
    const std::uint64_t at_most_ms = idle_ms + kJiffyMs;
    return std::any_of(std::begin(kTimers), std::end(kTimers), [at_most_ms](const Timers& timers) {
        return timers.from_ms <= at_most_ms && at_most_ms < timers.below_ms &&
               at_most_ms % timers.step_ms <= timers.late_ms + kJiffyMs;
    });
}

Reason of_silence(ReasonCode code, Confidence confidence, const FirstClose& close, Blame& blame, const Case& broken) {
    if (close.by != FirstClose::By::kPeer) {
        Reason made = reason_at(code, confidence, close.mark->stamp);
        if (close.is_own()) made.process = process_of(*close.mark->actor);
        return made;
    }
    Reason made;
    made.code = code;
    made.confidence = confidence;
    made.at_ns = static_cast<std::int64_t>(close.mark->stamp.time_ns);
    made.process = process_of(*close.mark->actor);
    made.process->host = host_of_peer(broken);
    cite_peer(made, blame, broken, close.mark->stamp);
    return made;
}

/// Data had come to whoever closed, and it had sent none since. What it got only after its FIN is not meant: its own
/// socket says how it stood then; where that is on another host, the other end knows that all was acknowledged.
std::optional<Confidence> was_unanswered(const FirstClose& close) {
    const Mark& mark = *close.mark;
    if (close.is_own())
        return mark.idle.last == LastSender::kPeer ? std::optional(Confidence::kObserved) : std::nullopt;
    const bool all_came = mark.progress.snd_una == mark.progress.write_seq;
    return mark.idle.last == LastSender::kUs && all_came ? std::optional(Confidence::kInferred) : std::nullopt;
}

} // namespace

std::optional<Confidence> closed_unanswered(const Endpoint& us, const Endpoint* peer) {
    const auto& came = us.ending().fin_received;
    if (!came || came->state != TcpState::kEstablished) return std::nullopt;
    const std::optional<FirstClose> close = first_fin(us, peer);
    return close ? was_unanswered(*close) : std::nullopt;
}

void add_reasons_of_silence(Blame& blame, const Case& broken) {
    // Killed, or asked to stop: that is why.
    if (!std::all_of(blame.why.begin(), blame.why.end(), leaves_room)) return;
    const std::optional<FirstClose> close = first_close(blame, broken);
    if (!close || !close->mark->idle.ms) return;
    const auto add = [&](ReasonCode code, Confidence confidence) {
        Reason made = of_silence(code, confidence, *close, blame, broken);
        made.lasted_ns = *close->mark->idle.ms * kNsInMs;
        blame.why.push_back(std::move(made));
    };
    if (blame.cause == Cause::kPeerClosed)
        if (const auto confidence = was_unanswered(*close)) add(ReasonCode::kUnanswered, *confidence);
    const bool lives_on = !close->is_own() || !close->mark->actor->exiting;
    if (lives_on && may_be_a_timers(*close->mark->idle.ms)) add(ReasonCode::kIdle, Confidence::kInferred);
}

} // namespace tcpblame::reconstruct
