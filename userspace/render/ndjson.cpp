#include "render/ndjson.hpp"

#include "model/address_text.hpp"
#include "model/container.hpp"
#include "model/names.hpp"
#include "render/wording/advice.hpp"
#include "render/wording/notes.hpp"
#include "render/wording/reasons.hpp"
#include "render/wording/summary.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace tcpblame::render {

namespace {

constexpr int kSchema = 1;

// Each writes the members of one object, in the order of the schema.

void report(JsonLine& line, const model::Process& process) {
    line.add_nonzero("pid", process.pid);
    line.add_nonzero("tid", process.tid);
    line.add("comm", process.comm);
    line.add("name", process.name);
    line.add("exe", process.exe);
    line.add("cgroup", process.cgroup);
    if (const auto container = model::container_of(process.cgroup))
        line.object("container", [&] {
            line.put("id", container->id);
            line.add("runtime", container->runtime);
        });
    line.add("unit", model::unit_of(process.cgroup));
    line.add_nonzero("own_pid", process.own_pid);
    line.add("fd", process.fd);
    line.add("host", process.host);
}

void report(JsonLine& line, const model::FailedWrite& write) {
    line.add("syscall", write.syscall);
    line.add("fd", write.fd);
    line.add("bytes", write.bytes);
    if (write.error > 0) line.put("error", model::errno_name(write.error));
    line.add("file", model::code_of(write.file));
}

void report(JsonLine& line, const model::ConnectionFacts& connection) {
    const model::Tuple& tuple = connection.tuple;
    line.add("id", connection.id);
    line.add("family",
             model::to_string(tuple.local.family == model::Family::kNone ? tuple.remote.family : tuple.local.family));
    line.add("local", model::AddressText(tuple.local).view());
    line.add("remote", model::AddressText(tuple.remote).view());
    line.add_nonzero("netns", connection.netns);
    line.add("opened_by", model::code_of(connection.opened_by));
}

void report(JsonLine& line, const model::ByteCounts& bytes) {
    line.add("unacknowledged", bytes.unacknowledged);
    line.add("unread", bytes.unread);
    line.add("unread_by_peer", bytes.unread_by_peer);
    line.add("sent", bytes.sent);
    line.add("received", bytes.received);
}

void report(JsonLine& line, const model::StackFrame& frame) {
    line.add("function", frame.function);
    // From the start of what is named: the function, else the module.
    if (!frame.function.empty())
        line.put("offset", frame.function_offset);
    else if (!frame.module.empty() || !frame.build_id.empty())
        line.put("offset", frame.offset);
    line.add("module", frame.module);
    line.add("file", frame.file);
    if (!frame.file.empty() && frame.line > 0) line.put("line", frame.line);
    if (frame.address != 0) line.put_hex("address", frame.address);
    line.add("build_id", frame.build_id);
}

void report(JsonLine& line, const model::StateSpan& span) {
    line.put("state", span.state);
    line.put("ns", span.ns);
}

/// A sentence, where there is one.
template <typename Value>
void put_sentence(JsonLine& line, std::string_view name, void (&add)(Words&, const Value&), const Value& value,
                  Words& words) {
    words.clear();
    add(words, value);
    line.add(name, words.view());
}

void report(JsonLine& line, const model::TimelineEntry& entry, Words& words) {
    line.put("at_ns", entry.at_ns);
    line.put("event", model::code_of(entry.event));
    line.add("state", entry.state);
    line.add("bytes", entry.bytes);
    if (entry.error > 0) line.put("error", model::errno_name(entry.error));
    line.put("evidence", model::code_of(entry.evidence));
    put_sentence(line, "note", add_note, entry, words);
}

void report(JsonLine& line, const model::Timeout& timeout) {
    line.put("kind", model::code_of(timeout.kind));
    line.put("retransmits", timeout.retransmits);
    line.put("probes", timeout.probes);
    line.add_nonzero("user_timeout_ms", timeout.user_timeout_ms);
    line.put("silent_ms", timeout.silent_ms);
}

void put_evidence(JsonLine& line, const std::vector<model::EventId>& events) {
    line.array("evidence", events, [&](const model::EventId& event) { line.put_pair(event.cpu, event.sequence); });
}

void report(JsonLine& line, const model::AcceptQueue& queue) {
    line.put("queue", queue.length);
    line.put("backlog", queue.limit);
    line.put("dropped", queue.dropped);
}

void report(JsonLine& line, const model::IdleCloser& closer) {
    line.add("closer", closer.closer);
    line.put("closed", closer.closed);
    line.put("idle", closer.idle);
    line.put("shortest_ns", closer.shortest_ns);
    line.put("longest_ns", closer.longest_ns);
}

/// An element of an array of objects.
template <typename Value>
auto each_of(JsonLine& line) {
    return [&line](const Value& value) { line.object([&] { report(line, value); }); };
}

void report(JsonLine& line, const model::PeerAct& peer) {
    if (peer.process.pid != 0 || !peer.process.name.empty())
        line.object("process", [&] { report(line, peer.process); });
    line.put("act", model::code_of(peer.act));
    line.put("at_ns", peer.at_ns);
    if (peer.linger_zero) line.put("linger_zero", true);
    line.add_nonzero("unread", peer.unread);
    if (peer.act == model::Act::kKilled && peer.signal > 0) line.put("signal", model::signal_name(peer.signal));
    if (peer.act == model::Act::kExit) line.put("exit_status", peer.exit_status);
    line.add_array("stack", peer.stack, each_of<model::StackFrame>(line));
}

void report(JsonLine& line, const model::Reason& reason, Words& words) {
    line.put("code", model::code_of(reason.code));
    line.put("confidence", model::code_of(reason.confidence));
    put_sentence(line, "summary", add_reason, reason, words);
    line.add("at_ns", reason.at_ns);
    if (reason.process) line.add_object("process", [&] { report(line, *reason.process); });
    if (reason.signal > 0) line.put("signal", model::signal_name(reason.signal));
    if (const std::string_view origin = model::code_of(reason.origin); !origin.empty()) line.put("origin", origin);
    if (reason.sender) line.add_object("sender", [&] { report(line, *reason.sender); });
    line.add_array("sender_ancestors", reason.ancestors,
                   [&](const model::Process& one) { line.object([&] { report(line, one); }); });
    if (reason.memory)
        line.object("memory", [&] {
            line.put("cgroup", reason.memory->cgroup);
            line.put("used", reason.memory->used);
            line.put("limit", reason.memory->limit);
        });
    line.add("address", reason.address);
    line.add("lasted_ns", reason.lasted_ns);
    if (reason.code == model::ReasonCode::kExited) line.put("exit_status", reason.exit_status);
    line.add("bytes", reason.bytes);
    if (reason.queue) report(line, *reason.queue);
    if (reason.connection) line.object("connection", [&] { report(line, *reason.connection); });
    if (reason.by_reset) line.put("by_reset", true);
    if (reason.peer) line.object("peer", [&] { report(line, *reason.peer); });
    put_evidence(line, reason.evidence);
}

template <typename Value>
auto each_of(JsonLine& line, Words& words) {
    return [&line, &words](const Value& value) { line.object([&] { report(line, value, words); }); };
}

void report(JsonLine& line, const model::JoinedEnd& joined) {
    line.add("host", joined.host);
    line.add("id", joined.id);
    put_evidence(line, joined.evidence);
}

void report_failure(JsonLine& line, const model::Verdict& verdict) {
    // A SIGPIPE that a process sent has nothing to do with any write.
    const bool wrote = verdict.write && verdict.cause != model::Cause::kSentByProcess;
    if (wrote) line.add_object("write", [&] { report(line, *verdict.write); });
    if (verdict.disposition == model::Disposition::kNone) return;
    line.object("signal", [&] {
        line.put("name", "SIGPIPE");
        line.put("disposition", model::code_of(verdict.disposition));
        line.add("origin", model::code_of(verdict.signal_origin));
        if (verdict.sender) line.add_object("sender", [&] { report(line, *verdict.sender); });
    });
}

/// Who or what ended the connection, and how.
void report_ending(JsonLine& line, const model::Verdict& verdict, Words& words) {
    if (verdict.peer) line.object("peer", [&] { report(line, *verdict.peer); });
    line.add_array("why", verdict.why, each_of<model::Reason>(line, words));
    if (verdict.timeout) line.object("timeout", [&] { report(line, *verdict.timeout); });
    if (verdict.icmp != model::IcmpKind::kNone)
        line.object("icmp", [&] { line.put("kind", model::code_of(verdict.icmp)); });
    if (verdict.reset_origin != model::ResetOrigin::kUnknown)
        line.object("reset", [&] { line.put("origin", model::code_of(verdict.reset_origin)); });
    if (verdict.killed_by) line.add_object("killed_by", [&] { report(line, *verdict.killed_by); });
    line.add("closed_first", model::code_of(verdict.closed_first));
    line.add_array("states", verdict.states, each_of<model::StateSpan>(line));
}

void report_recordings(JsonLine& line, const model::RunStart& start) {
    Rfc3339 rfc3339;
    const model::WallClock clock(start.realtime_offset_ns);
    line.add_array("recordings", start.recordings, [&](const model::RecordingFacts& recording) {
        line.object([&] {
            line.put("time", rfc3339(clock.realtime_of(recording.monotonic_ns)));
            line.add("host", recording.host);
            line.add("kernel", recording.kernel);
            line.add("watching", recording.watching);
        });
    });
}

void put_counts(JsonLine& line, const model::RunEnd& end) {
    line.put("verdicts", end.verdicts);
    line.put("teardowns", end.teardowns);
    line.put("lost_events", end.lost_events);
    if (end.evicted != 0) line.put("forgotten", end.evicted);
}

void report_causes(JsonLine& line, const model::RunEnd& end) {
    for (std::size_t index = 0; index < end.verdicts_by_cause.size(); ++index) {
        const std::uint64_t verdicts = end.verdicts_by_cause.at(index);
        const std::uint64_t teardowns = end.teardowns_by_cause.at(index);
        if (verdicts == 0 && teardowns == 0) continue;
        line.object(model::code_of(static_cast<model::Cause>(index)), [&] {
            line.put("verdicts", verdicts);
            line.put("teardowns", teardowns);
        });
    }
}

} // namespace

