/// Which sockets, and which four-tuples, may have been known and were evicted for want of memory: so that what is not
/// known of them is not taken for something that was not there.
///
/// It never says no of one that was evicted. It may say yes of another, of more the more are evicted: a claim is
/// lowered then that would have held.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tcpblame::reconstruct {

class EvictedFilter {
public:
    /// By the hash of its socket, or of its four-tuple. Of one that had ended nobody asks after `kAskedForNs`.
    void note(std::uint64_t hash, bool had_ended, std::uint64_t now_ns);
    [[nodiscard]] bool may_hold(std::uint64_t hash) const;

private:
    static constexpr std::uint64_t kAskedForNs = 5'000'000'000;

    /// A Bloom filter of two bits for each.
    class Filter {
    public:
        void put(std::uint64_t hash);
        [[nodiscard]] bool may_hold(std::uint64_t hash) const;
        void clear() { words_.clear(); }

    private:
        static constexpr std::size_t kBits = std::size_t{1} << 22; // half a megabyte
        std::vector<std::uint64_t> words_;                         ///< none before the first is put
    };

    Filter live_;
    Filter ended_;
    Filter ended_before_; ///< the generation before
    std::uint64_t generation_ns_ = 0;
};

} // namespace tcpblame::reconstruct
