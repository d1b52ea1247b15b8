/// Counts what was reported, for the end's summary.
#pragma once

#include "model/run.hpp"
#include "model/verdict.hpp"

#include <cstdint>
#include <optional>

namespace tcpblame::cli {

class Tally {
public:
    void count(const model::Verdict& verdict);
    void count(const model::LostEvents& lost) { end_.lost_events += lost.count; }

    /// What a person has been reported: a teardown whose failed write was reported is not reported again.
    std::uint64_t reported() const { return reported_; }

    model::RunEnd end(model::RunEndReason reason, std::uint64_t monotonic_ns,
                      std::optional<model::EventCounters> events = {}) const;

private:
    model::RunEnd end_;
    std::uint64_t reported_ = 0;
};

} // namespace tcpblame::cli
