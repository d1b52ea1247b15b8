#include "render/metrics.hpp"

#include "model/container.hpp"
#include "render/escape.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <string_view>

namespace tcpblame::render {
namespace {

struct NamedError {
    int number;
    std::string_view name;
};

constexpr std::array<NamedError, MetricCounts::kErrors> kNamedErrors{{{EPIPE, "EPIPE"},
                                                                      {ECONNRESET, "ECONNRESET"},
                                                                      {ECONNREFUSED, "ECONNREFUSED"},
                                                                      {ETIMEDOUT, "ETIMEDOUT"},
                                                                      {EHOSTUNREACH, "EHOSTUNREACH"},
                                                                      {ENETUNREACH, "ENETUNREACH"},
                                                                      {ECONNABORTED, "ECONNABORTED"},
                                                                      {0, "other"}}};

std::size_t error_slot(int error) {
    const auto* const last = kNamedErrors.end() - 1;
    return static_cast<std::size_t>(
        std::find_if(kNamedErrors.begin(), last, [error](const NamedError& one) { return one.number == error; }) -
        kNamedErrors.begin());
}

/// With which error such a write fails that is the first to hear of it; a later one fails with EPIPE.
int usual_error(model::Cause cause) {
    switch (cause) {
    case model::Cause::kPeerAborted:
    case model::Cause::kUnknownConnection: return ECONNRESET;
    case model::Cause::kRefused: return ECONNREFUSED;
    case model::Cause::kTimedOut: return ETIMEDOUT;
    case model::Cause::kUnreachable: return EHOSTUNREACH;
    case model::Cause::kKilledByAdmin: return ECONNABORTED;
    default: return EPIPE;
    }
}

/// Only EPIPE comes with a SIGPIPE.
bool is_usual(model::Cause cause, std::size_t error, std::size_t disposition) {
    const int number = kNamedErrors.at(error).number;
    return number == EPIPE || (number == usual_error(cause) && disposition == 0);
}

bool is_of_a_write(model::Cause cause) {
    return cause != model::Cause::kSentByProcess && cause != model::Cause::kOrderly;
}

/// Pipes, and what never was a connection, do not break as one.
bool is_of_a_connection(model::Cause cause) {
    return is_of_a_write(cause) && cause != model::Cause::kPipeReaderGone && cause != model::Cause::kUnixPeerClosed &&
           cause != model::Cause::kNeverConnected;
}

/// Between the limits that are known: 5 s of Node.js, 60 s of load balancers, 75 s of nginx, 350 s of AWS, 3600 s.
constexpr std::array<unsigned, MetricCounts::kIdleBuckets - 1> kIdleBounds{1,   2,   5,   10,  30,  60,   75,
                                                                           120, 240, 300, 360, 900, 1800, 3600};

constexpr std::size_t kMostNames = 100;
constexpr std::size_t kMostNameColumns = 100;

std::string_view text_of(model::Disposition disposition) {
    const std::string_view code = code_of(disposition);
    return code.empty() ? "no-signal" : code;
}

class Exposition {
public:
    void family(std::string_view name, std::string_view type, std::string_view help) {
        add("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
    }
    template <typename... Arguments>
    void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    }
    template <typename Value>
    void single(std::string_view name, std::string_view type, std::string_view help, Value value) {
        family(name, type, help);
        add("{} {}\n", name, value);
    }
    [[nodiscard]] std::string str() const { return fmt::to_string(text_); }

private:
    fmt::memory_buffer text_;
};

template <typename Code>
Code at(std::size_t index) {
    return static_cast<Code>(index);
}

void add_failed_writes(Exposition& page, const MetricCounts& counts) {
    page.family("tcpblame_failed_writes_total", "counter", "Writes that failed, by what broke the connection.");
    for (std::size_t cause = 0; cause < counts.failed_writes.size(); ++cause)
        for (std::size_t error = 0; error < MetricCounts::kErrors; ++error)
            for (std::size_t disposition = 0; disposition < MetricCounts::kDispositions; ++disposition) {
                const std::uint64_t number = counts.failed_writes.at(cause).at(error).at(disposition);
                if (number == 0 &&
                    (!is_of_a_write(at<model::Cause>(cause)) || !is_usual(at<model::Cause>(cause), error, disposition)))
                    continue;
                page.add("tcpblame_failed_writes_total{{cause=\"{}\",error=\"{}\",disposition=\"{}\"}} {}\n",
                         code_of(at<model::Cause>(cause)), kNamedErrors.at(error).name,
                         text_of(at<model::Disposition>(disposition)), number);
            }
}

void add_broken_connections(Exposition& page, const MetricCounts& counts) {
    page.family("tcpblame_broken_connections_total", "counter",
                "Connections that broke, whether or not a write failed.");
    for (std::size_t cause = 0; cause < counts.broken_connections.size(); ++cause) {
        if (!is_of_a_connection(at<model::Cause>(cause))) continue;
        for (std::size_t confidence = 0; confidence < MetricCounts::kConfidences; ++confidence)
            page.add("tcpblame_broken_connections_total{{cause=\"{}\",confidence=\"{}\"}} {}\n",
                     code_of(at<model::Cause>(cause)), code_of(at<model::Confidence>(confidence)),
                     counts.broken_connections.at(cause).at(confidence));
    }
}

void add_reasons(Exposition& page, const MetricCounts& counts) {
    page.family("tcpblame_reasons_total", "counter", "Reasons behind what broke; a break may have several.");
    for (std::size_t reason = 0; reason < counts.reasons.size(); ++reason)
        page.add("tcpblame_reasons_total{{code=\"{}\"}} {}\n", code_of(at<model::ReasonCode>(reason)),
                 counts.reasons.at(reason));
}

void add_idle(Exposition& page, const MetricCounts& counts) {
    page.family("tcpblame_idle_before_close_seconds", "histogram",
                "For how long nobody had sent data on a connection that was closed as by an idle timer.");
    std::uint64_t so_far = 0;
    for (std::size_t bucket = 0; bucket < kIdleBounds.size(); ++bucket) {
        so_far += counts.idle.at(bucket);
        page.add("tcpblame_idle_before_close_seconds_bucket{{le=\"{}\"}} {}\n", kIdleBounds.at(bucket), so_far);
    }
    so_far += counts.idle.back();
    page.add("tcpblame_idle_before_close_seconds_bucket{{le=\"+Inf\"}} {}\n", so_far);
    page.add("tcpblame_idle_before_close_seconds_sum {:.3f}\n", counts.idle_seconds);
    page.add("tcpblame_idle_before_close_seconds_count {}\n", so_far);
}

struct NameLabels {
    std::string_view us;
    std::string_view peer;
};

NameLabels labels_of(MetricNames names) {
    switch (names) {
    case MetricNames::kUnit: return {"unit", "peer_unit"};
    case MetricNames::kPod: return {"pod", "peer_pod"};
    default: return {"process", "peer_process"};
    }
}

/// As a label's value: a name is whatever a process has chosen.
std::string quoted(const std::string& name) {
    std::string text;
    for (const char letter : printable(name, kMostNameColumns)) {
        if (letter == '"' || letter == '\\') text += '\\';
        text += letter;
    }
    return text;
}

void add_named(Exposition& page, const MetricCounts& counts) {
    if (counts.names == MetricNames::kNone) return;
    const NameLabels labels = labels_of(counts.names);
    page.family("tcpblame_breaks_total", "counter", "Breaks, by whose connection it was and who broke it.");
    for (const auto& [names, number] : counts.named)
        page.add("tcpblame_breaks_total{{{}=\"{}\",{}=\"{}\"}} {}\n", labels.us, quoted(names.first), labels.peer,
                 quoted(names.second), number);
}

/// Its uid, where nobody has said what it is called.
std::string pod_name_of(const model::Process& process) {
    const model::ContainerNames* names = process.container();
    if (names == nullptr || names->pod.empty()) return model::pod_uid_of(process.cgroup);
    return names->pod_namespace + "/" + names->pod;
}

std::string name_of(const model::Process* process, MetricNames names) {
    if (process == nullptr) return {};
    switch (names) {
    case MetricNames::kUnit: return std::string(model::unit_of(process->cgroup));
    case MetricNames::kPod: return pod_name_of(*process);
    default: return process->name.empty() ? process->comm : process->name;
    }
}

/// Each name may make a series of its own, for ever.
void count_named(MetricCounts& counts, const model::Verdict& verdict) {
    if (counts.names == MetricNames::kNone) return;
    const NamedPair names{name_of(verdict.process ? &*verdict.process : nullptr, counts.names),
                          name_of(model::culprit_of(verdict), counts.names)};
    const bool is_known = counts.named.contains(names) || counts.named.size() < kMostNames;
    ++counts.named[is_known ? names : NamedPair{"other", "other"}];
}

void count_idle(MetricCounts& counts, std::uint64_t idle_ns) {
    const double seconds = static_cast<double>(idle_ns) / 1e9;
    const auto* const bound = std::find_if(kIdleBounds.begin(), kIdleBounds.end(),
                                           [seconds](unsigned most) { return seconds <= static_cast<double>(most); });
    ++counts.idle.at(static_cast<std::size_t>(bound - kIdleBounds.begin()));
    counts.idle_seconds += seconds;
}

} // namespace

void count(MetricCounts& counts, const model::Verdict& verdict) {
    const auto cause = static_cast<std::size_t>(verdict.cause);
    if (verdict.kind == model::VerdictKind::kTeardown) {
        if (is_of_a_connection(verdict.cause))
            ++counts.broken_connections.at(cause).at(static_cast<std::size_t>(verdict.confidence));
    } else if (verdict.cause == model::Cause::kSentByProcess) {
        ++counts.signals_sent;
    } else {
        const std::size_t error = error_slot(verdict.write ? verdict.write->error : 0);
        ++counts.failed_writes.at(cause).at(error).at(static_cast<std::size_t>(verdict.disposition));
    }
    // Its failed write's verdict had them, or will.
    if (verdict.kind == model::VerdictKind::kTeardown && verdict.write_failed) return;
    if (verdict.cause != model::Cause::kOrderly) count_named(counts, verdict);
    for (const model::Reason& reason : verdict.why) {
        ++counts.reasons.at(static_cast<std::size_t>(reason.code));
        if (reason.code == model::ReasonCode::kIdle && reason.lasted_ns) count_idle(counts, *reason.lasted_ns);
    }
}

std::string metrics_text(const MetricCounts& counts, const MetricFacts& facts) {
    Exposition page;
    add_failed_writes(page, counts);
    add_broken_connections(page, counts);
    add_reasons(page, counts);
    add_idle(page, counts);
    add_named(page, counts);
    page.single("tcpblame_sigpipes_sent_total", "counter", "SIGPIPEs that no write drew.", counts.signals_sent);
    page.single("tcpblame_events_lost_total", "counter", "Events of the kernel's that were not seen.",
                counts.events_lost);
    page.single("tcpblame_evidence_evicted_total", "counter",
                "Sockets evicted before their time, to keep within --max-memory.", counts.evicted);
    page.single("tcpblame_attached", "gauge", "1: it is served only while every hook is attached.", 1);
    page.family("tcpblame_build_info", "gauge", "The version that runs.");
    page.add("tcpblame_build_info{{version=\"{}\"}} 1\n", facts.version);
    page.single("process_start_time_seconds", "gauge", "When it started, in seconds since the epoch.",
                facts.started_at);
    page.single("process_cpu_seconds_total", "counter", "Processor time of the process, in seconds.",
                facts.cpu_seconds);
    page.single("process_resident_memory_bytes", "gauge", "Memory of the process, in bytes.", facts.resident_bytes);
    return page.str();
}

} // namespace tcpblame::render
