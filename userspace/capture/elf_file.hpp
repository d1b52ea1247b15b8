/// A program or library on disk, known by its build id, whose code can be named.
#pragma once

#include "capture/code_name.hpp"
#include "capture/name_reader.hpp"
#include "capture/regular_file.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <unordered_map>
#include <vector>

struct Elf; // libelf's

namespace tcpblame::capture {

/// Reads its headers and notes only; the rest is the NameReader's work. The file may be damaged or hostile.
class ElfFile {
public:
    /// nullptr where it is no program or library.
    static std::shared_ptr<ElfFile> open(RegularFile file, std::string path);

    const std::string& build_id() const { return build_id_; } ///< lower-case hex; empty where it has none
    const std::string& path() const { return path_; }         ///< as it was first seen
    [[nodiscard]] bool is(const struct stat& facts) const;    ///< the very same file, unchanged

    /// What lies at an offset from the file's start. A return address belongs to the call before it.
    const CodeName& name(std::uint64_t file_offset, bool is_return_address, NameReader& reader,
                         const std::string& debug_directory);

    /// From the frame there to its caller's: NameReader::step(). nullopt where the file was too much to read.
    std::optional<UnwindStep> step(std::uint64_t file_offset, bool is_return_address, NameReader& reader,
                                   const std::string& debug_directory);

private:
    struct Segment {
        std::uint64_t file_offset;
        std::uint64_t size;
        std::uint64_t address;
    };
    enum class Trust { kWhole, kFunctionsOnly, kNone }; ///< the file's lines, or all of it, were too much to read

    ElfFile(RegularFile file, std::string path, Elf* elf);
    void read_segments(Elf* elf);
    void find_debug_file(const std::string& debug_directory);
    [[nodiscard]] std::optional<std::uint64_t> address_of(std::uint64_t file_offset) const;
    CodeName ask(std::uint64_t address, bool is_return_address, NameReader& reader);

    RegularFile file_;
    std::string path_;
    std::uint64_t number_; ///< of all files ever opened
    std::string build_id_;
    std::vector<Segment> segments_;
    std::optional<RegularFile> debug_file_; ///< separate symbols and lines, by build id
    bool has_sought_debug_file_ = false;
    Trust trust_ = Trust::kWhole;
    bool is_unwound_ = true;                            ///< until that was too much
    std::unordered_map<std::uint64_t, CodeName> named_; // 2 × file offset + is_return_address
};

} // namespace tcpblame::capture
