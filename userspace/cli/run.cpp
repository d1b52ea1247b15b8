#include "cli/run.hpp"

#include "capture/capabilities.hpp"
#include "capture/config.hpp"
#include "capture/run_as.hpp"
#include "cli/await_command.hpp"
#include "cli/forwarded_signals.hpp"
#include "cli/prepared_command.hpp"
#include "cli/tracer.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>

namespace tcpblame::cli {
namespace {

/// nullopt: as we are.
Result<std::optional<capture::User>> user_for(const std::string& name) {
    if (name.empty()) return capture::sudo_caller();
    auto user = capture::find_user(name);
    if (!user) return tl::unexpected(user.error());
    if (user->uid == geteuid()) return std::nullopt;
    return *user;
}

/// What can be distinguished from what a command exits with, is.
ExitCode of_run(ExitCode code) { return code == ExitCode::kFailure ? ExitCode::kRunFailed : code; }

/// This process stays to pass on signals: as the command's user it may.
Result<void> become_its_equal(const std::optional<capture::User>& user) {
    if ((!user || capture::become(*user)) && capture::give_up_capabilities()) return {};
    return fail(ExitCode::kPrivilege, "cannot give up the privileges that the command does not have",
                std::strerror(errno), "run tcpblame as root, and name the command's user: sudo tcpblame run -u USER …");
}

Result<int> run_traced(Options options) {
    for (const auto& checked :
         {capture::check_lists(options.selection), capture::check_privilege(), capture::check_btf()})
        if (!checked) return tl::unexpected(checked.error());
    const auto user = user_for(options.user);
    if (!user) return tl::unexpected(user.error());
    const ForwardedSignals signals;
    auto command = PreparedCommand::prepare(options.command, *user, signals);
    if (!command) return tl::unexpected(command.error());
    options.selection.pids = {static_cast<std::uint32_t>(command->pid())};
    options.selection.follow = true;
    auto tracer = Tracer::start(options);
    if (!tracer) return tl::unexpected(tracer.error());
    if (auto become = become_its_equal(*user); !become) return tl::unexpected(become.error());
    if (!tracer->attaches()) return static_cast<int>(of_run(tracer->finish()));
    if (options.with_children && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        return fail(ExitCode::kFailure, "cannot wait for the command's children", std::strerror(errno));
    const auto released = command->release();
    const int status = await_command(command->pid(), options.with_children, signals);
    signals.evict();     // the Ctrl-C that ended the command, where it ended before we were reported of the key
    signals.give_back(); // a second one ends us, too
    const ExitCode reported = tracer->finish();
    if (!released) return tl::unexpected(released.error());
    return status == 0 ? static_cast<int>(of_run(reported)) : status;
}

} // namespace

Result<int> run(Options options) {
    auto status = run_traced(std::move(options));
    if (!status) status.error().code = of_run(status.error().code);
    return status;
}

} // namespace tcpblame::cli
