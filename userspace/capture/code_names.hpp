/// The names that a program or library on disk has for its code: functions and source lines.
#pragma once

#include "base/unique_fd.hpp"
#include "capture/call_frames.hpp"
#include "capture/code_name.hpp"
#include "capture/owned_elf.hpp"
#include "capture/source_lines.hpp"
#include "capture/symbol_table.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tcpblame::capture {

/// Reads whatever the files hold, and libdw does not withstand all of it: to be used by the NameReader's process.
/// Files are mapped: of a large one only what is looked at comes into memory.
class CodeNames {
public:
    /// `debug_file`: the separate one, with the full symbols and the lines of a stripped `file`; may be none.
    CodeNames(UniqueFd file, UniqueFd debug_file);

    /// A return address belongs to the call before it.
    CodeName at(std::uint64_t address, bool is_return_address, bool with_line);

    /// How its functions call one another; nullptr where it has nothing on it.
    Dwarf_CFI* cfi();
    /// The last bytes before an offset into the file: as many as an instruction may have.
    std::string_view code_before(std::uint64_t file_offset);

private:
    CallFrames& call_frames();
    void put_lines(CodeName& name, std::uint64_t address);
    void read_symbols();
    void read_lines();

    UniqueFd file_;
    UniqueFd debug_file_;
    // In this order, so that what points into a file goes before it.
    OwnedElf elf_;
    OwnedElf debug_elf_;
    std::string mini_symbols_;
    OwnedElf mini_elf_;
    SymbolTable symbols_;
    bool has_read_symbols_ = false;
    std::unique_ptr<SourceLines> lines_;
    bool has_read_lines_ = false;
    std::optional<CallFrames> call_frames_;
};

} // namespace tcpblame::capture
