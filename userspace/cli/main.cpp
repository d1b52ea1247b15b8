// tcpblame: who broke this TCP connection, and why did my write get SIGPIPE, EPIPE or ECONNRESET?
#include "cli/doctor.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/report.hpp"
#include "cli/trace.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace {

int exit_status(tcpblame::ExitCode code) { return static_cast<int>(code); }

tcpblame::Result<void> carry_out(const tcpblame::cli::Options& options) {
    using namespace tcpblame;
    if (!options.reports.empty()) return cli::report(options);
    return options.doctor ? cli::doctor(options) : cli::trace(options);
}

int run(int argc, const char* const* argv) {
    using namespace tcpblame;
    const auto command = cli::parse(argc, argv);
    if (!command) {
        cli::print_error(command.error());
        return exit_status(command.error().code);
    }
    if (!command->trace) {
        if (std::fputs(command->text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
            cli::print_error({ExitCode::kFailure, "cannot write to standard output", std::strerror(errno), {}});
            return exit_status(ExitCode::kFailure);
        }
        return exit_status(ExitCode::kOk);
    }
    const auto done = carry_out(*command->trace);
    if (!done) {
        cli::print_error(done.error());
        return exit_status(done.error().code);
    }
    return exit_status(ExitCode::kOk);
}

} // namespace

int main(int argc, char** argv) { return run(argc, argv); }
