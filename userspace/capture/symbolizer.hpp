/// Names the code that a stack's addresses stand for: module, function, source line.
#pragma once

#include "capture/elf_cache.hpp"
#include "capture/known_files.hpp"
#include "capture/perf_map.hpp"
#include "capture/process_memory.hpp"
#include "capture/stack_copy.hpp"
#include "model/event.hpp"
#include "model/verdict.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tcpblame::capture {

struct SymbolizerOptions {
    std::string debug_directory = "/usr/lib/debug"; ///< of separate debug files, by build id
    std::size_t open_files = 64;
};

/// Names the frames of verdicts' stacks. For stacks of this host only: it looks at its processes and files.
class Symbolizer {
public:
    explicit Symbolizer(SymbolizerOptions options = {});

    /// Fills module, path, offset and build id where the frame lacks them, and function, function_offset, file and
    /// line where the files report. Frames that cannot be named stay as they are: a wrong name is worse than none, so
    /// that a file speaks for a frame only if it has the frame's build id or, where the kernel gave none, if it is
    /// surely what the process had mapped. Never fails.
    void name(std::uint32_t pid, std::vector<model::StackFrame>& stack);

    /// The frames of a stack that was copied, innermost first: address, offset and build id, as far as they are surely
    /// known. At most as many as an event takes; empty where nothing is gained.
    std::vector<model::StackFrame> unwind(const StackCopy& copy);

    /// What /proc said of a process while it lived, to be used after its death. The sooner after /proc was read the
    /// better: while the process still lives, this also asks who it is.
    void learn(const model::ProcessKnown& known);

private:
    /// Whether the process has code there, as far as /proc says.
    [[nodiscard]] bool is_code(std::uint32_t pid, std::uint64_t address);
    /// One frame: whether it is one, and what is above.
    std::optional<UnwindStep> step(std::uint32_t pid, model::StackFrame& frame, bool is_return_address);
    /// Returns CodeName::return_place.
    struct Found {
        std::optional<ReturnPlace> return_place;
        std::vector<InlinedCall> inlined;
    };

    Found name_frame(std::uint32_t pid, model::StackFrame& frame, bool is_return_address);
    /// The file that has a frame's code, with the frame's offset true; nullptr where there is none for sure.
    std::shared_ptr<ElfFile> file_by_build_id(std::uint32_t pid, model::StackFrame& frame);
    std::shared_ptr<ElfFile> file_by_address(std::uint32_t pid, model::StackFrame& frame);
    std::shared_ptr<ElfFile> file_of(std::uint32_t pid, const KnownProcess& process, MappedFile& mapped,
                                     const std::string& build_id);
    std::shared_ptr<ElfFile> open_file_of(std::uint32_t pid, const KnownProcess& process, const model::Mapping& mapping,
                                          const std::string& build_id);
    std::shared_ptr<ElfFile> vdso_of(const model::Mapping& mapping);
    void name_compiled_at_run_time(std::uint32_t pid, model::StackFrame& frame);
    PerfMap::Found find_in_perf_map(std::uint32_t pid, const KnownProcess& process, std::uint64_t address);

    SymbolizerOptions options_;
    NameReader reader_;
    ElfCache files_;
    ProcessMemory processes_;
    KnownFiles known_files_;
    std::shared_ptr<ElfFile> vdso_;
    bool knows_vdso_ = false;
    bool knows_our_own_ = false; ///< our own libraries: most likely the others' too
    struct PerfMapOf {
        std::uint64_t start_time = 0; ///< of the process
        PerfMapFile file;
    };
    std::unordered_map<std::uint32_t, PerfMapOf> perf_maps_; // by pid
};

} // namespace tcpblame::capture
