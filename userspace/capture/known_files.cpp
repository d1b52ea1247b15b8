#include "capture/known_files.hpp"

#include "capture/build_id.hpp"
#include "capture/process_memory.hpp"

#include <fmt/format.h>
#include <utility>

namespace tcpblame::capture {
namespace {

constexpr std::size_t kRememberedFiles = 8192;

/// The kernel gives 20 bytes, with zeros behind a shorter id.
std::string filled_up(std::string_view build_id) {
    constexpr std::size_t kDigits = 40;
    std::string id(build_id);
    if (id.size() < kDigits) id.resize(kDigits, '0');
    return id;
}

} // namespace

void KnownFiles::add(std::uint32_t pid, const std::vector<model::Mapping>& mappings) {
    for (const model::Mapping& mapping : mappings) {
        if (mapping.path.empty() || mapping.path.front() != '/') continue;
        std::string path = path_of(mapping);
        if (seen_.size() >= kRememberedFiles) seen_.clear();
        if (!seen_.insert(fmt::format("{} {}", pid, path)).second) continue;
        unread_.push_back({pid, std::move(path)});
        if (unread_.size() > kRememberedFiles) unread_.pop_front();
    }
}

/// The namespace may have died with its process, and the very file may be ours, too: the build id will report.
std::optional<RegularFile> KnownFiles::open(const Place& place) {
    if (place.pid != 0)
        if (auto file = open_regular_below(fmt::format("/proc/{}/root", place.pid), place.path)) return file;
    return open_regular_of_host(place.path);
}

std::shared_ptr<ElfFile> KnownFiles::find(std::string_view build_id, ElfCache& cache) {
    const auto take = [&](const Place& place) -> std::shared_ptr<ElfFile> {
        auto file = open(place);
        auto elf = file ? cache.open(std::move(*file), place.path) : nullptr;
        return elf && is_same_build_id(elf->build_id(), build_id) ? elf : nullptr;
    };
    if (const auto known = places_.find(filled_up(build_id)); known != places_.end())
        if (auto elf = take(known->second)) return elf;
    while (!unread_.empty()) {
        const Place place = std::move(unread_.front());
        unread_.pop_front();
        auto file = open(place);
        const auto elf = file ? ElfFile::open(std::move(*file), place.path) : nullptr; // not to push others out
        if (!elf || elf->build_id().empty()) continue;
        if (places_.size() >= kRememberedFiles) places_.clear();
        places_.insert_or_assign(filled_up(elf->build_id()), place);
        if (is_same_build_id(elf->build_id(), build_id)) return take(place);
    }
    return nullptr;
}

} // namespace tcpblame::capture
