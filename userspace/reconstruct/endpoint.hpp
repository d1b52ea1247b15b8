/// One end of a connection, with the milestones of its end: what happened to this socket, when, and
/// in whose hands.
#pragma once

#include "base/pooled_optional.hpp"
#include "model/event.hpp"
#include "model/wanted_peer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tcpblame::reconstruct {

/// Something that happened to the socket.
struct Mark {
    model::Stamp stamp;
    std::optional<model::Actor> actor;              ///< who held the socket's lock; not for that the one who did it
    model::TcpState state = model::TcpState::kNone; ///< the socket's state when it happened
    std::uint8_t shutdown = 0;                      ///< as model::SocketView has it
    model::Progress progress;
    model::Stack stack; ///< of the actor, where it made the change itself
    model::Idle idle;
};

/// The end of the connection, from what the socket reported at its change to CLOSE.
struct Closed : Mark {
    int error = 0;            ///< sk_err
    int soft_error = 0;       ///< sk_err_soft
    bool dead = false;        ///< no process held the socket any more, or the last one closed it so
    bool linger_zero = false; ///< SO_LINGER {1, 0} was set
    std::optional<std::uint32_t> snd_wnd;
    bool no_route = false;
    std::optional<bool> fin_received; ///< as model::SocketView has it
};

/// An error that the network reported, and that left the connection open.
struct Reported : Mark {
    int error = 0;
};

struct SentReset {
    model::Stamp stamp;
    std::optional<model::Actor> actor;
    model::ResetKind kind = model::ResetKind::kActive;
    model::ResetReason reason = model::ResetReason::kUnknown;
    model::TcpState sender_state = model::TcpState::kNone; ///< kNone: no socket sent it
    std::uint32_t segment_seq = 0;
    std::uint32_t segment_len = 0;
    bool segment_is_syn = false;
    std::uint32_t own_nxt = 0; ///< an active one: its sequence number
    std::optional<model::AcceptQueue> queue;
};

/// A send that the kernel took though the peer had closed.
struct DoomedWrite : Mark {
    std::uint64_t bytes = 0;
};

/// A call that returned an error, and so took it from the socket.
struct TakenError {
    model::Stamp stamp;
    model::Actor actor;
    int error = 0;
    bool by_write = false;
};

struct Owner {
    std::uint32_t pid = 0;
    std::uint32_t own_pid = 0;
    model::TaskName name;
    std::optional<int> fd;
    bool asked_for = false; ///< as model::Actor has it
};

/// The socket entered a state.
struct Transition {
    std::uint64_t time_ns = 0;
    model::TcpState to = model::TcpState::kNone;
};

/// The milestones of a connection's end: most connections have none yet.
struct Ending {
    PooledOptional<Mark> fin_received;
    PooledOptional<Mark> fin_sent;
    PooledOptional<DoomedWrite> doomed_write;
    PooledOptional<Mark> reset_received;
    PooledOptional<model::ResetPacket> reset_packet; ///< of that
    PooledOptional<SentReset> reset_sent;            ///< its abort; else its newest answer
    std::vector<SentReset> earlier_resets;           ///< its first answers, the first kResets of them
    PooledOptional<Closed> closed;
    PooledOptional<Mark> last_close; ///< close() after shutdown(), which sends nothing: from then on nobody reads
    PooledOptional<Reported> error_reported;
    /// Nobody could be named who closed it, but this task, which ended just before, had been its listener's.
    PooledOptional<Mark> listener_died;
    std::optional<model::Stamp> destroyed;
    std::vector<TakenError> errors_taken; ///< the first kErrors of them
    /// It waited in the queue of a listener that this task closed.
    PooledOptional<Mark> listener_closed;
    PooledOptional<std::string> host;         ///< where it is, where that is another host
    std::vector<Transition> late_transitions; ///< all but the first
    std::uint64_t finished_ns = 0;            ///< when Connections was reported last that it has finished
    bool peer_asked_for = false;              ///< its other end was searched for
    bool counted = false;                     ///< a verdict on it is primary: its break is counted

    /// A program may try for ever.
    static constexpr std::size_t kErrors = 64;
    /// A burst into a closed socket draws one for each segment; the one that came first has ended the connection.
    static constexpr std::size_t kResets = 4;
    /// No way from ESTABLISHED to the end has more; what is beyond that comes in a made-up recording only.
    static constexpr std::size_t kLateTransitions = 6;
};

