#include "capture/socket_search.hpp"

#include "bpf/config.h"
#include "capture/clock_watch.hpp"
#include "capture/existing_sockets.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tcpblame::capture {
namespace {

/// Where the kernel lets no more be made once the privileges are dropped, so many searches there are in a run.
constexpr std::size_t kPrepared = 64;
constexpr std::uint64_t kShareOfTime = 50;

wanted_socket as_wanted(const model::WantedPeer& peer) {
    const model::Tuple& tuple = peer.tuple;
    wanted_socket wanted{};
    std::memcpy(wanted.local, tuple.local.bytes.data(), sizeof(wanted.local));
    std::memcpy(wanted.remote, tuple.remote.bytes.data(), sizeof(wanted.remote));
    wanted.local_port = tuple.local.port;
    wanted.remote_port = tuple.remote.port;
    wanted.has_isns = peer.isns.has_value() ? 1 : 0;
    wanted.isn_sent = peer.isns.value_or(model::Isns{}).sent;
    wanted.isn_received = peer.isns.value_or(model::Isns{}).received;
    return wanted;
}

} // namespace

Result<void> SocketSearch::prepare(const bpf_link* iterator) {
    iterator_ = iterator;
    prepared_.reserve(kPrepared);
    while (prepared_.size() < kPrepared) {
        auto files = open_existing_sockets(iterator);
        if (!files) return tl::unexpected(files.error());
        prepared_.push_back(std::move(*files));
    }
    return {};
}

Result<void> SocketSearch::run(const std::vector<model::WantedPeer>& peers, peer_search& wanted,
                               const wire::FrameSink& sink) {
    const std::uint64_t began = monotonic_now_ns();
    if (peers.empty() || began < not_before_ns_) return {};
    UniqueFd files;
    if (auto made = open_existing_sockets(iterator_)) {
        files = std::move(*made);
    } else if (!prepared_.empty()) {
        files = std::move(prepared_.back());
        prepared_.pop_back();
    } else {
        return {};
    }
    const std::size_t count = std::min<std::size_t>(peers.size(), PEER_SEARCH_MAX);
    std::transform(peers.begin(), peers.begin() + static_cast<std::ptrdiff_t>(count), wanted.wanted, as_wanted);
    wanted.count = static_cast<__u32>(count);
    auto read = read_existing_sockets(files, sink);
    wanted.count = 0;
    const std::uint64_t ended = monotonic_now_ns();
    not_before_ns_ = ended + kShareOfTime * (ended - began);
    return read;
}

} // namespace tcpblame::capture
