#include "reconstruct/reconstruction.hpp"

#include "reconstruct/compose.hpp"
#include "reconstruct/teardown.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace tcpblame::reconstruct {

using namespace model;

namespace {

bool is_failing_write(const Event& event) {
    if (const auto* send = std::get_if<SendReturned>(&event)) return send->result < 0;
    return std::holds_alternative<SigpipeSent>(event);
}

} // namespace

Reconstruction::Reconstruction(Selection selection, Audience& audience)
    : selection_(std::move(selection)), audience_(audience) {}

void Reconstruction::feed(Event event) {
    if (const auto time = time_of(event)) {
        if (is_failing_write(event)) urgent_due_ns_ = std::min(urgent_due_ns_, *time + kSettleNs + Ordering::kWindowNs);
        ordering_.put(*time, std::move(event));
    } else if (const auto* passed = std::get_if<TimePassed>(&event)) {
        pass_time(passed->now_ns);
    } else if (const auto* loss = std::get_if<EventsLost>(&event)) {
        losses_.enter(loss->lost);
        audience_.lost(loss->lost);
    } else if (const auto* known = std::get_if<ProcessKnown>(&event)) {
        processes_.learn(*known);
    }
}

void Reconstruction::pass_time(std::uint64_t now_ns) {
    const std::uint64_t settled = now_ns > Ordering::kWindowNs ? now_ns - Ordering::kWindowNs : 0;
    release_until(settled);
    tell_until(settled);
    if (urgent_due_ns_ > now_ns) return;
    urgent_due_ns_ = waiting_.empty() ? kNothingDue : waiting_.front().time_ns + kSettleNs + Ordering::kWindowNs;
}

void Reconstruction::finish() {
    release_until(kNothingDue);
    tell_until(kNothingDue);
}

void Reconstruction::release_until(std::uint64_t time_ns) {
    while (const auto event = ordering_.take(time_ns)) take(*event);
}

void Reconstruction::tell_until(std::uint64_t time_ns) {
    const auto due = [time_ns](std::uint64_t due_ns) { return due_ns <= time_ns; };
    for (; !waiting_.empty() && due(waiting_.front().time_ns + kSettleNs); waiting_.pop_front()) tell(waiting_.front());
    for (std::deque<Teardown>* queue : {&teardowns_, &patient_teardowns_})
        for (; !queue->empty() && due(queue->front().due_ns); queue->pop_front())
            if (Endpoint* endpoint = connections_.find(queue->front().cookie)) tell_teardown(*endpoint);
}

void Reconstruction::take(const Event& event) {
    std::visit(
        [this](const auto& one) {
            if constexpr (requires { one.stamp; }) take(one);
        },
        event);
}

void Reconstruction::take(const StateChanged& event) {
    if (event.new_state == TcpState::kListen) return; // told for its process only
    Endpoint& endpoint = connections_.at(event.socket);
    const bool was_finished = endpoint.finished();
    step(endpoint, event);
    if (endpoint.finished() && !was_finished) connections_.finished(endpoint, event.stamp.time_ns);
    if (broke(endpoint)) schedule_teardown(endpoint, event.stamp.time_ns + kTeardownPatienceNs);
}

void Reconstruction::take(const ResetSent& event) {
    const bool answer = event.kind == ResetKind::kPassive;
    Endpoint& endpoint = answer ? connections_.answering(event) : connections_.at(event.socket);
    step(endpoint, event);
    // Known by its ends only: nothing will tell when it is over.
    if (endpoint.cookie == 0) connections_.finished(endpoint, event.stamp.time_ns);
}

void Reconstruction::take(const ResetReceived& event) { step(connections_.at(event.socket), event); }

void Reconstruction::take(const ErrorReported& event) { step(connections_.at(event.socket), event); }

void Reconstruction::take(const SendReturned& event) {
    const bool is_unix = event.call.file == FileKind::kUnix;
    if (!is_unix) step(connections_.at(event.socket), event);
    if (event.result >= 0) return;
    const auto same = std::find_if(waiting_.rbegin(), waiting_.rend(),
                                   [&event](const BrokenWrite& write) { return write.awaits(event); });
    if (same != waiting_.rend())
        same->send = event;
    else
        waiting_.push_back(broken_write(event));
}

void Reconstruction::take(const SigpipeSent& event) { waiting_.push_back(broken_write(event)); }

void Reconstruction::take(const ProcessExited& event) {
    for (BrokenWrite& write : waiting_)
        if (write.actor.pid == event.actor.pid) write.exit = event;
}

void Reconstruction::take(const SocketExisted& event) {
    if (event.socket.state != TcpState::kListen) step(connections_.at(event.socket), event);
}

void Reconstruction::take(const SocketDestroyed& event) {
    Endpoint& endpoint = connections_.at(event.socket);
    step(endpoint, event);
    connections_.finished(endpoint, event.stamp.time_ns);
    if (broke(endpoint) && !endpoint.teardown_told)
        teardowns_.push_back({event.stamp.time_ns + kSettleNs, endpoint.cookie});
}

void Reconstruction::schedule_teardown(Endpoint& endpoint, std::uint64_t due_ns) {
    if (std::exchange(endpoint.teardown_scheduled, true)) return;
    patient_teardowns_.push_back({due_ns, endpoint.cookie});
}

bool Reconstruction::selects(const BrokenWrite& write, const Endpoint* us) const {
    if (!selection_.passes(write.actor.pid, write.actor.comm, write.actor.name)) return false;
    if (us != nullptr) return selection_.passes(us->tuple);
    const Tuple& ends = write.socket().tuple;
    return ends.local.family != Family::kNone ? selection_.passes(ends) : selection_.passes_portless();
}

void Reconstruction::tell(const BrokenWrite& write) {
    const Endpoint* us = write.socket().cookie != 0 ? connections_.find(write.socket().cookie) : nullptr;
    if (!selects(write, us)) return;
    const Endpoint* peer = us != nullptr ? connections_.peer_of(*us) : nullptr;
    audience_.verdict(compose({us, peer, &write}, processes_, losses_));
}

void Reconstruction::tell_teardown(Endpoint& endpoint) {
    if (std::exchange(endpoint.teardown_told, true)) return;
    if (!broke(endpoint) || !selection_.passes(endpoint.tuple)) return;
    // The name of a thread is not known here: -n goes by the process's.
    if (selection_.by_process() &&
        (!endpoint.owner || !selection_.passes(endpoint.owner->pid, endpoint.owner->name, endpoint.owner->name)))
        return;
    audience_.verdict(compose({&endpoint, connections_.peer_of(endpoint), nullptr}, processes_, losses_));
}

} // namespace tcpblame::reconstruct
