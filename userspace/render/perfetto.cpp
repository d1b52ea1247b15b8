#include "render/perfetto.hpp"

#include "model/names.hpp"
#include "model/wall_clock.hpp"
#include "render/moment.hpp"
#include "render/wording/advice.hpp"
#include "render/wording/notes.hpp"
#include "render/wording/sentences.hpp"
#include "render/wording/summary.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tcpblame::render {

namespace {

using Json = nlohmann::ordered_json;

// Viewers distinguish tracks by number alone. The kernel's ids stay below 2^22, so that these are free on each host.
constexpr std::uint64_t kNumbersOfAHost = 10'000'000;
constexpr std::uint64_t kFirstConnection = 5'000'000;
constexpr std::uint64_t kNobody = kNumbersOfAHost - 1;

constexpr double kNsPerMicrosecond = 1000;

std::uint64_t moved(std::uint64_t ns, std::int64_t by_ns) { return ns + static_cast<std::uint64_t>(by_ns); }

std::string process_name(const model::Process& process) {
    if (process.pid == 0) return "of no known process";
    const std::string& name = process.name.empty() ? process.comm : process.name;
    return name.empty() ? fmt::format("pid {}", process.pid) : name;
}

std::string four_tuple_of(const model::ConnectionFacts& connection) {
    const std::string local = model::to_string(connection.tuple.local);
    const std::string remote = model::to_string(connection.tuple.remote);
    return fmt::format("{} → {}", local.empty() ? "?" : local, remote.empty() ? "?" : remote);
}

std::string mark_name(const model::TimelineEntry& entry) {
    const std::string error = entry.error > 0 ? model::errno_name(entry.error) : "";
    switch (entry.event) {
    case model::TimelineEvent::kFinReceived: return "← FIN";
    case model::TimelineEvent::kFinSent: return "FIN →";
    case model::TimelineEvent::kRstReceived: return "← RST";
    case model::TimelineEvent::kRstSent: return "RST →";
    case model::TimelineEvent::kWritten: return entry.bytes ? fmt::format("{} B →", *entry.bytes) : "data →";
    case model::TimelineEvent::kErrorTaken: return fmt::format("{} taken", error.empty() ? "error" : error);
    case model::TimelineEvent::kWriteFailed: return fmt::format("write = {}", error.empty() ? "?" : error);
    case model::TimelineEvent::kClosed: return "closed";
    }
    return std::string{model::code_of(entry.event)};
}

std::string write_name(const model::Verdict& verdict) {
    if (!verdict.write || verdict.cause == model::Cause::kSentByProcess) return "SIGPIPE";
    const std::string error = verdict.write->error > 0 ? model::errno_name(verdict.write->error) : "?";
    return fmt::format("{} = {}", verdict.write->syscall.empty() ? "write" : verdict.write->syscall, error);
}

std::string event_names(const std::vector<model::EventId>& events) {
    std::string names;
    for (const model::EventId& event : events)
        names += fmt::format("{}{}:{}", names.empty() ? "" : " ", event.cpu, event.sequence);
    return names;
}

template <typename Arguments>
Json arguments_object(const Arguments& arguments) {
    Json object = Json::object();
    for (const auto& [name, value] : arguments)
        if (!value.empty()) object[name] = value;
    return object;
}

Json event(const char* phase, std::string_view name, std::uint64_t process, std::uint64_t thread) {
    return {{"ph", phase}, {"name", name}, {"pid", process}, {"tid", thread}};
}

Json metadata(const char* what, std::uint64_t process, std::uint64_t thread, const std::string& name) {
    Json line = event("M", what, process, thread);
    line["args"] = {{"name", name}};
    return line;
}

} // namespace

Perfetto::Perfetto(Sink sink) : sink_(std::move(sink)) {}

void Perfetto::start(const model::RunStart& start) { start_ = start; }

