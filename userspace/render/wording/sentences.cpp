#include "render/wording/sentences.hpp"

#include "model/argv.hpp"
#include "model/container.hpp"
#include "model/container_names.hpp"
#include "model/names.hpp"
#include "render/quantity.hpp"
#include "render/wording/folded_stack.hpp"
#include "render/wording/reasons.hpp"
#include "render/wording/summary.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace tcpblame::render {

namespace {

// A thread's name has at most 15 bytes; escaped it may be four times as long.
constexpr std::size_t kNameWidth = 32;
constexpr std::size_t kSyscallWidth = 24;
// It may quote names: not even a hostile one may push the rest off the screen.
constexpr std::size_t kSummaryWidth = 640;
constexpr std::size_t kModuleWidth = 40;
constexpr std::size_t kFunctionWidth = 60; // C++ names are endless
constexpr std::size_t kFileWidth = 40;
constexpr std::size_t kPlaceWidth = 80;
constexpr std::size_t kHostWidth = 40;
constexpr std::size_t kMostArgv = 256; // what a recording may say
constexpr std::size_t kShortId = 12;   // as container runtimes shorten it themselves
constexpr std::size_t kStateWidth = 18;
// More frames than a person reads; JSON has them all.
constexpr std::size_t kFramesShown = 12;

std::string module_words(const model::StackFrame& frame, const Writing& writing) {
    if (!frame.module.empty()) return fmt::format("{}+{:#x}", writing.safe(frame.module, kModuleWidth), frame.offset);
    if (frame.address != 0) return fmt::format("{:#x}", frame.address);
    if (!frame.build_id.empty())
        return fmt::format("{}+{:#x}", writing.safe(frame.build_id, kModuleWidth), frame.offset);
    return "?";
}

std::string frame_words(const model::StackFrame& frame, const Writing& writing) {
    if (frame.function.empty()) return module_words(frame, writing);
    std::string words = writing.safe(frame.function, kFunctionWidth);
    if (!frame.is_inlined) words += fmt::format("+{:#x}", frame.function_offset);
    const std::string_view file = std::string_view{frame.file}.substr(frame.file.rfind('/') + 1);
    if (!file.empty()) words += " " + writing.safe(file, kFileWidth);
    if (!file.empty() && frame.line > 0) words += fmt::format(":{}", frame.line);
    return words;
}

/// By the names that it has, else by its id.
std::string container_words(const model::Container& container, const model::ContainerNames& names,
                            const Writing& writing, bool in_full) {
    const auto safe = [&writing](std::string_view name) { return writing.safe(name, kPlaceWidth); };
    const std::string id = container.runtime == "lxc" ? writing.safe(container.id, kNameWidth)
                           : in_full                  ? safe(container.id)
                                                      : safe(container.id.substr(0, kShortId));
    std::string words;
    if (!names.pod.empty()) {
        words = fmt::format("pod {}{}{}", safe(names.pod_namespace), names.pod_namespace.empty() ? "" : "/",
                            safe(names.pod));
        if (!names.name.empty() || in_full) words += writing.signs().between;
    } else if (!container.runtime.empty()) {
        words = fmt::format("{} ", container.runtime);
    }
    if (!names.name.empty())
        words += fmt::format("container {}{}", safe(names.name), in_full ? fmt::format(" ({})", id) : "");
    else if (names.pod.empty() || in_full)
        words += "container " + id;
    return words;
}

std::string unread_words(std::uint64_t bytes) { return fmt::format("{} unread", byte_count(bytes)); }

} // namespace

std::string confidence_words(const model::Verdict& verdict) {
    // "unknown (unknown)" would say it twice.
    if (verdict.cause == model::Cause::kUnknown && verdict.confidence == model::Confidence::kUnknown) return {};
    return fmt::format(" ({})", model::code_of(verdict.confidence));
}

LimitWords limit_words(model::RunLimit limit) {
    switch (limit) {
    case model::RunLimit::kPidNamespace:
        return {"processes outside of this pid namespace are named without their pid",
                "they have none here, nor an entry in /proc for their program, cgroup and functions",
                "to name them in full, run it in the host's pid namespace (docker and podman: --pid host; Kubernetes: "
                "hostPID: true)"};
    case model::RunLimit::kForeignProc:
        return {"what is said of a process's program, cgroup and functions may be another's",
                "/proc is that of another pid namespace, and numbers processes otherwise",
                "mount /proc anew in this pid namespace (unshare --mount-proc), or run it outside"};
    }
    return {};
}

