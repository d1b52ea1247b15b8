#include "capture/build_id.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fmt/format.h>
#include <gelf.h>
#include <iterator>
#include <utility>

namespace tcpblame::capture {

namespace {

constexpr std::size_t kMostNotes = 65536;
constexpr std::size_t kMostNoteSegments = 256;
constexpr std::size_t kLongestId = 64;

std::string hex_of(std::string_view bytes) {
    std::string hex;
    for (const char byte : bytes) fmt::format_to(std::back_inserter(hex), "{:02x}", static_cast<unsigned char>(byte));
    return hex;
}

/// gelf_getnote() sees to it that what it reports lies within the data.
std::string build_id_among(Elf_Data* notes) {
    GElf_Nhdr note;
    std::size_t name_at = 0;
    std::size_t id_at = 0;
    for (std::size_t at = 0, next; (next = gelf_getnote(notes, at, &note, &name_at, &id_at)) > at; at = next) {
        const std::string_view bytes(static_cast<const char*>(notes->d_buf), notes->d_size);
        if (note.n_type == NT_GNU_BUILD_ID && bytes.substr(name_at, note.n_namesz) == std::string_view("GNU\0", 4) &&
            note.n_descsz > 0 && note.n_descsz <= kLongestId)
            return hex_of(bytes.substr(id_at, note.n_descsz));
    }
    return {};
}

} // namespace

/// As the kernel finds it: among the notes that are loaded (lib/buildid.c). Little is read, whatever the file claims.
std::string build_id_of(Elf* elf) {
    std::size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0) return {};
    GElf_Phdr header;
    for (std::size_t i = 0; i < std::min(count, kMostNoteSegments); ++i) {
        if (gelf_getphdr(elf, static_cast<int>(i), &header) == nullptr || header.p_type != PT_NOTE) continue;
        if (header.p_filesz > kMostNotes) continue;
        Elf_Data* notes = elf_getdata_rawchunk(elf, static_cast<std::int64_t>(header.p_offset), header.p_filesz,
                                               header.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
        if (notes == nullptr || notes->d_buf == nullptr) continue;
        if (std::string id = build_id_among(notes); !id.empty()) return id;
    }
    return {};
}

bool is_same_build_id(std::string_view one, std::string_view other) {
    if (one.size() > other.size()) std::swap(one, other);
    if (one.empty() || other.substr(0, one.size()) != one) return false;
    const std::string_view rest = other.substr(one.size());
    return std::all_of(rest.begin(), rest.end(), [](char digit) { return digit == '0'; });
}

} // namespace tcpblame::capture
