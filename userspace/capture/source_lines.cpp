#include "capture/source_lines.hpp"

#include <algorithm>
#include <climits>
#include <cstddef>
#include <cstdlib>
#include <dwarf.h>
#include <span>
#include <utility>

namespace tcpblame::capture {
namespace {

constexpr std::size_t kMostRanges = std::size_t{1} << 22;
constexpr std::size_t kMostCalls = 16;

std::string name_of(Dwarf_Die& function) {
    Dwarf_Attribute attribute;
    for (const unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name, DW_AT_name})
        if (dwarf_attr_integrate(&function, name, &attribute) != nullptr)
            if (const char* text = dwarf_formstring(&attribute)) return text;
    return {};
}

std::optional<Dwarf_Word> number_in(Dwarf_Die& entry, unsigned name) {
    Dwarf_Attribute attribute;
    Dwarf_Word value = 0;
    if (dwarf_attr(&entry, name, &attribute) == nullptr || dwarf_formudata(&attribute, &value) != 0)
        return std::nullopt;
    return value;
}

std::optional<SourceLine> call_of(Dwarf_Die& inlined, Dwarf_Die& unit) {
    const auto file = number_in(inlined, DW_AT_call_file);
    const auto line = number_in(inlined, DW_AT_call_line);
    Dwarf_Files* files = nullptr;
    if (!file || !line || *line == 0 || *line > INT_MAX || dwarf_getsrcfiles(&unit, &files, nullptr) != 0)
        return std::nullopt;
    const char* name = dwarf_filesrc(files, *file, nullptr, nullptr);
    if (name == nullptr) return std::nullopt;
    return SourceLine{name, static_cast<int>(*line)};
}

struct FreeScopes {
    void operator()(Dwarf_Die* scopes) const { free(scopes); } // NOLINT(cppcoreguidelines-no-malloc): libdw's
};

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

std::vector<InlinedFunction> SourceLines::inlined_at(std::uint64_t address) {
    std::vector<InlinedFunction> functions;
    Dwarf_Die unit;
    if (!find_unit(address, unit)) return functions;
    Dwarf_Die* found = nullptr;
    if (dwarf_getscopes(&unit, address, &found) <= 0) return functions;
    const std::unique_ptr<Dwarf_Die, FreeScopes> visible(found);
    // These go on where the innermost was written; asked for are the ones that its code lies in.
    const int count = dwarf_getscopes_die(found, &found);
    const std::unique_ptr<Dwarf_Die, FreeScopes> scopes(count > 0 ? found : nullptr);
    for (Dwarf_Die& scope : std::span(found, static_cast<std::size_t>(std::max(count, 0)))) {
        const int tag = dwarf_tag(&scope);
        if (tag == DW_TAG_subprogram) {
            // Of a function that is split, the one part is inlined into the other.
            const std::string around = name_of(scope);
            while (!functions.empty() && functions.back().name == around) functions.pop_back();
            break;
        }
        if (tag != DW_TAG_inlined_subroutine) continue;
        InlinedFunction function{name_of(scope), call_of(scope, unit)};
        if (function.name.empty() || functions.size() == kMostCalls) return {};
        functions.push_back(std::move(function));
    }
    return functions;
}

} // namespace tcpblame::capture
