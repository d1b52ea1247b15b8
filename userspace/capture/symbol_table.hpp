/// The functions that an ELF file names, by address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <gelf.h>
#include <string>
#include <string_view>
#include <vector>

namespace tcpblame::capture {

struct FoundSymbol {
    std::string name; ///< as the linker has it
    std::uint64_t address = 0;
};

/// Keeps 24 bytes for each symbol; names stay in the files, which must live as long as the table.
class SymbolTable {
public:
    /// Takes the functions of the first section of this type (SHT_SYMTAB, SHT_DYNSYM); false where there is none.
    bool add(Elf* elf, std::uint32_t section_type);
    void sort();

    /// The function that holds the address. Sizes are respected: what lies between functions has no name.
    /// An empty name: not known.
    [[nodiscard]] FoundSymbol find(std::uint64_t address) const;

private:
    struct Symbol {
        std::uint64_t address;
        std::uint32_t size; ///< 0: not reported
        std::uint32_t name; ///< in the file's string section
        std::uint8_t file;  ///< index in files_
        std::uint8_t binding;
    };
    struct NamedFile {
        Elf* elf;
        std::size_t strings; ///< section index
    };

    [[nodiscard]] std::string_view name_of(const Symbol& symbol) const;
    /// Of several names for one address, the one that a person would use.
    [[nodiscard]] bool is_better(const Symbol& one, const Symbol& other) const;
    [[nodiscard]] FoundSymbol best_like(std::size_t index, std::uint64_t address) const;

    std::vector<Symbol> symbols_; // by address
    std::vector<NamedFile> files_;
};

} // namespace tcpblame::capture
