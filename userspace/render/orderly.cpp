#include "render/orderly.hpp"

#include "render/quantity.hpp"
#include "render/wording/sentences.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcpblame::render {

namespace {

constexpr std::size_t kNameColumns = 32;
constexpr std::size_t kLeastRemoteWidth = 8;
constexpr std::string_view kColumnGap = "  ";

/// What is left out for want of room.
struct Brevity {
    bool states = false;
    bool local_address = false; ///< its port stays
    bool words = false;         ///< "orders-api[4242]"
    std::size_t facts = 0;      ///< so many, from the last on
};

// In the order of what a reader misses least.
constexpr std::array kShorter = {
    Brevity{},
    Brevity{true, false, false, 0},
    Brevity{true, true, false, 0},
    Brevity{true, true, true, 0},
    Brevity{true, true, true, 1},
    Brevity{true, true, true, 2},
    Brevity{true, true, true, 3},
};

std::string process_words(const model::Process& process, const Page& page, bool briefly) {
    std::string name = name_of(process, page, kNameColumns);
    if (process.pid == 0) return name;
    if (briefly) return fmt::format("{}[{}]", name, process.pid);
    return fmt::format("{}{}pid {}", name, name.empty() ? "" : ", ", process.pid);
}

/// Who closed first, how long it lasted, how much went each way, as far as known.
std::vector<std::string> facts_of(const model::Verdict& verdict) {
    std::vector<std::string> facts;
    if (verdict.closed_first != model::OpenedBy::kUnknown)
        facts.emplace_back(verdict.closed_first == model::OpenedBy::kUs ? "we first" : "peer first");
    std::uint64_t lasted_ns = 0;
    for (const model::StateSpan& span : verdict.states) lasted_ns += span.ns;
    if (!verdict.states.empty()) facts.push_back(duration(lasted_ns));
    if (verdict.bytes.sent) facts.push_back("sent " + rounded_bytes(*verdict.bytes.sent));
    if (verdict.bytes.received) facts.push_back("got " + rounded_bytes(*verdict.bytes.received));
    return facts;
}

std::string facts_words(const model::Verdict& verdict, const Page& page, const Brevity& shorter) {
    const std::vector<std::string> facts = facts_of(verdict);
    std::string words;
    for (std::size_t index = 0; index + shorter.facts < facts.size(); ++index)
        words += (words.empty() ? "" : ", ") + facts[index];
    if (!shorter.states && !verdict.states.empty())
        words += (words.empty() ? "" : "; ") + states_words(verdict.states, page);
    return words;
}

std::string ends_words(const model::Verdict& verdict, const Page& page, const Brevity& shorter,
                       std::string_view remote) {
    if (!verdict.connection) return {};
    std::string local = model::to_string(verdict.connection->tuple.local);
    if (shorter.local_address) local.erase(0, std::min(local.rfind(':'), local.size()));
    if (local.empty() && remote.empty()) return {};
    return fmt::format("{} {} {}", local.empty() ? "?" : local, page.signs().to, remote.empty() ? "?" : remote);
}

Line composed(const model::Verdict& verdict, const Page& page, const Brevity& shorter, std::string_view remote) {
    Line line{{"closed", Ink::kFaint}};
    if (verdict.confidence != model::Confidence::kObserved)
        line.push_back({fmt::format(" ({})", model::code_of(verdict.confidence)), Ink::kUnsure});
    const auto add = [&line](const std::string& words, Ink ink) {
        if (words.empty()) return;
        line.push_back({std::string{kColumnGap}, Ink::kPlain});
        line.push_back({words, ink});
    };
    if (verdict.process)
        add(process_words(*verdict.process, page, shorter.words) + host_words(verdict.host, page), Ink::kStrong);
    add(ends_words(verdict, page, shorter, remote), Ink::kPlain);
    add(facts_words(verdict, page, shorter), Ink::kPlain);
    return line;
}

} // namespace

bool is_orderly(const model::Verdict& verdict) {
    return verdict.kind == model::VerdictKind::kTeardown && verdict.cause == model::Cause::kOrderly;
}

Line orderly_words(const model::Verdict& verdict, const Page& page, std::size_t room) {
    std::string remote = verdict.connection ? model::to_string(verdict.connection->tuple.remote) : "";
    Line line;
    for (const Brevity& shorter : kShorter) {
        line = composed(verdict, page, shorter, remote);
        if (width_of(line) <= room) return line;
    }
    // The end of a long address distinguishes it from others, and has the port.
    const std::size_t over = width_of(line) - room + display_width(page.signs().ellipsis);
    if (remote.size() < over + kLeastRemoteWidth) return line;
    remote.replace(0, over, page.signs().ellipsis);
    return composed(verdict, page, kShorter.back(), remote);
}

} // namespace tcpblame::render
