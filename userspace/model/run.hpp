/// What a run reports about itself: how it began, what it lost, how it ended.
#pragma once

#include "model/cause.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace tcpblame::model {

/// What a recording is of, for whoever reads its report.
struct RecordingFacts {
    std::string host;        ///< untrusted bytes, all of these: a recording can be anybody's
    std::string kernel = {}; ///< uname -r and the machine
    std::string watching = {};
    std::uint64_t monotonic_ns = 0; ///< when it began, by the clock of the verdicts
    std::string boot_id = {};       ///< as RunStart has it
    std::uint64_t run_id = 0;       ///< the same

    bool operator==(const RecordingFacts&) const = default;
};

/// What cannot be named from where the tool runs.
enum class RunLimit : std::uint8_t {
    kPidNamespace, ///< it is in a pid namespace: processes outside of it have no pid there
    kForeignProc,  ///< /proc numbers processes as another pid namespace does
};
std::string_view code_of(RunLimit limit); ///< "pid-namespace", "foreign-proc"

/// Every hook is attached: what happens after this is seen.
struct RunStart {
    std::uint64_t monotonic_ns = 0;
    std::int64_t realtime_offset_ns = 0; ///< CLOCK_REALTIME − CLOCK_MONOTONIC when the run began
    std::string watching;                ///< what the filters let through, for a person: "pid 4242 (orders-api)"
    std::optional<std::uint64_t> open_connections; ///< that the filters let through, at attach
    std::string version;
    std::string host = {};   ///< untrusted bytes, as in RecordingFacts; empty where several recordings are reported
    std::string kernel = {}; ///< uname -r and the machine; the same
    std::vector<RunLimit> limits = {};
    std::vector<RecordingFacts> recordings = {}; ///< where several are reported as one: each of them
    std::string boot_id = {};                    ///< of the host's kernel, as it names itself; empty: not known
    std::uint64_t run_id = 0;                    ///< by chance; 0: not known. Its recording has the same

    bool operator==(const RunStart&) const = default;
};

/// Events that the kernel made and the reader never got.
struct LostEvents {
    std::uint64_t count = 0;
    std::optional<std::uint32_t> cpu = {}; ///< nullopt: the kernel skipped a program that was already running
    std::uint64_t after_monotonic_ns = 0;  ///< of the last event before the gap; 0 where there was none
    std::uint64_t before_monotonic_ns = 0; ///< of the first event after the gap
    std::string host = {};                 ///< where recordings of several are reported: untrusted bytes
    std::uint64_t first = 0;               ///< the sequence number of the first of them; 0: not known
    std::uint32_t recording = 0;           ///< as Verdict has it

    bool operator==(const LostEvents&) const = default;
};

/// The time of day is another from then on, by more than has passed: somebody set the clock, or the machine slept, in
/// which CLOCK_MONOTONIC stands still.
struct ClockSet {
    std::uint64_t time_ns = 0;           ///< CLOCK_MONOTONIC: from when on; to a few milliseconds
    std::int64_t realtime_offset_ns = 0; ///< CLOCK_REALTIME − CLOCK_MONOTONIC since

    bool operator==(const ClockSet&) const = default;
};

enum class RunEndReason : std::uint8_t { kInterrupted, kDuration, kCount, kOutputClosed, kCutShort, kCommandEnded };
std::string_view code_of(RunEndReason reason); ///< "interrupted", "duration", "count", "output-closed",
                                               ///< "command-ended"; "cut-short": a recording's

/// The kernel's own count of the events that it made, and how many of them came.
struct EventCounters {
    std::uint64_t made = 0;
    std::uint64_t seen = 0;

    bool operator==(const EventCounters&) const = default;
};

/// Of the connections that are reported: those that one name closed after the same time without data.
struct IdleCloser {
    std::string closer;       ///< a process's name, or the address of one that is not on this host: untrusted bytes
    std::uint64_t closed = 0; ///< that it closed, idle or not
    std::uint64_t idle = 0;   ///< … of these, after that time
    std::uint64_t shortest_ns = 0;
    std::uint64_t longest_ns = 0;

    bool operator==(const IdleCloser&) const = default;
};

struct RunEnd {
    std::uint64_t monotonic_ns = 0;
    RunEndReason reason = RunEndReason::kInterrupted;
    std::uint64_t verdicts = 0;  ///< failed writes reported
    std::uint64_t teardowns = 0; ///< broken connections reported
    std::uint64_t lost_events = 0;
    std::uint64_t evicted = 0;           ///< sockets that had to be evicted to keep within --max-memory
    std::uint64_t passed_over = 0;       ///< of a report: verdicts that its filters or its time leave out
    std::optional<EventCounters> events; ///< nullopt: a recording that was cut short, or is old; several recordings
    std::array<std::uint64_t, kCauseCount> verdicts_by_cause{};
    std::array<std::uint64_t, kCauseCount> teardowns_by_cause{};
    /// Of the teardowns: those whose failed write was reported, too. They are no second break.
    std::array<std::uint64_t, kCauseCount> reported_by_writes{};
    std::vector<IdleCloser> idle_closers = {};

    /// A SIGPIPE that a process sent is reported as a verdict, and is no write.
    [[nodiscard]] std::uint64_t signals_sent() const {
        return verdicts_by_cause.at(static_cast<std::size_t>(Cause::kSentByProcess));
    }
    [[nodiscard]] std::uint64_t failed_writes() const { return verdicts - std::min(verdicts, signals_sent()); }
    [[nodiscard]] std::uint64_t orderly_ends() const {
        return teardowns_by_cause.at(static_cast<std::size_t>(Cause::kOrderly));
    }
    /// Connections that broke, and no failed write reported it.
    [[nodiscard]] std::uint64_t other_breaks() const {
        const std::uint64_t counted =
            orderly_ends() + std::accumulate(reported_by_writes.begin(), reported_by_writes.end(), std::uint64_t{0});
        return teardowns - std::min(teardowns, counted);
    }
};

} // namespace tcpblame::model
