#include "capture/process_facts.hpp"

#include "base/unique_fd.hpp"
#include "capture/text_file.hpp"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace tcpblame::capture {
namespace {

constexpr std::uint64_t kFreshNs = 10'000'000'000; ///< a process may load a library, or its pid go to another
constexpr std::size_t kRememberedProcesses = 4096;
constexpr unsigned kInPassingASecond = 20;
constexpr std::size_t kMostArgv = 200;

/// Without the beginning of a UTF-8 character whose end was cut off.
std::string_view whole_characters(std::string_view text) {
    std::size_t begin = text.size();
    while (begin > 0 && text.size() - begin < 4 && (static_cast<unsigned char>(text[begin - 1]) & 0xC0U) == 0x80U)
        --begin;
    if (begin == 0 || (static_cast<unsigned char>(text[begin - 1]) & 0xC0U) != 0xC0U) return text;
    const auto first = static_cast<unsigned char>(text[begin - 1]);
    const std::size_t length = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : 2;
    return text.size() - (begin - 1) < length ? text.substr(0, begin - 1) : text;
}

std::string read_link(const std::string& path) {
    std::array<char, 4096> target{};
    const ssize_t length = readlink(path.c_str(), target.data(), target.size());
    return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length)) : std::string();
}

/// The unified hierarchy's line: "0::/path".
std::string read_cgroup(const std::string& proc) {
    Lines lines(proc + "/cgroup");
    for (std::string_view line; lines.next(line);)
        if (line.substr(0, 3) == "0::") return std::string(line.substr(3));
    return {};
}

/// As much of it as is shown; it is the process's own memory, where anything may be by now.
std::string read_argv(const std::string& proc) {
    std::array<char, kMostArgv + 2> text{}; // with a NUL that nothing follows
    const UniqueFd file(open((proc + "/cmdline").c_str(), O_RDONLY | O_CLOEXEC));
    const ssize_t got = file ? read(file.get(), text.data(), text.size()) : 0;
    std::string_view argv(text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    argv = argv.substr(0, argv.find_last_not_of('\0') + 1); // what overwrites its title leaves some behind
    if (argv.size() <= kMostArgv) return std::string(argv);
    return std::string(whole_characters(argv.substr(0, kMostArgv))) + "…";
}

std::vector<model::Mapping> read_executable_mappings(const std::string& proc) {
    std::vector<model::Mapping> mappings;
    Lines lines(proc + "/maps");
    for (std::string_view line; lines.next(line);) {
        model::Mapping mapping;
        std::array<char, 5> access{};
        int path_at = 0;
        const std::string text(line);
        if (std::sscanf(text.c_str(), "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %*s %n", &mapping.start,
                        &mapping.end, access.data(), &mapping.file_offset, &path_at) != 4)
            continue;
        if (access[2] != 'x') continue;
        // Code that was compiled at run time is no file's.
        if (path_at > 0 && static_cast<std::size_t>(path_at) < text.size())
            mapping.path = text.substr(static_cast<std::size_t>(path_at));
        mappings.push_back(std::move(mapping));
    }
    return mappings;
}

} // namespace

model::ProcessKnown read_process(std::uint32_t pid, std::uint64_t now_ns, Argv argv) {
    const std::string proc = fmt::format("/proc/{}", pid);
    model::ProcessKnown known;
    known.time_ns = now_ns;
    known.pid = pid;
    known.exe = read_link(proc + "/exe");
    known.cgroup = read_cgroup(proc);
    if (argv == Argv::kRead) known.argv = read_argv(proc);
    known.mappings = read_executable_mappings(proc);
    return known;
}

model::ProcessKnown read_process(std::uint32_t pid, std::string_view name, std::uint64_t now_ns, Argv argv) {
    model::ProcessKnown known = read_process(pid, now_ns, argv);
    // After all else: the pid may have gone to another meanwhile. One that has died is nobody else.
    const std::string comm = read_text(fmt::format("/proc/{}/comm", pid));
    if (comm.empty() || comm == std::string(name) + '\n') return known;
    return {.time_ns = now_ns, .pid = pid, .exe = {}, .cgroup = {}, .mappings = {}};
}