std::uint64_t Perfetto::first_number(const std::string& host) {
    const auto found = std::find(hosts_.begin(), hosts_.end(), host);
    const auto index = static_cast<std::uint64_t>(found - hosts_.begin());
    if (found == hosts_.end()) hosts_.push_back(host);
    return index * kNumbersOfAHost;
}

Perfetto::Track Perfetto::thread_track(const std::string& host, const model::Process& process) {
    const std::string& where = process.host.empty() ? host : process.host;
    const std::uint64_t first = first_number(where);
    const std::uint64_t pid = process.pid == 0 ? kNobody : process.pid;
    const Track track{first + pid, first + (process.tid == 0 ? pid : process.tid)};
    std::string& name = process_names_[track.process];
    if (name.empty()) name = process_name(process) + (where.empty() ? "" : fmt::format(" on {}", where));
    return track;
}

Perfetto::Connection& Perfetto::connection_of(const model::Verdict& verdict) {
    const std::string& id = verdict.connection->id;
    const std::string key = fmt::format("{} {}", id.empty() ? four_tuple_of(*verdict.connection) : id, verdict.host);
    const auto [found, is_new] = connections_.try_emplace(key);
    Connection& connection = found->second;
    if (!is_new) return connection;
    const model::Process nobody;
    connection.track = thread_track(verdict.host, verdict.process ? *verdict.process : nobody);
    connection.track.thread = first_number(verdict.host) + kFirstConnection + connections_.size();
    thread_names_[connection.track] = four_tuple_of(*verdict.connection);
    return connection;
}

void Perfetto::mark(std::uint64_t ns, const Track& track, std::string name, Arguments arguments) {
    if (!known_marks_.emplace(ns, track, name).second) return;
    marks_.push_back({ns, track, std::move(name), std::move(arguments)});
}

void Perfetto::take_timeline(const model::Verdict& verdict, Connection& connection) {
    connection.latest_ns = std::max(connection.latest_ns, verdict.monotonic_ns);
    for (const model::TimelineEntry& entry : verdict.timeline) {
        const std::uint64_t ns = moved(verdict.monotonic_ns, entry.at_ns);
        connection.latest_ns = std::max(connection.latest_ns, ns);
        if (!entry.state.empty()) connection.states.emplace(ns, entry.state);
        mark(ns, connection.track, mark_name(entry),
             {{"note", note_of(entry)}, {"evidence", std::string{model::code_of(entry.evidence)}}});
    }
}

void Perfetto::take_states(const model::Verdict& verdict, Connection& connection) {
    if (verdict.states.empty() || !connection.spans.empty()) return;
    std::uint64_t to_ns = verdict.monotonic_ns; // the last one ended with the connection
    for (auto state = verdict.states.rbegin(); state != verdict.states.rend(); ++state) {
        if (state->ns > to_ns) break; // of a damaged recording
        connection.spans.push_back({to_ns - state->ns, to_ns, connection.track, state->state});
        to_ns -= state->ns;
    }
}

void Perfetto::verdict(const model::Verdict& verdict) {
    const std::string tuple = verdict.connection ? four_tuple_of(*verdict.connection) : "";
    if (verdict.connection) {
        Connection& connection = connection_of(verdict);
        take_timeline(verdict, connection);
        take_states(verdict, connection);
    }
    if (verdict.kind == model::VerdictKind::kFailedWrite && verdict.process) {
        const Track track = thread_track(verdict.host, *verdict.process);
        if (!verdict.process->comm.empty()) thread_names_.emplace(track, verdict.process->comm);
        mark(verdict.monotonic_ns, track, write_name(verdict),
             {{"cause", std::string{model::code_of(verdict.cause)}},
              {"confidence", std::string{model::code_of(verdict.confidence)}},
              {"summary", summary_of(verdict)},
              {"SIGPIPE", std::string{model::code_of(verdict.disposition)}},
              {"connection", tuple},
              {"advice", advice_of(verdict)},
              {"events", event_names(verdict.evidence)}});
    }
    // That somebody held the other end was true at attach; when they closed it was not seen.
    if (verdict.peer && verdict.peer->process.pid != 0 && verdict.peer->act != model::Act::kHeldOtherEnd) {
        const Track track = thread_track(verdict.host, verdict.peer->process);
        if (!verdict.peer->process.comm.empty()) thread_names_.emplace(track, verdict.peer->process.comm);
        mark(moved(verdict.monotonic_ns, verdict.peer->at_ns), track, act_words(*verdict.peer),
             {{"broke", tuple}, {"cause", std::string{model::code_of(verdict.cause)}}});
    }
}

