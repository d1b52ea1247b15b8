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

void Ordering::put(std::uint64_t time_ns, model::Event event) {
    heap_.push_back({time_ns, arrivals_++, std::move(event)});
    std::push_heap(heap_.begin(), heap_.end());
}

std::optional<model::Event> Ordering::take(std::uint64_t until_ns) {
    while (auto event = take_any(until_ns))
        if (!is_repeated(*event)) return event;
    return std::nullopt;
}

/// What was read at the attach has no number, and is never the same.
bool Ordering::is_repeated(const model::Event& event) {
    const model::Stamp stamp = *stamp_of(event);
    const bool repeated = stamp.id.sequence != 0 && stamp.id == last_taken_.id && stamp.time_ns == last_taken_.time_ns;
    last_taken_ = stamp;
    return repeated;
}

std::optional<model::Event> Ordering::take_any(std::uint64_t until_ns) {
    if (heap_.empty() || heap_.front().time_ns > until_ns) return std::nullopt;
    std::pop_heap(heap_.begin(), heap_.end());
    model::Event event = std::move(heap_.back().event);
    heap_.pop_back();
    return event;
}

} // namespace tcpblame::reconstruct