namespace {

/// /proc/PID/stat: "pid (comm) state ppid …", and a comm may hold anything.
std::uint32_t parent_of(const std::string& pid) {
    Lines lines("/proc/" + pid + "/stat");
    std::string_view line;
    if (!lines.next(line)) return 0;
    const std::size_t comm_ends = line.rfind(')');
    std::uint32_t parent = 0;
    if (comm_ends == std::string_view::npos ||
        std::sscanf(std::string(line.substr(comm_ends + 1)).c_str(), " %*c %" SCNu32, &parent) != 1)
        return 0;
    return parent;
}

} // namespace

namespace {

/// Of all processes that /proc shows.
template <typename Take>
void for_each_process(const Take& take) {
    std::error_code error;
    std::filesystem::directory_iterator entry("/proc", error);
    for (; entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (name.find_first_not_of("0123456789") == std::string::npos) take(name);
    }
}

bool has_thread_named(const std::string& pid, const std::vector<std::string>& names) {
    constexpr std::size_t kNameBytes = 15; // TASK_COMM_LEN, less the end
    std::error_code error;
    std::filesystem::directory_iterator thread("/proc/" + pid + "/task", error);
    for (; thread != std::filesystem::directory_iterator(); thread.increment(error)) {
        const std::string comm = read_text(thread->path().string() + "/comm");
        for (const std::string& name : names)
            if (comm == name.substr(0, kNameBytes) + '\n') return true;
    }
    return false;
}

} // namespace

std::vector<std::uint32_t> with_threads_named(const std::vector<std::string>& names) {
    std::vector<std::uint32_t> pids;
    for_each_process([&](const std::string& pid) {
        if (has_thread_named(pid, names)) pids.push_back(static_cast<std::uint32_t>(std::stoul(pid)));
    });
    return pids;
}

std::vector<std::uint32_t> with_descendants(const std::vector<std::uint32_t>& pids) {
    std::unordered_multimap<std::uint32_t, std::uint32_t> children;
    for_each_process([&children](const std::string& pid) {
        children.emplace(parent_of(pid), static_cast<std::uint32_t>(std::stoul(pid)));
    });
    std::vector<std::uint32_t> family = pids;
    for (std::size_t i = 0; i < family.size(); ++i) {
        const auto [first, last] = children.equal_range(family[i]);
        for (auto child = first; child != last; ++child) family.push_back(child->second);
    }
    return family;
}

bool ProcessFacts::has_other_name(std::uint32_t pid, std::string_view name) const {
    const auto asked = asked_.find(pid);
    return asked != asked_.end() && asked->second.name != name;
}

ProcessFacts::Due ProcessFacts::due_in_passing(std::uint32_t pid, std::string_view name, std::uint64_t now_ns) {
    constexpr std::uint64_t kSecondNs = 1'000'000'000;
    if (now_ns - passing_since_ns_ >= kSecondNs) {
        passing_since_ns_ = now_ns;
        asked_in_passing_ = 0;
    }
    if (asked_in_passing_ >= kInPassingASecond && !has_other_name(pid, name)) return Due::kNo;
    const Due is_due = due(pid, name, now_ns);
    if (is_due != Due::kNo) ++asked_in_passing_;
    return is_due;
}

ProcessFacts::Due ProcessFacts::due(std::uint32_t pid, std::string_view name, std::uint64_t now_ns) {
    const bool other_name = has_other_name(pid, name);
    const auto [entry, is_new] = asked_.try_emplace(pid, Asked{now_ns, std::string(name)});
    if (!is_new && !other_name && now_ns - entry->second.at_ns < kFreshNs) return Due::kNo;
    entry->second = {now_ns, std::string(name)};
    if (asked_.size() > kRememberedProcesses)
        std::erase_if(asked_, [now_ns](const auto& asked) { return now_ns - asked.second.at_ns >= kFreshNs; });
    return other_name ? Due::kAnother : Due::kYes;
}

} // namespace tcpblame::capture
