#include "render/ndjson.hpp"

#include "model/container.hpp"
#include "model/names.hpp"
#include "render/moment.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace tcpblame::render {

namespace {

// People read these lines too, and tests compare them: members stay in the order they are added.
using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;

Json opened(std::string_view type, std::uint64_t monotonic_ns, std::int64_t realtime_offset_ns) {
    Json line;
    line["schema"] = kSchema;
    line["type"] = type;
    line["time"] = rfc3339(monotonic_ns, realtime_offset_ns);
    line["monotonic_ns"] = monotonic_ns;
    return line;
}

void emit(const Sink& sink, const Json& line) {
    if (!sink) return;
    // ASCII only: somebody reads these lines on a terminal too, and C1 controls and bidi
    // overrides in a name would be valid UTF-8. Bytes that are no UTF-8 become U+FFFD.
    sink(line.dump(-1, ' ', true, Json::error_handler_t::replace) + '\n');
}

// What is not known is absent, never a made-up value: 0, "" and nullopt leave no member.

void add(Json& object, const char* member, std::string_view text) {
    if (!text.empty()) object[member] = text;
}

template <typename Number>
void add(Json& object, const char* member, const std::optional<Number>& number) {
    if (number) object[member] = *number;
}

void add_nonzero(Json& object, const char* member, std::uint64_t number) {
    if (number != 0) object[member] = number;
}

void add_filled(Json& object, const char* member, Json value) {
    if (!value.empty()) object[member] = std::move(value);
}

Json process_object(const model::Process& process) {
    Json object = Json::object();
    add_nonzero(object, "pid", process.pid);
    add_nonzero(object, "tid", process.tid);
    add(object, "comm", process.comm);
    add(object, "name", process.name);
    add(object, "exe", process.exe);
    add(object, "cgroup", process.cgroup);
    if (const auto container = model::container_of(process.cgroup)) {
        Json& inside = object["container"];
        inside["id"] = container->id;
        add(inside, "runtime", container->runtime);
    }
    add(object, "unit", model::unit_of(process.cgroup));
    add_nonzero(object, "own_pid", process.own_pid);
    add(object, "fd", process.fd);
    add(object, "host", process.host);
    return object;
}

Json write_object(const model::FailedWrite& write) {
    Json object = Json::object();
    add(object, "syscall", write.syscall);
    add(object, "fd", write.fd);
    add(object, "bytes", write.bytes);
    if (write.error > 0) object["error"] = model::errno_name(write.error);
    add(object, "file", model::code_of(write.file));
    return object;
}

Json connection_object(const model::ConnectionFacts& connection) {
    const model::Tuple& tuple = connection.tuple;
    Json object = Json::object();
    add(object, "id", connection.id);
    add(object, "family",
        model::to_string(tuple.local.family == model::Family::kNone ? tuple.remote.family : tuple.local.family));
    add(object, "local", model::to_string(tuple.local));
    add(object, "remote", model::to_string(tuple.remote));
    add_nonzero(object, "netns", connection.netns);
    add(object, "opened_by", model::code_of(connection.opened_by));
    return object;
}

Json bytes_object(const model::ByteCounts& bytes) {
    Json object = Json::object();
    add(object, "unacknowledged", bytes.unacknowledged);
    add(object, "unread", bytes.unread);
    add(object, "sent", bytes.sent);
    add(object, "received", bytes.received);
    return object;
}

Json frame_object(const model::StackFrame& frame) {
    Json object = Json::object();
    add(object, "function", frame.function);
    // From the start of what is named: the function, else the module.
    if (!frame.function.empty())
        object["offset"] = frame.function_offset;
    else if (!frame.module.empty() || !frame.build_id.empty())
        object["offset"] = frame.offset;
    add(object, "module", frame.module);
    add(object, "file", frame.file);
    if (!frame.file.empty() && frame.line > 0) object["line"] = frame.line;
    if (frame.address != 0) object["address"] = fmt::format("{:#x}", frame.address);
    add(object, "build_id", frame.build_id);
    return object;
}

Json stack_array(const std::vector<model::StackFrame>& frames) {
    Json array = Json::array();
    for (const model::StackFrame& frame : frames) array.push_back(frame_object(frame));
    return array;
}

Json peer_object(const model::PeerAct& peer) {
    Json object = Json::object();
    if (peer.process.pid != 0) object["process"] = process_object(peer.process);
    object["act"] = model::code_of(peer.act);
    object["at_ns"] = peer.at_ns;
    if (peer.linger_zero) object["linger_zero"] = true;
    add_nonzero(object, "unread", peer.unread);
    if (peer.act == model::Act::kKilled && peer.signal > 0) object["signal"] = model::signal_name(peer.signal);
    if (peer.act == model::Act::kExit) object["exit_status"] = peer.exit_status;
    add_filled(object, "stack", stack_array(peer.stack));
    return object;
}

Json timeout_object(const model::Timeout& timeout) {
    Json object = Json::object();
    object["kind"] = model::code_of(timeout.kind);
    object["retransmits"] = timeout.retransmits;
    object["probes"] = timeout.probes;
    add_nonzero(object, "user_timeout_ms", timeout.user_timeout_ms);
    object["silent_ms"] = timeout.silent_ms;
    return object;
}

Json states_array(const std::vector<model::StateSpan>& states) {
    Json array = Json::array();
    for (const model::StateSpan& span : states) {
        Json object = Json::object();
        object["state"] = span.state;
        object["ns"] = span.ns;
        array.push_back(std::move(object));
    }
    return array;
}

Json timeline_array(const std::vector<model::TimelineEntry>& timeline) {
    Json array = Json::array();
    for (const model::TimelineEntry& entry : timeline) {
        Json object = Json::object();
        object["at_ns"] = entry.at_ns;
        object["event"] = model::code_of(entry.event);
        add(object, "state", entry.state);
        add(object, "bytes", entry.bytes);
        if (entry.error > 0) object["error"] = model::errno_name(entry.error);
        object["evidence"] = model::code_of(entry.evidence);
        add(object, "note", entry.note);
        array.push_back(std::move(object));
    }
    return array;
}

Json modifiers_array(const std::vector<model::Modifier>& modifiers) {
    Json array = Json::array();
    for (const model::Modifier modifier : modifiers) array.push_back(model::code_of(modifier));
    return array;
}

Json evidence_array(const std::vector<model::EventId>& events) {
    Json array = Json::array();
    for (const model::EventId& event : events) array.push_back(fmt::format("{}:{}", event.cpu, event.sequence));
    return array;
}

Json joined_object(const model::JoinedEnd& joined) {
    Json object = Json::object();
    add(object, "host", joined.host);
    add(object, "id", joined.id);
    object["evidence"] = evidence_array(joined.evidence);
    return object;
}

void add_failure(Json& line, const model::Verdict& verdict) {
    // A SIGPIPE that a process sent has nothing to do with any write.
    const bool wrote = verdict.write && verdict.cause != model::Cause::kSentByProcess;
    if (wrote) add_filled(line, "write", write_object(*verdict.write));
    if (verdict.disposition == model::Disposition::kNone) return;
    Json& signal = line["signal"];
    signal["name"] = "SIGPIPE";
    signal["disposition"] = model::code_of(verdict.disposition);
    if (verdict.sender) add_filled(signal, "sender", process_object(*verdict.sender));
}

/// Who or what ended the connection, and how.
void add_ending(Json& line, const model::Verdict& verdict) {
    if (verdict.peer) line["peer"] = peer_object(*verdict.peer);
    if (verdict.timeout) line["timeout"] = timeout_object(*verdict.timeout);
    if (verdict.killed_by) add_filled(line, "killed_by", process_object(*verdict.killed_by));
    add(line, "closed_first", model::code_of(verdict.closed_first));
    add_filled(line, "states", states_array(verdict.states));
}

Json causes_object(const model::RunEnd& end) {
    Json object = Json::object();
    for (std::size_t index = 0; index < end.verdicts_by_cause.size(); ++index) {
        const std::uint64_t verdicts = end.verdicts_by_cause.at(index);
        const std::uint64_t teardowns = end.teardowns_by_cause.at(index);
        if (verdicts == 0 && teardowns == 0) continue;
        Json& cause = object[std::string{model::code_of(static_cast<model::Cause>(index))}];
        cause["verdicts"] = verdicts;
        cause["teardowns"] = teardowns;
    }
    return object;
}

} // namespace

