/// Reads names out of files that are not to be trusted, in a process of its own that has no privilege, few resources
/// and little time: a hostile file may crash that one, not the tracer.
#pragma once

#include "base/unique_fd.hpp"
#include "capture/code_name.hpp"
#include "capture/reader_messages.hpp"
#include "capture/stack_unwinder.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <sys/types.h>

namespace tcpblame::capture {

struct NameQuestion {
    std::uint64_t file = 0; ///< a number that stands for the file (and its debug file) and never for another
    int fd = -1;
    int debug_fd = -1; ///< -1: none
    std::uint64_t address = 0;
    bool is_return_address = false;
    bool with_line = true;
};

struct StepQuestion {
    std::uint64_t file = 0; ///< as NameQuestion's
    int fd = -1;            ///< -1: the frame's code is no file's
    int debug_fd = -1;
    std::uint64_t file_offset = 0;
    std::uint64_t address = 0;
    bool is_return_address = false;
};

struct NameReaderLimits {
    int patience_ms = 2000;                      ///< for one answer; the files may have to come from a slow disk
    std::size_t memory = std::size_t{512} << 20; ///< without the mapped files
    std::size_t files = 64;                      ///< kept open, last used first
    int crashes = 16;                            ///< then it is not started again: somebody plays with us
};

/// The process is started at the first question and ends with this object. It sends no SIGCHLD and holds no file
/// descriptor of ours.
class NameReader {
public:
    explicit NameReader(NameReaderLimits limits = {}) : limits_(limits) {}
    NameReader(const NameReader&) = delete;
    NameReader& operator=(const NameReader&) = delete;
    ~NameReader() { stop(); }

    /// nullopt: the process died of it, or was too slow and was ended. Not to be asked again.
    [[nodiscard]] std::optional<CodeName> ask(const NameQuestion& question);

    /// Gives it a thread's registers and stack, to go up from there by step(). It forgets them at the next question of
    /// another kind. `absent`: as StackMemory's. False: the process died.
    [[nodiscard]] bool begin_stack(const UnwindRegisters& registers, std::span<const std::byte> stack,
                                   std::uint32_t absent = 0);
    /// As ask(). Of where the last step led to; the first is of the innermost frame.
    [[nodiscard]] std::optional<UnwindStep> step(const StepQuestion& question);

    /// Of the process; 0 where there is none.
    [[nodiscard]] pid_t pid() const { return pid_; }

private:
    enum class Outcome { kAnswered, kDied, kTooSlow };

    [[nodiscard]] bool start();
    void stop();
    void give_up();
    Outcome exchange(const Question& question, std::span<const int> fds, std::span<std::byte> payload, Packet& packet,
                     std::size_t& size);
    Outcome ask_once(const NameQuestion& asked, CodeName& answer);
    std::optional<UnwindStep> ask_for_step(const Question& question, std::span<const int> fds,
                                           std::span<std::byte> payload);

    NameReaderLimits limits_;
    int crashes_ = 0;
    bool has_answered_ = false; ///< since it was started
    pid_t pid_ = 0;
    UniqueFd socket_;
};

} // namespace tcpblame::capture
