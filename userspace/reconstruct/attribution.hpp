/// The blame: which cause the milestones of both ends prove, and how far.
#pragma once

#include "model/event.hpp"
#include "model/verdict.hpp"
#include "reconstruct/broken_write.hpp"
#include "reconstruct/endpoint.hpp"
#include "reconstruct/kills.hpp"
#include "reconstruct/remote_endpoints.hpp"
#include "reconstruct/rules.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tcpblame::reconstruct {

/// The peer closed first, and no call fails: why that is reported all the same.
enum class QuietEnd : std::uint8_t {
    kNone,
    kPeerDied,   ///< died_in_it()
    kUnanswered, ///< closed_unanswered()
};

/// What a verdict is found from. `us` is nullptr where nothing was heard of the socket before;
/// `write` where no write failed; `peer` where the other end is neither on this host nor in another recording.
struct Case {
    const Endpoint* us = nullptr;
    const Endpoint* peer = nullptr;
    const RemotePeer* far = nullptr;    ///< where `peer` is from another recording: all that it says
    const Endpoint* stranger = nullptr; ///< who answered us with the RST in the peer's name, and is not the peer
    const BrokenWrite* write = nullptr;
    const Kills* kills = nullptr;               ///< on the host of `us`
    const std::string* host = nullptr;          ///< of `us`, where it is from another recording; empty: the same host
    const model::HolderFound* holder = nullptr; ///< of the other end, where the file is no connection
    /// The connection whose end the peer's process passed on by closing this one (relays.hpp): seen from the process.
    const Case* passed_on = nullptr;
    const model::Actor* listener = nullptr; ///< who opened the listener that we had connected to
    bool us_was_evicted = false;            ///< what was known of it before, for want of memory
    bool peer_was_evicted = false;
    bool sees_every_reset = true;         ///< as ReconstructionOptions has it
    QuietEnd quiet_end = QuietEnd::kNone; ///< what is reported, where nothing broke
};

struct Blame {
    Rule rule = Rule::kNobody;
    model::Cause cause = model::Cause::kUnknown;
    model::Confidence confidence = model::Confidence::kUnknown;
    std::vector<model::Modifier> modifiers;
    model::Circumstances circumstances;
    std::optional<model::PeerAct> peer_act; ///< .at_ns is CLOCK_MONOTONIC still
    std::optional<model::Timeout> timeout;
    std::optional<model::Process> killed_by;
    std::optional<model::Process> sender;
    std::vector<model::Reason> why; ///< .at_ns is CLOCK_MONOTONIC still
    model::ResetOrigin reset_origin = model::ResetOrigin::kUnknown;
    model::IcmpKind icmp = model::IcmpKind::kNone;
    std::vector<model::EventId> evidence;
    std::vector<model::EventId> far_evidence; ///< in the recording that the peer is from
};

Blame attribute(const Case& broken);

} // namespace tcpblame::reconstruct
