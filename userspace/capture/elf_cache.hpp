/// The programs and libraries that were looked at last, kept open.
#pragma once

#include "capture/elf_file.hpp"

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>

namespace tcpblame::capture {

class ElfCache {
public:
    explicit ElfCache(std::size_t capacity) : capacity_(capacity) {}

    /// nullptr where none of the files kept has it.
    std::shared_ptr<ElfFile> with_build_id(std::string_view build_id);
    /// The file itself, or what is kept of it; nullptr where it is no program or library.
    std::shared_ptr<ElfFile> open(RegularFile file, const std::string& path);
    [[nodiscard]] std::size_t size() const { return files_.size(); }

private:
    using Files = std::list<std::shared_ptr<ElfFile>>;
    std::shared_ptr<ElfFile> use(Files::iterator file);

    std::size_t capacity_;
    Files files_; // last used first
};

} // namespace tcpblame::capture
