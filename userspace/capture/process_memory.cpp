#include "capture/process_memory.hpp"

#include "capture/process_facts.hpp"
#include "capture/text_file.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <string_view>
#include <sys/stat.h>
#include <utility>

namespace tcpblame::capture {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kRemembered = 1024;
constexpr auto kOld = std::chrono::seconds(2);
constexpr auto kFresh = std::chrono::milliseconds(100); ///< a library may be loaded at any time, but not that often
constexpr std::string_view kDeleted = " (deleted)";

/// proc(5): the 22nd field of stat; the 2nd, the name, may hold anything, but ends with the last ')'.
std::uint64_t read_start_time(const std::string& proc) {
    const std::string stat = read_text(proc + "/stat");
    std::size_t at = stat.rfind(')');
    for (int field = 2; field < 22 && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
    return at != std::string::npos ? std::strtoull(stat.c_str() + at, nullptr, 10) : 0;
}

void read_status(const std::string& proc, KnownProcess& process) {
    const std::string status = read_text(proc + "/status");
    if (const std::size_t at = status.find("\nUid:"); at != std::string::npos) {
        unsigned real = 0;
        unsigned effective = 0;
        if (std::sscanf(status.c_str() + at, "\nUid: %u %u", &real, &effective) == 2) process.uid = effective;
    }
    const std::size_t at = status.find("\nNSpid:");
    if (at == std::string::npos) return;
    const std::string_view line = std::string_view(status).substr(at + 1, status.find('\n', at + 1) - at - 1);
    const std::size_t last = line.find_last_not_of("0123456789");
    process.own_pid = static_cast<std::uint32_t>(std::strtoul(line.data() + last + 1, nullptr, 10));
}

bool is_same_file(const std::string& one, const std::string& other) {
    struct stat first {};
    struct stat second {};
    return stat(one.c_str(), &first) == 0 && stat(other.c_str(), &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

timespec realtime_before(std::uint64_t ns) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t then = now.tv_sec * kSecond + now.tv_nsec - static_cast<std::int64_t>(ns);
    return {then / kSecond, then % kSecond};
}

/// How long ago a moment of CLOCK_MONOTONIC was; 0 where it is not reported, or to come.
std::uint64_t age_of(std::uint64_t time_ns) {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const std::uint64_t now_ns =
        static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
    return time_ns > 0 && time_ns < now_ns ? now_ns - time_ns : 0;
}

KnownProcess describe(const model::ProcessKnown& known) {
    const std::string proc = fmt::format("/proc/{}", known.pid);
    KnownProcess process;
    process.start_time = read_start_time(proc);
    read_status(proc, process);
    process.shares_our_files =
        is_same_file(proc + "/ns/mnt", "/proc/self/ns/mnt") && is_same_file(proc + "/root", "/proc/self/root");
    process.is_alive = process.start_time != 0;
    process.known_at = realtime_before(age_of(known.time_ns));
    process.looked_at = Clock::now();
    for (const model::Mapping& mapping : known.mappings) process.mappings.push_back({mapping, {}, false});
    return process;
}

} // namespace

bool is_deleted(const model::Mapping& mapping) { return mapping.path.ends_with(kDeleted); }

std::string path_of(const model::Mapping& mapping) {
    return mapping.path.substr(0, mapping.path.size() - (is_deleted(mapping) ? kDeleted.size() : 0));
}

MappedFile* KnownProcess::at(std::uint64_t address) {
    const auto found = std::find_if(mappings.begin(), mappings.end(), [address](const MappedFile& mapped) {
        return mapped.mapping.start <= address && address < mapped.mapping.end;
    });
    return found != mappings.end() ? &*found : nullptr;
}

KnownProcess* ProcessMemory::remembered(std::uint32_t pid) {
    const auto known = processes_.find(pid);
    return known != processes_.end() ? &known->second : nullptr;
}

KnownProcess* ProcessMemory::keep(std::uint32_t pid, KnownProcess process) {
    const auto [entry, is_new] = processes_.insert_or_assign(pid, std::move(process));
    if (!is_new) return &entry->second;
    oldest_first_.push_back(pid);
    if (oldest_first_.size() > kRemembered) {
        processes_.erase(oldest_first_.front());
        oldest_first_.pop_front();
    }
    return &entry->second;
}

void ProcessMemory::learn(const model::ProcessKnown& known) {
    if (known.is_another) processes_.erase(known.pid);
    if (known.mappings.empty()) return; // it is going: what was known before stays true of it
    keep(known.pid, describe(known));
}

/// The pid may be another process's by now; then what is remembered is of one that is dead.
KnownProcess* ProcessMemory::look(std::uint32_t pid, KnownProcess* before) {
    const model::ProcessKnown known = read_process(pid, 0);
    const std::uint64_t start_time = known.mappings.empty() ? 0 : read_start_time(fmt::format("/proc/{}", pid));
    if (start_time != 0 && (before == nullptr || before->start_time == start_time)) return keep(pid, describe(known));
    if (before == nullptr) return nullptr;
    before->is_alive = false;
    before->looked_at = Clock::now();
    return before;
}

KnownProcess* ProcessMemory::find(std::uint32_t pid, std::uint64_t address) {
    if (pid == 0) return nullptr;
    KnownProcess* known = remembered(pid);
    if (known == nullptr) return look(pid, nullptr);
    const auto age = Clock::now() - known->looked_at;
    if (age > kOld || (known->at(address) == nullptr && age > kFresh)) return look(pid, known);
    return known;
}

} // namespace tcpblame::capture
