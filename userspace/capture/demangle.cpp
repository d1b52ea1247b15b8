#include "capture/demangle.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>

#define HAVE_DECL_BASENAME 1 // libiberty would declare its own, which is not glibc's
#include <libiberty/demangle.h>

namespace tcpblame::capture {
namespace {

constexpr std::size_t kLongestSymbol = 4096;

struct FreeName {
    void operator()(char* memory) const { std::free(memory); }
};

} // namespace

std::string demangle(const char* symbol) {
    std::string name(symbol, strnlen(symbol, kLongestSymbol));
    // "write@@GLIBC_2.2.5"; no mangling has a '@' of its own.
    if (const std::size_t version = name.find('@'); version != std::string::npos && version > 0) name.resize(version);
    if (name.compare(0, 2, "_Z") != 0 && name.compare(0, 2, "_R") != 0) return name;
    const std::unique_ptr<char, FreeName> readable(cplus_demangle(name.c_str(), DMGL_AUTO | DMGL_PARAMS | DMGL_ANSI));
    return readable ? std::string(readable.get()) : name;
}

} // namespace tcpblame::capture
