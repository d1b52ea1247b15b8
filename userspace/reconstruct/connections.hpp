/// Every endpoint that something was heard of, found by its socket's cookie or by its four-tuple.
#pragma once

#include "model/event.hpp"
#include "reconstruct/endpoint.hpp"
#include "reconstruct/evicted_filter.hpp"
#include "reconstruct/fifo.hpp"
#include "reconstruct/hash_index.hpp"
#include "reconstruct/slab.hpp"

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace tcpblame::reconstruct {

class Connections {
public:
    /// What is known is kept within so many bytes, as counted here; 0: without a bound.
    explicit Connections(std::uint64_t max_bytes = 0) : max_bytes_(max_bytes) {}

    /// What one is counted as: found or merely known; with what happened to it; each error that was taken from it.
    static constexpr std::uint32_t kKnownBytes = 256;
    static constexpr std::uint32_t kEndingBytes = 1024;
    static constexpr std::uint32_t kErrorBytes = 128;

    /// A finished endpoint is kept this long, for a late RST, and for as long as its other end on this host has not
    /// finished: however late that writes, its verdict asks who closed.
    static constexpr std::uint64_t kRememberNs = 2'000'000'000;

    /// Of sockets with the same four-tuple so many are looked at, the newest first. More come in a recording alone that
    /// is made to take hours.
    static constexpr std::size_t kSameTuple = 1024;

    /// The endpoint of a socket; made new where it is not known yet.
    Endpoint& at(const model::SocketView& socket);

    /// The endpoint that sent a RST. One that answers a segment may come from no socket at all, and a socket may have
    /// no cookie yet; then it is the newest endpoint with this four-tuple that may have sent it, or one that is
    /// known by that only.
    Endpoint& sender_of(const model::ResetSent& reset);

    /// nullptr where nothing was heard of it.
    Endpoint* find(std::uint64_t cookie);
    const Endpoint* find(std::uint64_t cookie) const;

    /// The other end of the same connection, where it is on this host too: by its four-tuple and its ISNs; where no
    /// socket has that four-tuple, by the ISNs of both directions alone, as a translation between the two has rewritten
    /// the rest. Two that fit are none.
    Endpoint* peer_of(const Endpoint& endpoint) const;

    /// Who answered `us` with the RST that it received, in the name of its peer: a listener or a host in another
    /// network namespace, or one that knows no socket with this four-tuple. Behind a translation the four-tuple is that
    /// of the peer. nullptr where nobody on this host did.
    const Endpoint* stranger_who_answered(const Endpoint& us, const Endpoint* peer) const;

    /// The TCP socket that carries an MPTCP connection which has fallen back to TCP, or its first subflow: it has the
    /// same four-tuple.
    Endpoint* subflow_of(const Endpoint& mptcp) const;

    /// To be called when an endpoint has finished; evicts those that nobody will ask for any more.
    void finished(Endpoint& endpoint, std::uint64_t now_ns);

    /// `report` is given each endpoint whose teardown is not reported yet when its time is over.
    void before_expiry(std::function<void(Endpoint&)> report) { expiring_ = std::move(report); }
    /// `ended` is given each endpoint before it is evicted.
    void on_eviction(std::function<void(const Endpoint&)> ended) { ended_ = std::move(ended); }
    /// Nothing more will be asked.
    void evict_all();

    /// To be called when something has happened to it.
    void account(Endpoint& endpoint);

    using Dropping = std::function<void(Endpoint&)>;
    /// Where there is more than the bound allows: evicts those that finished, the first first, then those of which
    /// nothing was heard for the longest time. `dropping` is given each before.
    void keep_within_bound(std::uint64_t now_ns, const Dropping& dropping) {
        if (max_bytes_ != 0 && bytes_ > max_bytes_) drop_some(now_ns, dropping);
    }
    /// For want of memory.
    std::uint64_t dropped() const { return dropped_; }
    bool may_have_dropped(std::uint64_t cookie) const;
    bool may_have_dropped(const model::Tuple& tuple) const;

    // What was not looked at for long is far from the processor, and an event needs it piece after piece. These are for
    // a socket of which an event comes soon, and for the same a little later.
    void fetch_soon(std::uint64_t cookie) const;
    void fetch_now(std::uint64_t cookie) const;

    std::size_t size() const { return endpoints_.size(); }

private:
    struct Finished {
        std::uint64_t at_ns = 0;
        std::uint32_t place = 0;
    };

    Endpoint& make(const model::SocketView& socket);
    Endpoint* find_socket(std::uint64_t cookie, const model::Tuple& tuple, std::uint32_t netns) const;
    /// The newest of those with this four-tuple that fits.
    template <typename Fits>
    Endpoint* newest(const model::Tuple& tuple, const Fits& fits) const;
    Endpoint* translated_peer_of(const Endpoint& endpoint) const;
    void change_tuple(Endpoint& endpoint, const model::Tuple& tuple);
    void index_isn(Endpoint& endpoint);
    void index_tuple(const Endpoint& endpoint);
    void unindex_tuple(const Endpoint& endpoint) {
        if (endpoint.tuple.remote.port != 0) by_tuple_.remove(endpoint.place);
    }
    void remember(Endpoint& endpoint, std::uint64_t now_ns);
    Endpoint* still_finished(const Finished& finished) const;
    void evict(Endpoint& endpoint);
    void drop_some(std::uint64_t now_ns, const Dropping& dropping);
    void drop(Endpoint& endpoint, std::uint64_t now_ns, const Dropping& dropping);
    std::vector<std::uint32_t> longest_idle() const;
    void fetch_those_to_evict() const;
    void evict_old(std::uint64_t now_ns);

    mutable Slab<Endpoint> endpoints_; ///< whoever finds one may change it
    HashIndex by_socket_;              ///< by cookie; by their four-tuple those that have none
    HashIndex by_tuple_;               ///< a tuple is used again as soon as the kernel likes
    HashIndex by_isn_;                 ///< by the first number received, of those that have numbers
    Fifo<Finished> finished_;
    std::function<void(Endpoint&)> expiring_;
    std::function<void(const Endpoint&)> ended_;
    std::uint64_t max_bytes_;
    std::uint64_t bytes_ = 0;
    std::uint64_t dropped_ = 0;
    EvictedFilter evicted_;
};

} // namespace tcpblame::reconstruct
