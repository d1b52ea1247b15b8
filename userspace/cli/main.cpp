// tcpblame: who broke this TCP connection, and why did my write get SIGPIPE, EPIPE or ECONNRESET?
#include "cli/commands/commands.hpp"
#include "cli/output/writer.hpp"

#include <cstdio>
#include <exception>
#include <variant>

namespace {

using namespace tcpblame;

int exit_status(ExitCode code) { return static_cast<int>(code); }

/// Where a value is not taken as it was typed.
template <typename Options>
void print_notes(Options options) {
    if (const cli::WatchOptions* watch = cli::groups_of(options).watch)
        for (const Error& note : watch->notes) cli::print_error(note);
}

int run(int argc, const char* const* argv) {
    const auto command = cli::parse(argc, argv);
    const auto done = command ? std::visit(
                                    [](const auto& asked) {
                                        print_notes(asked);
                                        return cli::carry_out(asked);
                                    },
                                    *command)
                              : Result<int>(tl::unexpected<Error>(command.error()));
    if (!done) {
        cli::print_error(done.error());
        return exit_status(done.error().code);
    }
    return *done;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) { // there is no memory left, most likely
        std::fprintf(stderr, "tcpblame: it cannot go on: %s\n", error.what());
        return exit_status(ExitCode::kFailure);
    }
}
