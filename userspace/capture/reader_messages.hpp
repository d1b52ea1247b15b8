/// What the tracer and the NameReader's process say to each other. Both are one program, so that it goes as it lies in
/// memory.
#pragma once

#include "base/unique_fd.hpp"
#include "capture/code_name.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tcpblame::capture {

inline constexpr std::size_t kLongestFunction = 16384;
inline constexpr std::size_t kLongestFile = 4096;
inline constexpr std::size_t kLongestInlined = 1024; ///< function, and file

enum class QuestionKind : std::uint32_t {
    kName,       ///< of code; answered by an AnswerHead, and its texts
    kBeginStack, ///< UnwindRegisters and the stack's bytes go along; answered by an UnwindStep
    kStep,       ///< answered by an UnwindStep
};

/// Its file's descriptors go along: none, the file, or the file and its debug file.
struct Question {
    QuestionKind kind = QuestionKind::kName;
    bool is_return_address = false;
    bool with_line = false;
    std::uint64_t file = 0; ///< see NameQuestion
    std::uint64_t address = 0;
    std::uint64_t file_offset = 0; ///< kStep
};

/// Then the function's and the file's bytes, and what is inlined.
struct AnswerHead {
    std::uint64_t function_offset;
    std::uint64_t return_above_stack_pointer;
    std::int32_t line;
    std::uint16_t has_return_place;
    std::uint16_t return_in_link_register;
    std::uint32_t function_length;
    std::uint32_t file_length;
    std::uint64_t inlined;
};

/// Of each that is inlined; then its function's and its file's bytes.
struct InlinedHead {
    std::int32_t line;
    std::uint16_t function_length;
    std::uint16_t file_length;
};

using Packet = std::array<char, sizeof(AnswerHead) + kLongestFunction + kLongestFile +
                                    kMostInlined*(sizeof(InlinedHead) + 2 * kLongestInlined)>;

constexpr std::size_t kMostFds = 2;

struct ReceivedQuestion {
    Question question{};
    std::array<UniqueFd, kMostFds> fds;
    std::size_t payload = 0; ///< bytes of the space that it was given
};

bool send_question(int socket, const Question& question, std::span<const int> fds, std::span<std::byte> payload);

/// Waits; false: the other end is gone.
bool receive_question(int socket, ReceivedQuestion& received, std::span<std::byte> payload);

bool send_answer(int socket, const CodeName& name);

/// The answer is no more to be trusted than the file.
bool unpack_answer(std::span<const char> packet, CodeName& name);

} // namespace tcpblame::capture
