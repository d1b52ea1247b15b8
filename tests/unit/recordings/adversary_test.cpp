// Replaces, removes or contradicts in every recording what a rule rests on, as the kernel could really report it:
// whatever is then still reported as observed must be carried by the events as they are then (claims.hpp).
#include "recordings/claims.hpp"
#include "recordings/recording.hpp"

#include <array>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace tcpblame::recordings {
namespace {

using namespace model;

using Events = std::vector<Event>;

constexpr const char* kBystander = "bystander";
constexpr std::uint32_t kBystanderPid = 424'242;
constexpr std::uint64_t kLongNs = 5'000'000'000;
constexpr std::uint32_t kFarOff = 1U << 28; ///< of sequence numbers: no window is as wide

std::uint64_t time_of(const Event& event) {
    return std::visit(
        [](const auto& one) -> std::uint64_t {
            if constexpr (requires { one.stamp; })
                return one.stamp.time_ns;
            else
                return 0;
        },
        event);
}

/// Who acted on a socket, where an event names somebody.
std::optional<Actor>* actor_in(Event& event) {
    return std::visit(
        [](auto& one) -> std::optional<Actor>* {
            if constexpr (requires { one.actor.has_value(); }) return one.actor ? &one.actor : nullptr;
            return nullptr;
        },
        event);
}

SocketView* socket_in(Event& event) {
    return std::visit(
        [](auto& one) -> SocketView* {
            if constexpr (requires { one.socket; }) return &one.socket;
            return nullptr;
        },
        event);
}

Progress* progress_in(Event& event) {
    return std::visit(
        [](auto& one) -> Progress* {
            if constexpr (requires { one.progress; }) return &one.progress;
            return nullptr;
        },
        event);
}

bool is_close(const StateChanged& event) { return event.new_state == TcpState::kClose; }

bool is_fin(const StateChanged& event) {
    return event.new_state != event.old_state &&
           (event.new_state == TcpState::kFinWait1 || event.new_state == TcpState::kLastAck ||
            event.new_state == TcpState::kCloseWait || event.new_state == TcpState::kClosing);
}

bool is_reception(const Event& event) {
    const auto* changed = std::get_if<StateChanged>(&event);
    return std::holds_alternative<ResetReceived>(event) || (changed != nullptr && changed->by_reset);
}

class Adversary : public OfEachRecording {
protected:
    void expect_carried(const Events& events, const std::string& how) const {
        for (const Verdict& verdict : recording_.reported(events).verdicts) {
            for (const std::string& claim : uncarried_claims(verdict, events))
                ADD_FAILURE() << how << ": " << code_of(verdict.cause) << " (" << code_of(verdict.confidence) << "), "
                              << verdict.summary << "\n  is not carried: " << claim;
            expect_no_bystander(verdict, how);
        }
    }

    /// Named by his thread or process name in whatever a person reads.
    void expect_no_bystander(const Verdict& verdict, const std::string& how) const {
        if (!has_bystander_) return;
        EXPECT_EQ(verdict.summary.find(kBystander), std::string::npos) << how << ": " << verdict.summary;
        for (const TimelineEntry& row : verdict.timeline)
            EXPECT_EQ(row.note.find(kBystander), std::string::npos) << how << ": " << row.note;
        for (const Reason& reason : verdict.why)
            EXPECT_TRUE(!reason.process || reason.process->name != kBystander) << how << ": " << verdict.summary;
        EXPECT_TRUE(!verdict.peer || verdict.peer->process.name != kBystander) << how << ": " << verdict.summary;
        EXPECT_TRUE(!verdict.sender || verdict.sender->name != kBystander) << how << ": " << verdict.summary;
        EXPECT_TRUE(!verdict.killed_by || verdict.killed_by->name != kBystander) << how << ": " << verdict.summary;
    }

