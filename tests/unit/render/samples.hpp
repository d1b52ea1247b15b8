/// Verdicts as real runs give them, and the tools to look at what was made of them.
#pragma once

#include "model/run.hpp"
#include "model/verdict.hpp"
#include "render/escape.hpp"
#include "render/output.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
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

inline model::Process orders_api() {
    return {4242, 4251, "flusher", "orders-api", "/usr/bin/orders-api", "/system.slice/orders.service"};
}

inline model::TimelineEntry entry(std::int64_t at_ns, model::TimelineEvent event, std::string state, std::string note) {
    model::TimelineEntry made;
    made.at_ns = at_ns;
    made.event = event;
    made.state = std::move(state);
    made.note = std::move(note);
    return made;
}

inline model::TimelineEntry failed_write(int error, std::uint64_t bytes) {
    model::TimelineEntry made = entry(0, model::TimelineEvent::kWriteFailed, "CLOSE", "");
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

inline model::RunStart run_start() {
    model::RunStart start;
    start.monotonic_ns = 1'100'000'000'000;
    start.realtime_offset_ns = kBootedAtNs;
    start.watching = "pid 4242 (orders-api)";
    start.open_connections = 14;
    start.version = "0.1.0";
    return start;
}

/// A write that met an EPIPE, with all that does not differ between the samples.
inline model::Verdict failed(model::Cause cause, std::string summary) {
    model::Verdict verdict;
    verdict.monotonic_ns = kMomentNs;
    verdict.cause = cause;
    verdict.confidence = model::Confidence::kObserved;
    verdict.summary = std::move(summary);
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
    model::Verdict verdict =
        failed(model::Cause::kPeerClosed, "the peer closed first; our next write was answered with a RST");
    verdict.advice = "treat read()==0 or EPOLLRDHUP as the end before writing; MSG_NOSIGNAL turns the kill into an "
                     "error you can handle";
    verdict.connection = connection(ipv4(7, 41822), ipv4(9, 5432));
    verdict.bytes = {512, 0, 90'112, 1'048'576};
    verdict.timeline = {
        entry(-2'104'000'000, Event::kFinReceived, "CLOSE_WAIT", "the peer closed"),
        entry(-101'000'000, Event::kWritten, "CLOSE_WAIT", "write succeeded: the kernel took it, the peer did not"),
        entry(-100'870'000, Event::kRstReceived, "CLOSE", "no such connection any more"), failed_write(32, 512)};
    verdict.timeline[1].bytes = 512;
    verdict.stack = {frame("libc.so.6", 0xf7a10), frame("orders-api", 0x1a41), frame("orders-api", 0x201f),
                     frame("orders-api", 0x1188)};
    return verdict;
}

/// The peer is a process of this host; an earlier write already got the ECONNRESET.
inline model::Verdict linger_zero() {
    using Event = model::TimelineEvent;
    model::Verdict verdict =
        failed(model::Cause::kPeerAborted, "server, pid 77, closed with SO_LINGER 0: its host sent a RST");
    verdict.modifiers = {model::Modifier::kErrorAlreadyTaken};
    verdict.advice = "check the result of every write: the first one said ECONNRESET";
    verdict.write->syscall = "sendto";
    verdict.write->bytes = 1'048'576;
    verdict.disposition = model::Disposition::kSuppressed;
    verdict.connection = connection(ipv4(1, 41822, 127), ipv4(7, 4777, 127));
    verdict.bytes = {0, 0, 5, 0};
    model::PeerAct peer;
    peer.process = {77, 78, "worker", "server", "/srv/server", "/user.slice"};
    peer.act = model::Act::kClose;
    peer.at_ns = -101'200;
    peer.linger_zero = true;
    peer.unread = 5;
    peer.stack = {frame("libc.so.6", 0xf8147), frame("server", 0x1c88)};
    verdict.peer = peer;
    verdict.timeline = {entry(-100'900, Event::kRstReceived, "CLOSE", "SO_LINGER 0"),
                        entry(-3'210, Event::kErrorTaken, "CLOSE", "by write in thread 4250"),
                        failed_write(32, 1'048'576)};
    verdict.timeline[0].evidence = model::Confidence::kInferred;
    verdict.timeline[1].error = 104;
    return verdict;
}

inline model::Verdict pipe() {
    model::Verdict verdict =
        failed(model::Cause::kPipeReaderGone, "nobody has the reading end of this pipe open any more");
    verdict.process = model::Process{900, 900, "seq", "seq", "", ""};
    verdict.write = model::FailedWrite{"write", 1, 4096, 32, model::FileKind::kPipe};
    verdict.advice = "end quietly on EPIPE: the reader has seen enough";
    return verdict;
}

inline model::Verdict teardown() {
    model::Verdict verdict = peer_closed();
    verdict.kind = model::VerdictKind::kTeardown;
    verdict.write.reset();
    verdict.disposition = model::Disposition::kNone;
    verdict.confidence = model::Confidence::kInferred;
    verdict.summary = "the peer closed; our last write was answered with a RST";
    verdict.timeline.pop_back();
    verdict.stack.clear();
    verdict.advice.clear();
    verdict.bytes.unread.reset();
    return verdict;
}

inline model::Verdict unknown_with_losses() {
    model::Verdict verdict = failed(model::Cause::kUnknown, "3 events were lost on CPU 2 just before this write");
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
    verdict.peer->process.name = name + name + name;
    verdict.summary = name + " did it " + std::string(300, 'x') + std::string(100, '\x07');
    verdict.stack = {frame(std::string(120, 'm'), 0x1), frame(name, 0x2), model::StackFrame{0x55d0, "", 0, ""}};
    verdict.stack.resize(20, frame("\xe5\xae\xbd\xe5\xad\x97.so", 0xffffffffffffffff));
    verdict.timeline[0].note = name + std::string(200, 'n');
    verdict.timeline[1].at_ns = INT64_MIN;
    verdict.write->bytes = UINT64_MAX;
    verdict.write->syscall = std::string(60, 's');
    verdict.timeline[2].bytes = UINT64_MAX;
    return verdict;
}

inline std::vector<model::Verdict> all() {
    return {peer_closed(), linger_zero(), pipe(), teardown(), unknown_with_losses(), hostile()};
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
