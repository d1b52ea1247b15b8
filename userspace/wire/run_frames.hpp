/// The frames of a recording that are about the run, not events: the core does not get them.
#pragma once

#include "model/recorded.hpp"
#include "wire/frame.hpp"

#include <optional>
#include <variant>

namespace tcpblame::wire {

/// Numbers are never used again for something else: record/FORMAT.md.
enum class RunFrame : std::uint16_t {
    kRunStarted = 80,
    kStackNamed = 81,
    kRunEnded = 82,
    kFactsRepeated = 83,
};

FrameBytes encode(const model::RecordedRun& run);
FrameBytes encode(const model::NamedStack& stack);
FrameBytes encode(const model::RecordedEnd& end);

FrameBytes encode(const model::FactsRepeated& mark);

using RunRecord = std::variant<model::RecordedRun, model::NamedStack, model::RecordedEnd, model::FactsRepeated>;

/// nullopt where the frame is none of these, or shorter than its type needs.
[[nodiscard]] std::optional<RunRecord> decode_run_frame(Frame frame);

} // namespace tcpblame::wire
