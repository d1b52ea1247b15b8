// It was not seen, or something else was: the beginning, an end, the window, the file, the signal.
#include "recordings/adversary.hpp"

namespace tcpblame::recordings {
namespace {

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
