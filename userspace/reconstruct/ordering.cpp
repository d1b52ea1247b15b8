#include "reconstruct/ordering.hpp"

#include <algorithm>
#include <utility>

namespace tcpblame::reconstruct {

std::optional<std::uint64_t> time_of(const model::Event& event) {
    return std::visit(
        [](const auto& one) -> std::optional<std::uint64_t> {
            if constexpr (requires { one.stamp; })
                return one.stamp.time_ns;
            else
                return std::nullopt;
        },
        event);
}

void Ordering::put(std::uint64_t time_ns, model::Event event) {
    heap_.push_back({time_ns, arrivals_++, std::move(event)});
    std::push_heap(heap_.begin(), heap_.end());
}

std::optional<model::Event> Ordering::take(std::uint64_t until_ns) {
    if (heap_.empty() || heap_.front().time_ns > until_ns) return std::nullopt;
    std::pop_heap(heap_.begin(), heap_.end());
    model::Event event = std::move(heap_.back().event);
    heap_.pop_back();
    return event;
}

} // namespace tcpblame::reconstruct
