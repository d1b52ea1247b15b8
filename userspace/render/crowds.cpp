#include "render/crowds.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <string_view>
#include <utility>

namespace tcpblame::render {

namespace {

constexpr std::uint64_t kGroupedForNs = 1'000'000'000;
constexpr std::size_t kShown = 3;
constexpr std::size_t kMostInFull = 10;

bool same_deed(const model::PeerAct& left, const model::PeerAct& right) {
    return left.linger_zero == right.linger_zero && left.unread == right.unread && left.signal == right.signal &&
           left.exit_status == right.exit_status;
}

model::Tuple tuple_of(const model::Verdict& verdict) {
    return verdict.connection ? verdict.connection->tuple : model::Tuple{};
}

} // namespace

std::string kind_of(const model::Verdict& verdict) {
    std::string kind =
        fmt::format("{} {} {} {} {} {}", static_cast<int>(verdict.kind), static_cast<int>(verdict.cause),
                    static_cast<int>(verdict.confidence), static_cast<int>(verdict.disposition),
                    verdict.peer ? static_cast<int>(verdict.peer->act) : -1, verdict.write ? verdict.write->error : -1);
    for (const model::Modifier modifier : verdict.modifiers) kind += fmt::format(" {}", static_cast<int>(modifier));
    kind += "@" + verdict.host;
    if (!verdict.process) return kind;
    const model::Process& process = *verdict.process;
    return kind + fmt::format("/{} {}", process.pid, process.name.empty() ? process.comm : process.name);
}

void join(Crowd& rest, const model::Verdict& verdict) {
    if (rest.count == 0) rest.first = verdict;
    ++rest.count;
    rest.unacknowledged += verdict.bytes.unacknowledged.value_or(0);
    rest.last = tuple_of(verdict);
    rest.one_remote = rest.one_remote && rest.last.remote == tuple_of(rest.first).remote;
    if (!rest.first.peer || !verdict.peer) return; // one kind: both or neither
    rest.one_peer = rest.one_peer && rest.first.peer->process.pid == verdict.peer->process.pid &&
                    rest.first.peer->process.host == verdict.peer->process.host;
    rest.one_deed = rest.one_deed && same_deed(*rest.first.peer, *verdict.peer);
}

Crowds::Crowds(Show show, SumUp sum_up) : show_(std::move(show)), sum_up_(std::move(sum_up)) {}

void Crowds::add(const model::Verdict& verdict) {
    pass(verdict.monotonic_ns);
    Group& group = group_of(verdict);
    Crowd& rest = group.rest;
    rest.earliest_ns = std::min(rest.earliest_ns, verdict.monotonic_ns);
    rest.latest_ns = std::max(rest.latest_ns, verdict.monotonic_ns);
    if (!group.goes_on && group.shown < kShown) {
        ++group.shown;
        show_(verdict);
    } else if (rest.count == 0 && group.shown + group.waiting.size() < kMostInFull) {
        group.waiting.push_back(verdict);
    } else {
        for (const model::Verdict& waiting : std::exchange(group.waiting, {})) join(rest, waiting);
        join(rest, verdict);
    }
}

Crowds::Group& Crowds::group_of(const model::Verdict& verdict) {
    std::string kind = kind_of(verdict);
    if (const auto known = by_kind_.find(kind); known != by_kind_.end()) return *known->second;
    Group& group = groups_.emplace_back();
    group.kind = kind;
    // Not from the verdict's own moment: it may be reported late, when its evidence is complete.
    group.until_ns = now_ns_ + kGroupedForNs;
    by_kind_.emplace(std::move(kind), std::prev(groups_.end()));
    return group;
}

void Crowds::pass(std::uint64_t now_ns) {
    now_ns_ = std::max(now_ns_, now_ns);
    while (!groups_.empty() && groups_.front().until_ns < now_ns_) disperse_first();
}

void Crowds::finish() {
    for (Group& group : groups_) disperse(group);
    groups_.clear();
    by_kind_.clear();
}

void Crowds::disperse(Group& group) {
    for (const model::Verdict& verdict : group.waiting) show_(verdict);
    if (group.rest.count > 0) sum_up_(group.rest);
}

void Crowds::disperse_first() {
    Group& group = groups_.front();
    disperse(group);
    if (group.rest.count == 0 || now_ns_ - group.until_ns >= kGroupedForNs) {
        by_kind_.erase(group.kind);
        groups_.pop_front();
        return;
    }
    group.rest = {};
    group.shown = 0;
    group.goes_on = true;
    group.until_ns = now_ns_ + kGroupedForNs;
    groups_.splice(groups_.end(), groups_, groups_.begin());
}

} // namespace tcpblame::render
