/// Looks for single sockets among all open files of the machine, for the reader to know how the other end of a broken
/// connection stands that nothing has happened to.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "model/wanted_peer.hpp"
#include "wire/frame.hpp"

#include <cstdint>
#include <vector>

struct bpf_link;
struct peer_search;

namespace tcpblame::capture {

class SocketSearch {
public:
    /// Opens iterators for later: that takes a privilege (before 6.4), reading one does not.
    Result<void> prepare(const bpf_link* iterator);

    /// Hands over a frame (WIRE_PEER) for each that is found. Does nothing where the last search is not long enough
    /// ago: all of them take a fiftieth of the time at most.
    Result<void> run(const std::vector<model::WantedPeer>& peers, peer_search& wanted, const wire::FrameSink& sink);

private:
    const bpf_link* iterator_ = nullptr;
    std::vector<UniqueFd> prepared_;
    std::uint64_t not_before_ns_ = 0;
};

} // namespace tcpblame::capture
