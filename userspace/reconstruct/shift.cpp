#include "reconstruct/shift.hpp"

#include <limits>
#include <variant>

namespace tcpblame::reconstruct {
namespace {

void move(std::uint64_t& time_ns, std::int64_t by_ns) { time_ns = shifted(time_ns, by_ns); }

void move(model::Progress& progress, std::int64_t by_ns) { move(progress.opened_ns, by_ns); }

template <typename Marked>
void move(PooledOptional<Marked>& mark, std::int64_t by_ns) {
    if (!mark) return;
    move(mark->stamp.time_ns, by_ns);
    if constexpr (requires { mark->progress; }) move(mark->progress, by_ns);
}

} // namespace

std::uint64_t shifted(std::uint64_t time_ns, std::int64_t by_ns) {
    if (time_ns == 0) return 0;
    if (by_ns >= 0) {
        const auto later = static_cast<std::uint64_t>(by_ns);
        return time_ns > std::numeric_limits<std::uint64_t>::max() - later ? time_ns : time_ns + later;
    }
    const std::uint64_t earlier = std::uint64_t{0} - static_cast<std::uint64_t>(by_ns);
    return time_ns > earlier ? time_ns - earlier : 1;
}

void shift(model::LostEvents& lost, std::int64_t by_ns) {
    move(lost.after_monotonic_ns, by_ns);
    move(lost.before_monotonic_ns, by_ns);
}

void shift(model::Event& event, std::int64_t by_ns) {
    std::visit(
        [by_ns](auto& one) {
            if constexpr (requires { one.stamp; }) move(one.stamp.time_ns, by_ns);
            if constexpr (requires { one.progress; }) move(one.progress, by_ns);
            if constexpr (requires { one.sent_ns; }) move(one.sent_ns, by_ns);
            if constexpr (requires { one.now_ns; }) move(one.now_ns, by_ns);
            if constexpr (requires { one.time_ns; }) move(one.time_ns, by_ns);
            if constexpr (requires { one.lost; }) shift(one.lost, by_ns);
            if constexpr (requires { one.realtime_offset_ns; }) // its time of day stays
                one.realtime_offset_ns = static_cast<std::int64_t>(static_cast<std::uint64_t>(one.realtime_offset_ns) -
                                                                   static_cast<std::uint64_t>(by_ns));
        },
        event);
}

/// Of one in RemoteEndpoints: the states that it went through are not kept there.
void shift(Endpoint& endpoint, std::int64_t by_ns) {
    move(endpoint.opened_ns, by_ns);
    move(endpoint.progress, by_ns);
    move(endpoint.last_seen_ns, by_ns);
    if (!endpoint.has_ending()) return;
    Ending& ending = endpoint.ending_to_change();
    move(ending.fin_received, by_ns);
    move(ending.fin_sent, by_ns);
    move(ending.doomed_write, by_ns);
    move(ending.reset_received, by_ns);
    move(ending.reset_sent, by_ns);
    move(ending.closed, by_ns);
    move(ending.listener_closed, by_ns);
    for (TakenError& taken : ending.errors_taken) move(taken.stamp.time_ns, by_ns);
    if (ending.destroyed) move(ending.destroyed->time_ns, by_ns);
}

} // namespace tcpblame::reconstruct
