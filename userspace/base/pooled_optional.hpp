/// An optional that costs a pointer where it is empty. What is held lies in blocks that are used again, so that what
/// comes and goes all the time asks the heap for nothing.
#pragma once

#include "base/fetch_memory.hpp"
#include "base/huge_page_arena.hpp"

#include <cstddef>
#include <new>
#include <utility>

namespace tcpblame {

/// Room for values of one type. What was given back is handed out again first; the heap never gets it back. Of one
/// thread: what one takes, no other may give back.
template <typename T>
class Blocks {
public:
    static void* take() {
        if (TCPBLAME_MEMORY_IS_USED_AGAIN == 0) return ::operator new(sizeof(Block));
        if (free_ == nullptr) return take_new();
        return std::exchange(free_, free_->next);
    }
    static void give(void* room) {
        if (TCPBLAME_MEMORY_IS_USED_AGAIN == 0) return ::operator delete(room);
        free_ = new (room) Block{free_};
    }

private:
    union Block {
        Block* next;
        alignas(T) std::byte room[sizeof(T)];
    };
    static_assert(sizeof(Block) <= huge_page_arena::kBytes);

    static void* take_new() {
        if (left_ == 0) {
            new_ = static_cast<Block*>(huge_page_arena::take());
            left_ = huge_page_arena::kBytes / sizeof(Block);
        }
        --left_;
        return new_++;
    }

    // NOLINTBEGIN(readability-identifier-naming): private members
    static inline thread_local Block* free_ = nullptr;
    static inline thread_local Block* new_ = nullptr; ///< those that nobody has had yet
    static inline thread_local std::size_t left_ = 0; ///< of them
    // NOLINTEND(readability-identifier-naming)
};

template <typename T>
class PooledOptional {
public:
    PooledOptional() = default;
    PooledOptional(const T& value) : value_(make(value)) {}
    PooledOptional(T&& value) : value_(make(std::move(value))) {}
    PooledOptional(const PooledOptional& other) : value_(other.value_ != nullptr ? make(*other.value_) : nullptr) {}
    PooledOptional(PooledOptional&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
    PooledOptional& operator=(PooledOptional other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    ~PooledOptional() { reset(); }

    template <typename... Args>
    T& emplace(Args&&... args) {
        reset();
        value_ = make(std::forward<Args>(args)...);
        return *value_;
    }
    void reset() {
        if (value_ == nullptr) return;
        value_->~T();
        Blocks<T>::give(std::exchange(value_, nullptr));
    }

    /// It will be looked at soon.
    void fetch() const {
        if (value_ != nullptr) fetch_memory(value_, sizeof(T));
    }

    [[nodiscard]] bool has_value() const { return value_ != nullptr; }
    explicit operator bool() const { return value_ != nullptr; }
    T& operator*() { return *value_; }
    const T& operator*() const { return *value_; }
    T* operator->() { return value_; }
    const T* operator->() const { return value_; }

    bool operator==(const PooledOptional& other) const {
        return has_value() == other.has_value() && (!has_value() || *value_ == *other.value_);
    }

private:
    template <typename... Args>
    static T* make(Args&&... args) {
        return new (Blocks<T>::take()) T{std::forward<Args>(args)...};
    }

    T* value_ = nullptr;
};

} // namespace tcpblame