Ndjson::Ndjson(Sink sink) : sink_(std::move(sink)) {}

void Ndjson::open(std::string_view type, std::uint64_t monotonic_ns) {
    line_.begin();
    line_.put("schema", kSchema);
    line_.put("type", type);
    line_.put("time", rfc3339_(clock_.realtime_of(monotonic_ns)));
    line_.put("monotonic_ns", monotonic_ns);
}

void Ndjson::emit() {
    const std::string_view line = line_.end();
    if (sink_) sink_(line);
}

void Ndjson::start(const model::RunStart& start) {
    clock_ = model::WallClock(start.realtime_offset_ns);
    latest_ns_ = start.monotonic_ns;
    open("start", start.monotonic_ns);
    line_.add("watching", start.watching);
    line_.add("open_connections", start.open_connections);
    line_.add("version", start.version);
    line_.add("host", start.host);
    line_.add("kernel", start.kernel);
    line_.add_array("limits", start.limits, [&](model::RunLimit each) { line_.put(model::code_of(each)); });
    report_recordings(line_, start);
    emit();
}

void Ndjson::verdict(const model::Verdict& verdict) {
    const bool failed_write = verdict.kind == model::VerdictKind::kFailedWrite;
    latest_ns_ = std::max(latest_ns_, verdict.monotonic_ns);
    open(failed_write ? "verdict" : "teardown", verdict.monotonic_ns);
    line_.add("host", verdict.host);
    line_.put("cause", model::code_of(verdict.cause));
    line_.put("confidence", model::code_of(verdict.confidence));
    line_.array("modifiers", verdict.modifiers, [&](model::Modifier each) { line_.put(model::code_of(each)); });
    put_sentence(line_, "summary", add_summary, verdict, words_);
    put_sentence(line_, "advice", add_advice, verdict, words_);
    if (verdict.process) line_.add_object("process", [&] { report(line_, *verdict.process); });
    if (failed_write) report_failure(line_, verdict);
    if (verdict.connection) line_.add_object("connection", [&] { report(line_, *verdict.connection); });
    line_.add_object("bytes", [&] { report(line_, verdict.bytes); });
    report_ending(line_, verdict, words_);
    // An empty list is a fact here, and `.timeline[]` has to work on every line.
    line_.array("timeline", verdict.timeline, each_of<model::TimelineEntry>(line_, words_));
    line_.add_array("stack", verdict.stack, each_of<model::StackFrame>(line_));
    put_evidence(line_, verdict.evidence);
    if (verdict.joined) line_.object("joined", [&] { report(line_, *verdict.joined); });
    line_.put("lost_events", verdict.lost_events);
    emit();
}

