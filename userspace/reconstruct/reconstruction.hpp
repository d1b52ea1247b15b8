/// The core: takes events as they come, gives verdicts.
///
/// It knows no clock: a TimePassed event reports it how late it is. A verdict waits kSettleNs after the
/// failing write, for what the write itself caused may be reported after it.
#pragma once

#include "model/event.hpp"
#include "model/run.hpp"
#include "model/selection.hpp"
#include "model/verdict.hpp"
#include "reconstruct/broken_write.hpp"
#include "reconstruct/compose.hpp"
#include "reconstruct/connections.hpp"
#include "reconstruct/fifo.hpp"
#include "reconstruct/kills.hpp"
#include "reconstruct/losses.hpp"
#include "reconstruct/ordering.hpp"
#include "reconstruct/processes.hpp"
#include "reconstruct/remote_endpoints.hpp"
#include "reconstruct/waiting_writes.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace tcpblame::reconstruct {

/// Who wants to know.
class VerdictSink {
public:
    VerdictSink() = default;
    VerdictSink(const VerdictSink&) = delete;
    VerdictSink& operator=(const VerdictSink&) = delete;
    virtual ~VerdictSink() = default;

    /// The verdict is the listener's to keep, and to complete.
    virtual void verdict(model::Verdict&& verdict) = 0;
    virtual void lost(const model::LostEvents& lost) = 0;
    /// Which rule found the verdict that comes next: for tests.
    virtual void found_by(Rule /*rule*/, const model::Verdict& /*verdict*/) {}
    /// Verdicts know no time of day: for who reports them.
    virtual void clock_set(const model::ClockSet& /*set*/) {}
};

/// How one of several recordings goes with the others.
struct Joining {
    std::size_t run = 0;                     ///< its number among them
    RemoteEndpoints* into = nullptr;         ///< put the ends of connections there whose other end is not on this host
    const RemoteEndpoints* others = nullptr; ///< where the ends of the others are to be found; all times are aligned
};

struct ReconstructionOptions {
    bool all = false; ///< report every connection's end, not only the broken ones
    Joining joining = {};
    std::uint64_t max_memory = 0; ///< bytes for what is remembered of connections; 0: without a bound
    /// Whether the kernel shows the RSTs that its host sends without a socket: where not, one that nobody was seen to
    /// send may be such a one.
    bool sees_every_reset = true;
};

class Reconstruction {
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
    static constexpr std::uint64_t kSearchNs = 20'000'000;
    /// A listener's queue is emptied at once when it closes.
    static constexpr std::uint64_t kListenerNs = 1'000'000'000;
    static constexpr std::uint64_t kNothingDue = std::numeric_limits<std::uint64_t>::max();

    Reconstruction(model::Selection selection, VerdictSink& sink, ReconstructionOptions options = {});

    void feed(model::Event&& event);
    void feed(const model::Event& event) { feed(model::Event(event)); }

    /// No more events will come: reports what still waits.
    void finish();

    /// When a TimePassed will bring a verdict that is waiting; kNothingDue where none is.
    std::uint64_t next_due_ns() const { return urgent_due_ns_; }

    /// The other ends, as they themselves see the connection, of which it would be of use to know whether they are on
    /// this host, and how they stand. A PeerFound in time makes a verdict say more; without, it says less.
    std::vector<model::Tuple> take_peers_asked_for() { return std::exchange(peers_asked_for_, {}); }

    /// How many sockets it still knows.
    std::size_t remembered() const { return connections_.size(); }
    /// How many it had to evict to keep within `max_memory`.
    std::uint64_t evicted() const { return connections_.dropped(); }

private:
    struct Teardown {
        std::uint64_t due_ns = 0;
        std::uint64_t cookie = 0;
    };

    struct ListenerEnd {
        std::uint32_t netns = 0;
        std::uint16_t port = 0;
        Mark mark;
    };

    void ask_for_peer_of(const model::Event& event);
    bool was_reported(const model::SendReturned& event);
    void pass_time(std::uint64_t now_ns);
    void release_until(std::uint64_t time_ns);
    void fetch_ahead() const;
    void fetch_ahead(const Fifo<Teardown>& queue) const;
    void report_until(std::uint64_t time_ns);

    void take(const model::Event& event);
    void take(const model::StateChanged& event);
    void take(const model::ResetSent& event);
    void take(const model::ResetReceived& event);
    void take(const model::ErrorReported& event);
    void take(const model::SendReturned& event);
    void take(const model::ErrorReceived& event);
    void take(const model::SigpipeSent& event);
    void take(const model::ProcessExited& event);
    void take(const model::SocketExisted& event);
    void take(const model::PeerFound& event);
    void take(const model::SocketDestroyed& event);
    void take(const model::HolderFound& event);
    void take(const model::SignalSent& event) { kills_.note(event); }
    void take(const model::OomKilled& event) { kills_.note(event); }
    const model::HolderFound* holder_of_other_end(const BrokenWrite& write) const;

    /// What happened to the socket.
    template <typename SocketEvent>
    Endpoint& learn(Endpoint& endpoint, const SocketEvent& event);
    void name_listener_of(Endpoint& endpoint, const model::StateChanged& event) const;
    bool awaits_peer(Endpoint* us, std::uint64_t until_ns, std::uint64_t time_ns);
    void report_before_eviction(Endpoint& endpoint);
    void schedule_teardown(Endpoint& endpoint, std::uint64_t due_ns);
    bool is_complete(const BrokenWrite& write);
    bool report_if_due(const BrokenWrite& write, std::uint64_t time_ns);
    void report(const BrokenWrite& write);
    void report_teardown(Endpoint& endpoint);
    void report_end(Endpoint& endpoint);
    /// The verdict on `us`, with the other end wherever that is.
    model::Verdict judge(const Endpoint* us, const BrokenWrite* write, ComposeOptions how = {}) const;
    void finish_endpoint(Endpoint& endpoint, std::uint64_t now_ns);
    void blame_listener(Endpoint& endpoint, const model::ResetSent& event) const;
    bool selects(const Endpoint& endpoint) const;
    bool selects(const BrokenWrite& write, const Endpoint* us) const;

    model::Selection selection_;
    VerdictSink& sink_;
    Ordering ordering_;
    Connections connections_;
    Processes processes_;
    Losses losses_;
    Kills kills_;
    WaitingWrites waiting_;
    std::deque<BrokenWrite> reported_without_send_; ///< SIGPIPEs that were reported before their send had returned
    Fifo<Teardown> teardowns_;                      ///< of sockets that are gone, by time
    Fifo<Teardown> pending_teardowns_;              ///< of sockets that are still held, by time
    Fifo<Teardown> ends_;                           ///< with every end reported: of finished sockets, by time
    Fifo<Teardown> searching_;                      ///< whose other end is searched for, by time
    std::vector<model::Tuple> peers_asked_for_;
    Fifo<ListenerEnd> listener_ends_; ///< by time
    ReconstructionOptions options_;
    std::map<std::pair<model::FileKind, std::uint64_t>, model::HolderFound> holders_; ///< by the writing end's inode
    std::uint64_t reported_until_ns_ = 0;
    std::multiset<std::uint64_t> unordered_writes_; ///< times of failing writes that wait in `ordering_`
    std::uint64_t urgent_due_ns_ = kNothingDue;
};

} // namespace tcpblame::reconstruct
