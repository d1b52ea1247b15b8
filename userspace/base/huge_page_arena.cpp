#include "base/huge_page_arena.hpp"

#if !TCPBLAME_MEMORY_IS_USED_AGAIN
#include <sanitizer/lsan_interface.h>
#endif
#include <sys/mman.h>
#include <utility>

namespace tcpblame::huge_page_arena {
namespace {

constexpr std::size_t kHead = 2048; ///< of a region, before its first piece

// ASan is reported what is nobody's, and that what is in a region may own what is on the heap.
#if TCPBLAME_MEMORY_IS_USED_AGAIN
void forbid(void* /*from*/, std::size_t /*bytes*/) {}
void permit(void* /*from*/, std::size_t /*bytes*/) {}
void add_root(void* /*from*/, std::size_t /*bytes*/) {}
void remove_root(void* /*from*/, std::size_t /*bytes*/) {}
#else
void forbid(void* from, std::size_t bytes) { __asan_poison_memory_region(from, bytes); }
void permit(void* from, std::size_t bytes) { __asan_unpoison_memory_region(from, bytes); }
void add_root(void* from, std::size_t bytes) { __lsan_register_root_region(from, bytes); }
void remove_root(void* from, std::size_t bytes) { __lsan_unregister_root_region(from, bytes); }
#endif

struct Free {
    Free* next;
};

/// A huge page, or as many bytes of small ones. It begins where a huge page may, so that a piece says which is its.
struct Region {
    Free* free = nullptr;
    std::size_t used = 0;
    Region* before = nullptr; ///< of those that have a piece that is free
    Region* after = nullptr;
};
static_assert(sizeof(Region) <= kHead && (kHugePage - kHead) % kBytes == 0);

thread_local Region* g_first_with_room = nullptr;
thread_local std::uint64_t g_bytes_used = 0;
thread_local bool g_has_regions = false;

Region& region_of(void* piece) {
    const auto at = reinterpret_cast<std::uintptr_t>(piece);
    return *reinterpret_cast<Region*>(at - at % kHugePage); // NOLINT(performance-no-int-to-ptr)
}

void put_in_front(Region& region) {
    region.before = nullptr;
    region.after = std::exchange(g_first_with_room, &region);
    if (region.after != nullptr) region.after->before = &region;
}

void take_out(Region& region) {
    (region.before != nullptr ? region.before->after : g_first_with_room) = region.after;
    if (region.after != nullptr) region.after->before = region.before;
}

/// Of small pages where little is used: the whole of a huge one is taken with its first byte.
void make_region(bool huge) {
    void* const from = map(kHugePage);
    g_bytes_used -= kHugePage; // its pieces are what is used
    if (!huge) madvise(from, kHugePage, MADV_NOHUGEPAGE);
    auto& region = *new (from) Region;
    for (std::size_t at = kHugePage; at > kHead; at -= kBytes)
        region.free = new (static_cast<std::byte*>(from) + at - kBytes) Free{region.free};
    forbid(&region + 1, kHugePage - sizeof(Region));
    put_in_front(region);
}

} // namespace

std::uint64_t used() noexcept { return g_bytes_used; }

void* map(std::size_t bytes) {
    // A mapping begins at any page: what is before the first huge one, and after the last, goes back.
    void* const got = mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (got == MAP_FAILED) throw std::bad_alloc();
    auto* const begin = static_cast<std::byte*>(got);
    const std::size_t beyond = reinterpret_cast<std::uintptr_t>(got) % kHugePage;
    const std::size_t skipped = beyond == 0 ? 0 : kHugePage - beyond;
    if (skipped > 0) munmap(begin, skipped);
    munmap(begin + skipped + bytes, kHugePage - skipped);
    madvise(begin + skipped, bytes, MADV_HUGEPAGE); // a kernel without them does as well
    g_bytes_used += bytes;
    add_root(begin + skipped, bytes);
    return begin + skipped;
}

void unmap(void* from, std::size_t bytes) noexcept {
    remove_root(from, bytes);
    permit(from, bytes); // whatever comes there next
    munmap(from, bytes);
    g_bytes_used -= bytes;
}

void* take() {
    if (g_first_with_room == nullptr) make_region(std::exchange(g_has_regions, true));
    Region& region = *g_first_with_room;
    Free* const piece = region.free;
    permit(piece, kBytes - kRedZone);
    region.free = piece->next;
    ++region.used;
    g_bytes_used += kBytes;
    if (region.free == nullptr) take_out(region);
    return piece;
}

void give(void* piece) noexcept {
    Region& region = region_of(piece);
    if (region.free == nullptr) put_in_front(region);
    region.free = new (piece) Free{region.free};
    forbid(piece, kBytes);
    g_bytes_used -= kBytes;
    if (--region.used > 0) return;
    take_out(region);
    g_bytes_used += kHugePage;
    unmap(&region, kHugePage);
}

} // namespace tcpblame::huge_page_arena
