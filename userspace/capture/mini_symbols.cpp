#include "capture/mini_symbols.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <gelf.h>
#include <lzma.h>

namespace tcpblame::capture {
namespace {

constexpr std::size_t kMostPacked = std::size_t{16} << 20;
constexpr std::size_t kMostUnpacked = std::size_t{64} << 20;
constexpr std::uint64_t kMostMemory = std::uint64_t{128} << 20; ///< for the unpacking itself

const Elf_Data* packed_section(Elf* elf) {
    std::size_t names = 0;
    if (elf_getshdrstrndx(elf, &names) != 0) return nullptr;
    GElf_Shdr header;
    for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr; section = elf_nextscn(elf, section)) {
        if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_PROGBITS) continue;
        const char* name = elf_strptr(elf, names, header.sh_name);
        if (name != nullptr && std::strcmp(name, ".gnu_debugdata") == 0)
            return header.sh_size <= kMostPacked ? elf_rawdata(section, nullptr) : nullptr;
    }
    return nullptr;
}

} // namespace

std::string unpack_mini_symbols(Elf* elf) {
    const Elf_Data* packed = packed_section(elf);
    if (packed == nullptr || packed->d_buf == nullptr) return {};
    lzma_stream stream = LZMA_STREAM_INIT;
    if (lzma_stream_decoder(&stream, kMostMemory, 0) != LZMA_OK) return {};
    stream.next_in = static_cast<const std::uint8_t*>(packed->d_buf);
    stream.avail_in = packed->d_size;
    std::string unpacked;
    std::array<std::uint8_t, 16384> piece{};
    lzma_ret state = LZMA_OK;
    while (state == LZMA_OK && unpacked.size() <= kMostUnpacked) {
        stream.next_out = piece.data();
        stream.avail_out = piece.size();
        state = lzma_code(&stream, LZMA_FINISH);
        unpacked.append(reinterpret_cast<const char*>(piece.data()), piece.size() - stream.avail_out);
    }
    lzma_end(&stream);
    return state == LZMA_STREAM_END ? unpacked : std::string();
}

} // namespace tcpblame::capture
