/// The core: takes events as they come, gives verdicts.
///
/// It knows no clock: a TimePassed event says how late it is. A verdict waits a moment (schedule.hpp) after the
/// failing write, for what the write itself caused may be reported after it.
#pragma once

#include "model/event.hpp"
#include "model/run.hpp"
#include "model/selection.hpp"
#include "model/verdict.hpp"
#include "model/wanted_peer.hpp"
#include "reconstruct/broken_write.hpp"
#include "reconstruct/ordering.hpp"
#include "reconstruct/schedule.hpp"
#include "reconstruct/state.hpp"
#include "reconstruct/waiting_writes.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
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
    /// Verdicts know no time of day: this is for whoever prints them.
    virtual void clock_set(const model::ClockSet& /*set*/) {}
};

struct ReconstructionOptions {
    bool all = false;        ///< report every connection's end, not only the broken ones
    bool unanswered = false; ///< report those, too, whose peer closed without having answered
    Joining joining = {};
    std::uint64_t max_memory = 0; ///< bytes for what is remembered of connections; 0: without a bound
    /// Whether the kernel shows the RSTs that its host sends without a socket: where not, one that nobody was seen to
    /// send may be such a one.
    bool sees_every_reset = true;
};

class Reconstruction {
public:
    Reconstruction(model::Selection selection, VerdictSink& sink, ReconstructionOptions options = {});
    Reconstruction(const Reconstruction&) = delete;
    Reconstruction& operator=(const Reconstruction&) = delete;
    Reconstruction(Reconstruction&&) = delete;
    Reconstruction& operator=(Reconstruction&&) = delete;
    ~Reconstruction() = default;

    void feed(model::Event&& event);
    void feed(const model::Event& event) { feed(model::Event(event)); }

    /// No more events will come: reports what still waits.
    void finish();

    /// When a TimePassed will bring a verdict that is waiting; Schedule::kNothingDue where none is.
    std::uint64_t next_due_ns() const { return schedule_.next_ns(); }

    /// The other ends, as they themselves see the connection, of which it would be of use to know whether they are on
    /// this host, and how they stand. A PeerFound in time makes a verdict say more; without, it says less.
    std::vector<model::WantedPeer> take_peers_asked_for() { return std::exchange(peers_asked_for_, {}); }

    /// How many sockets it still knows.
    std::size_t remembered() const { return state_.connections.size(); }
    /// How many it had to evict to keep within `max_memory`.
    std::uint64_t evicted() const { return state_.connections.dropped(); }

private:
    void ask_for_peer_of(const model::Event& event);
    void ask_for(const model::Tuple& tuple, std::optional<model::Isns> isns);
    bool was_reported(const model::SendReturned& event);
    void pass_time(std::uint64_t now_ns);
    void release_until(std::uint64_t time_ns);
    void fetch_ahead() const;
    void fetch_ahead(const Schedule::Queue& queue) const;
    void report_until(std::uint64_t time_ns);

    void apply(const model::Event& event);
    // The events that change more than what is known.
    void take(const model::StateChanged& event);
    void take(const model::SendReturned& event);
    void take(const model::SigpipeSent& event);
    void take(const model::ProcessExited& event);
    void take(const model::SocketExisted& event);
    void take(const model::SocketDestroyed& event);

    bool awaits_peer(Endpoint* us, std::uint64_t until_ns, std::uint64_t time_ns);
    void report_before_eviction(Endpoint& endpoint);
    bool is_complete(const BrokenWrite& write);
    bool report_if_due(const BrokenWrite& write, std::uint64_t time_ns);
    void report(const BrokenWrite& write);
    QuietEnd quiet_end(const Endpoint& us) const;
    void note_quiet_end(Endpoint& us, const model::StateChanged& event);
    /// Of what broke for a process that is not asked about: whether it was brought about by one that is.
    [[nodiscard]] bool selects_culprit_of(const model::Verdict& verdict) const;
    void report_if_culprits(Endpoint* us, model::Verdict&& verdict);
    void publish(Endpoint* us, model::Verdict&& verdict);
    void report_teardown(Endpoint& endpoint);
    void report_end(Endpoint& endpoint);
    bool is_watched(const Endpoint& end) const;
    /// The verdict on `us`, with the other end wherever that is.
    model::Verdict judge(const Endpoint* us, const BrokenWrite* write, ComposeOptions how = {}) const;
    bool is_of_connection_before(const model::StateChanged& event);
    void finish_endpoint(Endpoint& endpoint, std::uint64_t now_ns);
    bool selects(const Endpoint& endpoint) const;
    bool selects(const BrokenWrite& write, const Endpoint* us) const;

    model::Selection selection_;
    VerdictSink& sink_;
    Ordering ordering_;
    State state_;
    Schedule schedule_;
    WaitingWrites waiting_;
    std::deque<BrokenWrite> reported_without_send_; ///< SIGPIPEs that were reported before their send had returned
    std::vector<model::WantedPeer> peers_asked_for_;
    std::size_t found_in_turn_ = 0; ///< of what a search found, events that are not put in order yet
    ReconstructionOptions options_;
};

} // namespace tcpblame::reconstruct