    /// The mappings of another process name no frames.
    static void expect_no_frame_of_another(const Verdict& verdict, std::uint32_t pid) {
        const auto expect_none = [pid](const std::vector<StackFrame>& stack) {
            for (const StackFrame& frame : stack) EXPECT_NE(frame.module, "another") << "of pid " << pid;
        };
        expect_none(verdict.stack);
        if (verdict.peer) expect_none(verdict.peer->stack);
    }

    /// Of a recording with thousands that are alike, some.
    std::size_t step() const {
        constexpr std::size_t kMany = 200;
        constexpr std::size_t kPlaces = 8;
        return recording_.events.size() > kMany ? recording_.events.size() / kPlaces + 1 : 1;
    }

    /// `change` says whether it has found something to change: at each place by itself, then everywhere.
    void change_each(const std::string& how, const std::function<bool(Event&)>& change) const {
        for (std::size_t place = 0; place < recording_.events.size(); place += step()) {
            Events events = recording_.events;
            if (change(events[place])) expect_carried(events, fmt::format("{}, event {}", how, place + 1));
        }
        Events events = recording_.events;
        std::size_t changed = 0;
        for (Event& event : events) changed += change(event) ? 1 : 0;
        if (changed > 1) expect_carried(events, how + ", everywhere");
    }

    template <typename Kind>
    void change_each(const std::string& how, const std::function<bool(Kind&)>& change) const {
        change_each(how, [&](Event& event) {
            auto* one = std::get_if<Kind>(&event);
            return one != nullptr && change(*one);
        });
    }

    /// All from a place on comes later, as if the network had held up what made it.
    void delay(const std::string& how, const std::function<bool(const Event&)>& begins,
               const std::function<bool(const Event&)>& stays) const {
        for (std::size_t place = 0; place < recording_.events.size(); place += step()) {
            if (!begins(recording_.events[place])) continue;
            const std::uint64_t since_ns = time_of(recording_.events[place]);
            Events events = recording_.events;
            for (Event& event : events)
                std::visit(
                    [&](auto& one) {
                        if constexpr (requires { one.stamp; })
                            if (one.stamp.time_ns >= since_ns && !stays(event)) one.stamp.time_ns += kLongNs;
                    },
                    event);
            std::stable_sort(events.begin(), events.end(), [](const Event& one, const Event& other) {
                return time_of(one) != 0 && time_of(other) != 0 && time_of(one) < time_of(other);
            });
            expect_carried(events, fmt::format("{}, event {}", how, place + 1));
        }
    }

