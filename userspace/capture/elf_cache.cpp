#include "capture/elf_cache.hpp"

#include "capture/build_id.hpp"

#include <algorithm>
#include <utility>

namespace tcpblame::capture {

std::shared_ptr<ElfFile> ElfCache::use(Files::iterator file) {
    files_.splice(files_.begin(), files_, file);
    return files_.front();
}

std::shared_ptr<ElfFile> ElfCache::with_build_id(std::string_view build_id) {
    const auto found = std::find_if(files_.begin(), files_.end(), [build_id](const auto& file) {
        return is_same_build_id(file->build_id(), build_id);
    });
    return found != files_.end() ? use(found) : nullptr;
}

std::shared_ptr<ElfFile> ElfCache::open(RegularFile file, const std::string& path) {
    const auto found =
        std::find_if(files_.begin(), files_.end(), [&file](const auto& kept) { return kept->is(file.facts); });
    if (found != files_.end()) return use(found);
    std::shared_ptr<ElfFile> opened = ElfFile::open(std::move(file), path);
    if (!opened) return nullptr;
    files_.push_front(opened);
    if (files_.size() > capacity_) files_.pop_back();
    return opened;
}

} // namespace tcpblame::capture
