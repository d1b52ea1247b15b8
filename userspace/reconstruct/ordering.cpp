#include "reconstruct/ordering.hpp"

#include <algorithm>
#include <utility>

namespace tcpblame::reconstruct {

const model::Stamp* stamp_of(const model::Event& event) {
    return std::visit(
        [](const auto& one) -> const model::Stamp* {
            if constexpr (requires { one.stamp; })
                return &one.stamp;
            else
                return nullptr;
        },
        event);
}

std::optional<std::uint64_t> time_of(const model::Event& event) {
    const model::Stamp* stamp = stamp_of(event);
    return stamp != nullptr ? std::optional(stamp->time_ns) : std::nullopt;
}

void Ordering::put(std::uint64_t time_ns, model::Event&& event) {
    const Waiting waiting{time_ns, arrivals_++, events_.add()};
    events_[waiting.place] = std::move(event);
    if (in_order_.empty() || time_ns >= in_order_.back().time_ns) return in_order_.push_back(waiting);
    late_.push_back(waiting);
    std::push_heap(late_.begin(), late_.end());
}

const model::Event* Ordering::take(std::uint64_t until_ns) {
    while (const model::Event* event = take_any(until_ns))
        if (!is_repeated(*event)) return event;
    return nullptr;
}

/// What was read at the attach has no number, and is never the same.
bool Ordering::is_repeated(const model::Event& event) {
    const model::Stamp stamp = *stamp_of(event);
    const bool repeated = stamp.id.sequence != 0 && stamp.id == last_taken_.id && stamp.time_ns == last_taken_.time_ns;
    last_taken_ = stamp;
    return repeated;
}

/// The sockets that are there at the attach come all at once.
void Ordering::give_back_room() {
    events_ = {};
    in_order_ = {};
    late_ = {};
}

const model::Event* Ordering::take_any(std::uint64_t until_ns) {
    if (taken_) events_.release(*std::exchange(taken_, std::nullopt));
    const bool from_late = !late_.empty() && (in_order_.empty() || late_.front().is_before(in_order_.front()));
    if (!from_late && in_order_.empty()) {
        if (events_.room() > kKept) give_back_room();
        return nullptr;
    }
    const Waiting earliest = from_late ? late_.front() : in_order_.front();
    if (earliest.time_ns > until_ns) return nullptr;
    if (from_late) {
        std::pop_heap(late_.begin(), late_.end());
        late_.pop_back();
    } else {
        in_order_.pop_front();
    }
    taken_ = earliest.place;
    return &events_[earliest.place];
}

} // namespace tcpblame::reconstruct
