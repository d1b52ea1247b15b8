/// The signals that ended processes, or asked them to end: the reasons behind what those did to their connections.
#pragma once

#include "model/event.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>

namespace tcpblame::reconstruct {

class Kills {
public:
    /// A process that is asked to stop has so long to do it before its closes are for another reason.
    static constexpr std::uint64_t kAskedForNs = 60'000'000'000;

    void note(const model::SignalSent& sent);
    /// One that is to kill: the process's own failing write is the reason.
    void note(const model::SigpipeSent& sent);
    void note(const model::OomKilled& killed);

    /// The signal by which a process, known by pid and name, was dying at `at_ns`; nullptr where nobody saw it sent. Of
    /// several the last: a process that dies is sent no more (prepare_signal(), kernel/signal.c).
    const model::SignalSent* that_killed(std::uint32_t pid, std::string_view name, int signal,
                                         std::uint64_t at_ns) const;
    /// The last that asked it to stop, in the minute before `at_ns`.
    const model::SignalSent* that_asked(std::uint32_t pid, std::string_view name, std::uint64_t at_ns) const;
    /// Where that signal was the OOM killer's: its event.
    const model::OomKilled* oom(const model::SignalSent& sent) const;

private:
    static constexpr std::size_t kRemembered = 4096;

    void keep(model::SignalSent&& sent);
    template <typename Fits>
    const model::SignalSent* last_to(std::uint32_t pid, const Fits& fits) const;

    std::deque<model::SignalSent> signals_; ///< as they came; the first is number `first_`
    std::uint64_t first_ = 0;
    std::unordered_map<std::uint32_t, std::deque<std::uint64_t>> by_pid_; ///< numbers of signals, ascending
    std::deque<model::OomKilled> ooms_;
};

} // namespace tcpblame::reconstruct
