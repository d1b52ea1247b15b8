#include "cli/output/idle_closes.hpp"

#include "model/address.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

namespace tcpblame::cli {
namespace {

constexpr std::size_t kClosers = 256;
constexpr std::size_t kSpans = 64;
constexpr std::size_t kRemembered = 4096;
constexpr std::size_t kShown = 3;
constexpr std::uint64_t kFewest = 3;
constexpr std::uint64_t kNsPerS = 1'000'000'000;

const model::Reason* idle_reason(const model::Verdict& verdict) {
    const auto found = std::find_if(verdict.why.begin(), verdict.why.end(),
                                    [](const model::Reason& each) { return each.code == model::ReasonCode::kIdle; });
    return found != verdict.why.end() ? &*found : nullptr;
}

/// Who closed it: a process, or an address.
struct CloserOf {
    const model::Process* process = nullptr;
    const model::ConnectionFacts* connection = nullptr; ///< whose remote address it is

    [[nodiscard]] bool is_known() const { return process != nullptr || connection != nullptr; }
};

CloserOf closer_of(const model::Verdict& verdict, const model::Reason* idle) {
    if (idle != nullptr && idle->process && idle->process->pid != 0) return {.process = &*idle->process};
    const bool is_orderly = verdict.cause == model::Cause::kOrderly;
    const bool by_peer = verdict.cause == model::Cause::kPeerClosed || verdict.cause == model::Cause::kPeerAborted ||
                         (is_orderly && verdict.closed_first == model::OpenedBy::kPeer);
    if (by_peer && verdict.peer && verdict.peer->process.pid != 0) return {.process = &verdict.peer->process};
    if (by_peer && verdict.connection) return {.connection = &*verdict.connection};
    const bool by_us = is_orderly && verdict.closed_first == model::OpenedBy::kUs && verdict.process;
    return {.process = by_us ? &*verdict.process : nullptr};
}

const std::string& name_of(const model::Process& process) { return process.name.empty() ? process.comm : process.name; }

std::size_t joined(std::size_t one, std::size_t other) { return one * 0x9e3779b97f4a7c15U ^ other; }

/// A server is known by its port, too; a client has another one each time.
model::Address remote_of(const model::ConnectionFacts& connection) {
    model::Address remote = connection.tuple.remote;
    if (connection.opened_by == model::OpenedBy::kPeer) remote.port = 0;
    return remote;
}

std::size_t key_of(const CloserOf& closer) {
    const std::hash<std::string_view> hash;
    if (closer.process != nullptr) return joined(hash(name_of(*closer.process)), hash(closer.process->host));
    const model::Address remote = remote_of(*closer.connection);
    return joined(hash({reinterpret_cast<const char*>(remote.bytes.data()), remote.bytes.size()}), remote.port);
}

std::string text_of(const CloserOf& closer) {
    if (closer.process != nullptr)
        return closer.process->host.empty() ? name_of(*closer.process)
                                            : name_of(*closer.process) + "@" + closer.process->host;
    const model::Address remote = remote_of(*closer.connection);
    return remote.port != 0 ? model::to_string(remote)
                            : model::to_string(model::prefix_of(remote, model::bits_of(remote.family)));
}

/// Timers are set to whole seconds where they are short, to round numbers of them where they are long.
std::uint64_t rounded(std::uint64_t span_ns) {
    const std::uint64_t step_ns = (span_ns < 10 * kNsPerS ? 1 : span_ns < 120 * kNsPerS ? 5 : 10) * kNsPerS;
    return (span_ns + step_ns / 2) / step_ns * step_ns;
}

} // namespace

bool IdleCloses::is_counted(const model::Verdict& verdict) {
    if (!verdict.connection) return true;
    const std::hash<std::string_view> hash;
    const std::size_t connection = joined(hash(verdict.connection->id), hash(verdict.host));
    if (!counted_.insert(connection).second) return true;
    order_.push_back(connection);
    if (order_.size() > kRemembered) {
        counted_.erase(order_.front());
        order_.pop_front();
    }
    return false;
}

void IdleCloses::count(const model::Verdict& verdict) {
    const model::Reason* idle = idle_reason(verdict);
    const CloserOf who = closer_of(verdict, idle);
    if (!who.is_known() || is_counted(verdict)) return;
    const std::size_t key = key_of(who);
    if (closers_.size() >= kClosers && !closers_.contains(key)) return;
    Closer& closer = closers_[key];
    if (++closer.closed == 1) closer.name = text_of(who);
    if (idle == nullptr || !idle->lasted_ns) return;
    const std::uint64_t span = rounded(*idle->lasted_ns);
    if (closer.by_span.size() >= kSpans && !closer.by_span.contains(span)) return;
    Alike& alike = closer.by_span[span];
    alike.shortest_ns = alike.count == 0 ? *idle->lasted_ns : std::min(alike.shortest_ns, *idle->lasted_ns);
    alike.longest_ns = std::max(alike.longest_ns, *idle->lasted_ns);
    ++alike.count;
}

std::vector<model::IdleCloser> IdleCloses::found() const {
    std::vector<model::IdleCloser> found;
    for (const auto& [key, closer] : closers_) {
        const auto most =
            std::max_element(closer.by_span.begin(), closer.by_span.end(),
                             [](const auto& one, const auto& other) { return one.second.count < other.second.count; });
        if (most == closer.by_span.end()) continue;
        const Alike& alike = most->second;
        if (alike.count >= kFewest && alike.count * 2 >= closer.closed)
            found.push_back({closer.name, closer.closed, alike.count, alike.shortest_ns, alike.longest_ns});
    }
    std::sort(found.begin(), found.end(), [](const model::IdleCloser& one, const model::IdleCloser& other) {
        return one.idle != other.idle ? one.idle > other.idle : one.closer < other.closer;
    });
    if (found.size() > kShown) found.resize(kShown);
    return found;
}

} // namespace tcpblame::cli
