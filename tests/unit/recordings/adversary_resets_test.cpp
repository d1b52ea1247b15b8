// What the RST was, and when it and the other acts came, is contradicted.
#include "recordings/adversary.hpp"

namespace tcpblame::recordings {
namespace {

TEST_P(Adversary, TheResetHasAnotherReason) {
    for (const ResetReason reason :
         {ResetReason::kUnknown, ResetReason::kNoSocket, ResetReason::kAbortOnData, ResetReason::kTimewaitSocket,
          ResetReason::kAbortOnClose, ResetReason::kState, ResetReason::kOther, ResetReason::kKeepaliveTimeout,
          ResetReason::kFlags, ResetReason::kInvalidSyn})
        change_each<ResetSent>(fmt::format("reason {}", static_cast<int>(reason)), [reason](ResetSent& event) {
            event.reason = reason;
            return true;
        });
}

TEST_P(Adversary, AListenerSentTheReset) {
    const std::array<std::optional<AcceptQueue>, 5> queues{
        std::nullopt, AcceptQueue{.length = 2, .limit = 1, .aborts_on_overflow = true},
        AcceptQueue{.length = 2, .limit = 1, .dropped = 3}, AcceptQueue{.limit = 1, .aborts_on_overflow = true},
        AcceptQueue{.limit = 1, .dropped = 3}};
    for (const auto& queue : queues)
        for (const ResetReason reason : {ResetReason::kUnknown, ResetReason::kFlags, ResetReason::kInvalidSyn})
            for (const bool is_empty : {true, false})
                change_each<ResetSent>("a listener", [&](ResetSent& event) {
                    // A handshake's last segment is empty, and what is not answers to no overflow.
                    if (event.kind != ResetKind::kPassive || (!is_empty && reason == ResetReason::kInvalidSyn))
                        return false;
                    event.socket.state = TcpState::kListen;
                    event.socket.cookie = 0;
                    event.reason = reason;
                    event.queue = queue;
                    if (is_empty) event.segment_len = 0;
                    return true;
                });
}

TEST_P(Adversary, TheResetIsOfAnotherKind) {
    change_each<ResetSent>("the other kind", [](ResetSent& event) {
        event.kind = event.kind == ResetKind::kActive ? ResetKind::kPassive : ResetKind::kActive;
        event.segment_len = 0;
        return true;
    });
    change_each<ResetSent>("an empty segment", [](ResetSent& event) {
        event.segment_len = 0;
        return true;
    });
    change_each<ResetSent>("a SYN", [](ResetSent& event) {
        event.segment_is_syn = true;
        return true;
    });
}

TEST_P(Adversary, TheResetsNumbersDoNotFit) {
    for (const std::uint32_t off : {kFarOff, 0U - kFarOff})
        change_each<ResetSent>("far off", [off](ResetSent& event) {
            event.segment_seq += off;
            event.own_nxt += off;
            return true;
        });
    change_each("came far off", [](Event& event) {
        Progress* progress = is_reception(event) ? progress_in(event) : nullptr;
        if (progress == nullptr) return false;
        progress->snd_una += kFarOff;
        progress->snd_nxt += kFarOff;
        progress->rcv_nxt += kFarOff;
        return true;
    });
}

TEST_P(Adversary, TheResetIsOfAnotherNamespace) {
    change_each<ResetSent>("another namespace", [](ResetSent& event) {
        event.socket.netns += 1;
        if (event.kind == ResetKind::kPassive) event.socket.cookie = 0; // an active one is a socket's
        return true;
    });
}

TEST_P(Adversary, TheResetComesLate) {
    delay("late", is_reception, [](const Event&) { return false; });
    delay("late, after its sending", is_reception,
          [](const Event& event) { return std::holds_alternative<ResetSent>(event); });
}

TEST_P(Adversary, TheFinComesLate) {
    const auto is_a_fin = [](const Event& event) {
        const auto* changed = std::get_if<StateChanged>(&event);
        return changed != nullptr && is_fin(*changed);
    };
    delay("late", is_a_fin, [](const Event&) { return false; });
}

TEST_P(Adversary, TheActComesAfterWhatBroke) {
    for (std::size_t place = 0; place < recording_.events.size(); place += step()) {
        const auto* changed = std::get_if<StateChanged>(&recording_.events[place]);
        if (changed == nullptr || !changed->actor) continue;
        Events events = recording_.events;
        Event later = events[place];
        events.erase(events.begin() + static_cast<std::ptrdiff_t>(place));
        std::uint64_t last_ns = 0;
        for (const Event& event : events) last_ns = std::max(last_ns, time_of(event));
        std::get<StateChanged>(later).stamp.time_ns = last_ns + kLongNs;
        events.push_back(std::move(later));
        expect_carried(events, fmt::format("event {} comes last", place + 1));
    }
}

/// Attached in the middle, and nothing found what was there.

} // namespace
} // namespace tcpblame::recordings
