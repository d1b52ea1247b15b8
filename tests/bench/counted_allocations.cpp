#include "bench/counted_allocations.hpp"

#include "base/huge_page_arena.hpp"

#include <cstdlib>
#include <malloc.h>
#include <new>

namespace {

std::uint64_t g_allocations = 0;

void* try_allocate(std::size_t size) noexcept {
    ++g_allocations;
    return std::malloc(size);
}

void* allocate(std::size_t size) {
    void* memory = try_allocate(size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

} // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t& /*unused*/) noexcept { return try_allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t& /*unused*/) noexcept { return try_allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

namespace tcpblame::bench {

std::uint64_t allocations() { return g_allocations; }

std::uint64_t heap_bytes() {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd + huge_page_arena::used();
}

} // namespace tcpblame::bench