void Ndjson::lost(const model::LostEvents& lost) {
    // A loss becomes known with the first event after it; where there is none, the latest moment has to do.
    const std::uint64_t known_ns = lost.before_monotonic_ns != 0 ? lost.before_monotonic_ns : latest_ns_;
    latest_ns_ = std::max(latest_ns_, known_ns);
    open("lost", known_ns);
    line_.put("count", lost.count);
    line_.add("cpu", lost.cpu);
    line_.add("host", lost.host);
    line_.add_nonzero("after_monotonic_ns", lost.after_monotonic_ns);
    line_.add_nonzero("before_monotonic_ns", lost.before_monotonic_ns);
    emit();
}

void Ndjson::alike(const model::AlikeVerdicts& alike) {
    const model::Verdict& first = alike.first;
    latest_ns_ = std::max(latest_ns_, alike.last_ns);
    open("alike", first.monotonic_ns);
    line_.put("count", alike.count);
    line_.put("last_monotonic_ns", alike.last_ns);
    if (alike.mixed) return emit();
    line_.put("of", first.kind == model::VerdictKind::kFailedWrite ? "verdict" : "teardown");
    line_.put("cause", model::code_of(first.cause));
    line_.put("confidence", model::code_of(first.confidence));
    put_sentence(line_, "summary", add_summary, first, words_);
    if (first.process) line_.add("process", first.process->name);
    if (first.write && first.write->error > 0) line_.put("error", model::errno_name(first.write->error));
    emit();
}

void Ndjson::heartbeat(const model::RunEnd& so_far) {
    open("heartbeat", so_far.monotonic_ns);
    put_counts(line_, so_far);
    emit();
}

void Ndjson::end(const model::RunEnd& end) {
    open("end", end.monotonic_ns);
    line_.put("reason", model::code_of(end.reason));
    put_counts(line_, end);
    if (end.passed_over != 0) line_.put("passed_over", end.passed_over);
    if (end.events)
        line_.object("events", [&] {
            line_.put("made", end.events->made);
            line_.put("seen", end.events->seen);
        });
    line_.object("causes", [&] { report_causes(line_, end); });
    line_.add_array("idle_closers", end.idle_closers, each_of<model::IdleCloser>(line_));
    emit();
}

} // namespace tcpblame::render
