#include "cli/print.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace tcpblame::cli {

Result<void> print(std::string_view text) {
    std::signal(SIGPIPE, SIG_IGN);
    const bool printed = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    if (printed || errno == EPIPE) return {};
    return fail(ExitCode::kFailure, "cannot write to standard output", std::strerror(errno));
}

} // namespace tcpblame::cli
