#include "reconstruct/timeline.hpp"

#include "model/ns_between.hpp"
#include "reconstruct/peer_act.hpp"
#include "reconstruct/reset_match.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace tcpblame::reconstruct {
namespace {

using namespace model;

class TimelineBuilder {
public:
    explicit TimelineBuilder(std::uint64_t moment_ns) : moment_ns_(moment_ns) {}

    TimelineEntry& add(std::uint64_t time_ns, TimelineEvent event, TcpState state,
                       TimelineNote note = TimelineNote::kNone) {
        TimelineEntry entry;
        entry.at_ns = ns_between(moment_ns_, time_ns);
        entry.event = event;
        entry.state = name_of(state);
        entry.note = note;
        return entries_.emplace_back(std::move(entry));
    }

    std::vector<TimelineEntry> finish() {
        std::stable_sort(entries_.begin(), entries_.end(),
                         [](const TimelineEntry& one, const TimelineEntry& other) { return one.at_ns < other.at_ns; });
        return std::move(entries_);
    }

private:
    std::uint64_t moment_ns_;
    std::vector<TimelineEntry> entries_;
};

TcpState after_fin(TcpState before) {
    switch (before) {
    case TcpState::kFinWait1: return TcpState::kClosing;
    case TcpState::kFinWait2: return TcpState::kTimeWait;
    default: return TcpState::kCloseWait;
    }
}

void say_who(TimelineEntry& entry, const std::optional<NamedDeed>& done, TimelineNote by_nobody) {
    entry.note = done ? TimelineNote::kPeerDid : by_nobody;
    if (!done) return;
    entry.name = done->name;
    entry.deed = done->deed;
}

void add_fin_received(TimelineBuilder& timeline, const Case& broken) {
    if (!broken.us->ending().fin_received) return;
    const Mark& fin = *broken.us->ending().fin_received;
    // As it was then: it may have closed what it had only shut down later.
    constexpr std::uint64_t kWhenever = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t until_ns = broken.far == nullptr ? fin.stamp.time_ns : kWhenever;
    say_who(timeline.add(fin.stamp.time_ns, TimelineEvent::kFinReceived, after_fin(fin.state)),
            broken.peer != nullptr ? finishing_deed(*broken.peer, until_ns) : std::nullopt, TimelineNote::kPeerClosed);
}

void add_fin_sent(TimelineBuilder& timeline, const Endpoint& us) {
    if (!us.ending().fin_sent) return;
    const Mark& fin = *us.ending().fin_sent;
    const bool shut_down = fin.actor && fin.actor->syscall == Syscall::kShutdown;
    TimelineEntry& entry = timeline.add(fin.stamp.time_ns, TimelineEvent::kFinSent,
                                        fin.state == TcpState::kCloseWait ? TcpState::kLastAck : TcpState::kFinWait1,
                                        shut_down ? TimelineNote::kShutDown : TimelineNote::kOurSide);
    if (!shut_down) return;
    entry.name = fin.actor->comm;
    entry.tid = fin.actor->tid;
}

/// A write that drew a RST on this host returns after the RST has come: the RST is dealt with inside the write.
bool met_its_reset(const DoomedWrite& write, const Case& broken) {
    const auto& reset = broken.us->ending().reset_received;
    return reset && reset->actor && write.actor && reset->actor->tid == write.actor->tid &&
           write.stamp.time_ns > reset->stamp.time_ns;
}

/// It is shown where it began, which is no later than that.
std::uint64_t began(const DoomedWrite& write, const Case& broken) {
    const auto& reset = broken.us->ending().reset_received;
    if (!met_its_reset(write, broken)) return write.stamp.time_ns;
    // What another host's clock says of so short a time is not to be compared.
    const bool answered = broken.peer != nullptr && broken.far == nullptr && broken.peer->ending().reset_sent;
    return answered ? std::min(broken.peer->ending().reset_sent->stamp.time_ns, reset->stamp.time_ns)
                    : reset->stamp.time_ns;
}

void add_doomed_write(TimelineBuilder& timeline, const Case& broken) {
    const Endpoint& us = *broken.us;
    if (!us.ending().doomed_write) return;
    const Progress& progress = us.ending().closed ? us.ending().closed->progress : us.ending().doomed_write->progress;
    const auto note = unacknowledged(us, progress) > 0 ? TimelineNote::kQueued : TimelineNote::kAcknowledged;
    const DoomedWrite& write = *us.ending().doomed_write;
    const TcpState state = met_its_reset(write, broken) ? us.ending().reset_received->state : write.state;
    timeline.add(began(write, broken), TimelineEvent::kWritten, state, note).bytes = write.bytes;
}

/// Was what the RST answers written by the write that is reported already?
bool is_in(const DoomedWrite& write, const SentReset& answer) {
    const auto before_end = write.progress.write_seq - answer.segment_seq;
    return before_end > 0 && before_end <= write.bytes;
}

/// What the RST answers had been written before the peer's FIN came.
bool was_written_before(const SentReset& answer, const Mark& fin) {
    return static_cast<std::int32_t>(answer.segment_seq - fin.progress.write_seq) < 0;
}

/// One write after the FIN is seen, and on kernels that show failing sends alone none: what drew the RST says the RST
/// itself. That it was written just then is inferred.
void add_answered_write(TimelineBuilder& timeline, const Case& broken) {
    const SentReset* answer = reset_that_came(broken);
    if (answer == nullptr || broken.far != nullptr || answer->kind != ResetKind::kPassive || answer->segment_len == 0)
        return;
    const Ending& ending = broken.us->ending();
    if (!ending.fin_received || was_written_before(*answer, *ending.fin_received)) return;
    if (ending.doomed_write && is_in(*ending.doomed_write, *answer)) return;
    TimelineEntry& entry =
        timeline.add(std::min(answer->stamp.time_ns, ending.reset_received->stamp.time_ns), TimelineEvent::kWritten,
                     ending.reset_received->state, TimelineNote::kDrewReset);
    entry.bytes = answer->segment_len;
    entry.evidence = Confidence::kInferred;
}

void add_reset(TimelineBuilder& timeline, const Case& broken) {
    if (!broken.us->ending().reset_received) return;
    const Mark& reset = *broken.us->ending().reset_received;
    TimelineEntry& entry = timeline.add(reset.stamp.time_ns, TimelineEvent::kRstReceived, TcpState::kClose);
    const SentReset* sent = reset_that_came(broken);
    if (reset.state == TcpState::kSynSent)
        entry.note = TimelineNote::kRefused;
    else if (sent != nullptr && sent->kind == ResetKind::kPassive)
        entry.note = TimelineNote::kNoConnection;
    else if (sent != nullptr)
        say_who(entry, broken.peer != nullptr ? aborting_deed(*broken.peer) : std::nullopt, TimelineNote::kPeerAborted);
}

void add_errors_taken(TimelineBuilder& timeline, const Case& broken, std::uint64_t until_ns) {
    for (const TakenError& taken : broken.us->ending().errors_taken) {
        if (taken.stamp.time_ns >= until_ns) continue;
        TimelineEntry& entry =
            timeline.add(taken.stamp.time_ns, TimelineEvent::kErrorTaken, TcpState::kClose, TimelineNote::kTaken);
        entry.error = taken.error;
        entry.syscall = name_of(taken.actor.syscall);
        entry.tid = taken.actor.tid;
    }
}

/// An end without a FIN or a RST. One that came after the write is not its reason.
void add_bare_close(TimelineBuilder& timeline, const Endpoint& us, std::uint64_t moment_ns) {
    if (us.ending().closed && us.ending().closed->stamp.time_ns > moment_ns) return;
    if (!us.ending().closed || us.ending().reset_received || us.ending().fin_received || us.ending().fin_sent) return;
    timeline.add(us.ending().closed->stamp.time_ns, TimelineEvent::kClosed, TcpState::kClose).error =
        us.ending().closed->error;
}

} // namespace

std::vector<TimelineEntry> timeline_of(const Case& broken, std::uint64_t moment_ns) {
    if (broken.us == nullptr) return {};
    TimelineBuilder timeline(moment_ns);
    add_fin_received(timeline, broken);
    add_fin_sent(timeline, *broken.us);
    add_doomed_write(timeline, broken);
    add_answered_write(timeline, broken);
    add_reset(timeline, broken);
    add_bare_close(timeline, *broken.us, moment_ns);
    add_errors_taken(timeline, broken, moment_ns);
    if (broken.write != nullptr) {
        TimelineEntry& failed = timeline.add(moment_ns, TimelineEvent::kWriteFailed, broken.write->socket().state);
        failed.bytes = broken.write->call.bytes;
        failed.error = broken.write->error;
    }
    return timeline.finish();
}

} // namespace tcpblame::reconstruct
