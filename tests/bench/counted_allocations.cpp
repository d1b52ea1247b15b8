#include "bench/counted_allocations.hpp"

#include <cstdlib>
#include <malloc.h>
#include <new>

namespace {

std::uint64_t g_allocations = 0;

void* allocate(std::size_t size) {
    ++g_allocations;
    void* memory = std::malloc(size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

} // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

namespace tcpblame::bench {

std::uint64_t allocations() { return g_allocations; }

std::uint64_t heap_bytes() {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

} // namespace tcpblame::bench
