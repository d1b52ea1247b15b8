/// What an option's value is kept in: groups of fields, of which each command has those that mean something to it.
#pragma once

#include "base/result.hpp"
#include "capture/attach.hpp"
#include "capture/naming_options.hpp"
#include "capture/session.hpp"
#include "cli/metrics/listen_address.hpp"
#include "cli/replay/verdict_filter.hpp"
#include "cli/values.hpp"
#include "model/selection.hpp"
#include "record/recorder.hpp"
#include "render/metrics.hpp"
#include "store/schema.hpp"
#include "store/url.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tcpblame::cli {

/// Enough for two million idle connections, or for all that end within five seconds at 40,000 a second.
inline constexpr std::uint64_t kDefaultMemory = std::uint64_t{512} << 20;

/// What to watch, or which of a recording's verdicts to report.
struct WatchOptions {
    model::Selection selection;
    bool all = false;                   ///< every connection's end
    bool unanswered = false;            ///< those whose peer closed without an answer, too
    std::optional<std::uint64_t> count; ///< end after so many verdicts
    std::vector<Error> notes;           ///< where a value is not taken as it was typed
};

/// Which programs to attach.
struct AttachOptions {
    bool reads = false;                     ///< watch receiving calls too
    bool stacks = true;                     ///< of whoever writes, closes or dies
    std::vector<capture::ForcedHook> hooks; ///< a role's program, in place of the best one
};

/// What bounds a live run.
struct LimitOptions {
    std::optional<std::chrono::nanoseconds> duration;
    std::size_t ring_bytes = capture::kDefaultRingBytes;
    std::uint64_t max_memory = kDefaultMemory; ///< bytes for what is remembered of connections
    bool dry_run = false;                      ///< attach, report by which programs, and end
};

struct RecordingOptions {
    std::string file; ///< empty: none; -: standard output
    record::Rotation rotation;
    record::EarlierContent earlier = record::EarlierContent::kRefuse; ///< in the files that are to be written
};

/// For other programs to read while it runs.
struct MetricsOptions {
    std::optional<ListenAddress> address;
    render::MetricNames names = render::MetricNames::kNone;
};

/// Of one that runs for as long as its host does.
struct AgentLimits {
    std::uint32_t verdicts_per_second = 0; ///< printed in full; 0: all
    std::chrono::nanoseconds heartbeat{0}; ///< between two lines that say that it lives; 0: none
};

/// A fleet's store: sent to by `record` and others, read by `report`, made by `store`.
struct StoreOptions {
    std::optional<store::Url> url;
    std::string credentials; ///< a file; empty: none
    std::string spool;       ///< a folder; empty: in memory
    std::uint64_t spool_bytes = std::uint64_t{256} << 20;
    std::string cluster;
    std::uint64_t keep_days = store::kDefaultKeepDays;
    std::optional<store::EngineVersion> version;
};

/// What the commands that attach and read on have in common.
struct LiveOptions {
    WatchOptions watch;
    AttachOptions attach;
    LimitOptions limits;
    capture::NamingOptions naming;
    RecordingOptions recording;
    MetricsOptions metrics; ///< of those that run for long
    StoreOptions store;     ///< the same
    AgentLimits agent;      ///< of `agent` alone
};

struct OutputOptions {
    Format format = Format::kText;
    bool relative_time = false;
    bool verbose = false;
    ColorChoice color = ColorChoice::kAuto;
    std::string file; ///< empty: standard output; of `run`, standard error
    record::EarlierContent earlier = record::EarlierContent::kRefuse;
};

/// Which part of a recording to report.
struct RangeOptions {
    std::optional<Moment> since;
    std::optional<Moment> until;
    bool errors_only = false; ///< no orderly ends
    VerdictFilter filter;
};

/// The groups that a command's options have: an option writes to one of them. nullptr: the command has none.
struct OptionGroups {
    WatchOptions* watch = nullptr;
    AttachOptions* attach = nullptr;
    LimitOptions* limits = nullptr;
    RecordingOptions* recording = nullptr;
    MetricsOptions* metrics = nullptr;
    AgentLimits* agent = nullptr;
    OutputOptions* output = nullptr;
    RangeOptions* range = nullptr;
    ColorChoice* color = nullptr;
    std::string* user = nullptr;
    std::chrono::nanoseconds* interval = nullptr;
    std::string* config = nullptr; ///< a file's name
    StoreOptions* store = nullptr;
    capture::NamingOptions* naming = nullptr;
};

/// The groups of a struct that has them under these names.
template <typename Options>
OptionGroups groups_of(Options& options) {
    OptionGroups groups;
    if constexpr (requires { options.live; })
        groups = {&options.live.watch,     &options.live.attach,  &options.live.limits,
                  &options.live.recording, &options.live.metrics, &options.live.agent};
    if constexpr (requires { options.live; }) groups.store = &options.live.store;
    if constexpr (requires { options.live; }) groups.naming = &options.live.naming;
    if constexpr (requires { options.store; }) groups.store = &options.store;
    if constexpr (requires { options.watch; }) groups.watch = &options.watch;
    if constexpr (requires { options.attach; }) groups.attach = &options.attach;
    if constexpr (requires { options.output; }) {
        groups.output = &options.output;
        groups.color = &options.output.color;
    }
    if constexpr (requires { options.range; }) groups.range = &options.range;
    if constexpr (requires { options.color; }) groups.color = &options.color;
    if constexpr (requires { options.user; }) groups.user = &options.user;
    if constexpr (requires { options.interval; }) groups.interval = &options.interval;
    if constexpr (requires { options.config; }) groups.config = &options.config;
    return groups;
}

} // namespace tcpblame::cli
