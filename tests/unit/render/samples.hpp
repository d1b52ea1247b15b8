/// Verdicts as real runs give them, and the tools to look at what was made of them.
#pragma once

#include "model/run.hpp"
#include "model/verdict.hpp"
#include "render/escape.hpp"
#include "render/output.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcpblame::render::samples {

// 14:02:11.532 UTC on 1 May 2024 is the moment of every sample.
inline constexpr std::int64_t kBootedAtNs = 1'714'572'000'000'000'000 - 1'000'000'000'000;
inline constexpr std::uint64_t kMomentNs = 1'131'532'000'001;

inline model::Address ipv4(std::uint8_t last, std::uint16_t port, std::uint8_t first = 10) {
    model::Address address;
    address.family = model::Family::kIpv4;
    address.bytes = {first, 0, 0, last};
    address.port = port;
    return address;
}

/// As long as an address gets: no group of it can be shortened.
inline model::Address long_ipv6(std::uint16_t port) {
    model::Address address;
    address.family = model::Family::kIpv6;
    address.bytes.fill(0xAB);
    address.port = port;
    return address;
}

inline model::Process process(std::uint32_t pid, std::uint32_t tid, std::string comm, std::string name) {
    model::Process made;
    made.pid = pid;
    made.tid = tid;
    made.comm = std::move(comm);
    made.name = std::move(name);
    return made;
}

inline model::Process orders_api() {
    model::Process made = process(4242, 4251, "flusher", "orders-api");
    made.exe = "/usr/bin/orders-api";
    made.cgroup = "/system.slice/orders.service";
    return made;
}

inline model::TimelineEntry entry(std::int64_t at_ns, model::TimelineEvent event, std::string state,
                                  model::TimelineNote note = model::TimelineNote::kNone) {
    model::TimelineEntry made;
    made.at_ns = at_ns;
    made.event = event;
    made.state = std::move(state);
    made.note = note;
    return made;
}

inline model::TimelineEntry failed_write(int error, std::uint64_t bytes) {
    model::TimelineEntry made = entry(0, model::TimelineEvent::kWriteFailed, "CLOSE");
    made.error = error;
    made.bytes = bytes;
    return made;
}

inline model::StackFrame frame(std::string module, std::uint64_t offset) {
    model::StackFrame made;
    made.address = 0x7f0000000000 + offset;
    made.module = std::move(module);
    made.offset = offset;
    return made;
}

inline model::StackFrame resolved(std::string function, std::uint64_t offset, std::string file, int line) {
    model::StackFrame made = frame("orders-api", 0x1a41);
    made.function = std::move(function);
    made.function_offset = offset;
    made.file = std::move(file);
    made.line = line;
    return made;
}

/// Nothing but where the instruction pointer was.
inline model::StackFrame bare_frame(std::uint64_t address) {
    model::StackFrame made;
    made.address = address;
    return made;
}

inline model::RunStart run_start() {
    model::RunStart start;
    start.monotonic_ns = 1'100'000'000'000;
    start.realtime_offset_ns = kBootedAtNs;
    start.watching = "pid 4242 (orders-api)";
    start.open_connections = 14;
    start.version = "0.1.0";
    return start;
}

/// The same of a run that has all that a format can say of it.
inline model::RunStart run_on_web1() {
    model::RunStart start = run_start();
    start.host = "web1";
    start.kernel = "6.12.1 x86_64";
    start.boot_id = "3b0c";
    start.run_id = 7;
    return start;
}

/// A write that met an EPIPE, with all that does not differ between the samples.
inline model::Verdict failed(model::Cause cause, model::Rule rule) {
    model::Verdict verdict;
    verdict.monotonic_ns = kMomentNs;
    verdict.cause = cause;
    verdict.confidence = model::Confidence::kObserved;
    verdict.rule = rule;
    verdict.process = orders_api();
    verdict.write = model::FailedWrite{"write", 9, 512, 32, model::FileKind::kTcp};
    verdict.disposition = model::Disposition::kKilled;
    verdict.evidence = {{3, 1841}, {1, 207}};
    return verdict;
}

