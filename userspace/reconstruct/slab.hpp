/// Values that stay where they are, named by small numbers; the room of one that went is used again.
#pragma once

#include "base/fetch_memory.hpp"
#include "base/huge_page_arena.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tcpblame::reconstruct {

template <typename T>
class Slab {
public:
    /// A new one: as T{} is, or as it was when it was released.
    std::uint32_t add() {
        if (!free_.empty()) {
            const std::uint32_t place = free_.back();
            free_.pop_back();
            return place;
        }
        if (made_ == chunks_.size() * kChunk) chunks_.push_back(huge_page_arena::make_values<T>());
        return made_++;
    }
    void remove(std::uint32_t place) {
        (*this)[place] = T{};
        free_.push_back(place);
    }
    /// As remove(), for a value that will be overwritten anyway.
    void release(std::uint32_t place) { free_.push_back(place); }
    T& operator[](std::uint32_t place) { return chunks_[place / kChunk][place % kChunk]; }
    const T& operator[](std::uint32_t place) const { return chunks_[place / kChunk][place % kChunk]; }
    /// It will be looked at soon.
    void fetch(std::uint32_t place) const { fetch_memory(&(*this)[place], sizeof(T)); }
    [[nodiscard]] std::size_t size() const { return made_ - free_.size(); }
    /// Of how many there is room without asking for more.
    [[nodiscard]] std::size_t room() const { return chunks_.size() * kChunk; }
    void clear() {
        chunks_.clear();
        free_.clear();
        made_ = 0;
    }

private:
    static constexpr std::uint32_t kChunk = huge_page_arena::kHeld<T>;

    std::vector<huge_page_arena::Values<T>> chunks_;
    std::vector<std::uint32_t> free_;
    std::uint32_t made_ = 0;
};

} // namespace tcpblame::reconstruct
