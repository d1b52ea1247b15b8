/// Why a connection broke: the stable codes that people, scripts and dashboards build on.
#pragma once

#include <cstdint>
#include <string_view>

namespace tcpblame::model {

/// Codes are part of the JSON contract: append, never rename.
enum class Cause : std::uint8_t {
    kPeerClosed,        ///< the peer's FIN came first, we wrote, the peer's host answered with a RST
    kPeerAborted,       ///< the peer's side sent a RST of its own accord
    kLocalShutdown,     ///< we had shut down our own sending side
    kRefused,           ///< our SYN was answered with a RST
    kNeverConnected,    ///< a write on a socket that has no connection
    kPipeReaderGone,    ///< a pipe whose reading end is closed
    kUnixPeerClosed,    ///< a unix socket whose other end is closed
    kTimedOut,          ///< retransmissions, TCP_USER_TIMEOUT or keepalive gave the peer up
    kUnreachable,       ///< the network said that the peer cannot be reached, until TCP gave up
    kKilledByAdmin,     ///< ss -K or another abort of the socket from outside
    kLocalAbort,        ///< our own side aborted the connection
    kUnknownConnection, ///< the peer's host does not know the connection (any more)
    kSentByProcess,     ///< a SIGPIPE that a process sent, not the kernel
    kOrderly,           ///< nothing broke: both sides closed
    kUnknown,           ///< the evidence does not suffice; the verdict says why
};
inline constexpr int kCauseCount = static_cast<int>(Cause::kUnknown) + 1;

/// "peer-closed", …
std::string_view code_of(Cause cause);

/// How far a verdict's claims rest on events that were seen.
enum class Confidence : std::uint8_t {
    kObserved, ///< every claim rests on an event
    kInferred, ///< the claim follows from events, but the deciding act itself was not seen
    kUnknown,
};

std::string_view code_of(Confidence confidence);

/// What qualifies a cause without changing it.
enum class Modifier : std::uint8_t {
    kErrorAlreadyTaken, ///< an earlier call took the socket's error; this write got what was left
};

std::string_view code_of(Modifier modifier);

} // namespace tcpblame::model
