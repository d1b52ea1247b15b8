/// A hash table of numbers that name something kept elsewhere: that itself is looked at only where the hash is right.
#pragma once

#include "base/huge_page_arena.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tcpblame::reconstruct {

class HashIndex {
public:
    static constexpr std::uint32_t kEnd = UINT32_MAX;

    /// Those that have the hash, the one that was put last first: `for (p = first(hash); p != kEnd; p = next(p))`.
    [[nodiscard]] std::uint32_t first(std::uint32_t hash) const {
        return heads_.empty() ? kEnd : with_hash(heads_[hash & (heads_.size() - 1)], hash);
    }
    [[nodiscard]] std::uint32_t next(std::uint32_t place) const {
        return with_hash(link(place).next, link(place).hash);
    }

    // It will be looked at soon: where a chain begins; what it begins with; the link of one that may be in it, and both
    // of the chain of that one.
    void fetch_head(std::uint32_t hash) const {
        if (!heads_.empty()) __builtin_prefetch(&heads_[hash & (heads_.size() - 1)]);
    }
    [[nodiscard]] std::uint32_t fetch_first(std::uint32_t hash) const {
        const std::uint32_t place = heads_.empty() ? kEnd : heads_[hash & (heads_.size() - 1)];
        if (place != kEnd) fetch_link(place);
        return place;
    }
    void fetch_link(std::uint32_t place) const {
        if (place < links_.size() * kChunk) __builtin_prefetch(&link(place));
    }
    void fetch_head_of(std::uint32_t place) const {
        if (place < links_.size() * kChunk) fetch_head(link(place).hash);
    }
    void fetch_first_of(std::uint32_t place) const {
        if (place < links_.size() * kChunk) static_cast<void>(fetch_first(link(place).hash));
    }

    void put(std::uint32_t place, std::uint32_t hash) {
        if (count_ == heads_.size()) grow();
        while (place >= links_.size() * kChunk) links_.push_back(huge_page_arena::make_values<Link>());
        std::uint32_t& head = heads_[hash & (heads_.size() - 1)];
        link(place) = {head, hash};
        head = place;
        ++count_;
    }

    void remove(std::uint32_t place) {
        std::uint32_t* at = &heads_[link(place).hash & (heads_.size() - 1)];
        while (*at != place) at = &link(*at).next;
        *at = link(place).next;
        --count_;
    }

    template <typename Take>
    void for_each(const Take& take) const {
        for (std::uint32_t place : heads_)
            for (; place != kEnd; place = link(place).next) take(place);
    }

    void clear() {
        heads_.clear();
        links_.clear();
        count_ = 0;
    }

private:
    struct Link {
        std::uint32_t next = kEnd;
        std::uint32_t hash = 0;
    };
    static constexpr std::uint32_t kChunk = huge_page_arena::kHeld<Link>;

    [[nodiscard]] Link& link(std::uint32_t place) const { return links_[place / kChunk][place % kChunk]; }

    [[nodiscard]] std::uint32_t with_hash(std::uint32_t place, std::uint32_t hash) const {
        while (place != kEnd && link(place).hash != hash) place = link(place).next;
        return place;
    }

    /// The chain of each bucket becomes two, both in the same order as before.
    void grow() {
        constexpr std::size_t kLeast = 64;
        const std::size_t before = heads_.size();
        heads_.resize(std::max(kLeast, 2 * before), kEnd);
        for (std::size_t bucket = 0; bucket < before; ++bucket) {
            std::uint32_t place = heads_[bucket];
            std::uint32_t* stays = &heads_[bucket];
            std::uint32_t* moves = &heads_[bucket + before];
            for (; place != kEnd; place = link(place).next) {
                std::uint32_t*& tail = (link(place).hash & before) != 0 ? moves : stays;
                *tail = place;
                tail = &link(place).next;
            }
            *stays = *moves = kEnd;
        }
    }

    std::vector<std::uint32_t, huge_page_arena::Allocator<std::uint32_t>> heads_; ///< a power of two of them
    std::vector<huge_page_arena::Values<Link>> links_;
    std::size_t count_ = 0;
};

} // namespace tcpblame::reconstruct
