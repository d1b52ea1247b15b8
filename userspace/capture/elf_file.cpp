#include "capture/elf_file.hpp"

#include "capture/build_id.hpp"
#include "capture/owned_elf.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <gelf.h>
#include <utility>

namespace tcpblame::capture {
namespace {

constexpr std::size_t kMostSegments = 256;
constexpr std::size_t kRememberedNames = 4096;

/// Reads, and does not map: who owns a file may cut it short, and then its mapping is deadly (SIGBUS).
OwnedElf read_headers(const RegularFile& file) {
    elf_version(EV_CURRENT);
    OwnedElf elf(elf_begin(file.fd.get(), ELF_C_READ, nullptr));
    GElf_Ehdr header;
    if (!elf || elf_kind(elf.get()) != ELF_K_ELF || gelf_getehdr(elf.get(), &header) == nullptr) return nullptr;
    return header.e_type == ET_EXEC || header.e_type == ET_DYN ? std::move(elf) : nullptr;
}

std::uint64_t next_number() {
    static std::uint64_t last = 0;
    return ++last;
}

} // namespace

std::shared_ptr<ElfFile> ElfFile::open(RegularFile file, std::string path) {
    const OwnedElf elf = read_headers(file);
    if (!elf) return nullptr;
    return std::shared_ptr<ElfFile>(new ElfFile(std::move(file), std::move(path), elf.get()));
}

ElfFile::ElfFile(RegularFile file, std::string path, Elf* elf)
    : file_(std::move(file)), path_(std::move(path)), number_(next_number()), build_id_(build_id_of(elf)) {
    read_segments(elf);
}

bool ElfFile::is(const struct stat& facts) const {
    const struct stat& ours = file_.facts;
    return ours.st_dev == facts.st_dev && ours.st_ino == facts.st_ino && ours.st_size == facts.st_size &&
           ours.st_ctim.tv_sec == facts.st_ctim.tv_sec && ours.st_ctim.tv_nsec == facts.st_ctim.tv_nsec;
}

void ElfFile::read_segments(Elf* elf) {
    std::size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0) return;
    GElf_Phdr header;
    for (std::size_t i = 0; i < std::min(count, kMostSegments); ++i)
        if (gelf_getphdr(elf, static_cast<int>(i), &header) != nullptr && header.p_type == PT_LOAD)
            segments_.push_back({header.p_offset, header.p_filesz, header.p_vaddr});
}

std::optional<std::uint64_t> ElfFile::address_of(std::uint64_t file_offset) const {
    for (const Segment& segment : segments_)
        if (file_offset >= segment.file_offset && file_offset - segment.file_offset < segment.size)
            return file_offset - segment.file_offset + segment.address;
    return std::nullopt;
}

void ElfFile::find_debug_file(const std::string& debug_directory) {
    has_sought_debug_file_ = true;
    if (build_id_.size() < 4 || debug_directory.empty()) return;
    debug_file_ = open_regular_below(
        "/", fmt::format("{}/.build-id/{}/{}.debug", debug_directory, build_id_.substr(0, 2), build_id_.substr(2)));
    if (!debug_file_) return;
    const OwnedElf elf = read_headers(*debug_file_);
    if (!elf || build_id_of(elf.get()) != build_id_) debug_file_.reset();
}

CodeName ElfFile::ask(std::uint64_t address, bool is_return_address, NameReader& reader) {
    for (; trust_ != Trust::kNone; trust_ = trust_ == Trust::kWhole ? Trust::kFunctionsOnly : Trust::kNone) {
        const auto name = reader.ask({.file = number_,
                                      .fd = file_.fd.get(),
                                      .debug_fd = debug_file_ ? debug_file_->fd.get() : -1,
                                      .address = address,
                                      .is_return_address = is_return_address,
                                      .with_line = trust_ == Trust::kWhole});
        if (name) return *name;
    }
    return {};
}

const CodeName& ElfFile::name(std::uint64_t file_offset, bool is_return_address, NameReader& reader,
                              const std::string& debug_directory) {
    static const CodeName nameless;
    const std::optional<std::uint64_t> address = address_of(file_offset);
    if (!address) return nameless;
    const std::uint64_t key = file_offset * 2 + (is_return_address ? 1 : 0);
    if (const auto known = named_.find(key); known != named_.end()) return known->second;
    if (!has_sought_debug_file_) find_debug_file(debug_directory);
    if (named_.size() >= kRememberedNames) named_.clear();
    return named_[key] = ask(*address, is_return_address, reader);
}

std::optional<UnwindStep> ElfFile::step(std::uint64_t file_offset, bool is_return_address, NameReader& reader,
                                        const std::string& debug_directory) {
    const std::optional<std::uint64_t> address = address_of(file_offset);
    if (!address || !is_unwound_ || trust_ == Trust::kNone) return std::nullopt;
    if (!has_sought_debug_file_) find_debug_file(debug_directory);
    const auto step = reader.step({.file = number_,
                                   .fd = file_.fd.get(),
                                   .debug_fd = debug_file_ ? debug_file_->fd.get() : -1,
                                   .file_offset = file_offset,
                                   .address = *address,
                                   .is_return_address = is_return_address});
    if (!step) is_unwound_ = false;
    return step;
}

} // namespace tcpblame::capture
