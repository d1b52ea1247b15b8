#include "reconstruct/remote_endpoints.hpp"

#include "reconstruct/shift.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace tcpblame::reconstruct {
namespace {

using namespace model;

/// How far the initial sequence numbers of the two ends of one connection may differ: see same_numbers().
constexpr std::uint32_t kTolerance = 2;

/// A damaged recording can hold any number.
constexpr std::uint64_t kLongestSleepNs = std::uint64_t{1} << 60U;

/// It wraps where signed arithmetic would be undefined.
std::int64_t difference(std::int64_t one, std::int64_t other) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(one) - static_cast<std::uint64_t>(other));
}

/// The RST answers a segment that this end sent: its number is one of those that it has used.
bool answers(const SentReset& reset, const Endpoint& us) {
    if (reset.kind != ResetKind::kPassive || reset.segment_is_syn || !us.has_progress) return false;
    return reset.segment_seq - first_sent(us) <= us.progress.snd_nxt - first_sent(us);
}

/// One is known by its four-tuple and its RST alone where no socket sent that: then the RST has to fit.
bool is_other_end(const Endpoint& us, const Endpoint& other) {
    if (other.has_progress || !us.has_progress) return us.has_progress && same_connection(us, other);
    return us.tuple == other.tuple.swapped() && other.ending().reset_sent && answers(*other.ending().reset_sent, us);
}

void shift_all(Relayed* relayed, std::int64_t by_ns) {
    for (; relayed != nullptr; relayed = relayed->before.get()) {
        shift(relayed->ended, by_ns);
        if (relayed->peer) shift(*relayed->peer, by_ns);
    }
}

/// What /proc reported of a process, for a verdict in which it is a peer.
void describe_actors(Endpoint& endpoint, std::vector<Process>& described, const Processes& processes) {
    const auto describe = [&](auto& mark) {
        if (!mark || !mark->actor || mark->actor->pid == 0) return;
        described.push_back(processes.describe(*mark->actor));
        if (mark->stack.empty()) return;
        std::vector<StackFrame> stack = mark->stack.frames();
        processes.name_modules(mark->actor->pid, mark->actor->name, stack);
        mark->stack.set_named(std::move(stack));
    };
    if (!endpoint.has_ending()) return;
    Ending& ending = endpoint.ending_to_change();
    describe(ending.fin_sent);
    describe(ending.listener_closed);
    describe(ending.closed);
}

} // namespace

std::size_t RemoteEndpoints::add_run(std::string host, std::uint64_t began_ns, std::int64_t realtime_offset_ns) {
    Run run;
    run.host = std::move(host);
    run.began_ns = run.ended_ns = began_ns;
    run.realtime_offset_ns = run.offset_now_ns = realtime_offset_ns;
    runs_.push_back(std::move(run));
    return runs_.size() - 1;
}

void RemoteEndpoints::add(std::size_t run, const Endpoint& endpoint, const Processes& processes,
                          std::unique_ptr<Relayed> passed_on) {
    if (endpoint.tuple.remote.port == 0) return;
    End& end = ends_.emplace_back(End{endpoint, {}, run, std::move(passed_on)});
    describe_actors(end.endpoint, end.processes, processes);
    for (Relayed* relayed = end.passed_on.get(); relayed != nullptr; relayed = relayed->before.get()) {
        describe_actors(relayed->ended, end.processes, processes);
        relayed->ended.evict_transitions();
        if (!relayed->peer) continue;
        describe_actors(*relayed->peer, end.processes, processes);
        relayed->peer->evict_transitions();
    }
    end.endpoint.evict_transitions();
    by_tuple_[endpoint.tuple].push_back(&end);
    if (endpoint.has_progress) by_received_isn_.emplace(first_received(endpoint), &end);
}

void RemoteEndpoints::add(std::size_t run, const LostEvents& lost) { runs_[run].lost.push_back(lost); }

void RemoteEndpoints::add(std::size_t run, const ClockSet& set) {
    Run& here = runs_[run];
    const std::int64_t ahead_ns = difference(set.realtime_offset_ns, here.offset_now_ns);
    here.offset_now_ns = set.realtime_offset_ns;
    if (ahead_ns > 0)
        here.may_have_slept_ns =
            std::min(kLongestSleepNs, here.may_have_slept_ns + static_cast<std::uint64_t>(ahead_ns));
}

void RemoteEndpoints::end_run(std::size_t run, std::uint64_t ended_ns) { runs_[run].ended_ns = ended_ns; }

const RemoteEndpoints::End* RemoteEndpoints::only_one(const std::vector<const End*>& fitting) const {
    const End* found = nullptr;
    for (const End* end : fitting) {
        const bool same_socket = found != nullptr && found->endpoint.cookie != 0 &&
                                 found->endpoint.cookie == end->endpoint.cookie &&
                                 runs_[found->run].host == runs_[end->run].host;
        if (found != nullptr && !same_socket) return nullptr;
        // Two recordings of one host may hold it: the one that saw more of it counts.
        if (found == nullptr || end->endpoint.last_seen_ns > found->endpoint.last_seen_ns) found = end;
    }
    return found;
}

const RemoteEndpoints::End* RemoteEndpoints::find_by_tuple(std::size_t run, const Endpoint& us) const {
    const auto same_ends = by_tuple_.find(us.tuple.swapped());
    if (same_ends == by_tuple_.end()) return nullptr;
    std::vector<const End*> sockets;
    std::vector<const End*> answers_only;
    for (const End* end : same_ends->second)
        if (end->run != run && is_other_end(us, end->endpoint))
            (end->endpoint.has_progress ? sockets : answers_only).push_back(end);
    if (!sockets.empty()) return only_one(sockets);
    return answers_only.empty() ? nullptr : answers_only.back();
}

