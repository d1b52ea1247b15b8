/// Every endpoint that something was heard of, found by its socket's cookie or by its ends.
#pragma once

#include "model/event.hpp"
#include "reconstruct/endpoint.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tcpblame::reconstruct {

class Connections {
public:
    /// A finished endpoint is kept this long: a late RST, or its peer's verdict, may ask for it.
    static constexpr std::uint64_t kRememberNs = 5'000'000'000;

    /// Of sockets with the same ends so many are looked at, the newest first. More come in a recording alone that is
    /// made to take hours.
    static constexpr std::size_t kSameEnds = 1024;

    /// The endpoint of a socket; made new where it is not known yet.
    Endpoint& at(const model::SocketView& socket);

    /// The endpoint that sent a RST. One that answers a segment may come from no socket at all, and a socket may have
    /// no cookie yet; then it is the newest endpoint with these ends that may have sent it, or one that is known by
    /// its ends only.
    Endpoint& sender_of(const model::ResetSent& reset);

    /// nullptr where nothing was heard of it.
    Endpoint* find(std::uint64_t cookie);

    /// The other end of the same connection, where it is on this host too.
    Endpoint* peer_of(const Endpoint& endpoint) const;

    /// To be called when an endpoint has finished; forgets the ones that finished long ago.
    void finished(Endpoint& endpoint, std::uint64_t now_ns);

    /// `ended` is given each endpoint before it is forgotten.
    void on_forgetting(std::function<void(const Endpoint&)> ended) { ended_ = std::move(ended); }
    /// Nothing more will be asked.
    void forget_all();

    std::size_t size() const { return by_cookie_.size() + by_ends_only_.size(); }

private:
    struct Finished {
        std::uint64_t at_ns;
        std::uint64_t cookie;
        model::Tuple tuple;
    };

    Endpoint& make(std::uint64_t cookie, const model::Tuple& tuple);
    void index(Endpoint& endpoint, const model::Tuple& tuple);
    void forget(const Finished& finished);
    void forget_older_than(std::uint64_t time_ns);

    std::unordered_map<std::uint64_t, std::unique_ptr<Endpoint>> by_cookie_;
    std::unordered_map<model::Tuple, std::unique_ptr<Endpoint>, model::TupleHash> by_ends_only_;
    /// Oldest first: a tuple is used again as soon as the kernel likes.
    std::unordered_map<model::Tuple, std::vector<Endpoint*>, model::TupleHash> by_ends_;
    std::deque<Finished> finished_;
    std::function<void(const Endpoint&)> ended_;
};

} // namespace tcpblame::reconstruct
