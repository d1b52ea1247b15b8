#include "reconstruct/attribution.hpp"

#include "reconstruct/blame.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>
#include <vector>

namespace tcpblame::reconstruct {

using namespace model;

namespace {

void cite_in(std::vector<EventId>& evidence, const Stamp& stamp) {
    if (std::find(evidence.begin(), evidence.end(), stamp.id) == evidence.end()) evidence.push_back(stamp.id);
}

} // namespace

void cite(Blame& blame, const Stamp& stamp) { cite_in(blame.evidence, stamp); }

void cite_peer(Blame& blame, const Case& broken, const Stamp& stamp) {
    cite_in(broken.far != nullptr ? blame.far_evidence : blame.evidence, stamp);
}

void cite_write(Blame& blame, const Case& broken) {
    if (broken.write == nullptr) return;
    if (broken.write->sigpipe) cite(blame, broken.write->sigpipe->stamp);
    if (broken.write->send) cite(blame, broken.write->send->stamp);
    if (broken.write->exit) cite(blame, broken.write->exit->stamp);
}

std::string host_of_peer(const Case& broken) {
    if (broken.far != nullptr) return broken.far->end.host();
    return broken.host != nullptr ? *broken.host : std::string();
}

void cite_peer(Reason& reason, Blame& blame, const Case& broken, const Stamp& stamp) {
    const bool is_far = broken.far != nullptr || broken.host != nullptr;
    cite_in(is_far ? blame.far_evidence : reason.evidence, stamp);
}

Reason reason_at(ReasonCode code, Confidence confidence, const Stamp& stamp) {
    Reason made;
    made.code = code;
    made.confidence = confidence;
    made.at_ns = static_cast<std::int64_t>(stamp.time_ns);
    made.evidence.push_back(stamp.id);
    return made;
}

namespace {

/// An earlier call took the socket's error; so this write got EPIPE.
bool error_was_taken(const Case& broken) {
    if (broken.write == nullptr || broken.write->error != EPIPE || broken.us == nullptr) return false;
    if (!broken.us->ending().closed) return false; // it had no error that could have been taken
    const auto earlier = [&](const TakenError& taken) { return taken.stamp.time_ns < broken.write->time_ns; };
    if (std::any_of(broken.us->ending().errors_taken.begin(), broken.us->ending().errors_taken.end(), earlier))
        return true;
    // The error that the socket got was another one: whoever asked first was given it.
    return broken.us->ending().closed && broken.us->ending().closed->error != 0 &&
           broken.us->ending().closed->error != EPIPE;
}

Blame blame_nobody(const Case& broken) {
    Blame blame;
    cite_write(blame, broken);
    return blame;
}

Blame blame_connection(const Case& broken) {
    const Endpoint* us = broken.us;
    if (broken.quiet_end != QuietEnd::kNone) return blame_quiet_end(broken);
    if (was_reported_to(broken)) return blame_report(broken);
    if (was_refused(us)) return blame_refusal(broken);
    if (has_no_connection(broken)) return blame_no_connection(broken);
    if (we_shut_down(broken)) return blame_local_shutdown(broken);
    if (we_disconnected(broken)) return blame_local_abort(broken);
    if (us != nullptr && us->ending().reset_received) return blame_reset(broken);
    if (us != nullptr && us->ending().closed && us->ending().closed->error != 0) return blame_error(broken);
    if (broken.write != nullptr || us == nullptr) return blame_nobody(broken);
    return sent_abort(*us) && us->ending().closed && us->ending().closed->actor ? blame_local_abort(broken)
                                                                                : blame_orderly(broken);
}

/// The socket's own error says it all.
bool reports_itself(Cause cause) {
    return cause == Cause::kTimedOut || cause == Cause::kUnreachable || cause == Cause::kKilledByAdmin ||
           cause == Cause::kRefused;
}

/// Much is concluded from what was not seen. Where it may have been seen and was evicted, nothing is.
void withhold_what_was_evicted(Blame& blame, const Case& broken) {
    if (broken.us_was_evicted && !reports_itself(blame.cause)) {
        Blame unknown;
        unknown.rule = Rule::kEvicted;
        unknown.evidence = std::move(blame.evidence);
        unknown.far_evidence = std::move(blame.far_evidence);
        blame = std::move(unknown);
        return;
    }
    if (!broken.us_was_evicted && !broken.peer_was_evicted) return;
    if (blame.confidence == Confidence::kObserved) blame.confidence = Confidence::kInferred;
    blame.circumstances.evicted = broken.us_was_evicted ? Evicted::kConnection : Evicted::kOtherEnd;
}

/// `before`: of the connection whose end the peer passed on; nullptr: of none.
Blame attribute_break(const Case& broken, Blame* before) {
    Blame blame = blame_connection(broken);
    if (blame.cause != Cause::kLocalShutdown && error_was_taken(broken))
        blame.modifiers.push_back(Modifier::kErrorAlreadyTaken);
    if (broken.host != nullptr && broken.far == nullptr && blame.peer_act) blame.peer_act->process.host = *broken.host;
    add_reasons_of_end(blame, broken);
    if (before != nullptr) add_reasons_passed_on(blame, broken, std::move(*before));
    add_reasons_of_silence(blame, broken);
    withhold_what_was_evicted(blame, broken);
    return blame;
}

Blame attribute_one(const Case& broken, Blame* before) {
    if (broken.write != nullptr) {
        if (broken.write->is_sent_signal()) return blame_sender(broken);
        if (broken.write->call.file == FileKind::kPipe) return blame_pipe(broken);
        if (broken.write->call.file == FileKind::kUnix) return blame_unix(broken);
        if (!broken.write->send && broken.write->call.file_state == FileState::kWhole) return blame_moved_file(broken);
    }
    return attribute_break(broken, before);
}

} // namespace

Blame attribute(const Case& broken) {
    if (broken.passed_on == nullptr) return attribute_one(broken, nullptr);
    std::vector<const Case*> chain;
    for (const Case* one = &broken; one != nullptr; one = one->passed_on) chain.push_back(one);
    Blame blame = attribute_one(*chain.back(), nullptr);
    for (auto one = std::next(chain.rbegin()); one != chain.rend(); ++one) blame = attribute_one(**one, &blame);
    return blame;
}

} // namespace tcpblame::reconstruct
