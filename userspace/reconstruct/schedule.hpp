/// What is due when. It knows sockets by their cookies, and nothing of what happened to them.
#pragma once

#include "reconstruct/broken_write.hpp"
#include "reconstruct/fifo.hpp"
#include "reconstruct/waiting_writes.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <set>

namespace tcpblame::reconstruct {

class Schedule {
public:
    static constexpr std::uint64_t kSettleNs = 800'000;
    /// A write whose story is plainly not all there yet (its send has not returned, the RST's sender is known and
    /// has not reported of it) waits longer: a task may be preempted between two of its events.
    static constexpr std::uint64_t kPatienceNs = 100'000'000;
    /// A broken connection that its process holds on to is reported after this long.
    static constexpr std::uint64_t kTeardownPatienceNs = 1'000'000'000;
    /// With every end reported: so long the two ends of a connection on this host may finish apart.
    static constexpr std::uint64_t kPairPatienceNs = 100'000'000;
    /// A verdict whose other end nothing was heard of waits so long for what a search among all open files finds.
    static constexpr std::uint64_t kSearchNs = 100'000'000;
    static constexpr std::uint64_t kNothingDue = std::numeric_limits<std::uint64_t>::max();

    struct Due {
        std::uint64_t at_ns = 0;
        std::uint64_t cookie = 0;
    };
    using Queue = Fifo<Due>;

    // ── What is to come ─────────────────────────────────────────────────────────────────────────

    /// A write failed then; its event is not put in order yet.
    void write_failed(std::uint64_t time_ns);
    /// The events until then are in order.
    void ordered_until(std::uint64_t time_ns);

    void broke_and_is_gone(std::uint64_t cookie, std::uint64_t now_ns) {
        gone_.push_back({now_ns + kSettleNs, cookie});
    }
    void broke(std::uint64_t cookie, std::uint64_t now_ns) { held_.push_back({now_ns + kTeardownPatienceNs, cookie}); }
    void ended_quietly(std::uint64_t cookie, std::uint64_t now_ns) {
        quiet_.push_back({now_ns + kTeardownPatienceNs, cookie});
    }
    void finished(std::uint64_t cookie, std::uint64_t now_ns) { ends_.push_back({now_ns + kPairPatienceNs, cookie}); }
    void search_peer_of(std::uint64_t cookie, std::uint64_t now_ns) {
        searching_.push_back({now_ns + kSearchNs, cookie});
    }

    // ── What is due ─────────────────────────────────────────────────────────────────────────────

    /// Broken connections, by time; the last are those whose other end was searched for.
    std::array<Queue*, 3> teardowns() { return {&gone_, &held_, &searching_}; }
    [[nodiscard]] bool is_searched_for(const Queue& queue) const { return &queue == &searching_; }
    /// Of which only the peer's FIN came, by time: those that have broken since are teardowns.
    Queue& quiet_ends() { return quiet_; }
    /// With every end reported: finished sockets, by time.
    Queue& ends() { return ends_; }
    static bool is_due(const Queue& queue, std::uint64_t time_ns) {
        return !queue.empty() && queue.front().at_ns <= time_ns;
    }

    /// It is too early for the verdict on a write, which may be `complete` or still waited for.
    static bool is_early(const BrokenWrite& write, std::uint64_t wait_ns, std::uint64_t time_ns) {
        return time_ns != kNothingDue && write.time_ns + wait_ns > time_ns;
    }

    // ── When to look again ──────────────────────────────────────────────────────────────────────

    /// When the passing of time will bring a verdict on a write that is waiting; kNothingDue where none is.
    [[nodiscard]] std::uint64_t next_ns() const { return urgent_ns_; }
    /// It is `now_ns`, and what was due is reported.
    void look_ahead(std::uint64_t now_ns, const WaitingWrites& waiting);

    /// Was all that had been due until then reported a moment ago?
    [[nodiscard]] bool is_behind(std::uint64_t now_ns) const { return now_ns > reported_until_ns_ + kSettleNs; }
    void reported_until(std::uint64_t time_ns) { reported_until_ns_ = time_ns; }

private:
    Queue gone_;      ///< of sockets that are gone
    Queue held_;      ///< of sockets that are still held
    Queue searching_; ///< whose other end is searched for
    Queue quiet_;
    Queue ends_;
    std::multiset<std::uint64_t> unordered_writes_; ///< times of failing writes whose events are not in order yet
    std::uint64_t reported_until_ns_ = 0;
    std::uint64_t urgent_ns_ = kNothingDue;
};

} // namespace tcpblame::reconstruct
