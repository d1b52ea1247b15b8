/// Memory for what is looked at here and there among very much: with pages of the usual 4 KiB the processor has to find
/// out where nearly each of them is. Once there is much of it, the kernel is asked for huge pages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define TCPBLAME_MEMORY_IS_USED_AGAIN 0 // a use after free would find memory that is whole
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TCPBLAME_MEMORY_IS_USED_AGAIN 0
#endif
#endif
#ifndef TCPBLAME_MEMORY_IS_USED_AGAIN
#define TCPBLAME_MEMORY_IS_USED_AGAIN 1
#endif
#if !TCPBLAME_MEMORY_IS_USED_AGAIN
#include <sanitizer/asan_interface.h>
#endif

namespace tcpblame::huge_page_arena {

/// A piece: with what it takes to know which are free, 31 of them fill a huge page. Aligned to 64 bytes.
inline constexpr std::size_t kBytes = std::size_t{66} << 10;

/// Of a piece, at its end: nobody's under ASan, which sees who comes there from this piece or from the next.
inline constexpr std::size_t kRedZone = TCPBLAME_MEMORY_IS_USED_AGAIN != 0 ? 0 : 256;

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// All of it but its red zone. Throws std::bad_alloc. Of one thread: what one takes, no other may give back.
void* take();
void give(void* piece) noexcept;

/// As many values as a piece has room for.
template <typename T>
inline constexpr std::uint32_t kHeld = (kBytes - kRedZone) / sizeof(T);

template <typename T>
struct Destroy {
    void operator()(T* values) const {
        std::destroy_n(values, kHeld<T>);
        give(values);
    }
};
template <typename T>
using Values = std::unique_ptr<T[], Destroy<T>>;

template <typename T>
Values<T> make_values() {
    T* const values = static_cast<T*>(take());
    std::uninitialized_value_construct_n(values, kHeld<T>);
    return Values<T>(values);
}

/// A whole number of huge pages that lie together.
void* map(std::size_t bytes);
void unmap(void* from, std::size_t bytes) noexcept;

/// Bytes of what was taken or mapped, and is in use.
std::uint64_t used() noexcept;

/// For a container whose memory lies in one piece: in huge pages where it fills them.
template <typename T>
struct Allocator {
    using value_type = T; // NOLINT(readability-identifier-naming): the standard's name

    Allocator() = default;
    template <typename Other>
    Allocator(const Allocator<Other>& /*other*/) {} // NOLINT(google-explicit-constructor): as the standard has it

    T* allocate(std::size_t count) {
        if (count > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_array_new_length();
        const std::size_t bytes = count * sizeof(T);
        return static_cast<T*>(fills_huge_pages(bytes) ? map(bytes) : ::operator new(bytes));
    }
    void deallocate(T* from, std::size_t count) noexcept {
        const std::size_t bytes = count * sizeof(T);
        if (fills_huge_pages(bytes)) return unmap(from, bytes);
        ::operator delete(from);
    }
    bool operator==(const Allocator& /*other*/) const { return true; }

private:
    static constexpr bool fills_huge_pages(std::size_t bytes) {
        return TCPBLAME_MEMORY_IS_USED_AGAIN != 0 && bytes >= kHugePage && bytes % kHugePage == 0;
    }
};

} // namespace tcpblame::huge_page_arena
