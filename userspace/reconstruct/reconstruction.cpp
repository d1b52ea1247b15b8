#include "reconstruct/reconstruction.hpp"

#include "reconstruct/blame.hpp"
#include "reconstruct/teardown.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <variant>

namespace tcpblame::reconstruct {

using namespace model;

namespace {

constexpr std::size_t kRememberedListeners = 1024;
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
    : selection_(std::move(selection)), sink_(sink), connections_(options.max_memory), options_(options) {
    if (options_.joining.into == nullptr) return;
    connections_.on_eviction([this](const Endpoint& endpoint) {
        if (connections_.peer_of(endpoint) == nullptr)
            options_.joining.into->add(options_.joining.run, endpoint, processes_);
    });
}

/// Why nothing was heard any more may show at the other end, and its process may be gone a moment later.
void Reconstruction::ask_for_peer_of(const Event& event) {
    const auto* changed = std::get_if<StateChanged>(&event);
    if (changed == nullptr || changed->new_state != TcpState::kClose || !is_timeout(changed->socket.error)) return;
    if (changed->socket.mptcp || changed->socket.tuple.remote.port == 0) return;
    if (peers_asked_for_.size() < kRememberedAlone) peers_asked_for_.push_back(changed->socket.tuple.swapped());
}

void Reconstruction::feed(Event&& event) {
    forget_kernel_thread(event);
    ask_for_peer_of(event);
    if (const auto time = time_of(event)) {
        if (processes_.awaits_name()) processes_.learn_name(event);
        if (is_failing_write(event)) {
            unordered_writes_.insert(*time);
            urgent_due_ns_ = std::min(urgent_due_ns_, *time + kSettleNs + Ordering::kWindowNs);
        }
        ordering_.put(*time, std::move(event));
    } else if (const auto* passed = std::get_if<TimePassed>(&event)) {
        pass_time(passed->now_ns);
    } else if (const auto* loss = std::get_if<EventsLost>(&event)) {
        losses_.enter(loss->lost);
        if (options_.joining.into != nullptr) options_.joining.into->add(options_.joining.run, loss->lost);
        sink_.lost(loss->lost);
    } else if (const auto* known = std::get_if<ProcessKnown>(&event)) {
        processes_.learn(*known);
    } else if (const auto* cgroup = std::get_if<CgroupKnown>(&event)) {
        processes_.learn(*cgroup);
    } else if (const auto* set = std::get_if<ClockSet>(&event)) {
        if (options_.joining.into != nullptr) options_.joining.into->add(options_.joining.run, *set);
        sink_.clock_set(*set);
    }
}

void Reconstruction::pass_time(std::uint64_t now_ns) {
    const std::uint64_t settled = now_ns > Ordering::kWindowNs ? now_ns - Ordering::kWindowNs : 0;
    release_until(settled);
    report_until(settled);
    if (urgent_due_ns_ > now_ns) return;
    urgent_due_ns_ =
        unordered_writes_.empty() ? kNothingDue : *unordered_writes_.begin() + kSettleNs + Ordering::kWindowNs;
    for (const BrokenWrite& write : waiting_) {
        const std::uint64_t settled_at = write.time_ns + kSettleNs + Ordering::kWindowNs;
        urgent_due_ns_ = std::min(urgent_due_ns_, settled_at > now_ns ? settled_at : now_ns + kSettleNs);
    }
}

void Reconstruction::finish() {
    release_until(kNothingDue);
    report_until(kNothingDue);
    if (options_.joining.into != nullptr) connections_.evict_all();
}

void Reconstruction::release_until(std::uint64_t time_ns) {
    while (const Event* event = ordering_.take(time_ns)) {
        fetch_ahead();
        const std::uint64_t now = *time_of(*event);
        // Where the reader was held up, much time passes here: what became due in it is reported before more is
        // evicted.
        if (now > reported_until_ns_ + kSettleNs) report_until(now);
        take(*event);
        connections_.keep_within_bound(now, [this](Endpoint& one) { report_before_eviction(one); });
    }
    unordered_writes_.erase(unordered_writes_.begin(), unordered_writes_.upper_bound(time_ns));
}

/// Of the sockets that the next events are about.
void Reconstruction::fetch_ahead() const {
    if (const Event* soon = ordering_.ahead(kSoon)) connections_.fetch_soon(cookie_of(*soon));
    if (const Event* now = ordering_.ahead(kNow)) connections_.fetch_now(cookie_of(*now));
}

void Reconstruction::fetch_ahead(const Fifo<Teardown>& queue) const {
    if (queue.size() > kSoon) connections_.fetch_soon(queue[kSoon].cookie);
    if (queue.size() > kNow) connections_.fetch_now(queue[kNow].cookie);
}

void Reconstruction::report_until(std::uint64_t time_ns) {
    reported_until_ns_ = time_ns;
    const auto due = [time_ns](std::uint64_t due_ns) { return due_ns <= time_ns; };
    waiting_.take_out([this, time_ns](const BrokenWrite& write) { return report_if_due(write, time_ns); });
    for (Fifo<Teardown>* queue : {&teardowns_, &pending_teardowns_, &searching_})
        for (; !queue->empty() && due(queue->front().due_ns); queue->pop_front()) {
            fetch_ahead(*queue);
            Endpoint* endpoint = connections_.find(queue->front().cookie);
            if (endpoint == nullptr || endpoint->teardown_reported) continue;
            if (queue != &searching_ && awaits_peer(endpoint, time_ns + kSearchNs, time_ns))
                searching_.push_back({time_ns + kSearchNs, endpoint->cookie});
            else
                report_teardown(*endpoint);
        }
    for (; !ends_.empty() && due(ends_.front().due_ns); ends_.pop_front())
        if (Endpoint* endpoint = connections_.find(ends_.front().cookie)) report_end(*endpoint);
}

bool Reconstruction::report_if_due(const BrokenWrite& write, std::uint64_t time_ns) {
    const auto waits = [&](std::uint64_t wait_ns) {
        return time_ns != kNothingDue && write.time_ns + wait_ns > time_ns;
    };
    if (waits(kSettleNs) || (waits(kPatienceNs) && !is_complete(write))) return false;
    if (write.socket().cookie != 0 &&
        awaits_peer(connections_.find(write.socket().cookie), write.time_ns + kSettleNs + kSearchNs, time_ns))
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
    if (us == nullptr || time_ns >= until_ns || time_ns == kNothingDue || us->tuple.remote.port == 0 || us->mptcp)
        return false;
    const Ending& ending = us->ending();
    const bool timed_out = ending.closed && is_timeout(ending.closed->error);
    const bool was_reset = ending.reset_received && ending.reset_received->state != TcpState::kSynSent;
    if (!timed_out && !was_reset) return false;
    if (connections_.peer_of(*us) != nullptr) return false;
    const bool was_asked_for = std::exchange(us->ending_to_change().peer_asked_for, true) || timed_out;
    if (!was_asked_for && peers_asked_for_.size() < kRememberedAlone) peers_asked_for_.push_back(us->tuple.swapped());
    return true;
}

bool Reconstruction::is_complete(const BrokenWrite& write) {
    if (write.awaits_send() || write.awaits_sigpipe()) return false;
    const Endpoint* us = write.socket().cookie != 0 ? connections_.find(write.socket().cookie) : nullptr;
    if (us == nullptr || !us->ending().reset_received) return true;
    const Endpoint* peer = connections_.peer_of(*us);
    const bool peer_just_closed = peer != nullptr && peer->ending().closed && peer->ending().closed->actor &&
                                  peer->ending().closed->stamp.time_ns + kPatienceNs > write.time_ns;
    return !peer_just_closed || peer->ending().reset_sent.has_value();
}

void Reconstruction::take(const Event& event) {
    std::visit(
        [this](const auto& one) {
            if constexpr (requires { one.stamp; }) take(one);
        },
        event);
}

template <typename SocketEvent>
Endpoint& Reconstruction::learn(Endpoint& endpoint, const SocketEvent& event) {
    step(endpoint, event);
    connections_.account(endpoint);
    return endpoint;
}

void Reconstruction::take(const StateChanged& event) {
    if (event.new_state == TcpState::kListen) return; // reported for its process only
    if (event.old_state == TcpState::kListen) {
        if (listener_ends_.size() >= kRememberedListeners) listener_ends_.pop_front();
        listener_ends_.push_back({event.socket.netns, event.socket.tuple.local.port,
                                  Mark{event.stamp, event.actor, event.old_state, 0, event.progress, event.stack}});
        return;
    }
    Endpoint& endpoint = connections_.at(event.socket);
    const bool was_finished = endpoint.finished();
    learn(endpoint, event);
    if (event.socket.owned && !event.actor) name_listener_of(endpoint, event);
    if (endpoint.finished() && !was_finished) finish_endpoint(endpoint, event.stamp.time_ns);
    if (broke(endpoint)) schedule_teardown(endpoint, event.stamp.time_ns + kTeardownPatienceNs);
}

void Reconstruction::take(const ResetSent& event) {
    Endpoint& endpoint = connections_.sender_of(event);
    learn(endpoint, event);
    if (event.kind == ResetKind::kActive && !event.actor) blame_listener(endpoint, event);
    // Known by its ends only: nothing will report when it is over.
    if (endpoint.cookie == 0) connections_.finished(endpoint, event.stamp.time_ns);
}

/// A kernel thread closes what belonged to a process that is gone: an io_uring's direct descriptors, a socket on its
/// way through a unix socket. Where the process had a listener at that port, and ended a moment before, it was its.
void Reconstruction::name_listener_of(Endpoint& endpoint, const StateChanged& event) const {
    for (auto end = listener_ends_.rbegin(); end != listener_ends_.rend(); ++end) {
        if (end->mark.stamp.time_ns + kListenerNs < event.stamp.time_ns) return;
        if (end->netns != event.socket.netns || end->port != endpoint.tuple.local.port || !end->mark.actor) continue;
        if (end->mark.actor->exiting && !endpoint.ending().listener_died)
            endpoint.ending_to_change().listener_died = end->mark;
        return;
    }
}

/// A RST of the socket's own accord that no holder of its lock sent: inet_csk_listen_stop() aborts what waits in
/// the accept queue of a listener that has just been closed (net/ipv4/inet_connection_sock.c). A timer may send one
/// too: but of a socket that somebody has held, or closed.
void Reconstruction::blame_listener(Endpoint& endpoint, const ResetSent& event) const {
    if (endpoint.owner || endpoint.ending().fin_sent || event.reason == ResetReason::kKeepaliveTimeout) return;
    for (auto end = listener_ends_.rbegin(); end != listener_ends_.rend(); ++end) {
        if (end->mark.stamp.time_ns + kListenerNs < event.stamp.time_ns) return;
        if (end->netns != event.socket.netns || end->port != endpoint.tuple.local.port || !end->mark.actor) continue;
        if (end->mark.stamp.time_ns <= event.stamp.time_ns) endpoint.ending_to_change().listener_closed = end->mark;
        return;
    }
}

void Reconstruction::finish_endpoint(Endpoint& endpoint, std::uint64_t now_ns) {
    connections_.finished(endpoint, now_ns);
    if (options_.all) ends_.push_back({now_ns + kPairPatienceNs, endpoint.cookie});
}

void Reconstruction::take(const ResetReceived& event) { learn(connections_.at(event.socket), event); }

void Reconstruction::take(const ErrorReported& event) { learn(connections_.at(event.socket), event); }

void Reconstruction::take(const SendReturned& event) {
    const bool is_unix = event.call.file == FileKind::kUnix;
    // Nobody listens at the address that it names: no connection broke.
    if (is_unix && event.call.addressed && event.result == -ECONNREFUSED) return;
    if (!is_unix) learn(connections_.at(event.socket), event);
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

void Reconstruction::take(const ErrorReceived& event) { learn(connections_.at(event.socket), event); }

void Reconstruction::take(const SigpipeSent& event) {
    kills_.note(event);
    if (!waiting_.join(event)) waiting_.add(broken_write(event));
}

void Reconstruction::take(const ProcessExited& event) { waiting_.join(event); }

void Reconstruction::take(const SocketExisted& event) {
    if (event.socket.state != TcpState::kListen) learn(connections_.at(event.socket), event);
}

void Reconstruction::take(const PeerFound& event) { learn(connections_.at(event.socket), event); }

void Reconstruction::take(const SocketDestroyed& event) {
    Endpoint& endpoint = connections_.at(event.socket);
    const bool was_finished = endpoint.finished();
    learn(endpoint, event);
    if (!was_finished) finish_endpoint(endpoint, event.stamp.time_ns);
    if (broke(endpoint) && !endpoint.teardown_reported)
        teardowns_.push_back({event.stamp.time_ns + kSettleNs, endpoint.cookie});
}

void Reconstruction::take(const HolderFound& event) {
    if (event.inode != 0) holders_[{event.file, event.inode}] = event;
}

const HolderFound* Reconstruction::holder_of_other_end(const BrokenWrite& write) const {
    const auto found = holders_.find({write.call.file, write.call.inode});
    return found != holders_.end() && found->second.holder.pid != write.actor.pid ? &found->second : nullptr;
}

void Reconstruction::schedule_teardown(Endpoint& endpoint, std::uint64_t due_ns) {
    if (std::exchange(endpoint.teardown_scheduled, true)) return;
    pending_teardowns_.push_back({due_ns, endpoint.cookie});
}

bool Reconstruction::selects(const BrokenWrite& write, const Endpoint* us) const {
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
    Endpoint* us = is_its_socket && write.socket().cookie != 0 ? connections_.find(write.socket().cookie) : nullptr;
    if (!selects(write, us)) return;
    sink_.verdict(judge(us, &write));
}

Verdict Reconstruction::judge(const Endpoint* us, const BrokenWrite* write, ComposeOptions how) const {
    Case broken{.us = us, .write = write, .kills = &kills_};
    if (write != nullptr) broken.holder = holder_of_other_end(*write);
    if (us != nullptr && us->mptcp && !us->ending().reset_received)
        if (const Endpoint* subflow = connections_.subflow_of(*us)) us = broken.us = subflow;
    if (us != nullptr) broken.peer = connections_.peer_of(*us);
    // Nobody else is looked for where the peer is known to have sent one that fits: mostly it is.
    if (us != nullptr && us->ending().reset_received && reset_of_peer(broken) == nullptr)
        broken.stranger = connections_.stranger_who_answered(*us, broken.peer);
    broken.sees_every_reset = options_.sees_every_reset;
    broken.us_was_evicted = us != nullptr ? us->was_evicted
                                          : write != nullptr && write->socket().cookie != 0 &&
                                                connections_.may_have_dropped(write->socket().cookie);
    broken.peer_was_evicted = broken.peer != nullptr
                                  ? broken.peer->was_evicted
                                  : us != nullptr && connections_.may_have_dropped(us->tuple.swapped());
    std::optional<RemotePeer> far;
    if (us != nullptr && broken.peer == nullptr && options_.joining.others != nullptr)
        far = options_.joining.others->peer_of(options_.joining.run, *us);
    if (far) {
        broken.peer = &far->end;
        broken.far = &*far;
    }
    Blame blame = attribute(broken);
    const Rule rule = blame.rule;
    Verdict verdict = compose(broken, std::move(blame), processes_, losses_, how);
    sink_.found_by(rule, verdict);
    return verdict;
}

void Reconstruction::report_before_eviction(Endpoint& endpoint) {
    report_teardown(endpoint);
    if (options_.all && endpoint.finished()) report_end(endpoint);
}

bool Reconstruction::selects(const Endpoint& endpoint) const {
    if (!selection_.passes(endpoint.tuple) || !selection_.passes_netns(endpoint.netns)) return false;
    if (!selection_.by_process()) return true;
    if (!endpoint.owner) return false;
    if (selection_.by_lineage()) return endpoint.owner->asked_for;
    // The name of a thread is not known here: -n goes by the process's.
    return selection_.passes(endpoint.owner->pid, endpoint.owner->name, endpoint.owner->name);
}

void Reconstruction::report_teardown(Endpoint& endpoint) {
    if (endpoint.teardown_reported || !broke(endpoint)) return;
    endpoint.teardown_reported = true;
    if (selects(endpoint)) sink_.verdict(judge(&endpoint, nullptr, {.with_states = options_.all}));
}

/// A connection with both ends on this host is reported once: from the end that is asked about, or that opened it. A
/// broken one is reported by report_teardown().
void Reconstruction::report_end(Endpoint& endpoint) {
    if (endpoint.teardown_reported || broke(endpoint) || endpoint.tuple.remote.port == 0) return;
    if (endpoint.was_evicted && !endpoint.ending().closed) return; // it was reported before, or its end was not seen
    endpoint.teardown_reported = true;
    Endpoint* peer = connections_.peer_of(endpoint);
    if (peer != nullptr && (peer->teardown_reported || broke(*peer))) return;
    // In CLOSE_WAIT, say: what it still writes will break, and then that is what is to be reported.
    if (peer != nullptr && peer->cookie != 0 && !peer->finished() && !peer->ending().closed) {
        endpoint.teardown_reported = false;
        return;
    }
    Endpoint* subject = &endpoint;
    if (peer != nullptr && selects(*peer) && (!selects(endpoint) || peer->opened_by == OpenedBy::kUs)) subject = peer;
    if (peer != nullptr) peer->teardown_reported = true;
    if (selects(*subject)) sink_.verdict(judge(subject, nullptr, {.with_states = true}));
}

} // namespace tcpblame::reconstruct
