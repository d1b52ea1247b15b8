#include "render/wording/folded_stack.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace tcpblame::render {
namespace {

using model::StackFrame;
using Frames = std::span<const StackFrame>;

constexpr std::string_view kPython = "[cpython]";
constexpr std::string_view kV8 = "[v8]";
constexpr std::string_view kJvm = "[jvm interpreter]";

bool is_c_library(const StackFrame& frame) { return frame.module.starts_with("libc.so"); }

/// What calls main(), and a thread's first function.
bool is_beginning(const StackFrame& frame) {
    static constexpr std::array<std::string_view, 4> kNames{"_start", "start_thread", "clone3", "clone"};
    return frame.function.starts_with("__libc_start_") ||
           std::find(kNames.begin(), kNames.end(), frame.function) != kNames.end();
}

Frames without_ends(Frames frames) {
    if (frames.size() > 1 && is_c_library(frames[0]) && !is_c_library(frames[1])) frames = frames.subspan(1);
    const auto end = std::find_if(frames.begin(), frames.end(), is_beginning);
    return end != frames.begin() ? frames.first(static_cast<std::size_t>(end - frames.begin())) : frames;
}

/// Compiled at run time, and nobody knows what it is called.
bool is_nameless_code(const StackFrame& frame) { return frame.module.empty() && frame.function.empty(); }

/// What it is in a perf map, too.
bool is_jvm(const StackFrame& frame) {
    const bool is_its_own_code =
        frame.module.empty() && (frame.function == "Interpreter" || frame.function.starts_with("StubRoutines "));
    return is_its_own_code || frame.module.starts_with("libjvm.so");
}

bool is_v8(const StackFrame& frame) {
    return frame.function.starts_with("Builtins_") || frame.function.find("v8::") != std::string::npos;
}

bool is_python(const StackFrame& frame) {
    return frame.module.starts_with("python3") || frame.module.starts_with("libpython3");
}

/// Empty: none. Whose code without a name is, the rest of the stack says.
std::string_view interpreter_of(const StackFrame& frame, std::string_view of_nameless) {
    if (is_nameless_code(frame)) return of_nameless;
    return is_python(frame) ? kPython : is_v8(frame) ? kV8 : is_jvm(frame) ? kJvm : std::string_view{};
}

std::string_view owner_of_nameless(Frames frames) {
    if (std::any_of(frames.begin(), frames.end(), is_jvm)) return kJvm;
    return std::any_of(frames.begin(), frames.end(), is_v8) ? kV8 : std::string_view{};
}

/// "python3.11", "libpython3.12.so.1.0": from 3.12 on it names functions, if asked to.
bool can_name_functions(const StackFrame& python) {
    constexpr std::string_view kMajor = "python3.";
    const std::size_t found = python.module.find(kMajor);
    if (found == std::string::npos) return false;
    int minor = 0;
    std::from_chars(python.module.data() + found + kMajor.size(), python.module.data() + python.module.size(), minor);
    return minor >= 12;
}

} // namespace

std::string_view reticent_interpreter(Frames frames) {
    const auto is_named_code = [](const StackFrame& frame) { return frame.module.empty() && !frame.function.empty(); };
    if (std::any_of(frames.begin(), frames.end(), is_named_code)) return {};
    const std::string_view owner = owner_of_nameless(frames);
    if (!owner.empty()) return owner;
    const auto python = std::find_if(frames.begin(), frames.end(), is_python);
    return python != frames.end() && can_name_functions(*python) ? kPython : std::string_view{};
}

std::vector<ShownFrame> folded(Frames frames) {
    const std::string_view of_nameless = owner_of_nameless(frames);
    std::vector<ShownFrame> shown;
    for (const StackFrame& frame : without_ends(frames)) {
        const std::string_view interpreter = interpreter_of(frame, of_nameless);
        if (interpreter.empty())
            shown.push_back({.frame = &frame});
        else if (shown.empty() || shown.back().interpreter != interpreter)
            shown.push_back({.frame = nullptr, .interpreter = interpreter});
    }
    return shown;
}

} // namespace tcpblame::render