std::string broken_words(model::Cause cause) {
    switch (cause) {
    case model::Cause::kRefused: return "connection refused";
    case model::Cause::kTimedOut: return "connection timed out";
    case model::Cause::kUnreachable: return "peer unreachable";
    case model::Cause::kKilledByAdmin: return "connection killed";
    case model::Cause::kOrderly: return "connection closed in good order";
    default: return "connection broken";
    }
}

std::string name_of(const model::Process& process, const Writing& writing, std::size_t max_width) {
    return writing.safe(process.name.empty() ? process.comm : process.name, max_width);
}

std::string who(const model::Process& process, const Writing& writing) {
    std::string words = name_of(process, writing, kNameWidth);
    const auto add = [&words](const std::string& more) { words += words.empty() ? more : ", " + more; };
    if (process.pid != 0) add(fmt::format("pid {}", process.pid));
    if (process.pid != 0 && process.own_pid != 0 && process.own_pid != process.pid)
        words += fmt::format(" ({} in its namespace)", process.own_pid);
    if (process.tid != 0 && process.tid != process.pid) {
        add(fmt::format("thread {}", process.tid));
        const bool own_name = !process.comm.empty() && !process.name.empty() && process.comm != process.name;
        if (own_name) words += fmt::format(" ({})", writing.safe(process.comm, kNameWidth));
    }
    if (words.empty()) words = "an unknown process";
    return words + host_words(process.host, writing);
}

std::string host_words(std::string_view host, const Writing& writing) {
    return host.empty() ? "" : " on " + writing.safe(host, kHostWidth);
}

std::string place_words(const model::Process& process, const Writing& writing, bool in_full) {
    std::string words;
    const std::string_view unit = model::unit_of(process.cgroup);
    if (in_full || unit.ends_with(".service")) words = writing.safe(unit, kPlaceWidth);
    const auto container = model::container_of(process.cgroup);
    if (!container) return words;
    if (!words.empty()) words += ", ";
    static const model::ContainerNames none;
    const model::ContainerNames& names = process.container() != nullptr ? *process.container() : none;
    words += container_words(*container, names, writing, in_full);
    if (in_full && !names.image.empty()) words += ", image " + writing.safe(names.image, kPlaceWidth);
    return words;
}

std::string command_words(std::string_view argv, const Writing& writing) {
    std::string words;
    model::for_each_argument(argv.substr(0, kMostArgv), [&](std::string_view argument) {
        const bool quoted = argument.empty() || argument.find_first_of(" '\"") != std::string_view::npos;
        const std::string_view quote = !quoted ? "" : argument.find('\'') == std::string_view::npos ? "'" : "\"";
        words += fmt::format("{}{}{}{}", words.empty() ? "" : " ", quote, writing.safe(argument), quote);
    });
    return words;
}

Line failed_call(const model::FailedWrite& write, const Writing& writing) {
    std::string arguments;
    if (write.fd) arguments = fmt::format("fd {}", *write.fd);
    if (write.bytes) arguments += fmt::format("{}{}", arguments.empty() ? "" : ", ", byte_count(*write.bytes));
    std::string call = write.syscall.empty() ? std::string{"a write"} : writing.safe(write.syscall, kSyscallWidth);
    if (!write.syscall.empty())
        call += fmt::format("({})", arguments);
    else if (!arguments.empty())
        call += fmt::format(" ({})", arguments);
    Line line{{std::move(call), Ink::kPlain}};
    if (write.error > 0) {
        line.push_back({" = ", Ink::kPlain});
        line.push_back({model::errno_name(write.error), Ink::kBad});
    }
    return line;
}