    bool has_bystander_ = false;
};

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

TEST_P(Adversary, TheResetHasAnotherReason) {
    for (const ResetReason reason :
         {ResetReason::kUnknown, ResetReason::kNoSocket, ResetReason::kAbortOnData, ResetReason::kTimewaitSocket,
          ResetReason::kAbortOnClose, ResetReason::kState, ResetReason::kOther, ResetReason::kKeepaliveTimeout,
          ResetReason::kFlags, ResetReason::kInvalidSyn})
        change_each<ResetSent>(fmt::format("reason {}", static_cast<int>(reason)), [reason](ResetSent& event) {
            event.reason = reason;
            return true;
        });
}

TEST_P(Adversary, AListenerSentTheReset) {
    const std::array<std::optional<AcceptQueue>, 5> queues{
        std::nullopt, AcceptQueue{.length = 2, .limit = 1, .aborts_on_overflow = true},
        AcceptQueue{.length = 2, .limit = 1, .dropped = 3}, AcceptQueue{.limit = 1, .aborts_on_overflow = true},
        AcceptQueue{.limit = 1, .dropped = 3}};
    for (const auto& queue : queues)
        for (const ResetReason reason : {ResetReason::kUnknown, ResetReason::kFlags, ResetReason::kInvalidSyn})
            for (const bool is_empty : {true, false})
                change_each<ResetSent>("a listener", [&](ResetSent& event) {
                    // A handshake's last segment is empty, and what is not answers to no overflow.
                    if (event.kind != ResetKind::kPassive || (!is_empty && reason == ResetReason::kInvalidSyn))
                        return false;
                    event.socket.state = TcpState::kListen;
                    event.socket.cookie = 0;
                    event.reason = reason;
                    event.queue = queue;
                    if (is_empty) event.segment_len = 0;
                    return true;
                });
}

TEST_P(Adversary, TheResetIsOfAnotherKind) {
    change_each<ResetSent>("the other kind", [](ResetSent& event) {
        event.kind = event.kind == ResetKind::kActive ? ResetKind::kPassive : ResetKind::kActive;
        event.segment_len = 0;
        return true;
    });
    change_each<ResetSent>("an empty segment", [](ResetSent& event) {
        event.segment_len = 0;
        return true;
    });
    change_each<ResetSent>("a SYN", [](ResetSent& event) {
        event.segment_is_syn = true;
        return true;
    });
}

TEST_P(Adversary, TheResetsNumbersDoNotFit) {
    for (const std::uint32_t off : {kFarOff, 0U - kFarOff})
        change_each<ResetSent>("far off", [off](ResetSent& event) {
            event.segment_seq += off;
            event.own_nxt += off;
            return true;
        });
    change_each("came far off", [](Event& event) {
        Progress* progress = is_reception(event) ? progress_in(event) : nullptr;
        if (progress == nullptr) return false;
        progress->snd_una += kFarOff;
        progress->snd_nxt += kFarOff;
        progress->rcv_nxt += kFarOff;
        return true;
    });
}

TEST_P(Adversary, TheResetIsOfAnotherNamespace) {
    change_each<ResetSent>("another namespace", [](ResetSent& event) {
        event.socket.netns += 1;
        if (event.kind == ResetKind::kPassive) event.socket.cookie = 0; // an active one is a socket's
        return true;
    });
}

TEST_P(Adversary, TheResetComesLate) {
    delay("late", is_reception, [](const Event&) { return false; });
    delay("late, after its sending", is_reception,
          [](const Event& event) { return std::holds_alternative<ResetSent>(event); });
}

TEST_P(Adversary, TheFinComesLate) {
    const auto is_a_fin = [](const Event& event) {
        const auto* changed = std::get_if<StateChanged>(&event);
        return changed != nullptr && is_fin(*changed);
    };
    delay("late", is_a_fin, [](const Event&) { return false; });
}

TEST_P(Adversary, TheActComesAfterWhatBroke) {
    for (std::size_t place = 0; place < recording_.events.size(); place += step()) {
        const auto* changed = std::get_if<StateChanged>(&recording_.events[place]);
        if (changed == nullptr || !changed->actor) continue;
        Events events = recording_.events;
        Event later = events[place];
        events.erase(events.begin() + static_cast<std::ptrdiff_t>(place));
        std::uint64_t last_ns = 0;
        for (const Event& event : events) last_ns = std::max(last_ns, time_of(event));
        std::get<StateChanged>(later).stamp.time_ns = last_ns + kLongNs;
        events.push_back(std::move(later));
        expect_carried(events, fmt::format("event {} comes last", place + 1));
    }
}

/// Attached in the middle, and nothing found what was there.
TEST_P(Adversary, TheBeginningWasNotSeen) {
    for (std::size_t place = 1; place < recording_.events.size(); place += step()) {
        Events events(recording_.events.begin() + static_cast<std::ptrdiff_t>(place), recording_.events.end());
        for (Event& event : events)
            if (Progress* progress = progress_in(event)) progress->opened_ns = 0;
        expect_carried(events, fmt::format("from event {} on", place + 1));
    }
}

/// One end's host is another one: nothing of it is seen.
TEST_P(Adversary, OneEndWasNotSeen) {
    std::set<Tuple> ends;
    for (Event event : recording_.events)
        if (const SocketView* socket = socket_in(event); socket != nullptr && socket->tuple.remote.port != 0)
            ends.insert(socket->tuple);
    std::size_t taken = 0;
    for (const Tuple& end : ends) {
        if (++taken > 8) break;
        for (const bool its_resets_too : {true, false}) {
            Events events;
            for (Event event : recording_.events) {
                const SocketView* socket = socket_in(event);
                const bool is_its = socket != nullptr && socket->tuple == end;
                if (!is_its || (!its_resets_too && std::holds_alternative<ResetSent>(event))) events.push_back(event);
            }
            expect_carried(events, its_resets_too ? "an end unseen" : "an end unseen but for its RSTs");
        }
    }
}

/// The same addresses and ports in another network namespace: another connection, with numbers of its own.
TEST_P(Adversary, AnotherConnectionHasTheSameEnds) {
    has_bystander_ = true;
    Events events;
    std::uint64_t highest = 0;
    for (Event event : recording_.events)
        if (const SocketView* socket = socket_in(event)) highest = std::max(highest, socket->cookie);
    for (const Event& event : recording_.events) {
        events.push_back(event);
        const auto* changed = std::get_if<StateChanged>(&event);
        const auto* sent = std::get_if<ResetSent>(&event);
        if (changed == nullptr && sent == nullptr) continue;
        Event twin = event;
        SocketView& socket = *socket_in(twin);
        socket.netns += 1;
        if (socket.cookie != 0) socket.cookie += highest;
        if (Progress* progress = progress_in(twin); progress != nullptr) {
            for (std::uint32_t* number : {&progress->snd_una, &progress->snd_nxt, &progress->write_seq,
                                          &progress->rcv_nxt, &progress->copied_seq})
                *number += kFarOff;
        }
        if (auto* reset = std::get_if<ResetSent>(&twin)) {
            reset->segment_seq += kFarOff;
            reset->own_nxt += kFarOff;
        }
        if (std::optional<Actor>* actor = actor_in(twin)) {
            (*actor)->pid = (*actor)->tid = kBystanderPid;
            (*actor)->comm = (*actor)->name = kBystander;
        }
        // What the bystander does himself is reported of him.
        if (changed != nullptr && (changed->socket.error != 0 || changed->by_reset)) continue;
        events.push_back(std::move(twin));
    }
    Events reported_of;
    for (const Verdict& verdict : recording_.reported(events).verdicts)
        if (!verdict.process || verdict.process->name != kBystander) expect_no_bystander(verdict, "a twin");
}

TEST_P(Adversary, TheWindowIsAnother) {
    for (const std::optional<std::uint32_t> window :
         {std::optional<std::uint32_t>(), std::optional<std::uint32_t>(0U), std::optional<std::uint32_t>(65'536U)})
        for (const int how : {0, 1, 2, 3})
            change_each<StateChanged>(fmt::format("window {}, {}", window.value_or(1), how), [&](StateChanged& event) {
                if (!is_close(event)) return false;
                event.snd_wnd = window;
                Progress& progress = event.progress;
                if (how == 1) progress.snd_nxt = progress.snd_una; // all waits
                if (how == 2) progress.snd_nxt = progress.snd_una = progress.write_seq - 10;
                if (how == 3) progress.snd_nxt = progress.write_seq = progress.snd_una; // nothing does
                if (how == 2) progress.user_timeout_ms = 1'000;
                return true;
            });
}

TEST_P(Adversary, ItEndsWithAnotherError) {
    for (const int error : {0, ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EACCES, ECONNABORTED, ECONNRESET})
        for (const bool no_route : {false, true})
            change_each<StateChanged>(fmt::format("error {}", error), [&](StateChanged& event) {
                if (!is_close(event) || (no_route && error != EHOSTUNREACH && error != ETIMEDOUT)) return false;
                event.socket.error = error;
                event.no_route = no_route;
                return true;
            });
    for (const int error : {ECONNREFUSED, EACCES, EHOSTUNREACH})
        change_each<ErrorReported>(fmt::format("reported {}", error), [error](ErrorReported& event) {
            event.socket.error = error;
            return true;
        });
}

TEST_P(Adversary, WhetherAFinCameIsContradicted) {
    for (const std::optional<bool> came : {std::optional<bool>(), std::optional(false), std::optional(true)})
        change_each<StateChanged>(fmt::format("SOCK_DONE {}", came.value_or(false)), [came](StateChanged& event) {
            if (event.old_state != TcpState::kFinWait2) return false;
            event.socket.fin_received = came;
            return true;
        });
}

TEST_P(Adversary, ItLetGoWithDataUnread) {
    for (const bool linger : {false, true})
        for (const std::uint32_t bytes : {0U, 1U, 5U})
            change_each<StateChanged>(fmt::format("{} B unread", bytes), [&](StateChanged& event) {
                if (!is_close(event)) return false;
                event.socket.linger_zero = linger;
                event.progress.copied_seq = event.progress.rcv_nxt - bytes;
                return true;
            });
}

TEST_P(Adversary, TheCloseAfterTheHalfCloseWasNotSeen) {
    for (std::size_t place = 0; place < recording_.events.size(); place += step()) {
        const auto* changed = std::get_if<StateChanged>(&recording_.events[place]);
        if (changed == nullptr || !changed->actor || is_fin(*changed)) continue;
        Events events = recording_.events;
        events.erase(events.begin() + static_cast<std::ptrdiff_t>(place));
        expect_carried(events, fmt::format("without event {}", place + 1));
    }
}

TEST_P(Adversary, TheDescriptorNamesAnotherFile) {
    for (const FileKind file : {FileKind::kPipe, FileKind::kOther, FileKind::kTcp, FileKind::kUnix, FileKind::kUnknown})
        for (const FileState state : {FileState::kWhole, FileState::kNotAsked, FileState::kBroken}) {
            const auto change = [&](SigpipeSent& event) {
                event.call.file = file;
                event.call.file_state = state;
                event.call.unix_peer_gone = false;
                if (file != FileKind::kTcp) event.socket = {};
                return true;
            };
            const std::string how = fmt::format("names {}, {}", code_of(file), static_cast<int>(state));
            change_each<SigpipeSent>(how, change);
            // The write's own return was not seen.
            Events events;
            for (const Event& event : recording_.events) {
                if (std::holds_alternative<SendReturned>(event)) continue;
                events.push_back(event);
                if (auto* signal = std::get_if<SigpipeSent>(&events.back())) change(*signal);
            }
            expect_carried(events, how + ", no return");
        }
}

TEST_P(Adversary, TheUnixPeerIsThere) {
    const auto change = [](Call& call) {
        if (call.file != FileKind::kUnix) return false;
        call.unix_peer_gone = false;
        call.addressed = true;
        return true;
    };
    change_each("the peer is there", [&](Event& event) {
        if (auto* signal = std::get_if<SigpipeSent>(&event)) return change(signal->call);
        auto* send = std::get_if<SendReturned>(&event);
        return send != nullptr && change(send->call);
    });
}

TEST_P(Adversary, TheSignalIsOfAnotherOrigin) {
    has_bystander_ = true;
    for (const SignalOrigin origin : {SignalOrigin::kProcess, SignalOrigin::kTimer, SignalOrigin::kParent,
                                      SignalOrigin::kKernel, SignalOrigin::kUnknown})
        for (const bool has_sender : {true, false}) {
            const bool sends = origin == SignalOrigin::kProcess || origin == SignalOrigin::kParent;
            if (has_sender && sends) continue; // then he is named, and did it
            change_each<SigpipeSent>(fmt::format("of {}", code_of(origin)), [&](SigpipeSent& event) {
                event.origin = origin;
                event.sender.reset();
                if (has_sender && origin != SignalOrigin::kUnknown) {
                    event.sender.emplace();
                    event.sender->pid = kBystanderPid;
                    event.sender->comm = event.sender->name = kBystander;
                }
                return true;
            });
        }
}

INSTANTIATE_TEST_SUITE_P(Recordings, Adversary, testing::ValuesIn(all_recordings()), test_name);

} // namespace
} // namespace tcpblame::recordings
