#include "reconstruct/kills.hpp"

#include "model/task_name.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

namespace tcpblame::reconstruct {

using namespace model;

namespace {

bool asks(int signal) { return signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT; }

} // namespace

void Kills::keep(SignalSent&& sent) {
    const std::uint32_t pid = sent.target.pid;
    if (pid == 0) return; // not visible here: no close will name it
    by_pid_[pid].push_back(first_ + signals_.size());
    signals_.push_back(std::move(sent));
    if (signals_.size() <= kRemembered) return;
    const auto oldest = by_pid_.find(signals_.front().target.pid);
    oldest->second.pop_front();
    if (oldest->second.empty()) by_pid_.erase(oldest);
    signals_.pop_front();
    ++first_;
}

void Kills::note(const SignalSent& sent) { keep(SignalSent(sent)); }

void Kills::note(const SigpipeSent& sent) {
    if (sent.ignored || sent.handler != SignalHandler::kDefault) return;
    SignalSent kept;
    kept.stamp = sent.stamp;
    kept.target = sent.actor;
    kept.signal = SIGPIPE;
    kept.origin = sent.origin;
    kept.sender = sent.sender;
    keep(std::move(kept));
}

void Kills::note(const OomKilled& killed) {
    ooms_.push_back(killed);
    if (ooms_.size() > kRemembered) ooms_.pop_front();
}

template <typename Fits>
const SignalSent* Kills::last_to(std::uint32_t pid, const Fits& fits) const {
    const auto numbers = by_pid_.find(pid);
    if (numbers == by_pid_.end()) return nullptr;
    for (auto number = numbers->second.rbegin(); number != numbers->second.rend(); ++number) {
        const SignalSent& sent = signals_[*number - first_];
        if (fits(sent)) return &sent;
    }
    return nullptr;
}

const SignalSent* Kills::that_killed(std::uint32_t pid, std::string_view name, int signal, std::uint64_t at_ns) const {
    return last_to(pid, [&](const SignalSent& sent) {
        return sent.signal == signal && !sent.handled && sent.stamp.time_ns <= at_ns &&
               sent.target.name == TaskName(name);
    });
}

const SignalSent* Kills::that_asked(std::uint32_t pid, std::string_view name, std::uint64_t at_ns) const {
    return last_to(pid, [&](const SignalSent& sent) {
        return asks(sent.signal) && sent.stamp.time_ns <= at_ns && at_ns - sent.stamp.time_ns <= kAskedForNs &&
               sent.target.name == TaskName(name);
    });
}

const OomKilled* Kills::oom(const SignalSent& sent) const {
    constexpr std::uint64_t kJustAfterNs = 1'000'000'000; // the same task goes on: mm/oom_kill.c, __oom_kill_process()
    if (sent.signal != SIGKILL || sent.origin != SignalOrigin::kKernel) return nullptr;
    const auto found = std::find_if(ooms_.rbegin(), ooms_.rend(), [&](const OomKilled& oom) {
        return oom.pid == sent.target.pid && oom.stamp.time_ns >= sent.stamp.time_ns &&
               oom.stamp.time_ns - sent.stamp.time_ns <= kJustAfterNs;
    });
    return found != ooms_.rend() ? &*found : nullptr;
}

} // namespace tcpblame::reconstruct