std::string endpoints(const model::Verdict& verdict, const Writing& writing) {
    const bool wrote = verdict.write && verdict.cause != model::Cause::kSentByProcess;
    const model::FileKind file = wrote ? verdict.write->file : model::FileKind::kUnknown;
    if (file == model::FileKind::kPipe) return "a pipe";
    if (file == model::FileKind::kUnix) return "a unix socket";
    const bool mptcp = file == model::FileKind::kMptcp;
    const bool ktls = file == model::FileKind::kKtls;
    if (!verdict.connection) return mptcp ? "an MPTCP connection" : ktls ? "a kTLS connection" : "";
    const std::string local = model::to_string(verdict.connection->tuple.local);
    const std::string remote = model::to_string(verdict.connection->tuple.remote);
    if (local.empty() && remote.empty()) return {};
    return fmt::format("{} {} {}{}", local.empty() ? "?" : local, writing.signs().to, remote.empty() ? "?" : remote,
                       mptcp  ? " (MPTCP)"
                       : ktls ? " (kTLS)"
                              : "");
}

Line cause(const model::Verdict& verdict, const Writing& writing) {
    const bool sure = verdict.confidence == model::Confidence::kObserved;
    const bool unknown = verdict.cause == model::Cause::kUnknown;
    Line line{{std::string{model::code_of(verdict.cause)}, unknown ? Ink::kUnsure : Ink::kBad},
              {confidence_words(verdict), sure ? Ink::kFaint : Ink::kUnsure}};
    line.push_back({": " + writing.safe(summary_of(verdict), kSummaryWidth), Ink::kPlain});
    return line;
}

std::string modifier_words(model::Modifier modifier, const model::Verdict& verdict) {
    switch (modifier) {
    case model::Modifier::kErrorAlreadyTaken: {
        const bool seen = std::any_of(verdict.timeline.begin(), verdict.timeline.end(), [](const auto& entry) {
            return entry.event == model::TimelineEvent::kErrorTaken;
        });
        return fmt::format("an earlier call had already taken the socket's error{}; so this write got EPIPE",
                           seen ? "" : " (--reads shows which)");
    }
    }
    return {};
}

std::string act_words(const model::PeerAct& peer) {
    const std::string unread = peer.unread > 0 ? unread_words(peer.unread) : "";
    switch (peer.act) {
    case model::Act::kClose:
    case model::Act::kShutdown:
    case model::Act::kDisconnect: {
        std::string words = peer.act == model::Act::kClose      ? "close()"
                            : peer.act == model::Act::kShutdown ? "shutdown()"
                                                                : "connect(AF_UNSPEC)";
        if (peer.linger_zero) words += " with SO_LINGER 0";
        if (!unread.empty()) words += fmt::format(" {} {}", peer.linger_zero ? "and" : "with", unread);
        return words;
    }
    case model::Act::kExit:
    case model::Act::kKilled: {
        std::string words = peer.act == model::Act::kExit ? fmt::format("exited with status {}", peer.exit_status)
                            : peer.signal > 0             ? fmt::format("killed by {}", model::signal_name(peer.signal))
                                                          : std::string{"killed by a signal"};
        if (peer.linger_zero) words += ", SO_LINGER 0";
        if (!unread.empty()) words += fmt::format(", {}", unread);
        return words;
    }
    case model::Act::kListenerClosed: return "closed its listener before this connection was accepted";
    case model::Act::kHeldOtherEnd: return "held the other end when tcpblame attached";
    case model::Act::kAcceptQueueOverflow: return "accept queue full, and tcp_abort_on_overflow is set";
    case model::Act::kConnectedOtherEnd: return "was at the other end when it was connected (SO_PEERCRED)";
    }
    return {};
}

std::string timer_name(const model::Timeout& timeout) {
    const std::string limit =
        timeout.user_timeout_ms > 0 ? fmt::format("TCP_USER_TIMEOUT {} ms", timeout.user_timeout_ms) : "";
    std::string words;
    switch (timeout.kind) {
    case model::TimeoutKind::kRetransmission: words = "retransmission"; break;
    case model::TimeoutKind::kUserTimeout: return limit.empty() ? "TCP_USER_TIMEOUT" : limit;
    case model::TimeoutKind::kKeepalive: words = "keepalive"; break;
    case model::TimeoutKind::kZeroWindow: words = "zero window"; break;
    }
    return limit.empty() ? words : fmt::format("{} ({})", words, limit);
}

