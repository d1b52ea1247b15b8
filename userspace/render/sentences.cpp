#include "render/sentences.hpp"

#include "model/names.hpp"
#include "render/quantity.hpp"

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
// More frames than a person reads; JSON has them all.
constexpr std::size_t kFramesShown = 12;

struct Opening {
    std::string what;       ///< "SIGPIPE killed"
    std::string afterwards; ///< " (would have died)"
};

Opening opening_of(const model::Verdict& verdict) {
    const std::string error = verdict.write && verdict.write->error > 0 ? model::errno_name(verdict.write->error) : "";
    switch (verdict.disposition) {
    case model::Disposition::kKilled: return {"SIGPIPE killed", ""};
    case model::Disposition::kHandled: return {"SIGPIPE handled by", ""};
    case model::Disposition::kIgnored: return {"SIGPIPE ignored by", " (would have died)"};
    case model::Disposition::kBlocked: return {"SIGPIPE blocked in", ""};
    case model::Disposition::kSuppressed:
        return {fmt::format("{} in", error.empty() ? "EPIPE" : error), " (MSG_NOSIGNAL)"};
    case model::Disposition::kNone: break;
    }
    return {error.empty() ? "write failed in" : fmt::format("{} in", error), ""};
}

std::string frame_words(const model::StackFrame& frame, const Page& page) {
    if (!frame.module.empty()) return fmt::format("{}+{:#x}", page.safe(frame.module, kModuleWidth), frame.offset);
    if (frame.address != 0) return fmt::format("{:#x}", frame.address);
    if (!frame.build_id.empty()) return fmt::format("{}+{:#x}", page.safe(frame.build_id, kModuleWidth), frame.offset);
    return "?";
}

std::string unread_words(std::uint64_t bytes) { return fmt::format("{} unread", byte_count(bytes)); }

std::string confidence_words(const model::Verdict& verdict) {
    // "unknown (unknown)" would say it twice.
    if (verdict.cause == model::Cause::kUnknown && verdict.confidence == model::Confidence::kUnknown) return {};
    return fmt::format(" ({})", model::code_of(verdict.confidence));
}

} // namespace

std::string name_of(const model::Process& process, const Page& page, std::size_t max_width) {
    return page.safe(process.name.empty() ? process.comm : process.name, max_width);
}

std::string who(const model::Process& process, const Page& page) {
    std::string words = name_of(process, page, kNameWidth);
    const auto add = [&words](const std::string& more) { words += words.empty() ? more : ", " + more; };
    if (process.pid != 0) add(fmt::format("pid {}", process.pid));
    if (process.tid != 0 && process.tid != process.pid) {
        add(fmt::format("thread {}", process.tid));
        const bool own_name = !process.comm.empty() && !process.name.empty() && process.comm != process.name;
        if (own_name) words += fmt::format(" ({})", page.safe(process.comm, kNameWidth));
    }
    return words.empty() ? "an unknown process" : words;
}

Line headline(const model::Verdict& verdict, const Page& page) {
    if (verdict.kind == model::VerdictKind::kTeardown) {
        Line line{{"connection broken", Ink::kBad}};
        if (!verdict.process) return line;
        line.push_back({": ", Ink::kPlain});
        line.push_back({who(*verdict.process, page), Ink::kStrong});
        return line;
    }
    Opening opening = opening_of(verdict);
    return {{std::move(opening.what), Ink::kBad},
            {" ", Ink::kPlain},
            {verdict.process ? who(*verdict.process, page) : "an unknown process", Ink::kStrong},
            {std::move(opening.afterwards), Ink::kPlain}};
}

