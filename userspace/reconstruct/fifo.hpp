/// A queue in one piece of memory, which is used again: what goes through it all the time asks the heap for nothing.
#pragma once

#include "base/huge_page_arena.hpp"

#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace tcpblame::reconstruct {

template <typename T>
class Fifo {
public:
    [[nodiscard]] bool empty() const { return first_ == values_.size(); }
    [[nodiscard]] std::size_t size() const { return values_.size() - first_; }
    T& front() { return values_[first_]; }
    [[nodiscard]] const T& front() const { return values_[first_]; }
    const T& operator[](std::size_t at) const { return values_[first_ + at]; }
    [[nodiscard]] const T& back() const { return values_.back(); }
    [[nodiscard]] auto begin() const { return values_.begin() + static_cast<std::ptrdiff_t>(first_); }
    [[nodiscard]] auto end() const { return values_.end(); }
    [[nodiscard]] auto rbegin() const { return std::make_reverse_iterator(end()); }
    [[nodiscard]] auto rend() const { return std::make_reverse_iterator(begin()); }

    void push_back(T value) {
        // Half of the room is behind us: no value is moved more than once for each that was taken out.
        if (values_.size() == values_.capacity() && first_ >= values_.size() / 2) close_ranks();
        values_.push_back(std::move(value));
    }
    void pop_front() {
        values_[first_++] = T{};
        if (empty()) clear();
    }
    void clear() {
        values_.clear();
        first_ = 0;
    }

private:
    void close_ranks() {
        values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }

    std::vector<T, huge_page_arena::Allocator<T>> values_;
    std::size_t first_ = 0; ///< what is before it was taken out
};

} // namespace tcpblame::reconstruct