void Perfetto::lost(const model::LostEvents& lost) {
    const std::uint64_t known_ns = lost.before_monotonic_ns != 0 ? lost.before_monotonic_ns : lost.after_monotonic_ns;
    losses_.emplace_back(known_ns, fmt::format("{} events lost", lost.count));
}

std::vector<Perfetto::Slice> Perfetto::slices() const {
    std::vector<Slice> all;
    for (const auto& [key, connection] : connections_) {
        if (!connection.spans.empty()) {
            all.insert(all.end(), connection.spans.begin(), connection.spans.end());
            continue;
        }
        for (auto state = connection.states.begin(); state != connection.states.end();) {
            const auto next = std::find_if(state, connection.states.end(),
                                           [&](const auto& later) { return later.second != state->second; });
            const std::uint64_t to_ns = next == connection.states.end() ? connection.latest_ns : next->first;
            if (to_ns > state->first) all.push_back({state->first, to_ns, connection.track, state->second});
            state = next;
        }
    }
    return all;
}

void Perfetto::end(const model::RunEnd& /*end*/) {
    const std::vector<Slice> states = slices();
    // A viewer takes doubles: counted from the earliest event, they hold each nanosecond.
    std::uint64_t zero = start_.monotonic_ns;
    for (const Slice& slice : states) zero = std::min(zero, slice.from_ns);
    for (const Mark& mark : marks_) zero = std::min(zero, mark.ns);
    const auto microseconds = [zero](std::uint64_t ns) {
        return static_cast<double>(ns - std::min(ns, zero)) / kNsPerMicrosecond;
    };
    std::string_view joint = "{\"traceEvents\":[\n";
    const auto put = [&](const Json& line) {
        if (sink_) sink_(std::string{joint} + line.dump(-1, ' ', true, Json::error_handler_t::replace));
        joint = ",\n";
    };
    for (const auto& [process, name] : process_names_) put(metadata("process_name", process, process, name));
    for (const auto& [track, name] : thread_names_) put(metadata("thread_name", track.process, track.thread, name));
    for (const Slice& slice : states) {
        Json line = event("X", slice.name, slice.track.process, slice.track.thread);
        line["cat"] = "state";
        line["ts"] = microseconds(slice.from_ns);
        line["dur"] = static_cast<double>(slice.to_ns - slice.from_ns) / kNsPerMicrosecond;
        put(line);
    }
    for (const Mark& mark : marks_) {
        Json line = event("i", mark.name, mark.track.process, mark.track.thread);
        line["cat"] = "event";
        line["s"] = "t"; // of its thread alone
        line["ts"] = microseconds(mark.ns);
        line["args"] = arguments_object(mark.arguments);
        put(line);
    }
    for (const auto& [ns, words] : losses_) {
        Json line = event("i", words, 0, 0);
        line["cat"] = "loss";
        line["s"] = "g";
        line["ts"] = microseconds(ns);
        put(line);
    }
    Rfc3339 rfc3339;
    Json rest = {{"displayTimeUnit", "ns"}};
    rest["otherData"] = {{"tool", "tcpblame " + start_.version},
                         {"zero", rfc3339(model::WallClock(start_.realtime_offset_ns).realtime_of(zero))},
                         {"watching", start_.watching}};
    const std::string tail = rest.dump(-1, ' ', true, Json::error_handler_t::replace);
    if (sink_) sink_(fmt::format("{}],{}\n", joint == ",\n" ? "\n" : joint, std::string_view{tail}.substr(1)));
}

} // namespace tcpblame::render
