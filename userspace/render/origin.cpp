#include "render/origin.hpp"

#include "render/json_line.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tcpblame::render {
namespace {

/// Whoever starts, or was recorded: both have them by the same names.
template <typename Run>
Origin origin_of(const Run& run) {
    Origin origin{run.host, run.boot_id, run.run_id != 0 ? fmt::format("{:016x}", run.run_id) : std::string(), {}};
    JsonLine line;
    line.begin();
    line.add("host", origin.host);
    line.add("boot_id", origin.boot_id);
    line.add("run_id", origin.run_id);
    std::string_view object = line.end();
    object.remove_prefix(1); // {
    object.remove_suffix(std::size(std::string_view("}\n")));
    origin.members = object;
    return origin;
}

} // namespace

void Origins::start(const model::RunStart& start) {
    whole_ = start.recordings.empty() ? origin_of(start) : Origin{};
    recordings_.clear();
    for (const model::RecordingFacts& recording : start.recordings) recordings_.push_back(origin_of(recording));
}

LineId::LineId(const Origin& origin, const model::Verdict& verdict) {
    if (origin.run_id.empty() || verdict.event.sequence == 0) return;
    put(origin.run_id);
    put(verdict.event.cpu);
    put(verdict.event.sequence);
    put(verdict.kind == model::VerdictKind::kFailedWrite ? "-verdict" : "-teardown");
}

LineId::LineId(const Origin& origin, const model::LostEvents& lost) {
    // What programs that did not run would have made has no number, and is reported at the end alone.
    const bool at_end = !lost.cpu && lost.before_monotonic_ns == 0;
    if (origin.run_id.empty() || (!at_end && (!lost.cpu || lost.first == 0))) return;
    put(origin.run_id);
    if (lost.cpu) {
        put(*lost.cpu);
        put(lost.first);
    }
    put("-lost");
}

LineId::LineId(const Origin& origin, std::string_view what) {
    if (origin.run_id.empty()) return;
    put(origin.run_id);
    put("-");
    put(what);
}

void LineId::put(std::string_view text) {
    std::copy(text.begin(), text.end(), text_.data() + size_);
    size_ += text.size();
}

void LineId::put(std::uint64_t number) {
    const fmt::format_int digits(number);
    put("-");
    put({digits.data(), digits.size()});
}

} // namespace tcpblame::render
