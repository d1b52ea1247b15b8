#include "reconstruct/relays.hpp"

#include <algorithm>
#include <optional>

namespace tcpblame::reconstruct {
namespace {

using namespace model;

bool has_process(const PooledOptional<Mark>& mark) {
    return mark && mark->actor && mark->actor->pid != 0 && !mark->actor->kernel_thread;
}

/// By which its other end had ended it first.
const Mark* ending_of(const Endpoint& endpoint) {
    const Mark* first = nullptr;
    for (const auto* came : {&endpoint.ending().fin_received, &endpoint.ending().reset_received})
        if (*came && (first == nullptr || (*came)->stamp.time_ns < first->stamp.time_ns)) first = &**came;
    return first;
}

/// The newest that is known of it.
const Progress& last_progress(const Endpoint& endpoint) {
    return endpoint.ending().closed ? endpoint.ending().closed->progress : endpoint.progress;
}

/// What its process has read.
std::uint64_t read_bytes(const Endpoint& endpoint) {
    const Progress& progress = last_progress(endpoint);
    const std::uint64_t received = payload_received(endpoint, progress);
    return received - std::min(received, unread(endpoint, progress));
}

/// What went through, as far as the counters say.
struct Traffic {
    std::uint64_t read = 0;
    std::uint64_t sent = 0;

