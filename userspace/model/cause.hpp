/// Why a connection broke: the stable codes that people, scripts and dashboards build on.
#pragma once

#include <cstdint>
#include <string_view>

namespace tcpblame::model {

/// Codes are part of the JSON contract: append, never rename. What each means: render/wording/causes.cpp.
enum class Cause : std::uint8_t {
    kPeerClosed,
    kPeerAborted,
    kLocalShutdown,
    kRefused,
    kNeverConnected,
    kPipeReaderGone,
    kUnixPeerClosed,
    kTimedOut,
    kUnreachable,
    kKilledByAdmin,
    kLocalAbort,
    kUnknownConnection,
    kSentByProcess,
    kOrderly,
    kUnknown,
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
    kErrorAlreadyTaken, ///< an earlier call took the socket's error; so this write got EPIPE
};

std::string_view code_of(Modifier modifier);

} // namespace tcpblame::model