Line failed_call(const model::FailedWrite& write, const Page& page) {
    std::string arguments;
    if (write.fd) arguments = fmt::format("fd {}", *write.fd);
    if (write.bytes) arguments += fmt::format("{}{}", arguments.empty() ? "" : ", ", byte_count(*write.bytes));
    std::string call = write.syscall.empty() ? std::string{"a write"} : page.safe(write.syscall, kSyscallWidth);
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

std::string endpoints(const model::Verdict& verdict, const Page& page) {
    const model::FileKind file = verdict.write ? verdict.write->file : model::FileKind::kUnknown;
    if (file == model::FileKind::kPipe) return "a pipe";
    if (file == model::FileKind::kUnix) return "a unix socket";
    if (!verdict.connection) return {};
    const std::string local = model::to_string(verdict.connection->tuple.local);
    const std::string remote = model::to_string(verdict.connection->tuple.remote);
    if (local.empty() && remote.empty()) return {};
    return fmt::format("{} {} {}", local.empty() ? "?" : local, page.signs().to, remote.empty() ? "?" : remote);
}

Line cause(const model::Verdict& verdict, const Page& page) {
    const bool sure = verdict.confidence == model::Confidence::kObserved;
    const bool unknown = verdict.cause == model::Cause::kUnknown;
    Line line{{std::string{model::code_of(verdict.cause)}, unknown ? Ink::kUnsure : Ink::kBad},
              {confidence_words(verdict), sure ? Ink::kFaint : Ink::kUnsure}};
    if (!verdict.summary.empty()) line.push_back({": " + page.safe(verdict.summary, kSummaryWidth), Ink::kPlain});
    return line;
}

std::string modifier_words(model::Modifier modifier) {
    switch (modifier) {
    case model::Modifier::kErrorAlreadyTaken:
        return "an earlier call had already taken the socket's error; this write got what was left";
    }
    return {};
}

std::string act_words(const model::PeerAct& peer) {
    const std::string unread = peer.unread > 0 ? unread_words(peer.unread) : "";
    switch (peer.act) {
    case model::Act::kClose:
    case model::Act::kShutdown: {
        std::string words = peer.act == model::Act::kClose ? "close()" : "shutdown()";
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
    }
    return {};
}

Line peer(const model::PeerAct& peer, model::VerdictKind kind, const Page& page) {
    Line line{{who(peer.process, page), Ink::kStrong}, {fmt::format(": {}", act_words(peer)), Ink::kPlain}};
    const std::string when = before_or_after(peer.at_ns, page.signs().micro);
    const bool teardown = kind == model::VerdictKind::kTeardown;
    if (!when.empty()) line.push_back({fmt::format(", {} the {}", when, teardown ? "break" : "write"), Ink::kPlain});
    return line;
}

Line lost_bytes(const model::ByteCounts& bytes) {
    const bool all_acknowledged = bytes.unacknowledged == std::uint64_t{0};
    const bool all_read = bytes.unread == std::uint64_t{0};
    if (all_acknowledged && all_read)
        return {{"nothing: all written was acknowledged, all received was read", Ink::kPlain}};
    Line line;
    const auto tell = [&line](std::uint64_t count, const char* some, const char* none) {
        if (!line.empty()) line.push_back({"; ", Ink::kPlain});
        if (count > 0) line.push_back({byte_count(count), Ink::kUnsure});
        line.push_back({count > 0 ? some : none, Ink::kPlain});
    };
    if (bytes.unacknowledged)
        tell(*bytes.unacknowledged, " written were never acknowledged", "all written was acknowledged");
    if (bytes.unread) tell(*bytes.unread, " received were never read", "all received was read");
    return line;
}

Line stack(const std::vector<model::StackFrame>& frames, const Page& page) {
    Line line;
    for (std::size_t index = 0; index < frames.size(); ++index) {
        if (index > 0) line.push_back({fmt::format(" {} ", page.signs().caller), Ink::kFaint});
        if (index == kFramesShown) {
            line.push_back({fmt::format("{} more", frames.size() - index), Ink::kFaint});
            break;
        }
        line.push_back({frame_words(frames[index], page), Ink::kPlain});
    }
    return line;
}

std::string consequence(int error, model::Disposition disposition) {
    std::string name = error > 0 ? model::errno_name(error) : std::string{"failed"};
    switch (disposition) {
    case model::Disposition::kNone: return name;
    case model::Disposition::kKilled: return name + " and SIGPIPE, default action";
    case model::Disposition::kHandled: return name + " and SIGPIPE, handled";
    case model::Disposition::kIgnored: return name + "; SIGPIPE is ignored";
    case model::Disposition::kBlocked: return name + "; SIGPIPE is blocked, and pending";
    case model::Disposition::kSuppressed: return name + "; MSG_NOSIGNAL, so no SIGPIPE";
    }
    return name;
}

} // namespace tcpblame::render