    /// As it is seen from the other side of a relay, or from the other end of one that is like it.
    [[nodiscard]] bool is_like(const Traffic& other) const {
        return (read == other.read && sent == other.sent) || (read == other.sent && sent == other.read);
    }
};

std::optional<Traffic> traffic_of(const Endpoint& endpoint) {
    if (!endpoint.has_progress) return std::nullopt;
    const auto sent = payload_sent(endpoint, last_progress(endpoint));
    return sent ? std::optional(Traffic{read_bytes(endpoint), *sent}) : std::nullopt;
}

/// All that was read here was sent there: but for what was in the relay's hands when it could send no more.
bool relays(const Endpoint& ended, const Endpoint& closed) {
    constexpr std::uint64_t kInHand = 64 << 10;
    const auto here = traffic_of(ended);
    const auto there = traffic_of(closed);
    if (!here || !there || here->read + here->sent == 0 || here->read != there->sent) return false;
    if (there->read == here->sent) return true;
    return here->read > 0 && there->read > here->sent && there->read - here->sent <= kInHand;
}

/// But for heads and chunks' lengths: what the one has more than the other, in either direction.
bool relays_rewritten(const Endpoint& ended, const Endpoint& closed) {
    constexpr std::uint64_t kHeads = 16 << 10;
    const auto here = traffic_of(ended);
    const auto there = traffic_of(closed);
    if (!here || !there || here->sent == 0 || there->read == 0) return false;
    const auto differ = [](std::uint64_t one, std::uint64_t other) {
        return std::max(one, other) - std::min(one, other);
    };
    return differ(here->read, there->sent) <= kHeads && differ(here->sent, there->read) <= kHeads;
}

/// When data was last sent or received, by a mark at its end; as exact as the kernel's jiffies.
std::optional<std::uint64_t> last_used_ns(const Mark* mark) {
    constexpr std::uint64_t kNsInMs = 1'000'000;
    if (mark == nullptr || !mark->idle.ms) return std::nullopt;
    return mark->stamp.time_ns - std::min(mark->stamp.time_ns, *mark->idle.ms * kNsInMs);
}

/// Data that came to the one after the other had ended was passed on no more.
bool has_unpassed(const Endpoint& ended, const Endpoint& closed) {
    const auto sent = payload_sent(ended, last_progress(ended));
    return sent && payload_received(closed, last_progress(closed)) > *sent;
}

bool were_last_used_together(const Endpoint& ended, const Endpoint& closed) {
    constexpr std::uint64_t kTogetherNs = 30'000'000; // what is passed on, and a jiffy of each, of 10 ms at most
    const auto one = last_used_ns(ending_of(ended));
    const auto other = last_used_ns(closing_of(closed));
    if (!one || !other || *one > *other + kTogetherNs) return false;
    return *other <= *one + kTogetherNs || has_unpassed(ended, closed);
}

/// One of them was accepted; and for it the other was opened.
bool opened_as_a_relay_does(const Endpoint& one, const Endpoint& other) {
    if (one.opened_by == other.opened_by || one.opened_by == OpenedBy::kUnknown ||
        other.opened_by == OpenedBy::kUnknown)
        return false;
    const Endpoint& accepted = one.opened_by == OpenedBy::kPeer ? one : other;
    const Endpoint& connected = one.opened_by == OpenedBy::kPeer ? other : one;
    return accepted.opened_ns == 0 || connected.opened_ns == 0 || accepted.opened_ns <= connected.opened_ns;
}

bool is_just_before(std::uint64_t ended_ns, std::uint64_t closed_ns) {
    return ended_ns != 0 && ended_ns <= closed_ns && closed_ns - ended_ns <= Relays::kPassedOnWithinNs;
}

/// But for what went through.
bool may_be_of_a_relay(const Endpoint& ended, const Endpoint& closed) {
    const Mark* closing = closing_of(closed);
    const std::uint64_t ended_ns = ended_by_peer_ns(ended);
    if (closing == nullptr || ended_by_peer_ns(closed) != 0) return false;
    if (!is_just_before(ended_ns, closing->stamp.time_ns)) return false;
    return opened_as_a_relay_does(ended, closed) && were_last_used_together(ended, closed);
}

bool may_have_passed_on(const Endpoint& ended, const Endpoint& closed) {
    return may_be_of_a_relay(ended, closed) && relays(ended, closed);
}

/// Within the time that a relay takes, before or after.
bool is_about(std::uint64_t one_ns, std::uint64_t other_ns) {
    return std::max(one_ns, other_ns) - std::min(one_ns, other_ns) <= Relays::kPassedOnWithinNs;
}

} // namespace

const Mark* closing_of(const Endpoint& endpoint) {
    const Ending& ending = endpoint.ending();
    if (has_process(ending.fin_sent)) return &*ending.fin_sent;
    const bool aborts = ending.closed && ending.closed->actor && ending.closed->actor->pid != 0 &&
                        !ending.closed->actor->kernel_thread && ending.closed->error == 0;
    return aborts && !ending.reset_received ? &*ending.closed : nullptr;
}

std::uint64_t ended_by_peer_ns(const Endpoint& endpoint) {
    const Mark* first = ending_of(endpoint);
    if (first == nullptr) return 0;
    const Mark* closing = closing_of(endpoint);
    return closing != nullptr && closing->stamp.time_ns < first->stamp.time_ns ? 0 : first->stamp.time_ns;
}

Relays::Closes& Relays::closes_of(std::uint32_t pid) {
    if (pid == last_pid_) return *last_;
    const auto [mine, is_new] = by_pid_.try_emplace(pid);
    if (is_new) pids_.push_back(pid);
    if (pids_.size() > kProcesses) {
        by_pid_.erase(pids_.front());
        pids_.pop_front();
    }
    last_pid_ = pid;
    last_ = &mine->second;
    return *last_;
}

void Relays::note(const Endpoint& endpoint, std::uint32_t pid) {
    if (pid == 0 || endpoint.cookie == 0) return;
    Closes& closes = closes_of(pid);
    const std::uint64_t ended_ns = ended_by_peer_ns(endpoint);
    closes.of[closes.next++ % kOfProcess] = {endpoint.cookie, ended_ns};
    closes.newest_ended_ns = std::max(closes.newest_ended_ns, ended_ns);
}

bool Relays::passes_unchanged(const Endpoint& ended, const Endpoint& closed) { return relays(ended, closed); }

const Endpoint* Relays::rewritten_by(const Endpoint& closed, const Closes& closes, const Connections& connections) {
    const std::uint64_t closed_ns = closing_of(closed)->stamp.time_ns;
    const Endpoint* found = nullptr;
    for (const Close& close : closes.of) {
        const Endpoint* other = close.cookie != 0 ? connections.find(close.cookie) : nullptr;
        if (other == nullptr || other == &closed || other == found) continue;
        const Mark* closing = closing_of(*other);
        const bool is_near =
            is_about(close.ended_ns, closed_ns) || (closing != nullptr && is_about(closing->stamp.time_ns, closed_ns));
        if (!is_near) continue;
        if (found != nullptr || !may_be_of_a_relay(*other, closed) || !relays_rewritten(*other, closed)) return nullptr;
        found = other;
    }
    return found;
}

/// As much went through another connection that the process closed: then that says nothing of which belong together.
bool Relays::is_like_another(const Endpoint& ended, const Endpoint& closed, const Closes& closes,
                             const Connections& connections) {
    const Traffic traffic = *traffic_of(ended);
    return std::any_of(closes.of.begin(), closes.of.end(), [&](const Close& close) {
        const Endpoint* other = connections.find(close.cookie);
        if (other == nullptr || other == &closed || other == &ended) return false;
        const auto its = traffic_of(*other);
        return its && its->is_like(traffic);
    });
}

const Endpoint* Relays::passed_on_by(const Endpoint& closed, const Connections& connections) const {
    const Mark* closing = closing_of(closed);
    if (closing == nullptr) return nullptr;
    const auto closes = by_pid_.find(closing->actor->pid);
    if (closes == by_pid_.end()) return nullptr;
    const std::uint64_t newest_ns = closes->second.newest_ended_ns;
    if (newest_ns + kPassedOnWithinNs < closing->stamp.time_ns) return nullptr;
    const Endpoint* found = nullptr;
    for (const Close& close : closes->second.of) {
        if (!is_just_before(close.ended_ns, closing->stamp.time_ns)) continue;
        const Endpoint* ended = connections.find(close.cookie);
        if (ended == nullptr || ended == &closed || ended == found || !may_have_passed_on(*ended, closed)) continue;
        if (found != nullptr) return nullptr;
        found = ended;
    }
    if (found == nullptr) return rewritten_by(closed, closes->second, connections);
    return !is_like_another(*found, closed, closes->second, connections) ? found : nullptr;
}

} // namespace tcpblame::reconstruct
