/// How a step that can fail reports why: a value or an error that a person can act on.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace tcpblame {

/// The program's exit status; part of the command line's contract.
enum class ExitCode : int {
    kOk = 0,
    kFailure = 1,
    kUsage = 2,
    kPrivilege = 3,
    kKernelCannot = 4,
    kDamagedRecording = 5,
    // Of `run` alone, as env(1) and timeout(1) have them; else it exits as its command.
    kRunFailed = 125, ///< where another command has kFailure
    kCannotExecute = 126,
    kCommandNotFound = 127,
};

/// What went wrong, why, and what to do about it; each a clause without a final stop.
struct Error {
    ExitCode code = ExitCode::kFailure;
    std::string what;
    std::string why;  ///< may be empty
    std::string todo; ///< may be empty
};

/// A class of its own only to be [[nodiscard]]: whoever is handed one looks at it.
template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
public:
    using tl::expected<T, Error>::expected;
};

inline tl::unexpected<Error> fail(ExitCode code, std::string what, std::string why = {}, std::string todo = {}) {
    return tl::unexpected<Error>(Error{code, std::move(what), std::move(why), std::move(todo)});
}

} // namespace tcpblame
