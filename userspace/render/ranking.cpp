#include "render/ranking.hpp"

#include "render/escape.hpp"
#include "render/parties.hpp"
#include "render/quantity.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>
#include <vector>

namespace tcpblame::render {

namespace {

/// Names can be made up without end.
constexpr std::size_t kMostKinds = 1000;
constexpr std::size_t kMostLines = 10;
constexpr std::size_t kMostNameWidth = 24;
constexpr std::size_t kCauseWidth = 18; ///< of the longest, "unknown-connection"

} // namespace

void Ranking::count(const model::Verdict& verdict) {
    Kind kind{verdict.cause, verdict.process ? name_at(*verdict.process, verdict.host) : "", peer_of(verdict)};
    const auto found = kinds_.find(kind);
    if (found != kinds_.end())
        ++found->second;
    else if (kinds_.size() < kMostKinds)
        kinds_.emplace(std::move(kind), 1);
    else
        ++others_;
}

void Ranking::draw(Page& page) const {
    if (kinds_.size() < 2) return;
    std::vector<std::pair<std::uint64_t, const Kind*>> order;
    for (const auto& [kind, times] : kinds_) order.emplace_back(times, &kind);
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& left, const auto& right) { return left.first > right.first; });
    const std::size_t shown = order.size() > kMostLines ? kMostLines - 1 : order.size();

    std::size_t process_width = 0;
    std::size_t times_width = 0;
    for (std::size_t index = 0; index < shown; ++index) {
        process_width = std::max(process_width, display_width(page.safe(order[index].second->process, kMostNameWidth)));
        times_width = std::max(times_width, grouped(order[index].first).size());
    }
    for (std::size_t index = 0; index < shown; ++index) {
        const auto& [times, kind] = order[index];
        const std::string process = page.safe(kind->process, kMostNameWidth);
        const std::string gap(process_width - std::min(process_width, display_width(process)), ' ');
        const std::string peer = page.safe(kind->peer, kMostNameWidth);
        page.line({{fmt::format("  {:>{}}  ", grouped(times), times_width), Ink::kPlain}},
                  {{fmt::format("{:<{}}  ", model::code_of(kind->cause), kCauseWidth), Ink::kBad},
                   {process + gap, Ink::kStrong},
                   {peer.empty() ? "" : fmt::format("  {} {}", page.signs().from, peer), Ink::kPlain}});
    }
    std::uint64_t rest = others_;
    for (std::size_t index = shown; index < order.size(); ++index) rest += order[index].first;
    if (rest > 0)
        page.line({{fmt::format("  {} ", page.signs().ellipsis), Ink::kFaint}},
                  {{fmt::format("and {} others", grouped(rest)), Ink::kFaint}});
}

} // namespace tcpblame::render
