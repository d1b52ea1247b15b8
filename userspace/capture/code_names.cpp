#include "capture/code_names.hpp"

#include "capture/demangle.hpp"
#include "capture/mini_symbols.hpp"

#include <algorithm>
#include <utility>

namespace tcpblame::capture {

CodeNames::CodeNames(UniqueFd file, UniqueFd debug_file) : file_(std::move(file)), debug_file_(std::move(debug_file)) {
    elf_version(EV_CURRENT);
    elf_.reset(elf_begin(file_.get(), ELF_C_READ_MMAP, nullptr));
    if (debug_file_) debug_elf_.reset(elf_begin(debug_file_.get(), ELF_C_READ_MMAP, nullptr));
}

/// The full table is in the file, or beside it; a stripped file still has what it exports to others.
void CodeNames::read_symbols() {
    has_read_symbols_ = true;
    const bool is_full =
        symbols_.add(elf_.get(), SHT_SYMTAB) || (debug_elf_ != nullptr && symbols_.add(debug_elf_.get(), SHT_SYMTAB));
    if (!is_full) {
        symbols_.add(elf_.get(), SHT_DYNSYM);
        mini_symbols_ = unpack_mini_symbols(elf_.get());
        if (!mini_symbols_.empty()) mini_elf_.reset(elf_memory(mini_symbols_.data(), mini_symbols_.size()));
        if (mini_elf_) symbols_.add(mini_elf_.get(), SHT_SYMTAB);
    }
    symbols_.sort();
}

void CodeNames::read_lines() {
    has_read_lines_ = true;
    if (elf_) lines_ = SourceLines::open(elf_.get());
    if (!lines_ && debug_elf_) lines_ = SourceLines::open(debug_elf_.get());
}

CallFrames& CodeNames::call_frames() {
    if (!call_frames_) call_frames_.emplace(elf_.get());
    return *call_frames_;
}

Dwarf_CFI* CodeNames::cfi() { return elf_ ? call_frames().cfi() : nullptr; }

std::string_view CodeNames::code_before(std::uint64_t file_offset) {
    constexpr std::uint64_t kLongestCall = 8;
    std::size_t size = 0;
    const char* file = elf_ ? elf_rawfile(elf_.get(), &size) : nullptr;
    if (file == nullptr || file_offset > size) return {};
    const std::uint64_t length = std::min(file_offset, kLongestCall);
    return {file + file_offset - length, length};
}

CodeName CodeNames::at(std::uint64_t address, bool is_return_address, bool with_line) {
    // A call may be the last thing that a function, or a line, does.
    const std::uint64_t inside = is_return_address && address > 0 ? address - 1 : address;
    CodeName name;
    if (elf_ && !has_read_symbols_) read_symbols();
    if (const FoundSymbol symbol = symbols_.find(inside); !symbol.name.empty()) {
        name.function = demangle(symbol.name.c_str());
        name.function_offset = address - symbol.address;
    }
    if (!is_return_address && elf_) name.return_place = call_frames().return_place(address);
    if (!with_line) return name;
    if (!has_read_lines_) read_lines();
    if (lines_) put_lines(name, inside);
    return name;
}

/// What is inlined at a place begins there; each function around it goes on where it calls the one within.
void CodeNames::put_lines(CodeName& name, std::uint64_t address) {
    auto place = lines_->find(address);
    // Without a symbol it is not known into what they are inlined.
    for (InlinedFunction& inlined :
         name.function.empty() ? std::vector<InlinedFunction>{} : lines_->inlined_at(address)) {
        InlinedCall& call = name.inlined.emplace_back();
        call.function = demangle(inlined.name.c_str());
        if (place) {
            call.file = std::move(place->file);
            call.line = place->line;
        }
        place = std::move(inlined.called_from);
    }
    if (!place) return;
    name.file = std::move(place->file);
    name.line = place->line;
}

} // namespace tcpblame::capture
