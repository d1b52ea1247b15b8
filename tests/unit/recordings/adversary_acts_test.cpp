// Who did it, and how, is contradicted.
#include "recordings/adversary.hpp"

namespace tcpblame::recordings {
namespace {

TEST_P(Adversary, AsItIsEveryClaimIsCarried) { expect_carried(recording_.events, "as it is"); }

TEST_P(Adversary, AKernelThreadDidIt) {
    has_bystander_ = true;
    change_each("a kernel thread", [](Event& event) {
        std::optional<Actor>* actor = actor_in(event);
        if (actor == nullptr) return false;
        (*actor)->kernel_thread = true;
        (*actor)->comm = (*actor)->name = kBystander;
        return true;
    });
}

/// As the decoder gives a kernel thread, and what happened in softirq.
TEST_P(Adversary, NobodyDidIt) {
    for (const bool owned : {true, false})
        change_each(owned ? "nobody" : "softirq", [owned](Event& event) {
            std::optional<Actor>* actor = actor_in(event);
            if (actor == nullptr) return false;
            actor->reset();
            if (SocketView* socket = socket_in(event)) socket->owned = owned;
            return true;
        });
}

TEST_P(Adversary, AnotherProcessDidIt) {
    change_each("another's name", [](Event& event) {
        std::optional<Actor>* actor = actor_in(event);
        if (actor == nullptr) return false;
        (*actor)->comm = (*actor)->name = "another";
        return true;
    });
    change_each("another process", [](Event& event) {
        std::optional<Actor>* actor = actor_in(event);
        if (actor == nullptr) return false;
        (*actor)->pid = (*actor)->tid = kBystanderPid;
        return true;
    });
}

/// Whoever an event reports of, on this host.
void for_each_actor(const Event& event, const std::function<void(const Actor&)>& take) {
    std::visit(
        [&](const auto& one) {
            if constexpr (requires { one.actor.has_value(); }) {
                if (one.actor) take(*one.actor);
            } else if constexpr (requires { one.actor.pid; }) {
                take(one.actor);
            }
        },
        event);
}

/// The pid has gone to another process before the verdict is reported: /proc has reported of that one meanwhile.
TEST_P(Adversary, AnotherProcessHasThePidNow) {
    std::map<std::uint32_t, std::size_t> last_acts; // by pid
    for (std::size_t place = 0; place < recording_.events.size(); ++place)
        for_each_actor(recording_.events[place], [&](const Actor& actor) { last_acts[actor.pid] = place; });
    std::size_t taken = 0;
    for (const auto& [pid, place] : last_acts) {
        if (pid == 0 || ++taken > 16) continue;
        ProcessKnown known;
        known.pid = pid;
        known.exe = "/usr/bin/another";
        known.cgroup = "/another";
        known.mappings = {{0, std::uint64_t{1} << 47, 0, "/usr/bin/another"}};
        known.is_another = true;
        ProcessExited exited;
        exited.stamp.time_ns = time_of(recording_.events[place]) + 1;
        exited.actor.pid = exited.actor.tid = pid;
        exited.actor.comm = exited.actor.name = "another";
        known.time_ns = exited.stamp.time_ns + 1'000;
        Events events = recording_.events;
        const auto after = events.begin() + static_cast<std::ptrdiff_t>(place) + 1;
        events.insert(events.insert(after, exited), known);
        expect_carried(events, fmt::format("another has pid {}", pid));
        for (const Verdict& verdict : recording_.reported(events).verdicts) expect_no_frame_of_another(verdict, pid);
    }
}

TEST_P(Adversary, TheActIsAnother) {
    for (const Syscall syscall : {Syscall::kClose, Syscall::kShutdown, Syscall::kConnect, Syscall::kUnknown})
        change_each<StateChanged>(fmt::format("by {}()", name_of(syscall)), [syscall](StateChanged& event) {
            if (!event.actor) return false;
            event.actor->syscall = syscall;
            event.actor->exiting = false;
            return true;
        });
    for (const std::uint32_t code : {0U, 3U << 8, 9U, 11U | 0x80U})
        change_each<StateChanged>(fmt::format("exit code {:#x}", code), [code](StateChanged& event) {
            if (!event.actor) return false;
            event.actor->exiting = true;
            event.actor->exit_code = code;
            event.actor->syscall = Syscall::kUnknown;
            return true;
        });
}

} // namespace
} // namespace tcpblame::recordings