Ndjson::Ndjson(Sink sink) : sink_(std::move(sink)) {}

void Ndjson::start(const model::RunStart& start) {
    realtime_offset_ns_ = start.realtime_offset_ns;
    latest_ns_ = start.monotonic_ns;
    Json line = opened("start", start.monotonic_ns, realtime_offset_ns_);
    add(line, "watching", start.watching);
    add(line, "open_connections", start.open_connections);
    add(line, "version", start.version);
    emit(sink_, line);
}

void Ndjson::verdict(const model::Verdict& verdict) {
    const bool failed_write = verdict.kind == model::VerdictKind::kFailedWrite;
    latest_ns_ = std::max(latest_ns_, verdict.monotonic_ns);
    Json line = opened(failed_write ? "verdict" : "teardown", verdict.monotonic_ns, realtime_offset_ns_);
    add(line, "host", verdict.host);
    line["cause"] = model::code_of(verdict.cause);
    line["confidence"] = model::code_of(verdict.confidence);
    line["modifiers"] = modifiers_array(verdict.modifiers);
    add(line, "summary", verdict.summary);
    add(line, "advice", verdict.advice);
    if (verdict.process) add_filled(line, "process", process_object(*verdict.process));
    if (failed_write) add_failure(line, verdict);
    if (verdict.connection) add_filled(line, "connection", connection_object(*verdict.connection));
    add_filled(line, "bytes", bytes_object(verdict.bytes));
    add_ending(line, verdict);
    // An empty list is a fact here, and `.timeline[]` has to work on every line.
    line["timeline"] = timeline_array(verdict.timeline);
    add_filled(line, "stack", stack_array(verdict.stack));
    line["evidence"] = evidence_array(verdict.evidence);
    if (verdict.joined) line["joined"] = joined_object(*verdict.joined);
    line["lost_events"] = verdict.lost_events;
    emit(sink_, line);
}

void Ndjson::lost(const model::LostEvents& lost) {
    // A loss becomes known with the first event after it; where there is none, the latest moment has to do.
    const std::uint64_t known_ns = lost.before_monotonic_ns != 0 ? lost.before_monotonic_ns : latest_ns_;
    latest_ns_ = std::max(latest_ns_, known_ns);
    Json line = opened("lost", known_ns, realtime_offset_ns_);
    line["count"] = lost.count;
    add(line, "cpu", lost.cpu);
    add(line, "host", lost.host);
    add_nonzero(line, "after_monotonic_ns", lost.after_monotonic_ns);
    add_nonzero(line, "before_monotonic_ns", lost.before_monotonic_ns);
    emit(sink_, line);
}

void Ndjson::end(const model::RunEnd& end) {
    Json line = opened("end", end.monotonic_ns, realtime_offset_ns_);
    line["reason"] = model::code_of(end.reason);
    line["verdicts"] = end.verdicts;
    line["teardowns"] = end.teardowns;
    line["lost_events"] = end.lost_events;
    if (end.events) line["events"] = {{"made", end.events->made}, {"seen", end.events->seen}};
    line["causes"] = causes_object(end);
    emit(sink_, line);
}

} // namespace tcpblame::render
