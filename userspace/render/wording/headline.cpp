#include "render/wording/headline.hpp"

#include "model/names.hpp"
#include "render/quantity.hpp"
#include "render/wording/sentences.hpp"

#include <cstdint>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <utility>

namespace tcpblame::render {
namespace {

constexpr std::size_t kBriefNameWidth = 32;
constexpr std::string_view kInPlace = ", in ";

struct Opening {
    std::string what;       ///< "SIGPIPE killed"
    std::string afterwards; ///< " (would have killed it)"
};

Opening opening_of(const model::Verdict& verdict) {
    const std::string error = verdict.write && verdict.write->error > 0 ? model::errno_name(verdict.write->error) : "";
    switch (verdict.disposition) {
    case model::Disposition::kKilled: return {"SIGPIPE killed", ""};
    case model::Disposition::kHandled: return {"SIGPIPE handled by", ""};
    case model::Disposition::kIgnored: return {"SIGPIPE ignored by", " (would have killed it)"};
    case model::Disposition::kBlocked: return {"SIGPIPE blocked in", ""};
    case model::Disposition::kSuppressed:
        return {fmt::format("{} in", error.empty() ? "EPIPE" : error), " (MSG_NOSIGNAL)"};
    case model::Disposition::kNone: break;
    }
    if (verdict.cause == model::Cause::kSentByProcess) return {"SIGPIPE sent to", ""};
    return {error.empty() ? "write failed in" : fmt::format("{} in", error), ""};
}

std::string sender_words(const model::Verdict& verdict, const Writing& writing) {
    switch (verdict.signal_origin) {
    case model::SignalOrigin::kTimer: return ", by a timer";
    case model::SignalOrigin::kParent: return ", as its parent ended";
    case model::SignalOrigin::kKernel: return ", by the kernel";
    default: break;
    }
    if (!verdict.sender) return ", sent by a process";
    const bool itself = verdict.process && verdict.process->pid != 0 && verdict.sender->pid == verdict.process->pid;
    return itself ? ", sent by itself" : ", sent by " + who(*verdict.sender, writing);
}

/// "chatty (pid 12)".
std::string who_briefly(const model::Process& process, const Writing& writing) {
    std::string name = name_of(process, writing, kBriefNameWidth);
    if (process.pid == 0) return name;
    return (name.empty() ? fmt::format("pid {}", process.pid) : fmt::format("{} (pid {})", name, process.pid)) +
           host_words(process.host, writing);
}

/// With whom, and from where to where it went through the crowd.
std::string crowd_ends(const Crowd& rest) {
    if (!rest.first.connection) return {};
    const model::Tuple& first = rest.first.connection->tuple;
    const auto span = [](const char* from, const model::Address& one, const char* to, const model::Address& other) {
        const std::string begin = model::to_string(one);
        const std::string end = model::to_string(other);
        return begin.empty() || end.empty() || begin == end ? "" : fmt::format("{}{}{}{}", from, begin, to, end);
    };
    if (!rest.one_remote) return span("; first ", first.remote, ", last ", rest.last.remote);
    const std::string remote = model::to_string(first.remote);
    if (remote.empty()) return {};
    return fmt::format("; all with {}{}", remote, span(", first from ", first.local, ", last from ", rest.last.local));
}

} // namespace

Headline headline(const model::Verdict& verdict, const Writing& writing, std::size_t room) {
    const bool teardown = verdict.kind == model::VerdictKind::kTeardown;
    const std::string host = host_words(verdict.host, writing);
    if (teardown && !verdict.process) return {{{broken_words(verdict.cause), Ink::kBad}, {host, Ink::kPlain}}};
    Opening opening = teardown ? Opening{broken_words(verdict.cause) + ":", ""} : opening_of(verdict);
    if (verdict.cause == model::Cause::kSentByProcess)
        opening.afterwards = sender_words(verdict, writing) + opening.afterwards;
    Line line{{std::move(opening.what), Ink::kBad},
              {" ", Ink::kPlain},
              {(verdict.process ? who(*verdict.process, writing) : "an unknown process") + host, Ink::kStrong}};
    const std::string place = verdict.process ? place_words(*verdict.process, writing, false) : "";
    const std::size_t wide = width_of(line) + display_width(opening.afterwards);
    const bool has_place = !place.empty() && wide + display_width(place) + kInPlace.size() <= room;
    if (has_place) line.push_back({fmt::format("{}{}", kInPlace, place), Ink::kPlain});
    line.push_back({std::move(opening.afterwards), Ink::kPlain});
    return {std::move(line), has_place};
}

Line culprit(const model::Verdict& verdict, const Writing& writing) {
    if (verdict.confidence != model::Confidence::kObserved) return {};
    const auto line = [&writing](std::string_view before, model::Process process, const std::string& after) {
        process.tid = 0; // the line about the peer has it
        return Line{{fmt::format(" {} {}", writing.signs().from, before), Ink::kPlain},
                    {who(process, writing), Ink::kStrong},
                    {after, Ink::kPlain}};
    };
    if (verdict.cause == model::Cause::kKilledByAdmin)
        return verdict.killed_by ? line("killed by ", *verdict.killed_by, "") : Line{};
    const bool aborted = verdict.cause == model::Cause::kPeerAborted;
    const bool closed = verdict.cause == model::Cause::kPeerClosed || verdict.cause == model::Cause::kPipeReaderGone ||
                        verdict.cause == model::Cause::kUnixPeerClosed;
    const model::Process* process = model::culprit_of(verdict);
    if (process == nullptr || !(aborted || closed)) return {};
    const model::Act act = verdict.peer->act;
    if (act == model::Act::kKilled || act == model::Act::kExit) {
        model::PeerAct ended = *verdict.peer;
        ended.unread = 0;
        ended.linger_zero = false;
        return line("", *process, ": " + act_words(ended));
    }
    return line(aborted ? "reset by " : act == model::Act::kShutdown ? "shut down by " : "closed by ", *process, "");
}

Line once_more(const model::Verdict& verdict, std::uint64_t after_ns, const Writing& writing) {
    Line line{{fmt::format("again after {}: ", duration(after_ns)), Ink::kStrong}};
    for (Span& span : headline(verdict, writing, 0).line) line.push_back(std::move(span));
    return line;
}

Line crowd(const Crowd& rest, const Writing& writing) {
    const model::Verdict& one = rest.first;
    Line line{
        {fmt::format("and {} more like this in {}: ", grouped(rest.count), duration(rest.latest_ns - rest.earliest_ns)),
         Ink::kStrong},
        {std::string{model::code_of(one.cause)}, Ink::kBad},
        {one.confidence == model::Confidence::kObserved ? "" : confidence_words(one), Ink::kUnsure}};
    std::string words;
    if (one.kind == model::VerdictKind::kFailedWrite) words = ", " + opening_of(one).what;
    if (one.process) words += (words.empty() ? ", " : " ") + who_briefly(*one.process, writing);
    words += host_words(one.host, writing);
    if (one.peer) {
        const std::string peer = rest.one_peer ? who_briefly(one.peer->process, writing) : "";
        const std::string deed = rest.one_deed ? act_words(*one.peer) : std::string{model::code_of(one.peer->act)};
        words += fmt::format(" {} {}{}{}", writing.signs().from, peer, peer.empty() ? "" : ": ", deed);
    }
    words += crowd_ends(rest);
    if (rest.unacknowledged > 0) words += fmt::format("; {} unacknowledged", byte_count(rest.unacknowledged));
    line.push_back({words, Ink::kPlain});
    return line;
}

} // namespace tcpblame::render
