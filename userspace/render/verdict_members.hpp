/// What a verdict has to say, as the members of an object, once for all formats that are made of such: `Line` is
/// JsonLine, or one that takes the same calls.
#pragma once

#include "model/address_text.hpp"
#include "model/alike_verdicts.hpp"
#include "model/argv.hpp"
#include "model/container.hpp"
#include "model/container_names.hpp"
#include "model/names.hpp"
#include "model/verdict.hpp"
#include "render/community_id.hpp"
#include "render/wording/advice.hpp"
#include "render/wording/notes.hpp"
#include "render/wording/reasons.hpp"
#include "render/wording/summary.hpp"
#include "render/wording/words.hpp"

#include <string_view>
#include <vector>

// Each writes the members of one object, in the order of the schema.
namespace tcpblame::render::members {

template <typename Line>
void put_arguments(Line& line, std::string_view name, std::string_view argv) {
    if (argv.empty()) return;
    line.array(name, [&] { model::for_each_argument(argv, [&](std::string_view argument) { line.put(argument); }); });
}

template <typename Line>
void put_labels(Line& line, const model::ContainerNames& names) {
    for (const model::ContainerLabel& label : model::kContainerLabels) line.add(label.key, names.*label.value);
}

template <typename Line>
void report(Line& line, const model::ContainerNames& names) {
    line.add("name", names.name);
    line.add("image", names.image);
    line.add_object("labels", [&] { put_labels(line, names); });
}

template <typename Line>
void report(Line& line, const model::Process& process) {
    line.add_nonzero("pid", process.pid);
    line.add_nonzero("tid", process.tid);
    line.add("comm", process.comm);
    line.add("name", process.name);
    line.add("exe", process.exe);
    put_arguments(line, "argv", process.argv());
    line.add("cgroup", process.cgroup);
    const model::ContainerNames* names = process.container();
    if (const auto container = model::container_of(process.cgroup))
        line.object("container", [&] {
            line.put("id", container->id);
            line.add("runtime", container->runtime);
            if (names != nullptr) report(line, *names);
        });
    if (names != nullptr)
        line.add_object("pod", [&] {
            line.add("namespace", names->pod_namespace);
            line.add("name", names->pod);
        });
    line.add("unit", model::unit_of(process.cgroup));
    line.add_nonzero("own_pid", process.own_pid);
    line.add("fd", process.fd);
    line.add("host", process.host);
}

template <typename Line>
void report(Line& line, const model::FailedWrite& write) {
    line.add("syscall", write.syscall);
    line.add("fd", write.fd);
    line.add("bytes", write.bytes);
    if (write.error > 0) line.put("error", model::errno_name(write.error));
    line.add("file", model::code_of(write.file));
}

inline model::Family family_of(const model::Tuple& tuple) {
    return tuple.local.family == model::Family::kNone ? tuple.remote.family : tuple.local.family;
}

/// Both ends, as texts that were made once.
struct TupleText {
    explicit TupleText(const model::Tuple& tuple) : local(tuple.local), remote(tuple.remote) {}

