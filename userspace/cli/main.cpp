// tcpblame: who broke this TCP connection, and why did my write get SIGPIPE, EPIPE or ECONNRESET?
#include "cli/doctor.hpp"
#include "cli/explain.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/report.hpp"
#include "cli/run.hpp"
#include "cli/top/top.hpp"
#include "cli/trace.hpp"

#include <cstdio>
#include <exception>
#include <variant>

namespace {

int exit_status(tcpblame::ExitCode code) { return static_cast<int>(code); }

/// What each command does, to the exit status.
struct CarryOut {
    using Done = tcpblame::Result<int>;

    Done operator()(const tcpblame::cli::PrintCommand& command) const {
        return to_status(tcpblame::cli::print(command.text));
    }
    Done operator()(const tcpblame::cli::TraceCommand& trace) const {
        return to_status(tcpblame::cli::trace(trace.options));
    }
    Done operator()(const tcpblame::cli::RunCommand& run) const { return tcpblame::cli::run(run.options); }
    Done operator()(const tcpblame::cli::TopCommand& top) const { return to_status(tcpblame::cli::top(top.options)); }
    Done operator()(const tcpblame::cli::ReportCommand& report) const {
        return to_status(tcpblame::cli::report(report.options));
    }
    Done operator()(const tcpblame::cli::DoctorCommand& doctor) const {
        return to_status(tcpblame::cli::doctor(doctor.options));
    }
    Done operator()(const tcpblame::cli::ExplainCommand& explain) const {
        return to_status(tcpblame::cli::explain(explain));
    }

private:
    static Done to_status(const tcpblame::Result<void>& done) {
        if (!done) return tl::unexpected<tcpblame::Error>(done.error());
        return exit_status(tcpblame::ExitCode::kOk);
    }
};

struct PrintNotes {
    template <typename Command>
    void operator()(const Command& command) const {
        if constexpr (requires { command.options; })
            for (const tcpblame::Error& note : command.options.notes) tcpblame::cli::print_error(note);
    }
};

int run(int argc, const char* const* argv) {
    using namespace tcpblame;
    const auto command = cli::parse(argc, argv);
    if (command) std::visit(PrintNotes{}, *command);
    const auto done = command ? std::visit(CarryOut{}, *command) : Result<int>(tl::unexpected<Error>(command.error()));
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
        return exit_status(tcpblame::ExitCode::kFailure);
    }
}
