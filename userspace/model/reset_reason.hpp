/// Why a kernel sent a RST, as it says itself.
#pragma once

#include <cstdint>
#include <string_view>

namespace tcpblame::model {

/// The kernel's own, from 6.10 on (include/net/rstreason.h); those of MPTCP are RFC 8684's, 3.6.
enum class ResetReason : std::uint8_t {
    kUnknown,
    kNoSocket,
    kAbortOnData,
    kTimewaitSocket,
    kAbortOnClose,
    kState,
    kOther,
    kKeepaliveTimeout,
    kFlags,      ///< a listener got a segment of a connection that it does not know
    kInvalidSyn, ///< a listener ended a handshake: its queue was full, where the segment is no SYN
    kInvalidAckSequence,
    kPaws,
    kTooOldAck,
    kAckUnsentData,
    kOldAck,
    kAbortOnLinger,
    kAbortOnMemory,
    kDisconnectWithData,
    kMptcpUnspecified,
    kMptcpError,
    kMptcpResource,
    kMptcpProhibited,
    kMptcpOutstanding,
    kMptcpPerformance,
    kMptcpMiddlebox,
};

/// The kernel's name, without its prefix: "abort-on-linger", …; empty for kUnknown and kOther.
std::string_view code_of(ResetReason reason);

} // namespace tcpblame::model
