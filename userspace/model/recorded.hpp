/// What a recording holds besides events: how the run was asked for, what its code was called, how it ended.
#pragma once

#include "model/run.hpp"
#include "model/selection.hpp"
#include "model/verdict.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tcpblame::model {

/// How a run began, and all that its verdicts depend on besides the events.
struct RecordedRun {
    RunStart start;
    Selection selection;
    bool all = false;                   ///< every connection's end was asked for
    std::optional<std::uint64_t> count; ///< it was to end after so many verdicts
    std::string host;
    std::string kernel;             ///< uname -r and the machine
    std::vector<std::string> hooks; ///< which program played which role
    std::uint64_t id = 0;           ///< RunStart::run_id: the same in all files of the run; 0 in older recordings
    std::uint32_t part = 0;         ///< which of its files this is, from 0
    std::uint64_t max_memory = 0;   ///< for what is remembered of connections; 0: no bound, as in older recordings
    bool unanswered = false;        ///< connections whose peer closed without an answer were asked for

    bool operator==(const RecordedRun&) const = default;
};

/// A stack that was named while its processes and files were at hand.
struct NamedStack {
    std::string key; ///< stack_key() of what was asked
    std::vector<StackFrame> frames;

    bool operator==(const NamedStack&) const = default;
};

/// The same for the same addresses in the same process. Recordings hold it: its layout stays.
std::string stack_key(std::uint32_t pid, const std::vector<StackFrame>& stack);

/// All events were handed over; what still waits is reported now.
struct RecordedEnd {
    std::uint64_t monotonic_ns = 0;
    RunEndReason reason = RunEndReason::kInterrupted;
    std::optional<EventCounters> events = {};

    bool operator==(const RecordedEnd&) const = default;
};

/// In a later file of a run: what came before is in an earlier file too, and is repeated for one who has not that.
struct FactsRepeated {
    bool operator==(const FactsRepeated&) const = default;
};

} // namespace tcpblame::model