inline model::ConnectionFacts connection(model::Address local, model::Address remote) {
    return {"1a2b", {local, remote}, 4026531840, model::OpenedBy::kUs};
}

inline model::Verdict peer_closed() {
    using Event = model::TimelineEvent;
    using Note = model::TimelineNote;
    model::Verdict verdict = failed(model::Cause::kPeerClosed, model::Rule::kPeerClosed);
    verdict.connection = connection(ipv4(7, 41822), ipv4(9, 5432));
    verdict.bytes = {512, 0, 90'112, 1'048'576};
    verdict.timeline = {entry(-2'104'000'000, Event::kFinReceived, "CLOSE_WAIT", Note::kPeerClosed),
                        entry(-101'000'000, Event::kWritten, "CLOSE_WAIT", Note::kQueued),
                        entry(-100'870'000, Event::kRstReceived, "CLOSE", Note::kNoConnection), failed_write(32, 512)};
    verdict.timeline[1].bytes = 512;
    verdict.stack = {frame("libc.so.6", 0xf7a10), frame("orders-api", 0x1a41), frame("orders-api", 0x201f),
                     frame("orders-api", 0x1188)};
    return verdict;
}

/// The peer is a process of this host; an earlier write already got the ECONNRESET.
inline model::Verdict linger_zero() {
    using Event = model::TimelineEvent;
    model::Verdict verdict = failed(model::Cause::kPeerAborted, model::Rule::kPeerAborted);
    verdict.modifiers = {model::Modifier::kErrorAlreadyTaken};
    verdict.write->syscall = "sendto";
    verdict.write->bytes = 1'048'576;
    verdict.disposition = model::Disposition::kSuppressed;
    verdict.connection = connection(ipv4(1, 41822, 127), ipv4(7, 4777, 127));
    verdict.bytes = {0, 0, 5, 0};
    model::PeerAct peer;
    peer.process = process(77, 78, "worker", "server");
    peer.process.exe = "/srv/server";
    peer.process.cgroup = "/user.slice";
    peer.act = model::Act::kClose;
    peer.at_ns = -101'200;
    peer.linger_zero = true;
    peer.unread = 5;
    peer.stack = {frame("libc.so.6", 0xf8147), frame("server", 0x1c88)};
    verdict.peer = peer;
    verdict.timeline = {entry(-100'900, Event::kRstReceived, "CLOSE", model::TimelineNote::kPeerDid),
                        entry(-3'210, Event::kErrorTaken, "CLOSE", model::TimelineNote::kTaken),
                        failed_write(32, 1'048'576)};
    verdict.timeline[0].evidence = model::Confidence::kInferred;
    verdict.timeline[0].name = "server";
    verdict.timeline[0].deed = peer;
    verdict.timeline[1].error = 104;
    verdict.timeline[1].syscall = "write";
    verdict.timeline[1].tid = 4250;
    return verdict;
}

inline model::Verdict pipe() {
    model::Verdict verdict = failed(model::Cause::kPipeReaderGone, model::Rule::kPipe);
    verdict.process = process(900, 900, "seq", "seq");
    verdict.write = model::FailedWrite{"write", 1, 4096, 32, model::FileKind::kPipe};
    return verdict;
}

inline model::Verdict teardown() {
    model::Verdict verdict = peer_closed();
    verdict.kind = model::VerdictKind::kTeardown;
    verdict.write.reset();
    verdict.disposition = model::Disposition::kNone;
    verdict.confidence = model::Confidence::kInferred;
    verdict.timeline.pop_back();
    verdict.stack.clear();
    verdict.bytes.unread.reset();
    return verdict;
}

inline model::Verdict unknown_with_losses() {
    model::Verdict verdict = failed(model::Cause::kUnknown, model::Rule::kNobody);
    verdict.confidence = model::Confidence::kUnknown;
    verdict.write->syscall.clear();
    verdict.write->error = 104;
    verdict.disposition = model::Disposition::kNone;
    verdict.connection = connection(long_ipv6(65535), long_ipv6(65534));
    verdict.evidence = {{2, 9}};
    verdict.lost_events = 3;
    return verdict;
}

/// ESC, a quote, a newline, a bidi override, a C1 control, invalid UTF-8, and much of it.
inline model::Verdict hostile() {
    const std::string name = "\x1b[2J\"\n\xe2\x80\xae\xc2\x9b\xff\xc0\xafh";
    model::Verdict verdict = linger_zero();
    verdict.process->name = name;
    verdict.process->comm = name + "t";
    verdict.process->exe = verdict.process->cgroup = "/" + std::string(200, '\n') + name;
    verdict.process->names =
        std::make_shared<const model::ProcessNames>(name + std::string("\0\0'", 3) + name, model::ContainerNames{});
    verdict.peer->process.cgroup = "/docker/" + std::string(64, 'a');
    verdict.peer->process.names =
        std::make_shared<const model::ProcessNames>("", model::ContainerNames{.name = name + std::string(300, 'c'),
                                                                              .image = name,
                                                                              .pod = name + std::string(300, 'p'),
                                                                              .pod_namespace = name,
                                                                              .compose_project = name,
                                                                              .compose_service = name,
                                                                              .app = name});
    verdict.peer->process.name = name + name + std::string(300, 'x') + std::string(100, '\x07');
    verdict.stack = {frame(std::string(120, 'm'), 0x1), frame(name, 0x2), bare_frame(0x55d0)};
    verdict.stack.push_back(resolved(name + std::string(200, 'f'), UINT64_MAX, name + "/" + name, INT32_MAX));
    verdict.stack.resize(20, frame("\xe5\xae\xbd\xe5\xad\x97.so", 0xffffffffffffffff));
    verdict.timeline[0].name = name + std::string(200, 'n');
    verdict.timeline[1].at_ns = INT64_MIN;
    verdict.write->bytes = UINT64_MAX;
    verdict.write->syscall = std::string(60, 's');
    verdict.timeline[2].bytes = UINT64_MAX;
    return verdict;
}

inline model::Verdict sent_by_process() {
    model::Verdict verdict = failed(model::Cause::kSentByProcess, model::Rule::kSentByProcess);
    verdict.process->tid = verdict.process->pid;
    verdict.sender = process(99, 99, "kill", "kill");
    verdict.write.reset();
    return verdict;
}

inline model::Verdict timed_out() {
    model::Verdict verdict = teardown();
    verdict.cause = model::Cause::kTimedOut;
    verdict.confidence = model::Confidence::kObserved;
    verdict.rule = model::Rule::kNoAnswer;
    verdict.process->tid = 0;
    verdict.process->fd = 9;
    verdict.timeout = model::Timeout{model::TimeoutKind::kUserTimeout, 4, 0, 1500, 1600};
    verdict.timeline = {entry(0, model::TimelineEvent::kClosed, "CLOSE")};
    verdict.timeline.front().error = 110;
    return verdict;
}

inline model::Verdict killed_by_admin() {
    model::Verdict verdict = failed(model::Cause::kKilledByAdmin, model::Rule::kAdminKill);
    verdict.process->own_pid = 7;
    verdict.process->tid = 0;
    verdict.process->cgroup = "/docker/" + std::string(64, 'a');
    verdict.write->error = 103;
    verdict.disposition = model::Disposition::kNone;
    verdict.connection = connection(ipv4(7, 41822), ipv4(9, 5432));
    verdict.killed_by = process(99, 99, "ss", "ss");
    return verdict;
}

inline model::Verdict orderly() {
    model::Verdict verdict = teardown();
    verdict.cause = model::Cause::kOrderly;
    verdict.confidence = model::Confidence::kObserved;
    verdict.rule = model::Rule::kOrderly;
    verdict.process->tid = 0;
    verdict.process->fd = 9;
    verdict.bytes = {0, 0, 512, 1234};
    verdict.closed_first = model::OpenedBy::kPeer;
    verdict.states = {{"ESTABLISHED", 2'104'000'000}, {"CLOSE_WAIT", 5'200'000}, {"LAST_ACK", 210'000}};
    verdict.timeline = {
        entry(-5'410'000, model::TimelineEvent::kFinReceived, "CLOSE_WAIT", model::TimelineNote::kPeerClosed),
        entry(0, model::TimelineEvent::kClosed, "CLOSE")};
    return verdict;
}

inline void put_into_pod(model::Process& process, const std::string& pod, const std::string& name, char digit) {
    process.cgroup = "/kubepods.slice/kubepods-pod0a1b2c3d_0000_1111_2222_333344445555.slice/cri-containerd-" +
                     std::string(64, digit) + ".scope";
    process.names = std::make_shared<const model::ProcessNames>(
        "/" + name + std::string("\0--greet\0a b", 12),
        model::ContainerNames{.name = name,
                              .image = "registry:5000/shop/" + name + ":1.2",
                              .pod = pod,
                              .pod_namespace = "shop",
                              .app = name});
}

/// Both ends are in pods.
inline model::Verdict in_pods() {
    model::Verdict verdict = linger_zero();
    put_into_pod(*verdict.process, "api-7c9", "api", 'c');
    put_into_pod(verdict.peer->process, "cart-5d8", "cart", 'd');
    return verdict;
}

/// Nobody did it: the kernel refused to queue the connection.
inline model::Verdict accept_queue_overflow() {
    model::Verdict verdict = teardown();
    verdict.cause = model::Cause::kPeerAborted;
    verdict.rule = model::Rule::kQueueOverflow;
    verdict.peer = model::PeerAct{};
    verdict.peer->act = model::Act::kAcceptQueueOverflow;
    verdict.peer->at_ns = -101'200;
    verdict.timeline = {entry(0, model::TimelineEvent::kRstReceived, "CLOSE", model::TimelineNote::kNoConnection)};
    return verdict;
}

/// One of very many whose server died with bytes unread.
inline model::Verdict one_of_many(std::uint16_t local_port, std::uint64_t after_ns) {
    model::Verdict verdict = failed(model::Cause::kPeerAborted, model::Rule::kPeerAborted);
    verdict.monotonic_ns += after_ns;
    verdict.process = process(12, 12, "chatty", "chatty");
    verdict.disposition = model::Disposition::kSuppressed;
    verdict.connection = connection(ipv4(1, local_port, 127), ipv4(7, 4777, 127));
    verdict.connection->id = std::to_string(local_port) + "." + std::to_string(after_ns);
    verdict.bytes.unacknowledged = 2;
    verdict.peer = model::PeerAct{};
    verdict.peer->process = process(13, 13, "server", "server");
    verdict.peer->unread = 1;
    return verdict;
}

/// Its other end is from another host's recording.
inline model::Verdict joined() {
    model::Verdict verdict = linger_zero();
    verdict.host = "web1";
    verdict.peer->process.host = "db1";
    verdict.joined = model::JoinedEnd{"db1", "3c4d", {{0, 12}, {5, 9}}};
    return verdict;
}

inline std::vector<model::Verdict> all() {
    return {peer_closed(),
            linger_zero(),
            pipe(),
            teardown(),
            unknown_with_losses(),
            hostile(),
            timed_out(),
            killed_by_admin(),
            orderly(),
            accept_queue_overflow(),
            sent_by_process(),
            in_pods(),
            joined()};
}

inline model::RunEnd run_end() {
    model::RunEnd end;
    end.monotonic_ns = 1'162'040'000'000;
    end.verdicts = 4;
    end.teardowns = 1;
    end.verdicts_by_cause.at(static_cast<std::size_t>(model::Cause::kPeerClosed)) = 1;
    end.verdicts_by_cause.at(static_cast<std::size_t>(model::Cause::kPeerAborted)) = 3;
    end.teardowns_by_cause.at(static_cast<std::size_t>(model::Cause::kPeerClosed)) = 1;
    return end;
}

/// What a sink was given: all of it, and in how many pieces.
struct Collected {
    std::string text;
    int pieces = 0;

    Sink sink() {
        return [this](std::string_view piece) {
            text += piece;
            ++pieces;
        };
    }
};

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t begin = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    if (begin < text.size()) lines.push_back(text.substr(begin));
    return lines;
}

/// The text without its colours.
inline std::string uncolored(const std::string& text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\x1b')
            at = text.find('m', at);
        else
            plain += text[at];
    }
    return plain;
}

} // namespace tcpblame::render::samples
