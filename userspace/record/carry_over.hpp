/// What a later file of a run repeats of the earlier ones, so that it can be reported alone: of the connections that
/// are still there, all that was heard; of processes, cgroups and holders, what was looked up; of losses, how many.
#pragma once

#include "model/event.hpp"
#include "wire/frame.hpp"

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

namespace tcpblame::record {

class CarryOver {
public:
    /// Beyond that, new connections are left out: of them a later file reports only what it saw itself.
    static constexpr std::size_t kMaxBytes = std::size_t{256} * 1024 * 1024;

    void observe(wire::Frame frame); ///< of the kernel's
    void observe(const model::LookedUp& event, wire::Frame frame);

    /// In the order in which they came.
    void repeat(const wire::FrameSink& sink) const;

private:
    struct Kept {
        std::uint64_t arrival = 0;
        wire::FrameBytes bytes;
    };

    void keep_of_socket(std::uint64_t cookie, wire::Frame frame);
    void evict_socket(std::uint64_t cookie);
    void replace(std::map<std::uint64_t, Kept>& table, std::uint64_t key, wire::Frame frame);
    void add_loss(const model::LostEvents& lost);

    std::unordered_map<std::uint64_t, std::vector<Kept>> sockets_; ///< by cookie
    std::map<std::uint64_t, Kept> processes_;                      ///< by pid
    std::map<std::uint64_t, Kept> cgroups_;                        ///< by id
    std::map<std::uint64_t, Kept> holders_;                        ///< by the inode of the end that writes
    model::LostEvents losses_;                                     ///< all of them, without a CPU
    Kept clock_;                                                   ///< the last setting; empty where there was none
    std::uint64_t arrivals_ = 0;
    std::size_t bytes_ = 0; ///< of the sockets' frames
};

} // namespace tcpblame::record