const RemoteEndpoints::End* RemoteEndpoints::find_by_isns(std::size_t run, const Endpoint& us) const {
    if (!us.has_progress) return nullptr;
    std::vector<const End*> fitting;
    for (std::uint32_t off = 0; off <= 2 * kTolerance; ++off) { // a number at a time: they wrap
        const auto [from, to] = by_received_isn_.equal_range(first_sent(us) - kTolerance + off);
        for (auto it = from; it != to; ++it)
            if (it->second->run != run && same_numbers(us, it->second->endpoint) &&
                may_have_opened(us, it->second->endpoint))
                fitting.push_back(it->second);
    }
    return only_one(fitting);
}

const RemoteEndpoints::End* RemoteEndpoints::find(std::size_t run, const Endpoint& us) const {
    const End* end = find_by_tuple(run, us);
    return end != nullptr ? end : find_by_isns(run, us);
}

std::optional<RemotePeer> RemoteEndpoints::peer_of(std::size_t run, const Endpoint& us, std::size_t reporting) const {
    const End* end = find(run, us);
    if (end == nullptr) return std::nullopt;
    const Run& there = runs_[end->run];
    RemotePeer peer{end->endpoint,  there.host,    end->processes, std::nullopt, there.began_ns,
                    there.ended_ns, &there.losses, &there.kills,   end->run,     end->passed_on.get()};
    if (there.host != runs_[reporting].host) peer.end.ending_to_change().host = there.host;
    const auto& our_uncertainty = runs_[run].clock.uncertainty_ns;
    if (our_uncertainty && there.clock.uncertainty_ns)
        peer.uncertainty_ns = *our_uncertainty + *there.clock.uncertainty_ns;
    return peer;
}

ClockOffset RemoteEndpoints::clock_between(std::size_t here, std::size_t there) const {
    ClockBounds bounds;
    for (const End& end : ends_) {
        if (end.run != there || !end.endpoint.has_progress) continue;
        const End* other = find(there, end.endpoint);
        if (other != nullptr && other->run == here && other->endpoint.has_progress)
            bounds.learn(other->endpoint, end.endpoint);
    }
    const auto realtime = [this](std::size_t run) { return static_cast<std::uint64_t>(runs_[run].realtime_offset_ns); };
    return bounds.estimate(static_cast<std::int64_t>(realtime(there) - realtime(here)));
}

/// A host's clock stands still while it sleeps, and its connections may all be of before that, or of after it.
/// A recording that has no connection with the first may have some with one that is placed already.
void RemoteEndpoints::place_clocks() {
    std::deque<std::size_t> placed{0}; // and not yet looked at for who has to do with them
    std::vector<std::size_t> rest;
    for (std::size_t run = 1; run < runs_.size(); ++run) rest.push_back(run);
    runs_[0].clock = {0, runs_[0].may_have_slept_ns, 0};
    const auto place = [&](std::size_t run, std::size_t by, ClockOffset clock) {
        clock.ns = sum(clock.ns, runs_[by].clock.ns);
        const auto& before = runs_[by].clock.uncertainty_ns;
        if (!before)
            clock.uncertainty_ns.reset();
        else if (clock.uncertainty_ns)
            *clock.uncertainty_ns += *before + runs_[run].may_have_slept_ns;
        runs_[run].clock = clock;
        placed.push_back(run);
    };
    for (; !placed.empty(); placed.pop_front())
        std::erase_if(rest, [&, by = placed.front()](std::size_t run) {
            const ClockOffset clock = clock_between(by, run);
            if (clock.connections == 0) return false;
            place(run, by, clock);
            return true;
        });
    for (const std::size_t run : rest) place(run, 0, clock_between(0, run));
}

/// Where another host was up before the first one was, all move: there is no time before 0.
void RemoteEndpoints::keep_times_above_zero() {
    constexpr std::int64_t kLeastNs = 10'000'000'000; // what was there at the attach is a little older than the start
    std::int64_t earliest = kLeastNs;
    for (const Run& run : runs_)
        if (run.clock.ns < 0) earliest = std::min(earliest, sum(static_cast<std::int64_t>(run.began_ns), run.clock.ns));
    for (Run& run : runs_) run.clock.ns = sum(run.clock.ns, sum(kLeastNs, -earliest));
}

std::uint64_t RemoteEndpoints::ended_ns() const {
    std::uint64_t latest = 0;
    for (const Run& run : runs_) latest = std::max(latest, run.ended_ns);
    return latest;
}

void RemoteEndpoints::align_clocks() {
    if (runs_.empty()) return;
    place_clocks();
    keep_times_above_zero();
    for (End& end : ends_) {
        shift(end.endpoint, runs_[end.run].clock.ns);
        shift_all(end.passed_on.get(), runs_[end.run].clock.ns);
    }
    for (Run& run : runs_) {
        run.began_ns = shifted(run.began_ns, run.clock.ns);
        run.ended_ns = shifted(run.ended_ns, run.clock.ns);
        for (LostEvents& lost : run.lost) {
            shift(lost, run.clock.ns);
            run.losses.enter(lost);
        }
        for (Event& death : run.deaths) {
            shift(death, run.clock.ns);
            std::visit(
                [&run](const auto& one) {
                    if constexpr (requires { run.kills.note(one); }) run.kills.note(one);
                },
                death);
        }
        run.deaths = {};
    }
}

} // namespace tcpblame::reconstruct
