#include "reconstruct/reconstruction.hpp"

#include "reconstruct/accept_overflow.hpp"
#include "reconstruct/amid_close.hpp"
#include "reconstruct/blame.hpp"
#include "reconstruct/peer_act.hpp"
#include "reconstruct/teardown.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <variant>

namespace tcpblame::reconstruct {

using namespace model;

namespace {

constexpr std::size_t kRememberedAlone = 64;

// Of what lies ahead in a queue.
constexpr std::size_t kSoon = 8;
constexpr std::size_t kNow = 4;

std::uint64_t cookie_of(const Event& event) {
    return std::visit(
        [](const auto& one) -> std::uint64_t {
            if constexpr (requires { one.socket; })
                return one.socket.cookie;
            else
                return 0;
        },
        event);
}

/// With such an error a connection ends of which nothing was heard any more: tcp_write_err() (net/ipv4/tcp_timer.c).
bool is_timeout(int error) {
    switch (error) {
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH: return true;
    default: return false;
    }
}

/// It works for somebody else: io_uring's worker, the garbage collector of unix sockets, MPTCP's.
void forget_kernel_thread(Event& event) {
    std::visit(
        [](auto& one) {
            if constexpr (requires { one.actor.has_value(); })
                if (one.actor && one.actor->kernel_thread) one.actor.reset();
        },
        event);
}

bool is_failing_write(const Event& event) {
    if (const auto* send = std::get_if<SendReturned>(&event)) return send->result < 0;
    return std::holds_alternative<SigpipeSent>(event);
}

} // namespace

Reconstruction::Reconstruction(Selection selection, VerdictSink& sink, ReconstructionOptions options)
    : selection_(std::move(selection)), sink_(sink), state_(options.max_memory, options.joining), options_(options) {
    state_.connections.before_expiry([this](Endpoint& endpoint) { report_teardown(endpoint); });
}

/// Why nothing was heard any more may show at the other end, and its process may be gone a moment later.
void Reconstruction::ask_for_peer_of(const Event& event) {
    const auto* changed = std::get_if<StateChanged>(&event);
    if (changed == nullptr || changed->new_state != TcpState::kClose || !is_timeout(changed->socket.error)) return;
    if (changed->socket.mptcp || changed->socket.tuple.remote.port == 0) return;
    ask_for(changed->socket.tuple.swapped(), isns_of_other_end(changed->progress));
}

void Reconstruction::ask_for(const Tuple& tuple, std::optional<Isns> isns) {
    if (peers_asked_for_.size() < kRememberedAlone) peers_asked_for_.push_back({tuple, isns});
}

void Reconstruction::feed(Event&& event) {
    forget_kernel_thread(event);
    ask_for_peer_of(event);
    if (const auto time = time_of(event)) {
        if (state_.processes.awaits_name()) state_.processes.learn_name(event);
        if (is_failing_write(event)) schedule_.write_failed(*time);
        if (std::holds_alternative<PeerFound>(event)) ++found_in_turn_;
        ordering_.put(*time, std::move(event));
    } else if (const auto* passed = std::get_if<TimePassed>(&event)) {
        pass_time(passed->now_ns);
    } else if (const auto* loss = std::get_if<EventsLost>(&event)) {
        state_.learn(loss->lost);
        sink_.lost(loss->lost);
    } else if (const auto* known = std::get_if<ProcessKnown>(&event)) {
        state_.processes.learn(*known);
    } else if (const auto* cgroup = std::get_if<CgroupKnown>(&event)) {
        state_.processes.learn(*cgroup);
    } else if (const auto* set = std::get_if<ClockSet>(&event)) {
        state_.learn(*set);
        sink_.clock_set(*set);
    }
}

void Reconstruction::pass_time(std::uint64_t now_ns) {
    const std::uint64_t settled = now_ns > Ordering::kWindowNs ? now_ns - Ordering::kWindowNs : 0;
    release_until(settled);
    report_until(settled);
    schedule_.look_ahead(now_ns, waiting_);
}

void Reconstruction::finish() {
    release_until(Schedule::kNothingDue);
    report_until(Schedule::kNothingDue);
    if (options_.joining.into != nullptr) state_.connections.evict_all();
}

void Reconstruction::release_until(std::uint64_t time_ns) {
    while (const Event* event = ordering_.take(time_ns)) {
        fetch_ahead();
        const std::uint64_t now = *time_of(*event);
        // Where the reader was held up, much time passes here: what became due in it is reported before more is
        // evicted.
        if (schedule_.is_behind(now)) report_until(now);
        apply(*event);
        if (std::holds_alternative<PeerFound>(*event)) --found_in_turn_;
        state_.connections.keep_within_bound(now, [this](Endpoint& one) { report_before_eviction(one); });
    }
    schedule_.ordered_until(time_ns);
}

/// Of the sockets that the next events are about.
void Reconstruction::fetch_ahead() const {
    if (const Event* soon = ordering_.ahead(kSoon)) state_.connections.fetch_soon(cookie_of(*soon));
    if (const Event* now = ordering_.ahead(kNow)) state_.connections.fetch_now(cookie_of(*now));
}

void Reconstruction::fetch_ahead(const Schedule::Queue& queue) const {
    if (queue.size() > kSoon) state_.connections.fetch_soon(queue[kSoon].cookie);
    if (queue.size() > kNow) state_.connections.fetch_now(queue[kNow].cookie);
}

void Reconstruction::report_until(std::uint64_t time_ns) {
    schedule_.reported_until(time_ns);
    waiting_.take_out([this, time_ns](const BrokenWrite& write) { return report_if_due(write, time_ns); });
    for (Schedule::Queue* queue : schedule_.teardowns())
        for (; Schedule::is_due(*queue, time_ns); queue->pop_front()) {
            fetch_ahead(*queue);
            Endpoint* endpoint = state_.connections.find(queue->front().cookie);
            if (endpoint == nullptr || endpoint->teardown_reported) continue;
            if (!schedule_.is_searched_for(*queue) && awaits_peer(endpoint, time_ns + Schedule::kSearchNs, time_ns))
                schedule_.search_peer_of(endpoint->cookie, time_ns);
            else
                report_teardown(*endpoint);
        }
    for (Schedule::Queue& quiet = schedule_.quiet_ends(); Schedule::is_due(quiet, time_ns); quiet.pop_front()) {
        Endpoint* endpoint = state_.connections.find(quiet.front().cookie);
        if (endpoint != nullptr && !broke(*endpoint)) report_teardown(*endpoint);
    }
    for (Schedule::Queue& ends = schedule_.ends(); Schedule::is_due(ends, time_ns); ends.pop_front())
        if (Endpoint* endpoint = state_.connections.find(ends.front().cookie)) report_end(*endpoint);
}

bool Reconstruction::report_if_due(const BrokenWrite& write, std::uint64_t time_ns) {
    if (Schedule::is_early(write, Schedule::kSettleNs, time_ns)) return false;
    if (Schedule::is_early(write, Schedule::kPatienceNs, time_ns) && !is_complete(write)) return false;
    if (write.socket().cookie != 0 && awaits_peer(state_.connections.find(write.socket().cookie),
                                                  write.time_ns + Schedule::kSettleNs + Schedule::kSearchNs, time_ns))
        return false;
    report(write);
    if (write.awaits_send()) {
        if (reported_without_send_.size() >= kRememberedAlone) reported_without_send_.pop_front();
        reported_without_send_.push_back(write);
    }
    return true;
}

/// Who sent the RST, or why nothing was heard any more, may show at an end that has done nothing since the attach.
bool Reconstruction::awaits_peer(Endpoint* us, std::uint64_t until_ns, std::uint64_t time_ns) {
    if (us == nullptr || time_ns == Schedule::kNothingDue || us->tuple.remote.port == 0 || us->mptcp) return false;
    const Ending& ending = us->ending();
    const bool timed_out = ending.closed && is_timeout(ending.closed->error);
    const bool was_reset = ending.reset_received && ending.reset_received->state != TcpState::kSynSent;
    if (!timed_out && !was_reset) return false;
    // A search may have taken longer than that: what it found is on its way.
    const bool is_early = time_ns < until_ns || found_in_turn_ > 0;
    const Endpoint* peer = state_.connections.peer_of(*us);
    if (peer != nullptr && peer->has_progress)
        return is_early && was_reset && may_be_amid_a_close(*us, *peer, state_.connections);
    // The listener that answered is named while it is there.
    if (peer != nullptr && peer->ending().reset_sent && peer->ending().reset_sent->queue &&
        handshake_alone_was_answered(*us))
        return false;
    // A reader that looks late has not asked yet.
    if (std::exchange(us->ending_to_change().peer_asked_for, true) || timed_out) return is_early;
    ask_for(us->tuple.swapped(), isns_of_other_end(us->progress));
    return true;
}

bool Reconstruction::is_complete(const BrokenWrite& write) {
    if (write.awaits_send() || write.awaits_sigpipe()) return false;
    const Endpoint* us = write.socket().cookie != 0 ? state_.connections.find(write.socket().cookie) : nullptr;
    if (us == nullptr || !us->ending().reset_received) return true;
    const Endpoint* peer = state_.connections.peer_of(*us);
    const bool peer_just_closed = peer != nullptr && peer->ending().closed && peer->ending().closed->actor &&
                                  peer->ending().closed->stamp.time_ns + Schedule::kPatienceNs > write.time_ns;
    return !peer_just_closed || peer->ending().reset_sent.has_value();
}

void Reconstruction::apply(const Event& event) {
    std::visit(
        [this](const auto& one) {
            if constexpr (requires { take(one); })
                take(one);
            else if constexpr (requires { one.stamp; })
                state_.learn(one);
        },
        event);
}

void Reconstruction::take(const StateChanged& event) {
    if (event.new_state == TcpState::kListen) {
        // A filter by process lets the listeners of others not pass: at the same port there may be some.
        if (!selection_.by_process()) state_.listeners.opened(event.socket, event.actor ? &*event.actor : nullptr);
        return;
    }
    if (event.old_state == TcpState::kListen) return state_.listeners.closed(event);
    if (is_of_connection_before(event)) return;
    Endpoint& endpoint = state_.connections.at(event.socket);
    const bool was_finished = endpoint.finished();
    state_.learn(endpoint, event);
    if (endpoint.finished() && !was_finished) finish_endpoint(endpoint, std::max(event.stamp.time_ns, event.sent_ns));
    if (broke(endpoint) && !std::exchange(endpoint.teardown_scheduled, true))
        schedule_.broke(endpoint.cookie, event.stamp.time_ns);
    if (event.new_state == TcpState::kCloseWait && event.old_state == TcpState::kEstablished)
        note_quiet_end(endpoint, event);
}

QuietEnd Reconstruction::quiet_end(const Endpoint& us) const {
    if (!us.ending().fin_received || us.mptcp) return QuietEnd::kNone;
    const Endpoint* peer = state_.connections.peer_of(us);
    if (peer != nullptr && died_in_it(*peer, us)) return QuietEnd::kPeerDied;
    return options_.unanswered && closed_unanswered(us, peer) ? QuietEnd::kUnanswered : QuietEnd::kNone;
}

/// It is reported later: a write that fails, or a RST, says it all. Who holds our end has done nothing yet.
void Reconstruction::note_quiet_end(Endpoint& us, const StateChanged& event) {
    if (quiet_end(us) == QuietEnd::kNone) return;
    schedule_.ended_quietly(us.cookie, event.stamp.time_ns);
    if (!us.owner) ask_for(us.tuple, std::nullopt);
}

/// What the kernel had kept comes late: its socket may have connected again since.
bool Reconstruction::is_of_connection_before(const StateChanged& event) {
    if (event.sent_ns == 0) return false;
    const Endpoint* known = state_.connections.find(event.socket.cookie);
    return known != nullptr && known->opened_ns > event.stamp.time_ns;
}

void Reconstruction::finish_endpoint(Endpoint& endpoint, std::uint64_t now_ns) {
    state_.connections.finished(endpoint, now_ns);
    if (options_.all) schedule_.finished(endpoint.cookie, now_ns);
}

void Reconstruction::take(const SendReturned& event) {
    const bool is_unix = event.call.file == FileKind::kUnix;
    // Nobody listens at the address that it names: no connection broke.
    if (is_unix && event.call.addressed && event.result == -ECONNREFUSED) return;
    if (!is_unix) state_.learn(event);
    if (event.result >= 0) return;
    if (!waiting_.join(event) && !was_reported(event)) waiting_.add(broken_write(event));
}

/// One write, one verdict: that of a SIGPIPE whose send returned later than anybody would wait for.
bool Reconstruction::was_reported(const SendReturned& event) {
    const auto its = std::find_if(reported_without_send_.begin(), reported_without_send_.end(),
                                  [&event](const BrokenWrite& write) { return write.awaits(event); });
    if (its == reported_without_send_.end()) return false;
    reported_without_send_.erase(its);
    return true;
}

void Reconstruction::take(const SigpipeSent& event) {
    state_.learn(event);
    if (!waiting_.join(event)) waiting_.add(broken_write(event));
}

void Reconstruction::take(const ProcessExited& event) { waiting_.join(event); }

void Reconstruction::take(const SocketExisted& event) {
    if (event.socket.state == TcpState::kListen) return state_.listeners.opened(event.socket, nullptr);
    state_.learn(event);
}

void Reconstruction::take(const SocketDestroyed& event) {
    Endpoint& endpoint = state_.connections.at(event.socket);
    const bool was_finished = endpoint.finished();
    state_.learn(endpoint, event);
    if (!was_finished) finish_endpoint(endpoint, event.stamp.time_ns);
    if (broke(endpoint) && !endpoint.teardown_reported)
        schedule_.broke_and_is_gone(endpoint.cookie, event.stamp.time_ns);
}

bool Reconstruction::selects(const BrokenWrite& write, const Endpoint* us) const {
    if (!selection_.as_victim()) return false;
    const Actor& actor = write.actor;
    if (selection_.by_lineage() ? !actor.asked_for : !selection_.passes(actor.pid, actor.comm, actor.name))
        return false;
    if (us != nullptr) return selection_.passes(us->tuple) && selection_.passes_netns(us->netns);
    const SocketView& socket = write.socket();
    if (socket.tuple.local.family == Family::kNone) return selection_.passes_portless();
    return selection_.passes(socket.tuple) && selection_.passes_netns(socket.netns);
}

void Reconstruction::report(const BrokenWrite& write) {
    // Before its send is there, the socket is the one that the descriptor names: it may be another by now.
    const bool is_its_socket = write.send || write.call.file_state != FileState::kWhole;
    Endpoint* us =
        is_its_socket && write.socket().cookie != 0 ? state_.connections.find(write.socket().cookie) : nullptr;
    if (selects(write, us))
        publish(us, judge(us, &write));
    else if (selection_.as_culprit())
        report_if_culprits(us, judge(us, &write));
}

/// Its peer's act is what the verdict blames: one that was only near is in no verdict.
bool Reconstruction::selects_culprit_of(const Verdict& verdict) const {
    const Process* culprit = culprit_of(verdict);
    if (culprit == nullptr) return false;
    if (selection_.by_lineage() ? !culprit->asked_for : !selection_.passes(culprit->pid, culprit->comm, culprit->name))
        return false;
    if (!verdict.connection) return selection_.passes_portless();
    // Local is what is so at the end that is asked about.
    return selection_.passes(verdict.connection->tuple.swapped()) && selection_.passes_netns(verdict.connection->netns);
}

void Reconstruction::report_if_culprits(Endpoint* us, Verdict&& verdict) {
    if (selects_culprit_of(verdict)) publish(us, std::move(verdict));
}

/// The first that is said of a connection's break is what counts; of a teardown, only where no write had failed by
/// then.
void Reconstruction::publish(Endpoint* us, Verdict&& verdict) {
    const bool breaks =
        verdict.cause != Cause::kOrderly && (verdict.kind == VerdictKind::kFailedWrite || !verdict.write_failed);
    verdict.primary = breaks && (us == nullptr || !std::exchange(us->ending_to_change().counted, true));
    sink_.verdict(std::move(verdict));
}

/// By the filters, all that it does is reported.
bool Reconstruction::is_watched(const Endpoint& end) const {
    return !selection_.by_process() && selection_.passes_netns(end.netns) &&
           (selection_.passes(end.tuple) || selection_.passes(end.tuple.swapped()));
}

/// The filters go by four-tuples: of an end behind a translation they may let less pass.
Verdict Reconstruction::judge(const Endpoint* us, const BrokenWrite* write, ComposeOptions how) const {
    bool sees_every_reset = options_.sees_every_reset;
    if (us != nullptr && us->ending().reset_received)
        if (const Endpoint* peer = state_.connections.peer_of(*us); peer != nullptr && are_translated(*us, *peer))
            sees_every_reset = sees_every_reset && is_watched(*peer);
    return state_.judge(us, write, sees_every_reset, how);
}

void Reconstruction::report_before_eviction(Endpoint& endpoint) {
    report_teardown(endpoint);
    if (options_.all && endpoint.finished()) report_end(endpoint);
}

bool Reconstruction::selects(const Endpoint& endpoint) const {
    if (!selection_.passes(endpoint.tuple) || !selection_.passes_netns(endpoint.netns)) return false;
    if (!selection_.by_process()) return true;
    if (!selection_.as_victim() && broke(endpoint)) return false;
    if (!endpoint.owner) return false;
    if (selection_.by_lineage()) return endpoint.owner->asked_for;
    // The name of a thread is not known here: -n goes by the process's.
    return selection_.passes(endpoint.owner->pid, endpoint.owner->name, endpoint.owner->name);
}

void Reconstruction::report_teardown(Endpoint& endpoint) {
    if (endpoint.teardown_reported) return;
    const bool has_broken = broke(endpoint);
    const QuietEnd quiet = has_broken ? QuietEnd::kNone : quiet_end(endpoint);
    if (!has_broken && quiet == QuietEnd::kNone) return;
    endpoint.teardown_reported = true;
    const ComposeOptions how{.with_states = options_.all, .quiet_end = quiet};
    if (selects(endpoint))
        publish(&endpoint, judge(&endpoint, nullptr, how));
    else if (selection_.as_culprit())
        report_if_culprits(&endpoint, judge(&endpoint, nullptr, how));
}

/// A connection with both ends on this host is reported once: from the end that is asked about, or that opened it. A
/// broken one is reported by report_teardown().
void Reconstruction::report_end(Endpoint& endpoint) {
    if (endpoint.teardown_reported || broke(endpoint) || endpoint.tuple.remote.port == 0) return;
    if (endpoint.was_evicted && !endpoint.ending().closed) return; // it was reported before, or its end was not seen
    endpoint.teardown_reported = true;
    Endpoint* peer = state_.connections.peer_of(endpoint);
    if (peer != nullptr && (peer->teardown_reported || broke(*peer))) return;
    // In CLOSE_WAIT, say: what it still writes will break, and then that is what is to be reported.
    if (peer != nullptr && peer->cookie != 0 && !peer->finished() && !peer->ending().closed) {
        endpoint.teardown_reported = false;
        return;
    }
    Endpoint* subject = &endpoint;
    if (peer != nullptr && selects(*peer) && (!selects(endpoint) || peer->opened_by == OpenedBy::kUs)) subject = peer;
    if (peer != nullptr) peer->teardown_reported = true;
    if (selects(*subject)) publish(subject, judge(subject, nullptr, {.with_states = true}));
}

} // namespace tcpblame::reconstruct
