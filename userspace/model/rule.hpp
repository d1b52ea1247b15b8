/// By which rule a verdict was found. What each rests on: reconstruct/rules.hpp.
#pragma once

#include <cstdint>

namespace tcpblame::model {

/// One for each place where a blame_* function decides.
enum class Rule : std::uint8_t {
    kNobody,
    kEvicted,
    // blame_connect.cpp
    kRefused,
    kRefusedBefore,
    kConnectRefusedUnseen,
    kConnectFailedUnseen,
    kDisconnectedUnseen,
    kNeverConnected,
    // blame_local.cpp
    kLocalShutdown,
    kLocalShutdownUnseen,
    kDisconnected,
    kOwnAbort,
    // blame_error.cpp
    kAdminKill,
    kAdminKillOfPeer,
    kAdminKillUnseen,
    kSubflowsReset,
    kErrorWithoutReset,
    kOtherError,
    kNoAnswer,
    kPeerEndedUnheard,
    kWindowClosed,
    kNoRouteTimeout,
    kFilteredOut,
    kFilteredIn,
    kFilteredAway,
    kUnreachable,
    kNoRoute,
    kReported,
    kReportedOther,
    // blame_files.cpp
    kPipe,
    kPipeUnseen,
    kMovedFile,
    kUnixPeer,
    kUnixDatagram,
    kUnixShutDown,
    kUnixUnseen,
    kSentByProcess,
    kSentByTimer,
    kSentForParent,
    kSentByKernel,
    kSentUnseen,
    // blame_orderly.cpp
    kOrderly,
    kPeerDied,
    kUnanswered,
    // blame_reset.cpp
    kPeerClosed,
    kPeerClosedUnseen,
    kCrossed,
    kCrossedUnseen,
    kHalfClosed,
    kPeerAborted,
    kPeerAbortedUnseen,
    kListenerClosed,
    kAmidAbort,
    kQueueOverflow,
    kQueueOverflowUnseen,
    kUnknownConnection,
    kAddressMoved,
    kStateLost,
    kQueueDropped,
    kBetween,
    kUnseenReset,
};

} // namespace tcpblame::model
