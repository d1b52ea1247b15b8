/// What a run has reported so far, for Prometheus: its counters, and its text format.
/// https://prometheus.io/docs/instrumenting/exposition_formats/ (0.0.4)
#pragma once

#include "model/cause.hpp"
#include "model/verdict.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace tcpblame::render {

/// By what those are named who met a break, and who caused it: a name a pod, a unit or a program has, not a pid or a
/// port.
enum class MetricNames : std::uint8_t { kNone, kProcess, kUnit, kPod };

/// Who met it, and who caused it.
using NamedPair = std::pair<std::string, std::string>;

/// All from 0 on: a copy is a snapshot for another thread.
struct MetricCounts {
    static constexpr std::size_t kErrors = 8; ///< those that have a name here, and all others
    static constexpr std::size_t kDispositions = static_cast<std::size_t>(model::Disposition::kSuppressed) + 1;
    static constexpr std::size_t kConfidences = static_cast<std::size_t>(model::Confidence::kUnknown) + 1;
    static constexpr std::size_t kIdleBuckets = 15; ///< the last without a bound

    using ByDisposition = std::array<std::uint64_t, kDispositions>;
    std::array<std::array<ByDisposition, kErrors>, model::kCauseCount> failed_writes{};
    std::array<std::array<std::uint64_t, kConfidences>, model::kCauseCount> broken_connections{};
    std::array<std::uint64_t, model::kReasonCount> reasons{};
    std::array<std::uint64_t, kIdleBuckets> idle{}; ///< by the first bound that holds it
    double idle_seconds = 0;                        ///< all together
    std::uint64_t signals_sent = 0;                 ///< SIGPIPEs that no write drew
    std::uint64_t events_lost = 0;
    std::uint64_t evicted = 0;
    MetricNames names = MetricNames::kNone;
    std::map<NamedPair, std::uint64_t> named; ///< breaks; bounded, the rest as "other"
};

/// A break that has a verdict and a teardown counts once in each of the two families, and its reasons once in all.
void count(MetricCounts& counts, const model::Verdict& verdict);

/// Of the process that reports, now.
struct MetricFacts {
    std::string version;
    double started_at = 0; ///< seconds since the epoch
    double cpu_seconds = 0;
    std::uint64_t resident_bytes = 0;
};

/// Every series that a counter can have in the usual course is there, at 0 if need be, so that increase() sees the
/// first of a burst. No port, pid or address is in it, and names only where `names` asks for them.
std::string metrics_text(const MetricCounts& counts, const MetricFacts& facts);

} // namespace tcpblame::render