    model::AddressText local;
    model::AddressText remote;
};

template <typename Line>
void report(Line& line, const model::ConnectionFacts& connection, const TupleText& text) {
    line.add("id", connection.id);
    line.add("family", model::to_string(family_of(connection.tuple)));
    line.add("local", text.local.view());
    line.add("remote", text.remote.view());
    line.add_nonzero("netns", connection.netns);
    line.add("opened_by", model::code_of(connection.opened_by));
}

template <typename Line>
void report(Line& line, const model::ConnectionFacts& connection) {
    report(line, connection, TupleText(connection.tuple));
}

/// As tables have it.
template <typename Line>
void report_flat(Line& line, const model::Tuple& tuple, const TupleText& text) {
    line.add("local_address", text.local.address());
    if (!text.local.view().empty()) line.put("local_port", tuple.local.port);
    line.add("remote_address", text.remote.address());
    if (!text.remote.view().empty()) line.put("remote_port", tuple.remote.port);
    line.add("community_id", CommunityId(tuple).view());
}

template <typename Line>
void report(Line& line, const model::ByteCounts& bytes) {
    line.add("unacknowledged", bytes.unacknowledged);
    line.add("unread", bytes.unread);
    line.add("unread_by_peer", bytes.unread_by_peer);
    line.add("sent", bytes.sent);
    line.add("received", bytes.received);
}

template <typename Line>
void report(Line& line, const model::StackFrame& frame) {
    line.add("function", frame.function);
    // From the start of what is named: the function, else the module.
    if (frame.is_inlined)
        line.put("inlined", true);
    else if (!frame.function.empty())
        line.put("offset", frame.function_offset);
    else if (!frame.module.empty() || !frame.build_id.empty())
        line.put("offset", frame.offset);
    line.add("module", frame.module);
    line.add("file", frame.file);
    if (!frame.file.empty() && frame.line > 0) line.put("line", frame.line);
    if (frame.address != 0) line.put_hex("address", frame.address);
    line.add("build_id", frame.build_id);
}

template <typename Line>
void report(Line& line, const model::StateSpan& span) {
    line.put("state", span.state);
    line.put("ns", span.ns);
}

/// A sentence, where there is one.
template <typename Line, typename Value>
void put_sentence(Line& line, std::string_view name, void (&add)(Words&, const Value&), const Value& value,
                  Words& words) {
    words.clear();
    add(words, value);
    line.add(name, words.view());
}

template <typename Line>
void report(Line& line, const model::TimelineEntry& entry, Words& words) {
    line.put("at_ns", entry.at_ns);
    line.put("event", model::code_of(entry.event));
    line.add("state", entry.state);
    line.add("bytes", entry.bytes);
    if (entry.error > 0) line.put("error", model::errno_name(entry.error));
    line.put("evidence", model::code_of(entry.evidence));
    put_sentence(line, "note", add_note, entry, words);
}

template <typename Line>
void report(Line& line, const model::Timeout& timeout) {
    line.put("kind", model::code_of(timeout.kind));
    line.put("retransmits", timeout.retransmits);
    line.put("probes", timeout.probes);
    line.add_nonzero("user_timeout_ms", timeout.user_timeout_ms);
    line.put("silent_ms", timeout.silent_ms);
}

template <typename Line>
void put_evidence(Line& line, const std::vector<model::EventId>& events) {
    line.array("evidence", events, [&](const model::EventId& event) { line.put_pair(event.cpu, event.sequence); });
}

template <typename Line>
void report(Line& line, const model::AcceptQueue& queue) {
    line.put("queue", queue.length);
    line.put("backlog", queue.limit);
    line.put("dropped", queue.dropped);
}

/// An element of an array of objects.
template <typename Value, typename Line>
auto each_of(Line& line) {
    return [&line](const Value& value) { line.object([&] { report(line, value); }); };
}

template <typename Line>
void report(Line& line, const model::PeerAct& peer) {
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

template <typename Line>
void report(Line& line, const model::Reason& reason, Words& words) {
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

template <typename Value, typename Line>
auto each_of(Line& line, Words& words) {
    return [&line, &words](const Value& value) { line.object([&] { report(line, value, words); }); };
}

template <typename Line>
void report(Line& line, const model::JoinedEnd& joined) {
    line.add("host", joined.host);
    line.add("id", joined.id);
    put_evidence(line, joined.evidence);
}

template <typename Line>
void report_failure(Line& line, const model::Verdict& verdict) {
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

template <typename Line>
void report(Line& line, const model::ResetPacket& packet) {
    line.add("interface", packet.interface_name.view());
    line.add_nonzero("interface_index", packet.interface_index);
    line.add_nonzero("ttl", packet.ttl);
    line.add_nonzero("data_ttl", packet.data_ttl);
    line.add_nonzero("ip_id", packet.ip_id);
}

/// Who or what ended the connection, and how.
template <typename Line>
void report_ending(Line& line, const model::Verdict& verdict, Words& words) {
    if (verdict.peer) line.object("peer", [&] { report(line, *verdict.peer); });
    line.add_array("why", verdict.why, each_of<model::Reason>(line, words));
    if (verdict.timeout) line.object("timeout", [&] { report(line, *verdict.timeout); });
    if (verdict.icmp != model::IcmpKind::kNone)
        line.object("icmp", [&] { line.put("kind", model::code_of(verdict.icmp)); });
    if (verdict.reset_origin != model::ResetOrigin::kUnknown || verdict.reset_packet)
        line.object("reset", [&] {
            line.add("origin", model::code_of(verdict.reset_origin));
            if (verdict.reset_packet) report(line, *verdict.reset_packet);
        });
    line.add("reset_reason", model::code_of(verdict.reset_reason));
    if (verdict.killed_by) line.add_object("killed_by", [&] { report(line, *verdict.killed_by); });
    line.add("closed_first", model::code_of(verdict.closed_first));
    line.add_array("states", verdict.states, each_of<model::StateSpan>(line));
}

template <typename Line>
void report_findings(Line& line, const model::Verdict& verdict) {
    if (verdict.primary) line.put("primary", true);
    line.put("cause", model::code_of(verdict.cause));
    line.put("confidence", model::code_of(verdict.confidence));
    line.array("modifiers", verdict.modifiers, [&](model::Modifier each) { line.put(model::code_of(each)); });
}

/// What a verdict says besides: of the bytes, of the peer, and what it rests on.
template <typename Line>
void report_circumstances(Line& line, const model::Verdict& verdict, Words& words) {
    line.add_object("bytes", [&] { report(line, verdict.bytes); });
    report_ending(line, verdict, words);
    // An empty list is a fact here, and `.timeline[]` has to work on every line.
    line.array("timeline", verdict.timeline, each_of<model::TimelineEntry>(line, words));
    line.add_array("stack", verdict.stack, each_of<model::StackFrame>(line));
    put_evidence(line, verdict.evidence);
    if (verdict.joined) line.object("joined", [&] { report(line, *verdict.joined); });
    line.put("lost_events", verdict.lost_events);
}

/// All but the sentence.
template <typename Line>
void report(Line& line, const model::AlikeVerdicts& alike) {
    const model::Verdict& first = alike.first;
    line.put("count", alike.count);
    line.put("last_monotonic_ns", alike.last_ns);
    if (first.primary) line.put("primary", true);
    if (alike.mixed) return;
    line.put("of", first.kind == model::VerdictKind::kFailedWrite ? "verdict" : "teardown");
    line.put("cause", model::code_of(first.cause));
    line.put("confidence", model::code_of(first.confidence));
    if (first.process) line.add("process", first.process->name);
    if (first.write && first.write->error > 0) line.put("error", model::errno_name(first.write->error));
}

} // namespace tcpblame::render::members
