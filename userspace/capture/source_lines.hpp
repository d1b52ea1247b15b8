/// File and line of an address, from an ELF file's debug information (DWARF).
///
/// libdw does not withstand every hostile file (0.188 reads beyond its ends): for the NameReader's process.
#pragma once

#include <cstdint>
#include <elfutils/libdw.h>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tcpblame::capture {

struct SourceLine {
    std::string file; ///< with its folder where that is reported
    int line = 0;
};

/// A function at an address that is there by being inlined into another.
struct InlinedFunction {
    std::string name;                      ///< mangled where it is
    std::optional<SourceLine> called_from; ///< in the function around it
};

class SourceLines {
public:
    /// nullptr where the file has no debug information. `elf` must live as long.
    static std::unique_ptr<SourceLines> open(Elf* elf);

    [[nodiscard]] std::optional<SourceLine> find(std::uint64_t address);
    /// The innermost first; empty where none is inlined there, or not all of them have names.
    [[nodiscard]] std::vector<InlinedFunction> inlined_at(std::uint64_t address);

private:
    struct EndDwarf {
        void operator()(Dwarf* dwarf) const { dwarf_end(dwarf); }
    };
    /// What a compilation unit, or a function, covers.
    struct Range {
        std::uint64_t start;
        std::uint64_t end;
        std::uint64_t entry; ///< its offset
    };

    explicit SourceLines(Dwarf* dwarf) : dwarf_(dwarf) {}
    [[nodiscard]] bool find_unit(std::uint64_t address, Dwarf_Die& unit);
    void list_units();
    void add_ranges(Dwarf_Die& unit);
    const std::vector<Range>& functions_of(Dwarf_Die& unit);

    std::unique_ptr<Dwarf, EndDwarf> dwarf_;
    std::vector<Range> units_;                                        // by start; filled when first needed
    std::unordered_map<std::uint64_t, std::vector<Range>> functions_; // of a unit, by its offset; by start
    bool has_listed_ = false;
};

} // namespace tcpblame::capture
