#include "render/wording/advice.hpp"

#include "render/wording/causes.hpp"
#include "render/wording/folded_stack.hpp"

#include <string_view>

namespace tcpblame::render {
namespace {

/// In place of the cause's, where a rule has its own; else empty.
std::string_view advice_of_rule(model::Rule rule) {
    using model::Rule;
    switch (rule) {
    case Rule::kCrossed:
    case Rule::kCrossedUnseen:
        return "nobody ignored anything: the request and the FIN crossed; retry what may be retried, or let idle "
               "connections end here before the other side ends them";
    case Rule::kHalfClosed:
        return "read()==0 was no end here, for the peer read on after it: let the protocol say when it will take no "
               "more";
    case Rule::kPeerDied:
        return "read()==0 may be no end here: take what came for whole only if the protocol says so, and look at why "
               "the process was killed";
    case Rule::kUnanswered:
        return "read()==0 is no answer: repeat on a new connection what may be repeated, and look in the peer's log at "
               "what it made of the request";
    case Rule::kBetween:
        return "neither program did it: look at what lies between the two (firewalls, NAT, balancers, intrusion "
               "filters), and reconnect";
    default: return {};
    }
}

/// What lies in the receive queue can be read still: psql, curl and others find there why they were turned away.
bool can_read_why(const model::Verdict& verdict) {
    const bool lives = verdict.disposition != model::Disposition::kKilled;
    const bool peer_ended_it =
        verdict.cause == model::Cause::kPeerClosed || verdict.cause == model::Cause::kPeerAborted;
    return lives && peer_ended_it && verdict.bytes.unread.value_or(0) > 0;
}

/// How the program's own functions get into its stack; of each interpreter as its makers have it.
void add_naming(Words& words, const model::Verdict& verdict) {
    const std::string_view interpreter = reticent_interpreter(verdict.stack);
    if (interpreter.empty()) return;
    if (interpreter == "[v8]")
        words.add("; node --perf-basic-prof --interpreted-frames-native-stack names its functions here");
    else if (interpreter == "[cpython]")
        words.add("; python3 -X perf names its functions here");
    else if (verdict.process)
        words.add("; jcmd ", verdict.process->pid,
                  " Compiler.perfmap, before the next, names what its JVM has compiled");
}

} // namespace

void add_advice(Words& words, const model::Verdict& verdict) {
    const std::string_view own = advice_of_rule(verdict.rule);
    if (!own.empty()) {
        words.add(own);
    } else {
        const CauseWords cause = words_for(verdict.cause);
        words.add(cause.advice);
        const bool killed = verdict.disposition == model::Disposition::kKilled;
        if (killed && !cause.advice_if_killed.empty()) words.add("; ", cause.advice_if_killed);
    }
    if (can_read_why(verdict)) words.add("; read what was received and not read yet: it probably says why");
    add_naming(words, verdict);
}

std::string advice_of(const model::Verdict& verdict) {
    Words words;
    add_advice(words, verdict);
    return words.str();
}

} // namespace tcpblame::render
