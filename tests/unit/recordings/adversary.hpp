/// Replaces, removes or contradicts in every recording what a rule rests on, as the kernel could really report it:
/// whatever is then still reported as observed must be carried by the events as they are then (claims.hpp).
#pragma once

#include "reconstruct/rules.hpp"
#include "recordings/claims.hpp"
#include "recordings/recording.hpp"

#include <array>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace tcpblame::recordings {

using namespace model;

using Events = std::vector<Event>;

inline constexpr const char* kBystander = "bystander";
inline constexpr std::uint32_t kBystanderPid = 424'242;
inline constexpr std::uint64_t kLongNs = 5'000'000'000;
inline constexpr std::uint32_t kFarOff = 1U << 28; ///< of sequence numbers: no window is as wide

inline std::uint64_t time_of(const Event& event) {
    return std::visit(
        [](const auto& one) -> std::uint64_t {
            if constexpr (requires { one.stamp; })
                return one.stamp.time_ns;
            else
                return 0;
        },
        event);
}

/// Who acted on a socket, where an event names somebody.
inline std::optional<Actor>* actor_in(Event& event) {
    return std::visit(
        [](auto& one) -> std::optional<Actor>* {
            if constexpr (requires { one.actor.has_value(); }) return one.actor ? &one.actor : nullptr;
            return nullptr;
        },
        event);
}

inline SocketView* socket_in(Event& event) {
    return std::visit(
        [](auto& one) -> SocketView* {
            if constexpr (requires { one.socket; }) return &one.socket;
            return nullptr;
        },
        event);
}

inline Progress* progress_in(Event& event) {
    return std::visit(
        [](auto& one) -> Progress* {
            if constexpr (requires { one.progress; }) return &one.progress;
            return nullptr;
        },
        event);
}

inline bool is_close(const StateChanged& event) { return event.new_state == TcpState::kClose; }

inline bool is_fin(const StateChanged& event) {
    return event.new_state != event.old_state &&
           (event.new_state == TcpState::kFinWait1 || event.new_state == TcpState::kLastAck ||
            event.new_state == TcpState::kCloseWait || event.new_state == TcpState::kClosing);
}

inline bool is_reception(const Event& event) {
    const auto* changed = std::get_if<StateChanged>(&event);
    return std::holds_alternative<ResetReceived>(event) || (changed != nullptr && changed->by_reset);
}

class Adversary : public OfEachRecording {
protected:
    void expect_carried(const Events& events, const std::string& how) const {
        for (const Verdict& verdict : recording_.reported(events).verdicts) {
            for (const std::string& claim : uncarried_claims(verdict, events))
                ADD_FAILURE() << how << ": " << code_of(verdict.cause) << " (" << code_of(verdict.confidence) << "), "
                              << reconstruct::rule_name(verdict) << "\n  is not carried: " << claim;
            expect_no_bystander(verdict, how);
        }
    }

    /// Named by his thread or process name in whatever a person reads.
    void expect_no_bystander(const Verdict& verdict, const std::string& how) const {
        if (!has_bystander_) return;
        const auto& holder = verdict.circumstances.other_holder;
        EXPECT_TRUE(!holder || holder->name != kBystander) << how << ": " << reconstruct::rule_name(verdict);
        for (const TimelineEntry& row : verdict.timeline) EXPECT_NE(row.name, kBystander) << how;
        for (const Reason& reason : verdict.why)
            EXPECT_TRUE(!reason.process || reason.process->name != kBystander)
                << how << ": " << reconstruct::rule_name(verdict);
        EXPECT_TRUE(!verdict.peer || verdict.peer->process.name != kBystander)
            << how << ": " << reconstruct::rule_name(verdict);
        EXPECT_TRUE(!verdict.sender || verdict.sender->name != kBystander)
            << how << ": " << reconstruct::rule_name(verdict);
        EXPECT_TRUE(!verdict.killed_by || verdict.killed_by->name != kBystander)
            << how << ": " << reconstruct::rule_name(verdict);
    }

    /// The mappings of another process name no frames.
    static void expect_no_frame_of_another(const Verdict& verdict, std::uint32_t pid) {
        const auto expect_none = [pid](const std::vector<StackFrame>& stack) {
            for (const StackFrame& frame : stack) EXPECT_NE(frame.module, "another") << "of pid " << pid;
        };
        expect_none(verdict.stack);
        if (verdict.peer) expect_none(verdict.peer->stack);
    }

    /// Of a recording with thousands that are alike, some.
    std::size_t step() const {
        constexpr std::size_t kMany = 200;
        constexpr std::size_t kPlaces = 8;
        return recording_.events.size() > kMany ? recording_.events.size() / kPlaces + 1 : 1;
    }

    /// `change` says whether it has found something to change: at each place by itself, then everywhere.
    void change_each(const std::string& how, const std::function<bool(Event&)>& change) const {
        for (std::size_t place = 0; place < recording_.events.size(); place += step()) {
            Events events = recording_.events;
            if (change(events[place])) expect_carried(events, fmt::format("{}, event {}", how, place + 1));
        }
        Events events = recording_.events;
        std::size_t changed = 0;
        for (Event& event : events) changed += change(event) ? 1 : 0;
        if (changed > 1) expect_carried(events, how + ", everywhere");
    }

    template <typename Kind>
    void change_each(const std::string& how, const std::function<bool(Kind&)>& change) const {
        change_each(how, [&](Event& event) {
            auto* one = std::get_if<Kind>(&event);
            return one != nullptr && change(*one);
        });
    }

    /// All from a place on comes later, as if the network had held up what made it.
    void delay(const std::string& how, const std::function<bool(const Event&)>& begins,
               const std::function<bool(const Event&)>& stays) const {
        for (std::size_t place = 0; place < recording_.events.size(); place += step()) {
            if (!begins(recording_.events[place])) continue;
            const std::uint64_t since_ns = time_of(recording_.events[place]);
            Events events = recording_.events;
            for (Event& event : events)
                std::visit(
                    [&](auto& one) {
                        if constexpr (requires { one.stamp; })
                            if (one.stamp.time_ns >= since_ns && !stays(event)) one.stamp.time_ns += kLongNs;
                    },
                    event);
            std::stable_sort(events.begin(), events.end(), [](const Event& one, const Event& other) {
                return time_of(one) != 0 && time_of(other) != 0 && time_of(one) < time_of(other);
            });
            expect_carried(events, fmt::format("{}, event {}", how, place + 1));
        }
    }

    bool has_bystander_ = false;
};

} // namespace tcpblame::recordings
