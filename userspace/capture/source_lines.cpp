#include "capture/source_lines.hpp"

#include "capture/code_name.hpp"

#include <algorithm>
#include <climits>
#include <cstddef>
#include <dwarf.h>
#include <utility>

namespace tcpblame::capture {
namespace {

constexpr std::size_t kMostRanges = std::size_t{1} << 22;
constexpr int kMostDepth = 256; ///< of blocks in one another: a file may say anything

template <typename Visit>
void each_range(Dwarf_Die& entry, const Visit& visit) {
    Dwarf_Addr base = 0;
    Dwarf_Addr start = 0;
    Dwarf_Addr end = 0;
    std::ptrdiff_t at = 0;
    for (std::size_t left = kMostRanges; left > 0 && (at = dwarf_ranges(&entry, at, &base, &start, &end)) > 0; --left)
        if (start < end) visit(start, end);
}

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

/// What may have functions in it that have code: no function has another's.
bool holds_functions(int tag) {
    return tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_structure_type ||
           tag == DW_TAG_class_type || tag == DW_TAG_union_type || tag == DW_TAG_enumeration_type;
}

/// The entry within another that has the address, in whatever blocks it is; false where there is none.
bool find_within(Dwarf_Die& scope, std::uint64_t address, Dwarf_Die& found) {
    for (int more = dwarf_child(&scope, &found); more == 0; more = dwarf_siblingof(&found, &found))
        if (dwarf_haspc(&found, address) == 1) return true;
    return false;
}

} // namespace

std::unique_ptr<SourceLines> SourceLines::open(Elf* elf) {
    Dwarf* dwarf = dwarf_begin_elf(elf, DWARF_C_READ, nullptr);
    if (dwarf == nullptr) return nullptr;
    return std::unique_ptr<SourceLines>(new SourceLines(dwarf));
}

void SourceLines::add_ranges(Dwarf_Die& unit) {
    each_range(unit, [&](std::uint64_t start, std::uint64_t end) {
        if (units_.size() < kMostRanges) units_.push_back({start, end, dwarf_dieoffset(&unit)});
    });
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
              [](const Range& one, const Range& other) { return one.start < other.start; });
}

bool SourceLines::find_unit(std::uint64_t address, Dwarf_Die& unit) {
    if (dwarf_addrdie(dwarf_.get(), address, &unit) != nullptr) return true;
    // No index (.debug_aranges): clang writes none unless asked to.
    if (!has_listed_) list_units();
    auto range = std::upper_bound(units_.begin(), units_.end(), address,
                                  [](std::uint64_t wanted, const Range& one) { return wanted < one.start; });
    if (range == units_.begin() || address >= (--range)->end) return false;
    return dwarf_offdie(dwarf_.get(), range->entry, &unit) != nullptr;
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

/// Once for each unit: to look through all that it has, types and all, takes milliseconds.
const std::vector<SourceLines::Range>& SourceLines::functions_of(Dwarf_Die& unit) {
    const auto [known, is_new] = functions_.try_emplace(dwarf_dieoffset(&unit));
    std::vector<Range>& functions = known->second;
    if (!is_new) return functions;
    std::vector<Dwarf_Die> to_look_into{unit};
    while (!to_look_into.empty()) {
        Dwarf_Die scope = to_look_into.back();
        to_look_into.pop_back();
        Dwarf_Die entry;
        for (int more = dwarf_child(&scope, &entry); more == 0; more = dwarf_siblingof(&entry, &entry)) {
            const int tag = dwarf_tag(&entry);
            if (tag == DW_TAG_subprogram) {
                each_range(entry, [&](std::uint64_t start, std::uint64_t end) {
                    if (functions.size() < kMostRanges) functions.push_back({start, end, dwarf_dieoffset(&entry)});
                });
            } else if (holds_functions(tag) && to_look_into.size() < kMostRanges) {
                to_look_into.push_back(entry);
            }
        }
    }
    std::sort(functions.begin(), functions.end(),
              [](const Range& one, const Range& other) { return one.start < other.start; });
    return functions;
}

std::vector<InlinedFunction> SourceLines::inlined_at(std::uint64_t address) {
    std::vector<InlinedFunction> functions;
    Dwarf_Die unit;
    if (!find_unit(address, unit)) return functions;
    const auto& ranges = functions_of(unit);
    auto range = std::upper_bound(ranges.begin(), ranges.end(), address,
                                  [](std::uint64_t wanted, const Range& one) { return wanted < one.start; });
    if (range == ranges.begin() || address >= (--range)->end) return functions;
    Dwarf_Die scope;
    if (dwarf_offdie(dwarf_.get(), range->entry, &scope) == nullptr) return functions;
    const std::string around = name_of(scope);
    Dwarf_Die within;
    for (int depth = 0; depth < kMostDepth && find_within(scope, address, within); ++depth) {
        scope = within;
        if (dwarf_tag(&scope) != DW_TAG_inlined_subroutine) continue;
        InlinedFunction function{name_of(scope), call_of(scope, unit)};
        // Of a function that is split, the one part is inlined into the other.
        if (functions.empty() && function.name == around) continue;
        if (function.name.empty() || functions.size() == kMostInlined) return {};
        functions.push_back(std::move(function));
    }
    std::reverse(functions.begin(), functions.end());
    return functions;
}

} // namespace tcpblame::capture
