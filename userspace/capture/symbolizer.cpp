#include "capture/symbolizer.hpp"

#include "capture/build_id.hpp"
#include "capture/call_frames.hpp"
#include "capture/process_facts.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iterator>
#include <optional>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tcpblame::capture {
namespace {

constexpr std::string_view kVdso = "[vdso]";
constexpr std::size_t kPerfMaps = 4; ///< each may take 64 MB and more

bool has_prefix(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

/// Executable memory that is no file's, whatever the kernel or the program calls it.
bool is_anonymous(std::string_view path) {
    static constexpr std::array<std::string_view, 6> kNames{"/memfd:", "/dev/zero", "/SYSV",
                                                            "//anon",  "[anon",     "[heap]"};
    const auto begins_path = [path](std::string_view name) { return has_prefix(path, name); };
    return path.empty() || std::any_of(kNames.begin(), kNames.end(), begins_path);
}

bool is_before(const timespec& one, const timespec& other) {
    return one.tv_sec != other.tv_sec ? one.tv_sec < other.tv_sec : one.tv_nsec <= other.tv_nsec;
}

/// In a file of its own, as what is to be read is.
std::optional<RegularFile> own_vdso() {
    const auto mappings = read_process(static_cast<std::uint32_t>(getpid()), 0).mappings;
    const auto found = std::find_if(mappings.begin(), mappings.end(),
                                    [](const model::Mapping& mapping) { return mapping.path == kVdso; });
    if (found == mappings.end()) return std::nullopt;
    RegularFile file{UniqueFd(memfd_create("vdso", MFD_CLOEXEC)), {}};
    const std::size_t size = found->end - found->start;
    const auto* image = reinterpret_cast<const char*>(found->start); // NOLINT(performance-no-int-to-ptr): ours
    if (!file.fd || write(file.fd.get(), image, size) != static_cast<ssize_t>(size)) return std::nullopt;
    if (fstat(file.fd.get(), &file.facts) != 0) return std::nullopt;
    return file;
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::uint64_t offset_in(const model::Mapping& mapping, std::uint64_t address) {
    return address - mapping.start + mapping.file_offset;
}

void put_module(model::StackFrame& frame, const std::string& path) {
    frame.path = path;
    frame.module = base_name(path);
}

/// 0 where it was not seen.
std::uint64_t word_at(const ReturnPlace& place, const model::StackFrame& innermost) {
    if (place.in_link_register) return innermost.link_register;
    const std::uint64_t index = place.above_stack_pointer / sizeof(std::uint64_t);
    const bool was_seen =
        place.above_stack_pointer % sizeof(std::uint64_t) == 0 && index < innermost.stack_words.size();
    return was_seen ? innermost.stack_words[index] : 0;
}

void put_inlined(std::vector<model::StackFrame>& stack, const std::vector<InlinedCall>& calls,
                 const model::StackFrame& into) {
    for (const InlinedCall& call : calls) {
        model::StackFrame& frame = stack.emplace_back();
        frame.address = into.address;
        frame.module = into.module;
        frame.path = into.path;
        frame.build_id = into.build_id;
        frame.function = call.function;
        frame.file = call.file;
        frame.line = call.line;
        frame.is_code = into.is_code;
        frame.is_inlined = true;
    }
}

} // namespace

Symbolizer::Symbolizer(SymbolizerOptions options)
    : options_(std::move(options)), reader_({.files = options_.open_files}), files_(options_.open_files) {}

void Symbolizer::learn(const model::ProcessKnown& known) {
    processes_.learn(known);
    const KnownProcess* process = processes_.remembered(known.pid);
    known_files_.add(process != nullptr && process->shares_our_files ? 0 : known.pid, known.mappings);
}

void Symbolizer::name(std::uint32_t pid, std::vector<model::StackFrame>& stack) {
    if (stack.empty()) return;
    // The innermost frame is where the thread is; all others are where it will return to.
    const Found innermost = name_frame(pid, stack.front(), false);
    // The walk along the frame pointers went from a function without one to its caller's caller.
    if (innermost.return_place) {
        model::StackFrame caller;
        caller.address = code_address(word_at(*innermost.return_place, stack.front()));
        const bool is_there = stack.size() > 1 && stack[1].address == caller.address;
        if (!is_there && is_code(pid, caller.address)) stack.insert(stack.begin() + 1, std::move(caller));
    }
    std::vector<model::StackFrame> whole;
    put_inlined(whole, innermost.inlined, stack.front());
    whole.push_back(std::move(stack.front()));
    for (std::size_t i = 1; i < stack.size(); ++i) {
        put_inlined(whole, name_frame(pid, stack[i], true).inlined, stack[i]);
        whole.push_back(std::move(stack[i]));
    }
    stack = std::move(whole);
}

std::vector<model::StackFrame> Symbolizer::unwind(const StackCopy& copy) {
    std::vector<model::StackFrame> frames;
    if (!reader_.begin_stack(copy.registers, copy.stack, copy.absent)) return frames;
    std::uint64_t pc = copy.registers.pc;
    bool is_return_address = false;
    bool is_whole = false;
    while (frames.size() < model::Stack::kMostUnwound && !is_whole) {
        model::StackFrame frame;
        frame.address = pc;
        const auto done = step(copy.pid, frame, is_return_address);
        if (!done || done->kind == UnwindStep::kNoFrame) break;
        if (frame.build_id.empty()) frame.offset = 0;
        frame.module.clear(); // by name()
        frame.path.clear();
        frames.push_back(std::move(frame));
        is_whole = done->kind == UnwindStep::kOutermost;
        if (done->kind != UnwindStep::kCaller) break;
        pc = done->pc;
        is_return_address = done->is_return_address;
    }
    // A walk along frame pointers may come further, where the program has them and a file is not at hand.
    const auto is_lost = [&](std::uint64_t address) { return !is_code(copy.pid, address); };
    const auto end = std::find_if(copy.walked.begin(), copy.walked.end(), is_lost);
    if (!is_whole && std::distance(copy.walked.begin(), end) > std::ssize(frames)) frames.clear();
    return frames;
}

std::optional<UnwindStep> Symbolizer::step(std::uint32_t pid, model::StackFrame& frame, bool is_return_address) {
    if (!is_code(pid, frame.address)) return std::nullopt;
    const auto file = file_by_address(pid, frame);
    if (!file && is_anonymous(frame.path)) return reader_.step({.is_return_address = is_return_address});
    // It is a frame, for its caller's file said so, or the kernel; but of this file nothing is at hand.
    if (!file) return UnwindStep{.kind = UnwindStep::kLost};
    frame.build_id = file->build_id();
    const auto done = file->step(frame.offset, is_return_address, reader_, options_.debug_directory);
    return done ? done : UnwindStep{.kind = UnwindStep::kLost};
}

bool Symbolizer::is_code(std::uint32_t pid, std::uint64_t address) {
    KnownProcess* process = address != 0 ? processes_.find(pid, address) : nullptr;
    return process != nullptr && process->at(address) != nullptr;
}

Symbolizer::Found Symbolizer::name_frame(std::uint32_t pid, model::StackFrame& frame, bool is_return_address) {
    const auto file = frame.build_id.empty() ? file_by_address(pid, frame) : file_by_build_id(pid, frame);
    if (!file) {
        if (frame.build_id.empty()) name_compiled_at_run_time(pid, frame);
        return {};
    }
    if (frame.build_id.empty()) frame.build_id = file->build_id();
    if (frame.path.empty()) put_module(frame, file->path());
    const CodeName& name = file->name(frame.offset, is_return_address, reader_, options_.debug_directory);
    frame.function = name.function;
    frame.function_offset = name.function_offset;
    frame.file = name.file;
    frame.line = name.line;
    return {name.return_place, name.inlined};
}

std::shared_ptr<ElfFile> Symbolizer::file_by_build_id(std::uint32_t pid, model::StackFrame& frame) {
    auto file = files_.with_build_id(frame.build_id);
    // What is remembered will do where the file is at hand: then /proc can report no more than its name.
    KnownProcess* process = file ? processes_.remembered(pid) : processes_.find(pid, frame.address);
    MappedFile* mapped = process != nullptr ? process->at(frame.address) : nullptr;
    // The pid may be another process's by now, but then its memory is hardly laid out alike.
    if (mapped != nullptr && offset_in(mapped->mapping, frame.address) == frame.offset) {
        put_module(frame, path_of(mapped->mapping));
        if (!file) file = file_of(pid, *process, *mapped, frame.build_id);
    }
    if (file) return file;
    if (!std::exchange(knows_our_own_, true))
        known_files_.add(0, read_process(static_cast<std::uint32_t>(getpid()), 0).mappings);
    return known_files_.find(frame.build_id, files_);
}

std::shared_ptr<ElfFile> Symbolizer::file_by_address(std::uint32_t pid, model::StackFrame& frame) {
    KnownProcess* process = frame.address != 0 ? processes_.find(pid, frame.address) : nullptr;
    MappedFile* mapped = process != nullptr ? process->at(frame.address) : nullptr;
    if (mapped == nullptr) return nullptr;
    put_module(frame, path_of(mapped->mapping));
    frame.offset = offset_in(mapped->mapping, frame.address);
    return file_of(pid, *process, *mapped, {});
}

std::shared_ptr<ElfFile> Symbolizer::file_of(std::uint32_t pid, const KnownProcess& process, MappedFile& mapped,
                                             const std::string& build_id) {
    if (auto file = mapped.file.lock(); file && (build_id.empty() || is_same_build_id(file->build_id(), build_id)))
        return file;
    if (mapped.mapping.path == kVdso) return vdso_of(mapped.mapping);
    if ((mapped.is_missing && build_id.empty()) || mapped.mapping.path.empty() || mapped.mapping.path.front() != '/')
        return nullptr;
    auto file = open_file_of(pid, process, mapped.mapping, build_id);
    mapped.file = file;
    if (build_id.empty()) mapped.is_missing = !file;
    return file;
}

/// The kernel's, the same in all processes, but for 32-bit ones.
std::shared_ptr<ElfFile> Symbolizer::vdso_of(const model::Mapping& mapping) {
    constexpr std::uint64_t kEndOf32Bit = std::uint64_t{1} << 32;
    if (mapping.start < kEndOf32Bit) return nullptr;
    if (!std::exchange(knows_vdso_, true))
        if (auto image = own_vdso()) vdso_ = ElfFile::open(std::move(*image), std::string(kVdso));
    return vdso_;
}

std::shared_ptr<ElfFile> Symbolizer::open_file_of(std::uint32_t pid, const KnownProcess& process,
                                                  const model::Mapping& mapping, const std::string& build_id) {
    const std::string path = path_of(mapping);
    const auto take = [&](std::optional<RegularFile> file, bool is_surely_it) -> std::shared_ptr<ElfFile> {
        if (!file || (build_id.empty() && !is_surely_it)) return nullptr;
        auto elf = files_.open(std::move(*file), path);
        return elf && (build_id.empty() || is_same_build_id(elf->build_id(), build_id)) ? elf : nullptr;
    };
    // By name, a file is what was mapped if it stands unchanged since it was said to be mapped.
    const auto is_unchanged = [&](const std::optional<RegularFile>& file) {
        return file && !is_deleted(mapping) && is_before(file->facts.st_ctim, process.known_at);
    };
    if (process.is_alive) {
        if (auto elf =
                take(open_regular(fmt::format("/proc/{}/map_files/{:x}-{:x}", pid, mapping.start, mapping.end)), true))
            return elf;
        auto file = open_regular_below(fmt::format("/proc/{}/root", pid), path);
        const bool is_it = is_unchanged(file);
        if (auto elf = take(std::move(file), is_it)) return elf;
    }
    auto file = open_regular_of_host(path);
    const bool is_it = process.shares_our_files && is_unchanged(file);
    return take(std::move(file), is_it);
}

/// Code that no file has.
void Symbolizer::name_compiled_at_run_time(std::uint32_t pid, model::StackFrame& frame) {
    if (frame.address == 0 || !is_anonymous(frame.path)) return;
    const KnownProcess* process = processes_.find(pid, frame.address);
    if (process == nullptr) return;
    const PerfMap::Found found = find_in_perf_map(pid, *process, frame.address);
    if (found.name.empty()) return;
    frame.function = found.name;
    frame.function_offset = frame.address - found.start;
}

PerfMap::Found Symbolizer::find_in_perf_map(std::uint32_t pid, const KnownProcess& process, std::uint64_t address) {
    if (!process.uid) return {};
    std::optional<RegularFile> file;
    if (process.is_alive && process.own_pid != 0)
        file = open_regular_below(fmt::format("/proc/{}/root", pid), fmt::format("/tmp/perf-{}.map", process.own_pid));
    if (!file) file = open_regular_below("/", fmt::format("/tmp/perf-{}.map", pid));
    if (!file) return {};
    if (perf_maps_.size() >= kPerfMaps && !perf_maps_.contains(pid)) perf_maps_.clear();
    PerfMapOf& map = perf_maps_[pid];
    if (map.start_time != process.start_time) map = {process.start_time, {}};
    return map.file.find(address, std::move(*file), *process.uid);
}

} // namespace tcpblame::capture