/// A hundred thousand of them may be idle: what is only there at the end is in the Ending.
struct Endpoint {
    std::uint64_t cookie = 0; ///< 0: known by its four-tuple only
    model::Tuple tuple;
    std::uint32_t netns = 0;
    model::OpenedBy opened_by = model::OpenedBy::kUnknown;
    /// The state in which the attach found it; kNone for a connection that is younger.
    model::TcpState found_in = model::TcpState::kNone;
    bool mptcp = false;
    bool has_progress = false;
    bool teardown_scheduled = false;
    bool teardown_reported = false;
    bool has_finished = false;     ///< and Connections knows it; it may finish again
    bool was_evicted = false;      ///< what was known of it before had to be evicted, or may have been
    bool searched_for : 1 = false; ///< found by a search for the other end of one that broke
    // Connections' own: it is found by its ISNs, and by those of a connection before.
    bool isn_indexed : 1 = false;
    bool isn_outdated : 1 = false;

private:                                     // here, where there is a gap
    static constexpr std::size_t kEarly = 2; ///< transitions: so many lead to ESTABLISHED
    std::array<model::TcpState, kEarly> early_to_{};
    std::uint8_t early_count_ = 0;

public:
    std::uint64_t opened_ns = 0;
    std::optional<Owner> owner;
    model::Progress progress; ///< the newest before the connection's end
    std::uint64_t last_seen_ns = 0;
    std::uint32_t place = 0;  ///< where Connections keeps it
    std::uint32_t weight = 0; ///< in bytes, as Connections accounts for it

    [[nodiscard]] const Ending& ending() const { return ending_ ? *ending_ : kNoEnding; }
    Ending& ending_to_change();
    [[nodiscard]] bool has_ending() const { return ending_.has_value(); }
    /// It will be looked at soon.
    void fetch_ending() const { ending_.fetch(); }
    /// Where it is, where that is another host; else empty.
    [[nodiscard]] const std::string& host() const;

    /// The states that it entered, those that were reported.
    void add(const Transition& transition);
    [[nodiscard]] std::size_t transition_count() const { return early_count_ + ending().late_transitions.size(); }
    [[nodiscard]] Transition transition(std::size_t at) const;
    void evict_transitions();

    /// The socket has connected again: what was seen of the connection before is no part of this one.
    void begin_anew();

    /// Nothing more will happen to it, but for a late RST.
    [[nodiscard]] bool finished() const {
        return ending().destroyed.has_value() || (ending().closed && ending().closed->dead);
    }
    /// Its FIN was seen, or a state was that only a FIN leads to.
    [[nodiscard]] bool peer_has_closed() const;

private:
    static const Ending kNoEnding;

    std::array<std::uint64_t, kEarly> early_ns_{};
    PooledOptional<Ending> ending_;
};

/// Payload that was written and never acknowledged. A FIN or SYN that is under way counts as one in
/// the sequence numbers, and as none here.
std::uint64_t unacknowledged(const Endpoint& endpoint, const model::Progress& progress);

/// Payload that was received and not read. A received FIN counts as one in the sequence numbers
/// until the process has read the end of file.
std::uint64_t unread(const Endpoint& endpoint, const model::Progress& progress);

/// As verdicts name a connection: the socket's cookie in hexadecimal; empty where that is 0, not known.
std::string id_of(std::uint64_t cookie);

model::ConnectionFacts facts_of(const Endpoint& endpoint);

/// Payload that its process wrote, in all; nullopt where it is not known who opened the connection: bytes_acked counts
/// our SYN where we did, and a FIN of ours that was acknowledged.
std::optional<std::uint64_t> payload_sent(const Endpoint& endpoint, const model::Progress& progress);

/// Payload that came, in all.
std::uint64_t payload_received(const Endpoint& endpoint, const model::Progress& progress);

/// An act of the process that aborts its own socket, or has it aborted: a RST of the socket's own accord.
bool sent_abort(const Endpoint& endpoint);

/// May this RST be the one that `us` received, by the sequence numbers? However long it was on its way.
bool fits_what_came(const SentReset& sent, const Endpoint& us);

/// A process closed it with data unread, or with SO_LINGER 0: such a RST is about to be sent. Until then, and after,
/// its host answers what comes with a RST.
bool aborts_by_close(const Endpoint& endpoint);

/// A host, or a listener on it, answered for a connection of which it finds no socket.
bool no_socket_answered(const SentReset& sent);

/// The number of the first byte that it sent, and of the first that it received, as far as the counters say: off by
/// one at most. Only where `has_progress`.
std::uint32_t first_sent(const Endpoint& endpoint);
std::uint32_t first_received(const Endpoint& endpoint);
/// The same of the other end; nullopt where the counters are not there.
std::optional<model::Isns> isns_of_other_end(const model::Progress& progress);

/// Do two ends talk to each other, by the initial sequence numbers of both directions alone? Addresses and ports may
/// have been rewritten between them. Both must have progress.
bool same_numbers(const Endpoint& one, const Endpoint& other);

/// It is not known that the same end opened both: each connection has one that did.
bool may_have_opened(const Endpoint& one, const Endpoint& other);

/// Do two ends talk to each other? By the initial sequence numbers of both directions, so that a
/// connection is never mixed with an earlier one on the same addresses and ports.
bool same_connection(const Endpoint& one, const Endpoint& other);

/// The two are joined by their numbers, and something between them rewrites addresses or ports.
bool are_translated(const Endpoint& one, const Endpoint& other);

} // namespace tcpblame::reconstruct
