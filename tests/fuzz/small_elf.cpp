#include "fuzz/small_elf.hpp"

#include <algorithm>
#include <cstring>
#include <elf.h>

namespace tcpblame::fuzz {
namespace {

constexpr std::string_view kNames{"\0.eh_frame\0.shstrtab\0", 21};

/// What comes before the call frame information.
struct Headers {
    Elf64_Ehdr file{};
    Elf64_Phdr load{};
    Elf64_Phdr table{}; ///< of the type PT_GNU_EH_FRAME
};

Elf64_Phdr segment(std::uint32_t type, std::uint64_t size) {
    Elf64_Phdr header{};
    header.p_type = type;
    header.p_flags = PF_R;
    header.p_offset = sizeof(Headers);
    header.p_vaddr = header.p_paddr = SmallElf::kAddress;
    header.p_filesz = header.p_memsz = size;
    header.p_align = 1;
    return header;
}

Elf64_Shdr section(std::uint32_t name, std::uint32_t type, std::uint64_t offset, std::uint64_t size) {
    Elf64_Shdr header{};
    header.sh_name = name;
    header.sh_type = type;
    header.sh_offset = offset;
    header.sh_size = size;
    header.sh_addralign = 1;
    return header;
}

template <typename Part>
void append(std::string& file, const Part& part) {
    file.append(reinterpret_cast<const char*>(&part), sizeof(part));
}

} // namespace

SmallElf::SmallElf(std::uint16_t machine, std::span<const std::byte> frames, std::size_t table_bytes) {
    table_bytes = std::min(table_bytes, frames.size());
    const std::uint64_t names_at = sizeof(Headers) + frames.size();
    Headers headers;
    std::memcpy(headers.file.e_ident, ELFMAG, SELFMAG);
    headers.file.e_ident[EI_CLASS] = ELFCLASS64;
    headers.file.e_ident[EI_DATA] = ELFDATA2LSB;
    headers.file.e_ident[EI_VERSION] = EV_CURRENT;
    headers.file.e_type = ET_DYN;
    headers.file.e_machine = machine;
    headers.file.e_version = EV_CURRENT;
    headers.file.e_ehsize = sizeof(Elf64_Ehdr);
    headers.file.e_phoff = offsetof(Headers, load);
    headers.file.e_phentsize = sizeof(Elf64_Phdr);
    headers.file.e_phnum = table_bytes > 0 ? 2 : 1;
    headers.file.e_shoff = names_at + kNames.size();
    headers.file.e_shentsize = sizeof(Elf64_Shdr);
    headers.file.e_shnum = 3;
    headers.file.e_shstrndx = 2;
    headers.load = segment(PT_LOAD, frames.size());
    headers.table = segment(PT_GNU_EH_FRAME, table_bytes);

    append(file_, headers);
    file_.append(reinterpret_cast<const char*>(frames.data()), frames.size());
    file_.append(kNames);
    append(file_, Elf64_Shdr{});
    Elf64_Shdr of_frames = section(1, SHT_PROGBITS, sizeof(Headers) + table_bytes, frames.size() - table_bytes);
    of_frames.sh_addr = kAddress + table_bytes;
    of_frames.sh_flags = SHF_ALLOC;
    append(file_, of_frames);
    append(file_, section(11, SHT_STRTAB, names_at, kNames.size()));

    elf_version(EV_CURRENT);
    elf_.reset(elf_memory(file_.data(), file_.size()));
    if (elf_) call_frames_.emplace(elf_.get());
}

} // namespace tcpblame::fuzz