std::string timer_words(const model::Timeout& timeout) {
    std::string words = timer_name(timeout);
    std::string_view joint = ": ";
    const auto add = [&](std::uint64_t number, const std::string& more) {
        if (number > 0) words += std::string{std::exchange(joint, ", ")} + more;
    };
    add(timeout.retransmits, counted(timeout.retransmits, "retransmit"));
    add(timeout.probes, counted(timeout.probes, "probe") + " without an answer");
    add(timeout.silent_ms, "peer silent for " + duration(std::uint64_t{timeout.silent_ms} * 1'000'000));
    return words;
}

std::string states_words(const std::vector<model::StateSpan>& states, const Writing& writing) {
    std::string words;
    for (const model::StateSpan& span : states)
        words +=
            fmt::format("{}{} {}", words.empty() ? "" : ", ", writing.safe(span.state, kStateWidth), duration(span.ns));
    return words;
}

bool is_of_another_time(model::Act act) {
    return act == model::Act::kHeldOtherEnd || act == model::Act::kConnectedOtherEnd;
}

bool is_of_a_call(const model::Verdict& verdict) {
    return verdict.kind == model::VerdictKind::kFailedWrite && verdict.write &&
           verdict.cause != model::Cause::kSentByProcess;
}

Line peer(const model::PeerAct& peer, model::VerdictKind kind, const Writing& writing) {
    Line line;
    // What the kernel did of itself is nobody's act.
    if (peer.process.pid != 0 || peer.act != model::Act::kAcceptQueueOverflow)
        line = {{who(peer.process, writing), Ink::kStrong}, {": ", Ink::kPlain}};
    line.push_back({act_words(peer), Ink::kPlain});
    const std::string when = before_or_after(peer.at_ns, writing.signs().micro);
    const bool teardown = kind == model::VerdictKind::kTeardown;
    if (!when.empty() && !is_of_another_time(peer.act))
        line.push_back({fmt::format(", {} the {}", when, teardown ? "break" : "write"), Ink::kPlain});
    return line;
}

Line lost_bytes(const model::ByteCounts& bytes) {
    const bool all_acknowledged = bytes.unacknowledged == std::uint64_t{0};
    const bool all_read = bytes.unread == std::uint64_t{0};
    if (all_acknowledged && all_read && !bytes.unread_by_peer)
        return {{"nothing: all acknowledged; receive queue empty", Ink::kPlain}};
    Line line;
    const auto report = [&line](std::uint64_t count, const char* some, std::string_view none) {
        if (count == 0 && none.empty()) return;
        if (!line.empty()) line.push_back({"; ", Ink::kPlain});
        if (count > 0) line.push_back({byte_count(count), Ink::kUnsure});
        line.push_back({count > 0 ? std::string(some) : std::string(none), Ink::kPlain});
    };
    // What the peer lost says enough; that nothing else was lost is no comfort.
    const bool peer_lost = bytes.unread_by_peer.value_or(0) > 0;
    report(bytes.unread_by_peer.value_or(0), ": acknowledged by its kernel, never read by its program", "");
    if (bytes.unacknowledged) report(*bytes.unacknowledged, " unacknowledged", peer_lost ? "" : "all acknowledged");
    if (bytes.unread) report(*bytes.unread, " unread in the receive queue", peer_lost ? "" : "receive queue empty");
    return line;
}

Line reason(const model::Reason& reason, const Writing& writing) {
    Line line{{writing.safe(reason_words(reason), kSummaryWidth), Ink::kPlain}};
    if (reason.confidence != model::Confidence::kObserved)
        line.push_back({fmt::format(" ({})", model::code_of(reason.confidence)), Ink::kUnsure});
    return line;
}

Line stack(const std::vector<model::StackFrame>& frames, const Writing& writing, bool is_whole) {
    std::vector<ShownFrame> shown;
    if (is_whole)
        for (const model::StackFrame& frame : frames) shown.push_back({.frame = &frame});
    else
        shown = folded(frames);
    Line line;
    for (std::size_t index = 0; index < shown.size(); ++index) {
        if (index > 0) line.push_back({fmt::format(" {} ", writing.signs().caller), Ink::kFaint});
        if (index == kFramesShown && !is_whole) {
            line.push_back({fmt::format("{} more", shown.size() - index), Ink::kFaint});
            break;
        }
        const ShownFrame& one = shown[index];
        line.push_back(
            {one.frame != nullptr ? frame_words(*one.frame, writing) : std::string(one.interpreter), Ink::kPlain});
    }
    return line;
}

} // namespace tcpblame::render
