/// A write that failed, put together from its events.
#pragma once

#include "model/event.hpp"

#include <cstdint>
#include <optional>

namespace tcpblame::reconstruct {

struct BrokenWrite {
    std::uint64_t time_ns = 0;
    model::Actor actor;
    model::Call call;
    int error = 0; ///< positive errno
    model::Stack stack;
    std::optional<model::SigpipeSent> sigpipe;
    std::optional<model::SendReturned> send; ///< none where the file is a pipe
    std::optional<model::ProcessExited> exit;

    /// Does the send's return belong to the write that this SIGPIPE was for?
    [[nodiscard]] bool awaits(const model::SendReturned& event) const;

    /// Does the SIGPIPE belong to the write that this send is of?
    [[nodiscard]] bool awaits(const model::SigpipeSent& event) const;

    /// A write to a socket: its send has still to return.
    [[nodiscard]] bool awaits_send() const;
    [[nodiscard]] bool awaits_sigpipe() const;
    void join(const model::SendReturned& event);
    void join(const model::SigpipeSent& event);

    [[nodiscard]] const model::SocketView& socket() const { return send ? send->socket : sigpipe->socket; }
    [[nodiscard]] model::Disposition disposition() const;
    /// No write at all: something else sent the SIGPIPE.
    [[nodiscard]] bool is_sent_signal() const { return sigpipe && sigpipe->origin != model::SignalOrigin::kWrite; }
};

BrokenWrite broken_write(const model::SigpipeSent& event);
BrokenWrite broken_write(const model::SendReturned& event);

} // namespace tcpblame::reconstruct
