#include "capture/source_lines.hpp"

#include <algorithm>
#include <cstddef>
#include <dwarf.h>

namespace tcpblame::capture {
namespace {

constexpr std::size_t kMostRanges = std::size_t{1} << 22;

} // namespace

std::unique_ptr<SourceLines> SourceLines::open(Elf* elf) {
    Dwarf* dwarf = dwarf_begin_elf(elf, DWARF_C_READ, nullptr);
    if (dwarf == nullptr) return nullptr;
    return std::unique_ptr<SourceLines>(new SourceLines(dwarf));
}

void SourceLines::add_ranges(Dwarf_Die& unit) {
    Dwarf_Addr base = 0;
    Dwarf_Addr start = 0;
    Dwarf_Addr end = 0;
    for (std::ptrdiff_t at = 0; units_.size() < kMostRanges;) {
        at = dwarf_ranges(&unit, at, &base, &start, &end);
        if (at <= 0) return;
        if (start < end) units_.push_back({start, end, dwarf_dieoffset(&unit)});
    }
}

void SourceLines::list_units() {
    has_listed_ = true;
    Dwarf_Off next = 0;
    std::size_t header_size = 0;
    for (Dwarf_Off at = 0; units_.size() < kMostRanges; at = next) {
        if (dwarf_nextcu(dwarf_.get(), at, &next, &header_size, nullptr, nullptr, nullptr) != 0 || next <= at) break;
        Dwarf_Die unit;
        if (dwarf_offdie(dwarf_.get(), at + header_size, &unit) != nullptr) add_ranges(unit);
    }
    std::sort(units_.begin(), units_.end(),
              [](const UnitRange& one, const UnitRange& other) { return one.start < other.start; });
}

bool SourceLines::find_unit(std::uint64_t address, Dwarf_Die& unit) {
    if (dwarf_addrdie(dwarf_.get(), address, &unit) != nullptr) return true;
    // No index (.debug_aranges): clang writes none unless asked to.
    if (!has_listed_) list_units();
    auto range = std::upper_bound(units_.begin(), units_.end(), address,
                                  [](std::uint64_t wanted, const UnitRange& one) { return wanted < one.start; });
    if (range == units_.begin() || address >= (--range)->end) return false;
    return dwarf_offdie(dwarf_.get(), range->unit, &unit) != nullptr;
}

std::optional<SourceLine> SourceLines::find(std::uint64_t address) {
    Dwarf_Die unit;
    if (!find_unit(address, unit)) return std::nullopt;
    Dwarf_Line* line = dwarf_getsrc_die(&unit, address);
    const char* file = line != nullptr ? dwarf_linesrc(line, nullptr, nullptr) : nullptr;
    int number = 0;
    // Line 0: the compiler made this code up.
    if (file == nullptr || dwarf_lineno(line, &number) != 0 || number <= 0) return std::nullopt;
    return SourceLine{file, number};
}

} // namespace tcpblame::capture
