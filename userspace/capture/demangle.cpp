#include "capture/demangle.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <memory>
#include <string_view>
#include <utility>

namespace tcpblame::capture {
namespace {

constexpr std::size_t kLongestSymbol = 4096;
struct FreeName {
    void operator()(char* memory) const { std::free(memory); }
};

/// Empty where it is no C++ name.
std::string read_itanium(const std::string& symbol) {
    int status = 0;
    const std::unique_ptr<char, FreeName> name(abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status));
    return status == 0 && name ? std::string(name.get()) : std::string();
}

/// "…::h0123456789abcdef": Rust's way to distinguish versions of one function.
bool drop_rust_hash(std::string& name) {
    constexpr std::size_t kHashLength = 19;
    if (name.size() <= kHashLength) return false;
    const std::string_view hash = std::string_view(name).substr(name.size() - kHashLength);
    if (hash.substr(0, 3) != "::h" || !std::all_of(hash.begin() + 3, hash.end(), [](unsigned char c) {
            return std::isxdigit(c) != 0 && std::isupper(c) == 0;
        }))
        return false;
    name.resize(name.size() - kHashLength);
    return true;
}

/// What Rust writes for the characters that a symbol may not have (rustc-demangle, legacy scheme).
std::string unescape_rust(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kEscapes{{
        {"$LT$", "<"},
        {"$GT$", ">"},
        {"$RF$", "&"},
        {"$BP$", "*"},
        {"$C$", ","},
        {"$LP$", "("},
        {"$RP$", ")"},
        {"$SP$", "@"},
        {"$u20$", " "},
        {"$u5b$", "["},
        {"$u5d$", "]"},
        {"$u7b$", "{"},
        {"$u7d$", "}"},
        {"..", "::"},
    }};
    std::string readable;
    while (!name.empty()) {
        if (name.substr(0, 2) == "_$" && (readable.empty() || readable.back() == ':')) name.remove_prefix(1);
        const auto* const found = std::find_if(kEscapes.begin(), kEscapes.end(), [name](const auto& escape) {
            return name.substr(0, escape.first.size()) == escape.first;
        });
        const bool is_escape = found != kEscapes.end();
        readable += is_escape ? found->second : name.substr(0, 1);
        name.remove_prefix(is_escape ? found->first.size() : 1);
    }
    return readable;
}

} // namespace

std::string demangle(const char* symbol) {
    std::string name(symbol, strnlen(symbol, kLongestSymbol));
    // "write@@GLIBC_2.2.5"; no mangling has a '@' of its own.
    if (const std::size_t version = name.find('@'); version != std::string::npos && version > 0) name.resize(version);
    if (name.compare(0, 2, "_Z") != 0) return name;
    const std::string readable = read_itanium(name);
    if (readable.empty()) return name;
    name = readable;
    return drop_rust_hash(name) ? unescape_rust(name) : name;
}

} // namespace tcpblame::capture
